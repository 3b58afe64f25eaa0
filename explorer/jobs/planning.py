"""The plan of a queue: which runs are trained together, where, and in what order; pure functions."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
MOST_GUESTS = 3  # beside those that fill the lanes; each keeps its memory

Measured = Callable[[RunConfig, str], Mapping[int, float]]
"""Seconds an epoch for each network of a stack, by the size of the stack, as measured on a device."""


@dataclass(frozen=True, slots=True)
class Place:
    """A device with a worker that has nothing in hand, or room beside it."""

    device: str
    free_bytes: int
    cores: int


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
) -> tuple[Job, ...]:
    """All jobs that the waiting runs make, in the order in which they should begin.

    Groups take turns: first comes the one that has waited longest since it was asked for, or since it was
    ``served`` last. So a sweep in many jobs lets others in between, and nobody waits for ever. A job takes
    every run of its shape along, whoever asked for it, as one stack of a size that fits the device; where
    several places are free, such runs are spread evenly. Runs that no place serves are left out.
    """
    turns = dict(served or {})
    newest = max((run.queued_at for run in waiting), default=datetime.min)
    devices = [place.device for place in places]
    left = sorted(waiting, key=lambda run: (run.queued_at, run.run_id))
    jobs: list[Job] = []
    taken: dict[str, int] = dict.fromkeys(devices, 0)
    while left:
        first = min(left, key=lambda run: max(run.queued_at, turns.get(group_of(run), run.queued_at)))
        able = [place for place in places if serves(place.device, first.wanted, devices)]
        if not able:
            left.remove(first)
            continue
        place = min(able, key=lambda place: taken[place.device])
        idle = sum(taken[place.device] == 0 for place in able)
        members = _members(first, left, place, idle, measured)
        ids = {run.run_id for run in members}
        left = [run for run in left if run.run_id not in ids]
        groups = frozenset(group_of(run) for run in members)
        jobs.append(Job(place.device, tuple(run.run_id for run in members), groups, first.queued_at))
        taken[place.device] += 1
        for group in groups:  # behind everybody who waits now
            turns[group] = newest + timedelta(microseconds=len(jobs))
    return tuple(jobs)


def _members(
    first: Queued, left: Sequence[Queued], place: Place, idle: int, measured: Measured
) -> list[Queued]:
    """The runs of a job: the first one and those of its shape, its own group's before others'.

    They are spread evenly over the stacks that they make, of which there are as many as ``idle`` places.
    """
    shape = shape_of(first)
    if shape is None or not isinstance(first.config, RunConfig):
        return [first]
    alike = [run for run in left if run.wanted == first.wanted and shape_of(run) == shape]
    stacks = max(math.ceil(len(alike) / stack_size(first.config, place, measured)), min(idle, len(alike)))
    alike.sort(key=lambda run: (run is not first, group_of(run) != group_of(first)))
    return alike[: math.ceil(len(alike) / stacks)]


def shape_of(run: Queued) -> str | None:
    """What runs that can be trained as one have in common; None for those that never can."""
    if not isinstance(run.config, RunConfig) or run.config.training.engine != "torch":
        return None
    return f"{stack_key(run.config)} from epoch {run.epoch}"


def stack_size(config: RunConfig, place: Place, measured: Measured = nothing_measured) -> int:
    """How many networks like this one the device best trains at once: at least 1.

    No more than fit into half of its free memory, and one alone where a stack was measured to be slower.
    A GPU trains as many as fit; on a CPU large networks gain nothing.
    """
    try:
        images = part_sizes(config.data).train * (1 + config.data.noisy_copies)
    except ConfigError:  # more images asked for than there are: the run itself will tell
        return 1
    most = best_stack(config, images, place.cores) if place.device == "cpu" else MOST_ON_GPU
    room = int(place.free_bytes * MEMORY_SHARE)
    while most > 1 and stack_bytes(config, images, most) > room:
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


def may_begin(
    job: Job, in_hand: Sequence[Job], waiting: Sequence[Queued], moment: datetime, lanes: int = 1
) -> bool:
    """Whether a job begins beside those that a worker has in hand.

    There is a lane for it, or it has waited for a second while sweeps of other groups take all of them:
    these would keep it waiting for long, so they share the device with it. Single runs wait for each other.
    """
    if len(in_hand) < lanes:
        return True
    if len(in_hand) >= lanes + MOST_GUESTS or (moment - job.since).total_seconds() < PATIENCE_SECONDS:
        return False
    behind = {group_of(run) for run in waiting}
    large = [other for other in in_hand if len(other.run_ids) > 1 or other.groups & behind]
    return len(in_hand) - len(large) < lanes and not any(other.groups & job.groups for other in large)
