"""What a run will cost, in one line, before it is started."""

import streamlit as st

from explorer.config.run import RunConfig
from explorer.data.words import duration, in_short, title_of
from explorer.jobs.cost import Cost, estimate
from explorer.ui import cache
from explorer.ui.wording import plain


def cost_line(config: RunConfig) -> None:
    """Parameters, multiply-adds, images and time of a run of this config."""
    st.caption(cost_in_words(estimate(cache.store(), cache.settings(), config), config.training.epochs))


def cost_in_words(cost: Cost, epochs: int) -> str:
    """The line's text; times of a network that was never trained on this machine say "about"."""
    size = (
        f"**{cost.parameters:,} parameters** · {in_short(cost.multiply_adds)} multiply-adds an image · "
        f"{cost.images:,} training images · "
    )
    device = f"on {plain(title_of(cost.device))}"
    if cost.seconds_per_epoch is None:
        return f"{size}time not known before a worker has measured this machine"
    about = "" if cost.measured else "about "
    each = f"**{about}{duration(cost.seconds_per_epoch)} an epoch** {device}"
    every = f", {about}{duration(cost.seconds_per_epoch * epochs)} for {epochs:,}" if epochs > 1 else ""
    source = "measured here" if cost.measured else "calculated from this machine's speed"
    return f"{size}{each}{every} ({source})"
