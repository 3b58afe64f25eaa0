"""What runs that train together will cost on this machine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.config.run import RunConfig
from explorer.config.stacking import stack_key
from explorer.data.partition import part_sizes
from explorer.errors import ConfigError
from explorer.jobs.cost import Calibration, calculate, estimate, measured_stacks
from explorer.jobs.planning import Place, lanes_of, stack_size, stacks_of
from explorer.jobs.threads import usable_cores
from explorer.models.architecture import count_multiply_adds
from explorer.settings import Settings
from explorer.storage.store import Store

# Memory is looked at when runs begin; half of this is room for any stack of MLPs.
AMPLE_BYTES = 2**36

# What each network of an endless stack takes, beside one alone: by the multiply-adds of its step, for runs
# that share a seed, hence the order of images, and for those that do not. Measured on two cores and a GPU.
FLOORS = ((1_000_000, 0.13, 0.3), (20_000_000, 0.55, 0.75))
FLOOR_OF_GPU = 0.04
# What jobs side by side take, beside one after the other.
SIDE_BY_SIDE = 0.7
# A process takes 2.5 s to load torch, and saves up to a quarter of the time of a thread.
WORTH_A_PROCESS_SECONDS = 5.0
# A machine that was not measured, roughly.
TYPICAL = Calibration(step=1e-4, dense=2e-11, convolution=1e-10)


@dataclass(frozen=True, slots=True)
class GroupCost:
    """The seconds that all runs take together, and ``one_alone`` those of the longest of them by itself.

    Each is None until something like it was measured here. ``stacks`` is how many jobs they make;
    ``measured`` says whether such stacks were trained here before, or the time is calculated.
    """

    runs: int
    stacks: int
    seconds: float | None
    one_alone: float | None
    measured: bool

    @property
    def times_one(self) -> float | None:
        """How many times as long as one run alone."""
        return self.seconds / self.one_alone if self.seconds is not None and self.one_alone else None


def estimate_group(
    store: Store, settings: Settings, configs: Sequence[RunConfig], lanes: int | None = None
) -> GroupCost:
    """What the runs will cost if nothing ends them early, planned as the worker would.

    By default they share all ``lanes`` of the device.

    Raises:
        ConfigError: a size is greater than what the dataset has.
    """
    shapes: dict[str, list[RunConfig]] = {}
    for number, config in enumerate(configs):
        shapes.setdefault(stack_key(config) or f"run {number}", []).append(config)
    total, longest, stacks, is_measured, is_known, is_alone_known = 0.0, 0.0, 0, True, True, True
    for alike in shapes.values():
        config = alike[0]
        cost = estimate(store, settings, config)
        place = Place(cost.device, AMPLE_BYTES, usable_cores())
        seconds_an_image = measured_stacks(store, config, cost.device)
        most = stack_size(config, place, lambda *_, known=seconds_an_image: known)
        side_by_side = lanes_of(place) if lanes is None else lanes
        jobs = stacks_of(len(alike), most, side_by_side if len(shapes) == 1 else 1)
        size = -(-len(alike) // jobs)
        stacks += jobs
        known = [each for each in seconds_an_image if size // 2 < each <= size]
        if cost.seconds_per_epoch is None:
            is_alone_known, alone = False, 0.0
        else:
            alone = cost.seconds_per_epoch * config.training.epochs
        longest = max(longest, alone)
        if known:
            each = seconds_an_image[max(known)] * cost.images * config.training.epochs
        else:
            is_known = is_known and cost.seconds_per_epoch is not None
            is_measured = is_measured and size == 1 and cost.measured
            each = alone * share_of_one(alike, size, cost.device)
        total += each * len(alike)
    if stacks > 1 and side_by_side > 1:
        total = max(longest, total * SIDE_BY_SIDE)
    return GroupCost(
        runs=len(configs),
        stacks=stacks,
        seconds=total if is_known and configs else None,
        one_alone=longest if is_alone_known and configs else None,
        measured=is_measured and is_known,
    )


def is_worth_a_process(store: Store, settings: Settings, configs: Sequence[RunConfig]) -> bool:
    """Whether runs train so long that a process should start for them, beside others that train."""
    try:
        known = estimate_group(store, settings, configs, lanes=1).seconds
        if known is not None:
            return known >= WORTH_A_PROCESS_SECONDS
        cost, config = estimate(store, settings, configs[0]), configs[0]
    except ConfigError:  # more images asked for than there are: the run itself will tell
        return False
    epoch = calculate(TYPICAL, config, cost.images, cost.steps, cost.multiply_adds)
    alone = epoch * config.training.epochs * len(configs)
    return alone * share_of_one(configs, len(configs), cost.device) >= WORTH_A_PROCESS_SECONDS


def share_of_one(configs: Sequence[RunConfig], size: int, device: str) -> float:
    """What each network of a stack of such runs takes, beside one alone; 1 for a stack of one."""
    config = configs[0]
    floor = FLOOR_OF_GPU
    if device == "cpu":
        images = part_sizes(config.data).train * (1 + config.data.noisy_copies)
        batch = config.training.batch_size
        work = (images if batch == "full" else min(batch, images)) * count_multiply_adds(config.network)
        orders = Counter(each.training.seed for each in configs)
        has_own_orders = len(orders) > len(configs) / 2
        floors = [own if has_own_orders else shared for most, shared, own in FLOORS if work <= most]
        floor = min(floors, default=1.0)
    return floor + (1 - floor) / size
