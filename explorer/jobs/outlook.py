"""How long runs that train and wait will take until the last has ended, small ones and large ones mixed."""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import fmean

from explorer.config.kinds import AnyConfig
from explorer.config.run import RunConfig
from explorer.config.stacking import stack_key
from explorer.data.partition import part_sizes
from explorer.evaluation.sweeps import is_diverged
from explorer.jobs.cost import calculate, estimate, measured_stacks, read_calibration
from explorer.jobs.group_cost import AMPLE_BYTES, TYPICAL, share_of_one
from explorer.jobs.planning import Place, lanes_of, stack_size, stacks_of
from explorer.jobs.threads import usable_cores
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

# Images loaded before a job's first step and asked after its last one, on two cores.
JOB_SECONDS = 0.5
# How much longer a job takes for each other one beside it: two side by side on two cores take 0.7 of the
# time of one after the other.
BESIDE_ANOTHER = 0.4
# Fitting to 60,000 images and asking 10,000 on two cores; of methods that were not measured, a minute.
FIT_SECONDS = {"knn": 7.0, "linear_svm": 40.0}
FIT_IMAGES, FIT_UNKNOWN = 60_000, 60.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """``share`` in [0, 1] of the work that is done, by the time that it takes on this machine.

    ``seconds`` pass until all is done if nothing else wants the machine; 0 where nothing is left.
    """

    share: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Shape:
    """Runs that can train together, at most ``size`` of them, and the seconds of an epoch of one alone.

    ``alone`` is None until that was measured, ``stacked`` are measured seconds of each in a stack, by its
    size; ``calculated`` ones are those of an idle machine (None for a classical method).
    """

    configs: tuple[AnyConfig, ...]
    device: str
    size: int
    alone: float | None
    stacked: Mapping[int, float]
    calculated: float | None

    @property
    def one(self) -> float:
        """Seconds an epoch of one alone."""
        return self.alone or 0.0

    @property
    def lanes(self) -> int:
        """How many jobs its device has in hand at a time."""
        return lanes_of(Place(self.device, AMPLE_BYTES, usable_cores()))

    def each(self, count: int) -> float:
        """Seconds an epoch of each of so many in one stack."""
        known = [self.stacked[size] for size in self.stacked if count // 2 < size <= count]
        if known:
            return known[-1]
        networks = [config for config in self.configs if isinstance(config, RunConfig)]
        return self.one * (share_of_one(networks[:count], count, self.device) if count > 1 else 1.0)


def outlook(
    store: Store, settings: Settings, configs: Sequence[AnyConfig], found: Mapping[AnyConfig, Run]
) -> Outlook:
    """Where runs of these configs stand; one without a run is still to come, and so is one that was paused.

    What trains goes on as fast as it goes now. Others take what was measured of such runs on this machine,
    or is calculated, in the stacks that a worker makes of them, side by side on its lanes. One that may end
    early takes as many epochs as those did that differ from it only in the seed, or all of them.

    Raises:
        ConfigError: a size is greater than what the dataset has.
    """
    ended = {config for config in configs if config in found and _has_ended(found[config])}
    shapes = _as_fast_as_measured([_shape(store, settings, alike, found) for alike in _alike(configs)])
    usual = _usual_epochs(found[config] for config in ended)
    done = total = 0.0
    training: dict[object, float] = defaultdict(float)
    waiting: list[float] = []
    for shape in shapes:
        each = shape.each(min(shape.size, len(shape.configs)))
        fresh: list[float] = []
        for config in shape.configs:
            run = found.get(config)
            if run is not None and config in ended:
                done, total = done + each * _taken(run), total + each * _taken(run)
                continue
            begun = _taken(run) if run is not None else 0.0
            wanted = _wanted(config, usual.get(_without_seed(config)), begun)
            done, total = done + each * begun, total + each * wanted
            if run is not None and run.status is RunStatus.RUNNING:
                key = run.started_at or run.id  # those of one stack began at one moment
                training[key] = max(training[key], (wanted - begun) * _epoch_now(run, shape))
            elif begun:
                waiting.append((wanted - begun) * shape.one + JOB_SECONDS)
            else:
                fresh.append(wanted)
        waiting += _jobs(shape, fresh, is_only=len(shapes) == 1)
    lanes = max((shape.lanes for shape in shapes), default=1)
    return Outlook(
        share=done / total if total else 1.0,
        seconds=clock_seconds([*training.values(), *waiting], lanes),
    )


def clock_seconds(jobs: Sequence[float], lanes: int) -> float:
    """When the last of the jobs ends if each begins, in this order, on the first lane that is free."""
    ends = [0.0] * lanes
    for seconds in jobs:
        heapq.heapreplace(ends, ends[0] + seconds)
    return max(ends)


def _shape(
    store: Store, settings: Settings, alike: tuple[AnyConfig, ...], found: Mapping[AnyConfig, Run]
) -> _Shape:
    begun = [found[config] for config in alike if config in found and found[config].epoch]
    config = begun[0].config if begun else alike[0]  # measured, if any was
    if not isinstance(config, RunConfig):
        seconds = (
            FIT_SECONDS.get(config.baseline.model, FIT_UNKNOWN) * part_sizes(config.data).train / FIT_IMAGES
        )
        return _Shape(alike, "cpu", 1, seconds, {}, None)
    cost = estimate(store, settings, config)
    stacked = measured_stacks(store, config, cost.device)
    place = Place(cost.device, AMPLE_BYTES, usable_cores())
    size = stack_size(config, place, lambda *_: stacked)
    calibration = read_calibration(store, cost.device) or TYPICAL
    calculated = calculate(calibration, config, cost.images, cost.steps, cost.multiply_adds)
    speeds = [run.samples_per_second for run in begun if run.status is RunStatus.RUNNING]
    if size == 1 and any(speeds):
        alone: float | None = cost.images / max(speeds)
    else:
        alone = cost.seconds_per_epoch if cost.measured else None
    by_size = {many: each * cost.images for many, each in stacked.items()}
    return _Shape(alike, cost.device, size, alone, by_size, calculated)


def _as_fast_as_measured(shapes: Sequence[_Shape]) -> list[_Shape]:
    """The same with the seconds of those that were never trained here, beside those that were.

    The machine may be busier than it was when it was measured, and jobs beside one another slow each other.
    """
    both = [(shape.alone, shape.calculated) for shape in shapes if shape.alone and shape.calculated]
    if both:
        factor = sum(alone for alone, _ in both) / sum(calculated for _, calculated in both)
    else:
        factor = 1 + BESIDE_ANOTHER * (max((shape.lanes for shape in shapes), default=1) - 1)
    return [
        replace(shape, alone=shape.calculated * factor)
        if shape.alone is None and shape.calculated is not None
        else shape
        for shape in shapes
    ]


def _jobs(shape: _Shape, epochs: Sequence[float], *, is_only: bool) -> list[float]:
    """The seconds of each stack that so many runs of a shape make."""
    if not epochs:
        return []
    count = stacks_of(len(epochs), shape.size, shape.lanes if is_only else 1)
    most = math.ceil(len(epochs) / count)
    parts = [epochs[start : start + most] for start in range(0, len(epochs), most)]
    return [max(part) * shape.each(len(part)) * len(part) + JOB_SECONDS for part in parts]


def _epoch_now(run: Run, shape: _Shape) -> float:
    """Seconds that an epoch of a run takes as it trains now."""
    data = run.config.data
    if not isinstance(run.config, RunConfig) or not run.samples_per_second:
        return shape.one
    return part_sizes(data).train * (1 + data.noisy_copies) / run.samples_per_second


def _alike(configs: Sequence[AnyConfig]) -> Iterable[tuple[AnyConfig, ...]]:
    """The configs by what can train together, in the order in which they come."""
    shapes: dict[object, list[AnyConfig]] = defaultdict(list)
    for config in configs:
        shapes[_key(config)].append(config)
    return map(tuple, shapes.values())


@lru_cache(maxsize=2_048)  # progress is looked at again and again
def _key(config: AnyConfig) -> object:
    return (stack_key(config) if isinstance(config, RunConfig) else None) or config


@lru_cache(maxsize=2_048)
def _without_seed(config: AnyConfig) -> AnyConfig:
    if not isinstance(config, RunConfig):
        return config
    return config.model_copy(update={"training": config.training.model_copy(update={"seed": 0})})


def _usual_epochs(ended: Iterable[Run]) -> dict[AnyConfig, float]:
    """How many epochs runs took that may end early, by their config but for the seed."""
    taken: dict[AnyConfig, list[float]] = defaultdict(list)
    for run in ended:
        if isinstance(run.config, RunConfig) and run.config.training.patience is not None:
            taken[_without_seed(run.config)].append(_taken(run))
    return {config: fmean(epochs) for config, epochs in taken.items()}


def _wanted(config: AnyConfig, usual: float | None, begun: float) -> float:
    """Epochs of a run that has begun or not: as many as its siblings took, or all that are planned.

    One that goes on where its siblings ended takes its patience more at least.
    """
    planned = _planned(config)
    if usual is None or not isinstance(config, RunConfig):
        return planned
    more = begun + (config.training.patience or 0) if begun else 0.0
    return min(planned, max(usual, more))


def _planned(config: AnyConfig) -> float:
    return float(config.training.epochs) if isinstance(config, RunConfig) else 1.0


def _taken(run: Run) -> float:
    """Epochs that a run has trained."""
    if _has_ended(run):
        result = run.network_result
        epochs = run.epoch if result is None else result.epochs_run
        return float(epochs) if isinstance(run.config, RunConfig) else 1.0
    return _planned(run.config) * run.step / run.total_steps if run.total_steps else 0.0


def _has_ended(run: Run) -> bool:
    return run.status is RunStatus.FINISHED or is_diverged(run)
