"""Images as points, coloured by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import GROUND, TEXT

HEIGHT = 560
TOOLS_HEIGHT = 36  # the buttons lie above the legend, not on it
SYMBOLS = ("circle", "square", "diamond", "cross", "x")
MARGIN = 4  # pixels of empty border that a stored digit has on every side
INK = 100  # of 255: from here on a pixel is ink


@dataclass(frozen=True, slots=True, eq=False)
class PointCloud:
    """Points (N, 2 or 3) with their classes (N,) and the number of each image; ``sketches`` draw it in text.

    ``shares`` is the part of the variance along each axis, None where axes have no such meaning.
    """

    points: NDArray[np.float32]
    labels: NDArray[np.integer]
    indices: NDArray[np.integer]
    sketches: tuple[str, ...]
    names: tuple[str, ...]
    shares: tuple[float, ...] | None


def point_cloud(
    points: NDArray[np.floating],
    labels: NDArray[np.integer],
    indices: NDArray[np.integer],
    images: NDArray[np.uint8],
    *,
    names: Sequence[str],
    shares: Sequence[float] | None = None,
) -> PointCloud:
    """Points with the images (N, 28, 28) that they stand for.

    Raises:
        ValueError: these are not equally many, or points have neither two nor three dimensions.
    """
    if not len(points) == len(labels) == len(indices) == len(images):
        raise ValueError(f"{len(points)} points need as many labels, indices and images")
    if points.shape[1] not in (2, 3):
        raise ValueError(f"points of {points.shape[1]} dimensions can't be drawn")
    return PointCloud(
        points=np.asarray(points, np.float32),
        labels=labels,
        indices=indices,
        sketches=tuple(sketch(image) for image in images),
        names=tuple(names),
        shares=None if shares is None else tuple(float(share) for share in shares),
    )


def sketch(image: NDArray[np.uint8]) -> str:
    """An image (28, 28) as ten lines of twenty half blocks, two rows of pixels a line, for a hover label."""
    ink = image[MARGIN:-MARGIN, MARGIN:-MARGIN] >= INK
    signs = np.array(["\u00a0", "▄", "▀", "█"])
    lines = signs[2 * ink[0::2].astype(int) + ink[1::2]]
    return "<br>".join("".join(line) for line in lines)


def draw_point_cloud(cloud: PointCloud) -> go.Figure:
    """One colour and sign a class; the hover label draws the image, ``customdata`` is its number."""
    is_solid = cloud.points.shape[1] == 3
    figure = go.Figure()
    for number, name in enumerate(cloud.names):
        chosen = np.flatnonzero(cloud.labels == number)
        places = {
            axis: cloud.points[chosen, place]
            for axis, place in zip("xyz", range(cloud.points.shape[1]), strict=False)
        }
        facts = {
            "mode": "markers",
            "name": name,
            "text": [cloud.sketches[place] for place in chosen],
            "customdata": [[int(cloud.indices[place])] for place in chosen],
            "hovertemplate": f"%{{text}}<br>class {name} · image %{{customdata[0]}}<extra></extra>",
        }
        if is_solid:
            figure.add_scatter3d(**places, **facts, marker={"size": 3})
        else:
            symbol = SYMBOLS[number % len(SYMBOLS)]
            figure.add_scatter(**places, **facts, marker={"size": 6, "symbol": symbol, "opacity": 0.8})
    titles = [
        f"direction {axis + 1}"
        + (f" ({100 * cloud.shares[axis]:.0f} % of the variance)" if cloud.shares else "")
        for axis in range(cloud.points.shape[1])
    ]
    if is_solid:
        figure.update_layout(
            scene={axis: {"title": title, "showticklabels": False}
                   for axis, title in zip(("xaxis", "yaxis", "zaxis"), titles, strict=True)}
        )  # fmt: skip
    else:
        figure.update_xaxes(title=titles[0], showticklabels=False, zeroline=False)
        figure.update_yaxes(title=titles[1], showticklabels=False, zeroline=False)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": TOOLS_HEIGHT, "b": 0},
        legend={"title": {"text": "class"}, "itemsizing": "constant"},
        hoverlabel={"bgcolor": GROUND, "font": {"family": "monospace", "color": TEXT, "size": 11}},
        dragmode="orbit" if is_solid else "lasso",
    )
    return figure
