"""The layers of a run: what they are, which of their units are dead or inactive, how their weights move."""

import pandas as pd
import streamlit as st

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.models.architecture import describe
from explorer.plots.layers import draw_layer_history, layer_history, mark_epoch
from explorer.plots.units import DEAD_MEANS, INACTIVE_MEANS, draw_dead, draw_inactive, unit_shares
from explorer.records import EpochMetrics, Run
from explorer.ui.scrubber import Moment
from explorer.ui.wording import in_short

_COLUMNS = {
    "layer": st.column_config.TextColumn("Layer"),
    "output": st.column_config.TextColumn(
        "Output", help="Units, or channels × height × width, for one image."
    ),
    "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
    "multiply_adds": st.column_config.NumberColumn(
        "Multiply-adds", format="localized", help="Of one forward pass of one image."
    ),
}
_CONFIG = {"displayModeBar": False}


def units(run: Run, epochs: list[EpochMetrics], moment: Moment | None) -> None:
    """Draw dead and inactive shares over the epochs, with what each word means."""
    if not epochs:
        st.info("Units are looked at when an epoch ends; none has yet.", icon=":material/bedtime:")
        return
    shares, epoch = unit_shares(epochs), None if moment is None else moment.epoch
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Dead units**")
        st.caption(DEAD_MEANS)
        if shares.dead.layers:
            st.plotly_chart(
                mark_epoch(draw_dead(shares), epoch),
                key=f"units.dead:{run.id}",
                config=_CONFIG,
                alt="Dead units per layer and epoch",
            )
        else:
            st.info("This network has no hidden layer whose units could die.", icon=":material/info:")
    with right:
        st.markdown("**Inactive pairs**")
        st.caption(INACTIVE_MEANS)
        if shares.inactive.layers:
            st.plotly_chart(
                mark_epoch(draw_inactive(shares), epoch),
                key=f"units.inactive:{run.id}",
                config=_CONFIG,
                alt="Inactive pairs per layer and epoch",
            )
        else:
            st.info("No gradients were measured yet.", icon=":material/info:")
    until = [known for known in epochs if epoch is None or known.epoch <= epoch] or epochs
    sentences = unit_shares(until).sentences
    st.markdown(f"After epoch {until[-1].epoch:,}:\n" + "\n".join(f"- {sentence}" for sentence in sentences))


def gradients(run: Run, epochs: list[EpochMetrics], moment: Moment | None) -> None:
    """Draw gradient norm and update ratio of each layer, and the table of the architecture."""
    epoch = None if moment is None else moment.epoch
    if epochs:
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown("**Gradient norm**")
            st.caption(
                "How hard the loss pulls on each layer's weights. Much smaller in early layers: it vanishes."
            )
            st.plotly_chart(
                mark_epoch(draw_layer_history(layer_history(epochs, "gradient_norm")), epoch),
                key=f"layers.gradient:{run.id}",
                config=_CONFIG,
                alt="Gradient norm per layer and epoch",
            )
        with right:
            st.markdown("**Update ratio**")
            st.caption("How far one step moves a layer, relative to its size. About 0.001 is often healthy.")
            st.plotly_chart(
                mark_epoch(draw_layer_history(layer_history(epochs, "update_ratio")), epoch),
                key=f"layers.update:{run.id}",
                config=_CONFIG,
                alt="Update ratio per layer and epoch",
            )
    st.markdown("**Architecture**")
    table = architecture(run.network_config)
    st.dataframe(
        table, hide_index=True, column_config=_COLUMNS, alt="Layers with shapes, parameters and cost"
    )
    st.caption(
        f"{int(table['parameters'].sum()):,} parameters and {in_short(int(table['multiply_adds'].sum()))} "
        "multiply-adds for each image."
    )


def architecture(config: RunConfig) -> pd.DataFrame:
    """One row a layer."""
    rows = [
        (
            layer.name,
            " × ".join(f"{size:,}" for size in layer.output_shape),
            layer.parameters,
            layer.multiply_adds,
        )
        for layer in describe(config.network, inputs=inputs_of(config.data))
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))
