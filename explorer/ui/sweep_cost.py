"""What a sweep will cost, in one line, before it is started."""

from explorer.config.searching import Search
from explorer.config.sweeping import Sweep
from explorer.jobs.cost import Cost, estimate, speed_key
from explorer.jobs.group_cost import estimate_group
from explorer.ui import cache
from explorer.ui.wording import duration, in_short, plain, title_of


def cost_of(sweep: Sweep) -> str:
    """Runs, parameters and time of a sweep, trained as the worker would plan it."""
    known: dict[str, Cost] = {}
    for point in sweep.points:
        key = f"{speed_key(point, '')} {point.data.model_dump_json()}"
        if key not in known:
            known[key] = estimate(cache.store(), cache.settings(), point)
    together = estimate_group(cache.store(), cache.settings(), sweep.configs())
    return cost_in_words(sweep, tuple(known.values()), together.seconds)


def cost_in_words(sweep: Sweep, costs: tuple[Cost, ...], seconds: float | None) -> str:
    """The line's text; ``seconds`` are those of all runs, None where the machine was not measured."""
    runs = len(sweep.points) * sweep.repeats
    counted = f"**{runs:,} runs**"
    if len(sweep.points) > 1 and sweep.repeats > 1:
        counted += f" ({len(sweep.points):,} values × {sweep.repeats} seeds)"
    sizes = sorted({cost.parameters for cost in costs})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{in_short(sizes[0])} to {in_short(sizes[-1])}"
    line = f"{counted} · {size} parameters each · {costs[0].images:,} training images"
    if seconds is None:
        return f"{line} · time not known before a worker has measured this machine"
    return f"{line} · about **{duration(seconds)}** on {plain(title_of(costs[0].device))}"


def cost_of_search(search: Search) -> str:
    """Runs and time of a search, as long as all its runs cost what the base costs."""
    cost = estimate(cache.store(), cache.settings(), search.base)
    batch = min(search.batch, search.budget)
    line = f"**{search.budget:,} runs**, {batch} at a time · {cost.images:,} training images"
    if cost.seconds_per_epoch is None:
        return f"{line} · time not known before a worker has measured this machine"
    seconds = cost.seconds_per_epoch * search.base.training.epochs * search.budget
    return f"{line} · about **{duration(seconds)}** on {plain(title_of(cost.device))}"
