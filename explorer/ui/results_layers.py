"""The layers of a run: how hard they are pulled and how far they move, and what they are."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.words import in_short
from explorer.models.architecture import describe
from explorer.plots.layers import (
    LayerMeasure,
    draw_layer_history,
    gradient_sentence,
    layer_history,
    mark_epoch,
    update_sentence,
)
from explorer.records import EpochMetrics, Run
from explorer.ui.results_layers_histograms import histograms
from explorer.ui.scrubber import Moment

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


@dataclass(frozen=True, slots=True)
class _History:
    """What of each layer is drawn over the epochs, and what it means."""

    name: LayerMeasure
    key: str
    title: str
    means: str


GRADIENT = _History(
    "gradient_norm", "gradient", "Gradient norm", "How hard the loss pulls on each layer's weights."
)
UPDATE = _History(
    "update_ratio",
    "update",
    "Update-to-weight ratio",
    "How far one step moves a layer, relative to its size. About 0.001 is often healthy.",
)


def gradients(run: Run, epochs: list[EpochMetrics], moment: Moment | None) -> None:
    """Draw gradient norm and update ratio of each layer, how values are spread, and the architecture."""
    epoch = None if moment is None else moment.epoch
    if epochs:
        until = [known for known in epochs if epoch is None or known.epoch <= epoch] or epochs
        left, right = st.columns(2, gap="large")
        with left:
            _over_epochs(run, epochs, epoch, GRADIENT)
            _say(until[-1].epoch, gradient_sentence(until[-1]))
        with right:
            _over_epochs(run, epochs, epoch, UPDATE)
            _say(until[-1].epoch, update_sentence(until[-1]))
    else:
        st.info("Gradients are measured when an epoch ends; none has yet.", icon=":material/trending_down:")
    st.markdown("**Architecture**")
    table = architecture(run.network_config)
    st.dataframe(
        table, hide_index=True, column_config=_COLUMNS, alt="Layers with shapes, parameters and cost"
    )
    st.caption(
        f"{int(table['parameters'].sum()):,} parameters and {in_short(int(table['multiply_adds'].sum()))} "
        "multiply-adds for each image."
    )
    if moment is not None:
        histograms(run, moment)


def _over_epochs(run: Run, epochs: list[EpochMetrics], epoch: int | None, drawn: _History) -> None:
    st.markdown(f"**{drawn.title}**")
    st.caption(drawn.means)
    st.plotly_chart(
        mark_epoch(draw_layer_history(layer_history(epochs, drawn.name)), epoch),
        key=f"layers.{drawn.key}:{run.id}",
        config=_CONFIG,
        alt=f"{drawn.title} per layer and epoch",
    )


def _say(epoch: int, sentence: str) -> None:
    if sentence:
        st.markdown(f"After epoch {epoch:,}: {sentence[0].lower()}{sentence[1:]}")


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
