"""The units of a run: which are dead, which inactive, and the way to each dead one."""

from typing import Any

import numpy as np
import streamlit as st

from explorer.models.architecture import weight_layers
from explorer.plots.layers import mark_epoch
from explorer.plots.units import DEAD_MEANS, INACTIVE_MEANS, draw_dead, draw_inactive, unit_shares
from explorer.plots.units_map import draw_units_map, units_map
from explorer.records import EpochMetrics, Run
from explorer.storage.arrays import Arrays
from explorer.ui import state
from explorer.ui.answers import answer
from explorer.ui.results_weights_choice import show_in_weights
from explorer.ui.run_views import view_shown
from explorer.ui.scrubber import Moment

_CONFIG = {"displayModeBar": False}
VIEW = "Units"
NONE_COULD_DIE = "This network has no hidden layer whose units could die."
NO_GRADIENT = "No gradients were measured yet."


def units(run: Run, epochs: list[EpochMetrics], moment: Moment | None) -> None:
    """Draw dead and inactive shares over the epochs, with what each word means."""
    if not epochs:
        st.info("Units are looked at when an epoch ends; none has yet.", icon=":material/bedtime:")
        return
    shares, epoch = unit_shares(epochs), None if moment is None else moment.epoch
    left, right = st.columns(2, gap="large")
    with left:
        figure = mark_epoch(draw_dead(shares), epoch) if shares.dead.layers else None
        _over_epochs("Dead units", DEAD_MEANS, figure, f"units.dead:{run.id}", otherwise=NONE_COULD_DIE)
    with right:
        figure = mark_epoch(draw_inactive(shares), epoch) if shares.inactive.layers else None
        _over_epochs(
            "Inactive pairs", INACTIVE_MEANS, figure, f"units.inactive:{run.id}", otherwise=NO_GRADIENT
        )
    until = [known for known in epochs if epoch is None or known.epoch <= epoch] or epochs
    sentences = unit_shares(until).sentences
    st.markdown(f"After epoch {until[-1].epoch:,}:\n" + "\n".join(f"- {sentence}" for sentence in sentences))
    if moment is not None and shares.dead.layers:
        _dead_ones(run, moment)


def _over_epochs(title: str, means: str, figure: Any, key: str, *, otherwise: str) -> None:
    """A figure over the epochs, or words where there is none."""
    st.markdown(f"**{title}**")
    st.caption(means)
    if figure is None:
        st.info(otherwise, icon=":material/info:")
    else:
        st.plotly_chart(figure, key=key, config=_CONFIG, alt=f"{title} per layer and epoch")


def _dead_ones(run: Run, moment: Moment) -> None:
    st.markdown(f"**Which units are dead after epoch {moment.epoch:,}**")
    answer(
        "units.dead", "dead_units", {"run_id": run.id, "epoch": moment.epoch},
        lambda found: _map(run, found), run_id=run.id, waiting="Looking for dead units …",
    )  # fmt: skip


def _map(run: Run, found: Arrays) -> None:
    if view_shown() != VIEW:
        st.rerun()  # a square was clicked: the unit's page is elsewhere
    layers = weight_layers(run.network_config.network)[:-1]
    names = [layer.name for layer in layers]
    count = sum(int(found[name].sum()) for name in found)
    every = sum(len(found[name]) for name in found)
    drawn = units_map({name: found[f"dead.{number}"].astype(np.bool_) for number, name in enumerate(names)})
    st.caption(
        "No unit is dead. Click a square to see what its unit does."
        if not count
        else f"{count:,} of {every:,} units, filled here. Click one to see its page."
    )
    key = f"units.map:{run.id}"
    st.plotly_chart(
        draw_units_map(drawn),
        key=key,
        config=_CONFIG,
        width="content",
        on_select=lambda: _clicked(run.id, key),
        selection_mode="points",
        alt=f"{count:,} of {every:,} units dead",
    )


def _clicked(run_id: int, key: str) -> None:
    points = state.recall(key, {}).get("selection", {}).get("points", [])
    if points:
        layer, unit = points[0]["customdata"]
        show_in_weights(run_id, int(layer), int(unit))
