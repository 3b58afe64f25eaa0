"""The plan of a queue: which runs are trained together, where, and in what order; pure functions."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from explorer.config.run import RunConfig
from explorer.config.stacking import stack_key
from explorer.data.partition import part_sizes
from explorer.errors import ConfigError
from explorer.jobs.placement import serves
from explorer.storage.stacks import Queued
from explorer.training.stack_size import best_stack, stack_bytes

# Of what is free now: a run of somebody else must still fit beside a stack.
MEMORY_SHARE = 0.5
# How long a run of another group waits until a sweep shares the device with it.
PATIENCE_SECONDS = 1.0
MOST_ON_GPU = 64  # networks of a stack
MOST_LANES = 4
# A sweep is divided among the idle lanes of a CPU, into stacks of at least so many: two of 10 on two cores
# take less time than one of 20, whose step is too short to gain by a second thread.
LEAST_SHARE = 5
MOST_GUESTS = 3  # beside those that fill the lanes; each keeps its memory

Measured = Callable[[RunConfig, str], Mapping[int, float]]
"""Seconds an epoch for each network of a stack, by the size of the stack, as measured on a device."""


@dataclass(frozen=True, slots=True)
class Place:
    """A device with a worker that has nothing in hand, or room beside it: so many ``idle_lanes``."""

    device: str
    free_bytes: int
    cores: int
    idle_lanes: int = 1


@dataclass(frozen=True, slots=True)
class Job:
    """Runs for one device, trained as one stack, the oldest first; ``groups`` are those that they serve."""

    device: str
    run_ids: tuple[int, ...]
    groups: frozenset[str]
    since: datetime


def nothing_measured(config: RunConfig, device: str) -> Mapping[int, float]:  # noqa: ARG001
    """No measurement: rules alone decide."""
    return {}


def group_of(run: Queued) -> str:
    """Whose turn it is with this run; one without a group is a group of its own."""
    return run.group if run.group is not None else f"run {run.run_id}"


def plan(
    waiting: Sequence[Queued],
    places: Sequence[Place],
    *,
    served: Mapping[str, datetime] | None = None,
    measured: Measured = nothing_measured,
) -> Iterator[Job]:
    """All jobs that the waiting runs make, in the order in which they should begin; each as it is asked for.

    Groups take turns: first comes the one that has waited longest since it was asked for, or since it was
    ``served`` last. So a sweep in many jobs lets others in between, and nobody waits for ever. A job takes
    every run of its shape along, whoever asked for it, as one stack of a size that fits the device; where
    several places are free, such runs are spread evenly. Runs that no place serves are left out.
    """
    turns = dict(served or {})
    newest = max((run.queued_at for run in waiting), default=datetime.min)
    devices = [place.device for place in places]
    left = {run.run_id: run for run in sorted(waiting, key=lambda run: (run.queued_at, run.run_id))}
    alike: dict[str, list[Queued]] = defaultdict(list)
    for run in left.values():
        alike[shape_of(run)].append(run)
    taken: dict[str, int] = dict.fromkeys(devices, 0)

    def waits_since(run: Queued) -> datetime:
        return max(run.queued_at, turns.get(group_of(run), run.queued_at))

    while left:
        first = min(left.values(), key=waits_since)
        able = [place for place in places if serves(place.device, first.wanted, devices)]
        if not able:
            del left[first.run_id]
            continue
        place = min(able, key=lambda place: taken[place.device])
        places_idle = sum(taken[place.device] == 0 for place in able)
        lanes_idle = place.idle_lanes - taken[place.device]
        candidates = [run for run in alike[shape_of(first)] if run.run_id in left]
        members = _members(first, candidates, place, (places_idle, lanes_idle), measured)
        for run in members:
            del left[run.run_id]
        groups = frozenset(group_of(run) for run in members)
        taken[place.device] += 1
        for group in groups:  # behind everybody who waits now
            turns[group] = newest + timedelta(microseconds=sum(taken.values()))
        yield Job(place.device, tuple(run.run_id for run in members), groups, first.queued_at)


def _members(
    first: Queued, alike: list[Queued], place: Place, idle: tuple[int, int], measured: Measured
) -> list[Queued]:
    """The runs of a job: the first one and those of its shape, its own group's before others'.

    They are spread evenly over the stacks that they make, of which there are as many as ``idle`` places, and
    as idle lanes of this one.
    """
    if len(alike) == 1 or not isinstance(first.config, RunConfig):
        return [first]
    places, lanes = idle
    asked = [run.config.data for run in alike]
    images = {(data.split_seed, data.labels, data.noisy_copies_sigma) for data in asked}
    size = stack_size(first.config, place, measured, sources=len(images))
    stacks = max(stacks_of(len(alike), size, lanes), min(places, len(alike)))
    alike.sort(key=lambda run: (run is not first, group_of(run) != group_of(first)))
    return alike[: math.ceil(len(alike) / stacks)]


def stacks_of(runs: int, size: int, lanes: int = 1) -> int:
    """How many stacks of at most ``size`` so many runs of one shape make, where so many lanes are idle."""
    return max(math.ceil(runs / size), min(lanes, runs // LEAST_SHARE))


def shape_of(run: Queued) -> str:
    """What runs that can be trained as one have in common; its own of a run that never can."""
    key = _stack_key(run.config) if isinstance(run.config, RunConfig) else None
    return f"run {run.run_id}" if key is None else f"{key} on {run.wanted} from epoch {run.epoch}"


@lru_cache(maxsize=2_048)  # the queue is looked at again and again
def _stack_key(config: RunConfig) -> str | None:
    return stack_key(config)


def stack_size(
    config: RunConfig, place: Place, measured: Measured = nothing_measured, sources: int = 1
) -> int:
    """How many networks like this one, on so many different sets of images, the device best trains at once.

    No more than fit into half of its free memory, and one alone where a stack was measured to be slower.
    A GPU trains as many as fit; on a CPU large networks gain nothing.
    """
    try:
        images = part_sizes(config.data).train * (1 + config.data.noisy_copies)
    except ConfigError:  # more images asked for than there are: the run itself will tell
        return 1
    most = best_stack(config, images, place.cores) if place.device == "cpu" else MOST_ON_GPU
    room = int(place.free_bytes * MEMORY_SHARE)
    while most > 1 and stack_bytes(config, images, most, sources) > room:
        most //= 2
    seconds = measured(config, place.device)
    stacks = [size for size in seconds if 1 < size <= most]
    if stacks and 1 in seconds and seconds[max(stacks)] > seconds[1]:
        return 1
    return max(1, most)


def lanes_of(place: Place) -> int:
    """How many jobs are trained side by side as a matter of course.

    On two cores two CNNs take a third to a half less time side by side, with a thread each, than one after
    the other with two threads. A GPU is busy with one.
    """
    return max(1, min(place.cores, MOST_LANES)) if place.device == "cpu" else 1


def with_all_lanes(place: Place) -> Place:
    """The same place while nothing is in hand there."""
    return replace(place, idle_lanes=lanes_of(place))


def has_room(in_hand: Sequence[Job], waiting: Sequence[Queued], lanes: int = 1) -> bool:
    """Whether any job could begin beside those in hand: a lane is free, or a sweep would share its own.

    A job is large if it is a stack, or if more of its group waits.
    """
    return len(in_hand) < lanes or (
        len(in_hand) < lanes + MOST_GUESTS and len(in_hand) - len(_large(in_hand, waiting)) < lanes
    )


def may_begin(
    job: Job, in_hand: Sequence[Job], waiting: Sequence[Queued], moment: datetime, lanes: int = 1
) -> bool:
    """Whether a job begins beside those that a worker has in hand.

    There is a lane for it, or it has waited for a second while sweeps of other groups take all of them:
    these would keep it waiting for long, so they share the device with it. Single runs wait for each other.
    """
    if len(in_hand) < lanes:
        return True
    has_waited = (moment - job.since).total_seconds() >= PATIENCE_SECONDS
    is_more_of_them = any(other.groups & job.groups for other in _large(in_hand, waiting))
    return has_waited and not is_more_of_them and has_room(in_hand, waiting, lanes)


def _large(in_hand: Sequence[Job], waiting: Sequence[Queued]) -> list[Job]:
    behind = {group_of(run) for run in waiting}
    return [job for job in in_hand if len(job.run_ids) > 1 or job.groups & behind]
