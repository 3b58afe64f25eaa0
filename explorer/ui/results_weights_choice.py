"""Which unit of a run is looked at: chosen by a click on any of its pictures, or by layer and number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.models.architecture import WeightLayer
from explorer.records import Run
from explorer.ui import state
from explorer.ui.run_views import show_view

CARD = 340  # pixels; the cards of a unit's page stand side by side where there is room
NO_MODE_BAR = {"displayModeBar": False}


@dataclass(frozen=True, slots=True, eq=False)
class UnitShown:
    """The unit that is looked at, of hidden layer ``layer`` (from 0), with the weights of an epoch.

    ``layers`` are all with weights, the output last.
    """

    run: Run
    epoch: int
    layers: Sequence[WeightLayer]
    arrays: Mapping[str, np.ndarray]
    layer: int
    unit: int

    @property
    def own_layer(self) -> WeightLayer:
        """The layer it belongs to."""
        return self.layers[self.layer]

    @property
    def prefixes(self) -> tuple[str, ...]:
        """How the parameters of each layer begin."""
        return tuple(layer.prefix for layer in self.layers)

    @property
    def noun(self) -> str:
        """What it is."""
        return "filter" if len(self.own_layer.weight_shape) == 4 else "unit"

    @property
    def names(self) -> tuple[str, ...]:
        """What the classes are called."""
        return tuple(DATASETS[self.run.config.data.dataset].class_names)

    @property
    def sees_features(self) -> bool:
        """Whether the network is given HOG features in place of pixels."""
        return bool(self.run.config.data.features == "hog")


def chosen_unit(run_id: int) -> tuple[int, int] | None:
    """Hidden layer (from 0) and unit, or None before any was chosen."""
    unit = state.said(_unit(run_id))
    return None if unit is None else (int(state.said(_layer(run_id), 0)), int(unit))


def choose(run_id: int, layer: int, unit: int) -> None:
    """Look at this unit from now on; only in a callback, or before the widgets are drawn."""
    state.put(_layer(run_id), layer)
    state.put(_unit(run_id), unit)


def show_in_weights(run_id: int, layer: int, unit: int) -> None:
    """Look at this unit in the Weights view; only in a callback."""
    choose(run_id, layer, unit)
    show_view("Weights")


def unit_choice(run_id: int, layers: Sequence[WeightLayer]) -> None:
    """Draw the choice of layer and unit; ``layers`` end with the output, whose units are the classes."""
    hidden = layers[:-1]
    if int(state.said(_layer(run_id), 0)) >= len(hidden):
        state.renew(_layer(run_id), _unit(run_id))
    layer = int(state.said(_layer(run_id), 0))
    unit = state.said(_unit(run_id))
    if unit is not None and unit >= hidden[layer].units:
        state.put(_unit(run_id), None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Layer",
            range(len(hidden)),
            layer,
            format_func=lambda number: hidden[number].name,
            key=state.key_of(_layer(run_id)),
            on_change=state.put,
            args=(_unit(run_id), 0),
            width=180,
            help="Whose unit is looked at below.",
        )
        st.number_input(
            "Filter" if len(hidden[layer].weight_shape) == 4 else "Unit",
            0,
            hidden[layer].units - 1,
            value=state.said(_unit(run_id)),
            placeholder="none",
            key=state.key_of(_unit(run_id)),
            width=150,
            help=f"0 to {hidden[layer].units - 1:,}.",
        )


def _layer(run_id: int) -> str:
    return f"weights.layer:{run_id}"


def _unit(run_id: int) -> str:
    return f"weights.unit:{run_id}"
