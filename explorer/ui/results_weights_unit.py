"""The page of one unit: its weights, what drives it, what it says, and what the network loses without it."""

import numpy as np
import streamlit as st

from explorer.plots.tiles import draw_tiles, tiles
from explorer.plots.unit import draw_activation_histogram, draw_class_means
from explorer.storage.arrays import Arrays
from explorer.ui import cache
from explorer.ui.answers import answer, known
from explorer.ui.results_weights_cards import incoming, outgoing
from explorer.ui.results_weights_choice import CARD, NO_MODE_BAR, UnitShown
from explorer.ui.results_weights_off import switched_off


def unit_page(shown: UnitShown) -> None:
    """Draw the page of a unit of a hidden layer."""
    run = shown.run
    st.subheader(f"{shown.noun.capitalize()} {shown.unit} of {shown.own_layer.name}", anchor=False)
    _is_dead(shown)
    cards = st.container(horizontal=True, gap="medium")
    incoming(cards, shown)
    outgoing(cards, shown)
    if not len(cache.validation_images(run.config.data)):
        st.info(
            "What drives it is looked for among validation images, and this run held none back.",
            icon=":material/image_search:",
        )
        return
    request = {
        "run_id": run.id, "epoch": shown.epoch, "part": "validation", "layer": shown.layer,
        "unit": shown.unit,
    }  # fmt: skip
    answer(
        "weights.unit", "unit", request, lambda found: _activity(shown, found), run_id=run.id,
        waiting="Looking for what drives it …", keeps_last=False,
    )  # fmt: skip
    switched_off(shown)


def _is_dead(shown: UnitShown) -> None:
    found = known("dead_units", {"run_id": shown.run.id, "epoch": shown.epoch})
    dead = None if found is None else found.get(f"dead.{shown.layer}")
    if dead is not None and shown.unit < len(dead) and dead[shown.unit]:
        st.warning(
            f"This {shown.noun} is dead after epoch {shown.epoch:,}: it says the same of every image, so no "
            "gradient reaches it.",
            icon=":material/bedtime:",
        )


def _activity(shown: UnitShown, found: Arrays) -> None:
    run = shown.run
    images, labels = cache.validation_images(run.config.data), cache.validation_labels(run.config.data)
    names, drivers = shown.names, found["drivers"]
    if len(drivers) and int(drivers.max()) >= len(images):
        return
    cards = st.container(horizontal=True, gap="medium")
    with cards.container(width=CARD):
        st.markdown("**The images that drive it most**")
        drawn = tiles(
            images[drivers],
            [names[labels[index]] for index in drivers],
            hovers=[
                f"image {index}, class {names[labels[index]]}: {value:.4g}"
                for index, value in zip(drivers, found["driven"], strict=True)
            ],
            columns=4 if len(drivers) > 4 else 2,
        )
        st.plotly_chart(
            draw_tiles(drawn, zoom=2), key=f"weights.drivers:{run.id}", config=NO_MODE_BAR,
            alt=f"{len(drivers)} images that drive this {shown.noun} most",
        )  # fmt: skip
    with cards.container(width=CARD):
        st.markdown("**How strongly it answers**")
        zero = int(found["counts"][(found["edges"][:-1] <= 0) & (found["edges"][1:] >= 0)].sum())
        st.plotly_chart(
            draw_activation_histogram(found["counts"], found["edges"]),
            key=f"weights.activation:{run.id}", config=NO_MODE_BAR, alt="Histogram of its activation",
        )  # fmt: skip
        st.caption(
            f"Over {int(found['counts'].sum()):,} validation images"
            + (f"; {zero:,} of them in the bin at zero." if zero else ".")
            + (" A filter's greatest answer over its map." if shown.noun == "filter" else "")
        )
    with cards.container(width=CARD):
        st.markdown("**To which class**")
        st.plotly_chart(
            draw_class_means(found["by_class"], names), key=f"weights.by_class:{run.id}", config=NO_MODE_BAR,
            alt="Its mean activation for each class",
        )  # fmt: skip
        if not np.isnan(found["by_class"]).all():
            st.caption(
                f"It answers most strongly to {names[int(np.nanargmax(found['by_class']))]}, on average."
            )
