"""How the learning rate will change over the epochs, before anything is trained."""

from functools import partial
from math import ceil

import streamlit as st

from explorer.config.run import RunConfig
from explorer.data.partition import part_sizes
from explorer.data.words import figure
from explorer.plots.schedule import ScheduleCurve, draw_schedule, schedule_curve
from explorer.training.schedule import learning_rate_at


def schedule_preview(config: RunConfig) -> None:
    """The rates that training will take, by its own function: in words, and as a figure if they change."""
    curve = planned(config)
    words = in_words(curve)
    if curve.is_constant:
        st.caption(words)
        return
    st.plotly_chart(
        draw_schedule(curve),
        key="schedule:figure",
        config={"displayModeBar": False},
        alt=f"The learning rate over {curve.epochs} epochs. {words}",
    )
    st.caption(words)


def planned(config: RunConfig) -> ScheduleCurve:
    """The rate over the steps of a run of this config, if nothing ends it early."""
    images = part_sizes(config.data).train * (1 + config.data.noisy_copies)
    batch = config.training.batch_size
    steps_per_epoch = 1 if batch == "full" else ceil(images / batch)
    rate_at = partial(learning_rate_at, config, steps_per_epoch=steps_per_epoch)
    return schedule_curve(rate_at, config.training.epochs, steps_per_epoch)


def in_words(curve: ScheduleCurve) -> str:
    """Where the rate starts, where it is greatest, and where it ends."""
    if curve.is_constant:
        return f"Every step has the rate {_rounded(curve.rates[0])}."
    first, last = _rounded(curve.rates[0]), _rounded(curve.rates[-1])
    begun = curve.steps[curve.greatest] / curve.steps_per_epoch
    if curve.greatest == 0:
        return f"From {first} in the first step down to {last} in the last."
    peak = f"{_rounded(curve.rates[curve.greatest])} after {begun:.3g} epoch{'' if begun == 1 else 's'}"
    if curve.rates[-1] == curve.rates[curve.greatest]:
        return f"From {first} in the first step up to {peak}; then it stays."
    return f"From {first} in the first step up to {peak}, down to {last} in the last."


def _rounded(rate: float) -> str:
    return figure(float(f"{rate:.3g}"))
