"""What each hidden layer of a network makes of one image, as figures."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.models.architecture import weight_layers
from explorer.plots.feature_maps import draw_map_tiles, draw_unit_bars, map_tiles
from explorer.records import Run

NO_MODE_BAR = {"displayModeBar": False}


def layer_figures(run: Run, activations: Sequence[NDArray[np.float32]], *, key: str) -> None:
    """Draw maps of convolutions after pooling, and bars of dense layers, first layer first."""
    layers = weight_layers(run.network_config.network)
    for number, (values, layer) in enumerate(zip(activations, layers[:-1], strict=True)):
        if values.ndim == 3:
            shape = " × ".join(str(size) for size in values.shape)
            st.caption(f"{layer.name}: {shape}, after pooling and activation")
            figure = draw_map_tiles(map_tiles(values))
        else:
            active = int(np.count_nonzero(np.abs(values) > 1e-6))
            st.caption(f"{layer.name}: {active:,} of {len(values):,} units answer")
            figure = draw_unit_bars(values)
        st.plotly_chart(
            figure, key=f"{key}:{run.id}:{number}", config=NO_MODE_BAR, alt=f"Answers of {layer.name}"
        )
