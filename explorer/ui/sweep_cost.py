"""What a sweep will cost, in one line, before it is started."""

from collections import Counter
from collections.abc import Sequence

from explorer.config.run import RunConfig
from explorer.config.searching import Search
from explorer.config.stacking import stack_key
from explorer.config.sweeping import Sweep
from explorer.jobs.cost import Cost, estimate, measured_stacks, speed_key
from explorer.ui import cache
from explorer.ui.wording import duration, in_short, plain, title_of


def cost_of(sweep: Sweep) -> str:
    """Runs, parameters and time of a sweep."""
    known: dict[str, tuple[Cost, float | None, bool]] = {}
    together = Counter(stack_key(point) for point in sweep.points for _ in range(sweep.repeats))
    seconds: float | None = 0.0
    is_stacked = True
    for point in sweep.points:
        key = f"{speed_key(point, '')} {point.data.model_dump_json()}"
        if key not in known:
            known[key] = _cost(point, together[stack_key(point)])
        _, each, has_stacks = known[key]
        is_stacked = is_stacked and has_stacks
        seconds = None if each is None or seconds is None else seconds + each * point.training.epochs
    total = None if seconds is None else seconds * sweep.repeats
    return cost_in_words(sweep, [cost for cost, _, _ in known.values()], total, is_stacked=is_stacked)


def cost_of_search(search: Search) -> str:
    """Runs and time of a search, as long as all its runs cost what the base costs."""
    batch = min(search.batch, search.budget)
    cost, each, is_stacked = _cost(search.base, batch)
    line = f"**{search.budget:,} runs**, {batch} at a time · {cost.images:,} training images"
    seconds = None if each is None else each * search.base.training.epochs * search.budget
    return f"{line} · {_time(cost, seconds, is_stacked=is_stacked)}"


def cost_in_words(sweep: Sweep, costs: Sequence[Cost], seconds: float | None, *, is_stacked: bool) -> str:
    """The line's text; ``seconds`` is None where the machine was not measured."""
    runs = len(sweep.points) * sweep.repeats
    counted = f"**{runs:,} runs**"
    if len(sweep.points) > 1 and sweep.repeats > 1:
        counted += f" ({len(sweep.points):,} values × {sweep.repeats} seeds)"
    sizes = sorted({cost.parameters for cost in costs})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{in_short(sizes[0])} to {in_short(sizes[-1])}"
    line = f"{counted} · {size} parameters each · {costs[0].images:,} training images"
    return f"{line} · {_time(costs[0], seconds, is_stacked=is_stacked)}"


def _cost(config: RunConfig, runs: int) -> tuple[Cost, float | None, bool]:
    """A run's cost, its seconds an epoch, and whether those were measured in a stack of at most so many."""
    cost = estimate(cache.store(), cache.settings(), config)
    stacks = measured_stacks(cache.store(), config, cost.device)
    sizes = [size for size in stacks if 1 < size <= runs]
    if not sizes:
        return cost, cost.seconds_per_epoch, runs == 1
    return cost, stacks[max(sizes)] * cost.images, True


def _time(cost: Cost, seconds: float | None, *, is_stacked: bool) -> str:
    if seconds is None:
        return "time not known before a worker has measured this machine"
    where = f"on {plain(title_of(cost.device))}"
    if is_stacked:
        return f"about **{duration(seconds)}** {where}, trained together"
    return f"about **{duration(seconds)}** {where} one after the other, less where they train together"
