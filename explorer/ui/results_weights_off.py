"""A unit switched off: what the network loses without it, and which of its neighbours it would miss most."""

import streamlit as st

from explorer.plots.unit_ablation import draw_ranking, draw_unit_loss, ranking, unit_loss
from explorer.storage.arrays import Arrays
from explorer.ui import cache, state
from explorer.ui.answers import answer
from explorer.ui.results_weights_choice import CARD, NO_MODE_BAR, UnitShown, choose, chosen_unit

ABLATION_IMAGES = 2_000


def switched_off(shown: UnitShown) -> None:
    """Draw the switch, and when it is on the accuracy of each class with the unit and without it."""
    is_off = st.toggle(
        "Switch it off",
        key=f"weights.off:{shown.run.id}",
        help=f"Holds each {shown.noun} of {shown.own_layer.name} at zero, one at a time, "
        "and counts the right answers.",
    )
    if not is_off:
        return
    count = min(ABLATION_IMAGES, len(cache.validation_labels(shown.run.config.data)))
    request = {
        "run_id": shown.run.id, "epoch": shown.epoch, "part": "validation", "layer": shown.layer,
        "images": ABLATION_IMAGES,
    }  # fmt: skip
    noun, layer = shown.noun, shown.own_layer.name
    answer(
        "weights.ablation", "ablation", request,
        lambda found: _loss(shown, found), run_id=shown.run.id,
        waiting=f"Switching off each {noun} of {layer} on {count:,} images …", keeps_last=False,
    )  # fmt: skip


def _loss(shown: UnitShown, found: Arrays) -> None:
    run, unit = shown.run, shown.unit
    if chosen_unit(run.id) != (shown.layer, unit):
        st.rerun()  # a bar of the ranking was clicked: another page
    images, intact, without = found["images"], found["intact"], found["without"]
    if unit >= len(without):
        return
    loss, ranked = unit_loss(images, intact, without[unit]), ranking(images, intact, without)
    st.markdown(f"Of {int(images.sum()):,} validation images {loss.sentence}")
    cards = st.container(horizontal=True, gap="medium")
    with cards.container(width=2 * CARD - 100):
        st.markdown("**Class by class**")
        st.plotly_chart(
            draw_unit_loss(loss, shown.names),
            key=f"weights.loss:{run.id}",
            config=NO_MODE_BAR,
            alt=loss.sentence,
        )
    with cards.container(width=2 * CARD - 100):
        st.markdown(f"**Which {shown.noun}s of {shown.own_layer.name} are missed most**")
        key = f"weights.ranking:{run.id}"
        st.plotly_chart(
            draw_ranking(ranked, unit), key=key, config=NO_MODE_BAR,
            on_select=lambda: _ranked(run.id, shown.layer, key), selection_mode="points",
            alt=f"Most missed: {shown.noun} {ranked.units[0]}",
        )  # fmt: skip
        st.caption(
            "Click a bar to look at it."
            + (f" {ranked.left_out:,} that are missed less are left out." if ranked.left_out else "")
        )


def _ranked(run_id: int, layer: int, key: str) -> None:
    points = state.recall(key, {}).get("selection", {}).get("points", [])
    if points:
        choose(run_id, layer, int(points[0]["customdata"][0]))
