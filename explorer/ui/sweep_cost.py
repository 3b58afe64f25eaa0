"""What a sweep will cost, in one line, before it is started."""

from collections.abc import Sequence

from explorer.config.run import RunConfig
from explorer.config.searching import Search
from explorer.config.sweeping import Sweep, repeated
from explorer.data.features import inputs_of
from explorer.data.partition import part_sizes
from explorer.data.words import duration, in_short, title_of
from explorer.jobs.cost import likely_device
from explorer.jobs.group_cost import estimate_group
from explorer.models.architecture import count_parameters
from explorer.ui import cache
from explorer.ui.sweep_status import runs_in_words
from explorer.ui.wording import plain


def cost_of(sweep: Sweep) -> str:
    """Runs, parameters and time of a sweep."""
    runs = len(sweep.points) * sweep.repeats
    counted = f"**{runs_in_words(runs)}**"
    if len(sweep.points) > 1 and sweep.repeats > 1:
        counted += f" ({len(sweep.points):,} values × {sweep.repeats} seeds)"
    sizes = sorted({_parameters(point) for point in sweep.points})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{in_short(sizes[0])} to {in_short(sizes[-1])}"
    counts = sorted({point.data: _images(point) for point in sweep.points}.values())
    images = f"{counts[0]:,}" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
    each = " each" if runs > 1 else ""
    return f"{counted} · {size} parameters{each} · {images} training images · {_time(sweep.configs())}"


def cost_of_search(search: Search) -> str:
    """Runs and time of a search, as long as all its runs cost what the base costs."""
    batch = min(search.batch, search.budget)
    images = _images(search.base)
    line = f"**{search.budget:,} runs**, {batch} at a time · {images:,} training images"
    return f"{line} · {_time(repeated(search.base, batch), times=search.budget / batch)}"


def _parameters(config: RunConfig) -> int:
    return count_parameters(config.network, inputs=inputs_of(config.data))


def _images(config: RunConfig) -> int:
    return part_sizes(config.data).train * (1 + config.data.noisy_copies)


def _time(configs: Sequence[RunConfig], times: float = 1.0) -> str:
    """How long the runs take, planned as the worker would; so many ``times`` one after the other."""
    cost = estimate_group(cache.store(), cache.settings(), configs)
    if cost.seconds is None:
        return "time not known before a worker has measured this machine"
    device = likely_device(cache.settings(), configs[0].training.device)
    together = ", trained together" if cost.stacks < cost.runs else ""
    return f"about **{duration(cost.seconds * times)}** on {plain(title_of(device))}{together}"
