"""What a unit takes in and what it passes on, as pictures and bars on its page."""

from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.plots.hog_weights import cell_weights, draw_weight_stars, weight_stars
from explorer.plots.unit import draw_unit_picture, draw_weight_bars, weight_bars
from explorer.plots.weights import draw_weight_tiles, weight_tiles
from explorer.plots.weights_order import pushes, seen_through
from explorer.ui.results_weights_choice import CARD, NO_MODE_BAR, UnitShown

IMAGE_SIDE = 28


def incoming(cards: DeltaGenerator, shown: UnitShown) -> None:
    """Draw what the unit takes in: its weights, and in deeper layers what they come to on the image."""
    run, layers, arrays, layer, unit = shown.run, shown.layers, shown.arrays, shown.layer, shown.unit
    weights = arrays.get(f"{shown.own_layer.prefix}.weight")
    with cards.container(width=CARD):
        st.markdown("**Its weights**")
        if weights is None or unit >= len(weights):
            st.caption("The checkpoint does not hold them.")
            return
        own = weights[unit]
        bias = arrays.get(f"{shown.own_layer.prefix}.bias")
        facts = f"norm {np.linalg.norm(own):.4g}" + ("" if bias is None else f", bias {bias[unit]:+.4g}")
        if own.ndim == 3 and len(own) > 1:
            figure = draw_weight_tiles(weight_tiles(own[:, None], noun="channel"))
            facts += f"; one tile for each of the {len(own)} maps of {layers[layer - 1].name}"
        elif layer == 0 and shown.sees_features:
            hog = run.config.data.hog
            shaped = cell_weights(
                own[None], cells=IMAGE_SIDE // hog.cell_size, block_size=hog.block_size,
                orientations=hog.orientations,
            )  # fmt: skip
            figure = draw_weight_stars(weight_stars(shaped, hog.cell_size, [""]))
            facts += "; orange edges speak for the unit, blue ones against it"
        elif layer == 0 or own.ndim == 3:
            figure = draw_unit_picture(own)
        else:
            names = [str(number) for number in range(len(own))]
            bars = weight_bars(own, names)
            figure = draw_weight_bars(bars, "weight", f"unit of {layers[layer - 1].name}")
            facts += f"; the {len(bars.values)} largest of {len(own):,}" if bars.left_out else ""
        st.plotly_chart(figure, key=f"weights.own:{run.id}", config=NO_MODE_BAR, alt=f"Weights, {facts}")
        st.caption(f"{facts[0].upper()}{facts[1:]}.")
    if layer == 0 or shown.sees_features:
        return
    seen = seen_through(arrays, shown.prefixes, layer, unit)
    if seen is not None and len(seen) == IMAGE_SIDE**2:
        with cards.container(width=CARD):
            st.markdown("**Through the layers before it**")
            st.plotly_chart(
                draw_unit_picture(seen), key=f"weights.seen:{run.id}", config=NO_MODE_BAR,
                alt="Its weights multiplied with those of the layers before it",
            )  # fmt: skip
            st.caption("Its weights times those before it: what it would look for if no layer bent anything.")


def outgoing(cards: DeltaGenerator, shown: UnitShown) -> None:
    """Draw what the unit passes on, to the next layer and to the classes."""
    run, layers, arrays, layer, unit = shown.run, shown.layers, shown.arrays, shown.layer, shown.unit
    names = shown.names
    pushed = pushes(arrays, shown.prefixes, layer)
    if pushed is None:
        with cards.container(width=CARD):
            st.markdown("**Its outgoing weights**")
            st.caption("The checkpoint does not hold them.")
        return
    following = layers[layer + 1]
    if layer + 1 < len(layers) - 1:
        with cards.container(width=CARD):
            st.markdown(f"**Its weights to {following.name}**")
            figure, said = _to_next(shown)
            st.plotly_chart(figure, key=f"weights.next:{run.id}", config=NO_MODE_BAR, alt=said)
            st.caption(said)
    with cards.container(width=CARD):
        best = names[pushed.classes[unit]]
        exactly = pushed.is_exact and len(layers[layer].weight_shape) == 2
        st.markdown("**Its weights to the classes**" if exactly else "**What it does to the classes**")
        st.plotly_chart(
            draw_weight_bars(
                weight_bars(pushed.values[:, unit], names), "weight" if exactly else "logit", "class"
            ),
            key=f"weights.classes:{run.id}", config=NO_MODE_BAR, alt=f"It pushes for class {best} most",
        )  # fmt: skip
        st.caption(
            f"It pushes for **{best}** most."
            + ("" if exactly else " The weights after it multiplied, the bends between left out.")
        )


def _to_next(shown: UnitShown) -> tuple[Any, str]:
    layers, arrays, layer, unit = shown.layers, shown.arrays, shown.layer, shown.unit
    weight, following = arrays[f"{layers[layer + 1].prefix}.weight"], layers[layer + 1]
    units = layers[layer].units
    if weight.ndim == 4 or weight.shape[1] != units:
        own = weight[:, unit] if weight.ndim == 4 else weight.reshape(len(weight), units, -1)[:, unit]
        values = np.linalg.norm(own.reshape(len(weight), -1), axis=1)
        title, said = "weight norm", "How much each takes in of this filter's map: the norm of its weights."
    else:
        values, title, said = weight[:, unit], "weight", "What each adds for one more of its activation."
    bars = weight_bars(values, [str(number) for number in range(len(values))])
    what = "filter" if weight.ndim == 4 else "unit"
    if bars.left_out:
        said += f" The {len(bars.values)} largest of {len(values):,}."
    return draw_weight_bars(bars, title, f"{what} of {following.name}"), said
