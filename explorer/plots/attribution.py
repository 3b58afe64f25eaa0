"""Which pixels speak for a class, drawn over the image."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import DIVERGING, NEUTRAL, faded

SIDE = 300  # pixels on screen


@dataclass(frozen=True, slots=True, eq=False)
class AttributionPicture:
    """Values (28, 28) in units of logit over ink (28, 28) in [0, 1]; colours are full at ±``scale``.

    ``total`` is the sum of all values, ``score`` the class's logit, ``baseline_score`` that of a black image.
    """

    values: NDArray[np.float32]
    ink: NDArray[np.float32]
    scale: float
    total: float
    score: float
    baseline_score: float


def attribution_picture(
    values: NDArray[np.floating], image: NDArray[np.uint8], score: float, baseline_score: float
) -> AttributionPicture:
    """From an attribution's values and the stored image, both (28, 28)."""
    values = np.asarray(values, dtype=np.float32)
    return AttributionPicture(
        values=values,
        ink=np.asarray(image, dtype=np.float32) / np.float32(255),
        scale=float(np.abs(values).max()),
        total=float(values.sum(dtype=np.float64)),
        score=score,
        baseline_score=baseline_score,
    )


def draw_attribution(picture: AttributionPicture) -> go.Figure:
    """Orange speaks for the class, blue against it; the digit's outline lies over it."""
    limit = picture.scale or 1.0
    figure = go.Figure()
    figure.add_heatmap(
        z=picture.values.tolist(),
        customdata=np.rint(picture.ink * 255).astype(int).tolist(),
        zmin=-limit, zmax=limit, colorscale=DIVERGING,
        colorbar={"title": {"text": "logit", "side": "right"}, "thickness": 10, "tickformat": ".2g"},
        hovertemplate="row %{y}, column %{x}: %{z:+.3g}<br>ink %{customdata} of 255<extra></extra>",
    )  # fmt: skip
    figure.add_contour(
        z=picture.ink.tolist(),
        contours={"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"},
        line={"color": faded(NEUTRAL, 0.9), "width": 2},
        hoverinfo="skip", showscale=False,
    )  # fmt: skip
    axis = {"visible": False, "showgrid": False, "fixedrange": True, "constrain": "domain"}
    figure.update_xaxes(**axis)
    figure.update_yaxes(autorange="reversed", scaleanchor="x", **axis)
    figure.update_layout(
        height=SIDE, margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, dragmode=False
    )
    return figure
