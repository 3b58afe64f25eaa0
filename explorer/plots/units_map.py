"""All units of all hidden layers as small squares, the dead ones filled, each to be clicked."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import GROUND, NEUTRAL, POSITIVE, TEXT, faded

COLUMNS = 32
ALL_SHOWN = 512  # of a larger layer only dead units are drawn, and no more than this many
PITCH, LABEL = 11, 26  # pixels on screen


@dataclass(frozen=True, slots=True)
class UnitsOfLayer:
    """One layer: which of its units are drawn, which of those are dead, and how many in all are."""

    name: str
    units: tuple[int, ...]
    dead: tuple[bool, ...]
    dead_units: int
    every: int

    @property
    def title(self) -> str:
        """Name and count, and what of the layer is drawn."""
        counted = f"{self.name}: {self.dead_units:,} of {self.every:,} dead"
        if len(self.units) == self.every:
            return counted
        drawn = "only these" if len(self.units) == self.dead_units else f"{len(self.units):,} of them"
        return f"{counted} ({drawn} drawn)"


def units_map(dead: Mapping[str, NDArray[np.bool_]]) -> tuple[UnitsOfLayer, ...]:
    """From which units are dead (units,) in each layer, by the layers' names."""
    layers = []
    for name, is_dead in dead.items():
        shown = np.arange(len(is_dead)) if len(is_dead) <= ALL_SHOWN else np.flatnonzero(is_dead)[:ALL_SHOWN]
        layers.append(
            UnitsOfLayer(
                name,
                tuple(int(unit) for unit in shown),
                tuple(bool(is_dead[unit]) for unit in shown),
                int(is_dead.sum()),
                len(is_dead),
            )
        )
    return tuple(layers)


def draw_units_map(layers: tuple[UnitsOfLayer, ...]) -> go.Figure:
    """One block of squares a layer; ``customdata`` of each square is its layer (from 0) and its unit."""
    x: list[int] = []
    y: list[int] = []
    texts: list[str] = []
    keys: list[list[int]] = []
    is_dead: list[bool] = []
    top = 0
    figure = go.Figure()
    for number, layer in enumerate(layers):
        figure.add_annotation(
            x=-PITCH / 2, y=top + LABEL / 2, text=layer.title, showarrow=False, xanchor="left",
            yanchor="middle", font={"size": 13},
        )  # fmt: skip
        top += LABEL
        for place, (unit, dead) in enumerate(zip(layer.units, layer.dead, strict=True)):
            x.append(place % COLUMNS * PITCH)
            y.append(top + place // COLUMNS * PITCH + PITCH // 2)
            texts.append(f"{layer.name}, unit {unit}: {'dead' if dead else 'alive'}")
            keys.append([number, unit])
            is_dead.append(dead)
        top += ceil(len(layer.units) / COLUMNS) * PITCH
    as_they_are = {"marker": {"opacity": 1}}
    figure.add_scatter(
        x=x, y=y, text=texts, customdata=keys, mode="markers",
        marker={
            "symbol": "square",
            "size": PITCH - 2,
            "color": [faded(POSITIVE, 1) if dead else faded(NEUTRAL, 0.25) for dead in is_dead],
            "line": {"width": 0},
            "opacity": 1,
        },
        selected=as_they_are, unselected=as_they_are, showlegend=False,
        hovertemplate="%{text}<extra></extra>", hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
    )  # fmt: skip
    width = COLUMNS * PITCH
    figure.update_xaxes(visible=False, range=[-PITCH / 2, width - PITCH / 2], fixedrange=True)
    figure.update_yaxes(visible=False, range=[top + 2, 0], fixedrange=True)
    figure.update_layout(
        width=width, height=top + 2, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode=False, showlegend=False
    )
    return figure
