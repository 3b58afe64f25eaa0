"""The computation of one mini-batch as a picture: every matrix in its place, forward and back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.backprop_matrix import in_digits
from explorer.plots.palette import GROUND, NEUTRAL, TEXT, faded
from explorer.plots.weights import diverging_png

State = Literal["done", "now", "later"]
Drawing = dict[str, Any]

# Middle lightness, and no colour that numbers have: where the computation stands.
ACCENT = (0, 158, 115)
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
FORWARD, WEIGHTS, GRADIENTS, BACKWARD = 0.0, 1.0, 2.0, 3.0  # rows of the picture, downwards
SMALLEST, LARGEST = 0.34, 0.8  # a block's side, where a column and a row are 1
PICTURE_SIDE = 112  # pixels of a block's picture, about; browsers would blur smaller ones
HEIGHT = 470


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A quantity with its middle at ``(x, y)``; ``picture`` shows its values once they are there.

    ``text`` is the number itself where there is but one.
    """

    name: str
    label: str
    shape: str
    x: float
    y: float
    width: float
    height: float
    state: State
    picture: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A bent line through ``points`` with its head at the last one."""

    points: tuple[tuple[float, float], ...]
    state: State


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """The whole picture: columns run from 0 to ``columns`` - 1, rows from forward to backward."""

    blocks: tuple[Block, ...]
    arrows: tuple[Arrow, ...]
    columns: int


def label_of(name: str) -> str:
    """A quantity's name for the eye: ``dW2`` is dW²."""
    return "".join(SUPERSCRIPTS[int(sign)] if sign.isdigit() else sign for sign in name)


def flow(
    depth: int,
    values: Mapping[str, NDArray[np.floating]],
    *,
    done: Collection[str],
    now: Collection[str],
) -> Flow:
    """The picture for ``depth`` layers with weights.

    ``values`` are matrices by name: X, then of each layer (from 1) W1, b1, Z1, dZ1, dW1, db1, of hidden
    layers A1 and dA1, of the output P, and J (1, 1). Those in ``done`` or ``now`` show their numbers.
    """
    places = _places(depth)

    def state_of(name: str) -> State:
        return "now" if name in now else "done" if name in done else "later"

    blocks = []
    for name, (x, y) in places.items():
        rows, columns = values[name].shape
        width, height = _side(columns), _side(rows)
        if _is_bias(name):
            x, width = x + 0.34, SMALLEST / 2  # noqa: PLW2901 - beside its weights
        state = state_of(name)
        blocks.append(
            Block(
                name=name,
                label=label_of(name),
                shape=f"{rows:,} × {columns:,}",
                x=x,
                y=y,
                width=width,
                height=height,
                state=state,
                picture=None if state == "later" else _picture(values[name]),
                text=in_digits(float(values[name][0, 0]), 3) if name == "J" and state != "later" else "",
            )
        )
    by_name = {block.name: block for block in blocks}
    arrows = [
        _arrow(by_name[start], by_name[end], state_of(end)) for start, end in _links(depth) if end in by_name
    ]
    loss, first = by_name["J"], by_name[f"dZ{depth}"]
    down = (loss.x, loss.y + loss.height / 2 + 0.04), (loss.x, BACKWARD), (_right(first), BACKWARD)
    arrows.append(Arrow(down, state_of(first.name)))
    for layer in range(1, depth + 1):
        if f"dW{layer}" in now:  # what went forward is needed again
            seen, gradient = by_name["X" if layer == 1 else f"A{layer - 1}"], by_name[f"dW{layer}"]
            bend = (
                (seen.x, seen.y + seen.height / 2 + 0.04),
                (seen.x, gradient.y),
                (_left(gradient), gradient.y),
            )
            arrows.append(Arrow(bend, "now"))
        if "update" in now:
            arrows.append(_arrow(by_name[f"dW{layer}"], by_name[f"W{layer}"], "now"))
    return Flow(tuple(blocks), tuple(arrows), 2 * depth + 2)


def draw_flow(drawn: Flow) -> go.Figure:
    """Blocks with their numbers as colours; what is computed just now has a green frame."""
    figure = go.Figure()
    colors = {"now": faded(ACCENT, 1), "done": faded(NEUTRAL, 0.9), "later": faded(NEUTRAL, 0.4)}
    for state in ("now", "done", "later"):
        own = [block for block in drawn.blocks if block.state == state]
        strong = state == "now"
        figure.add_scatter(
            x=[block.x for block in own],
            y=[_label_place(block) for block in own],
            text=[f"<b>{block.label}</b>" if strong else block.label for block in own],
            mode="text",
            textfont={"size": 13, "color": faded(NEUTRAL, 0.9) if state == "later" else TEXT},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[block.x for block in drawn.blocks],
        y=[block.y for block in drawn.blocks],
        text=[block.text for block in drawn.blocks],
        mode="text",
        textfont={"size": 13, "color": TEXT},
        hoverinfo="skip",
    )
    figure.add_scatter(  # no ink: it answers the pointer
        x=[block.x for block in drawn.blocks],
        y=[block.y for block in drawn.blocks],
        text=[
            f"{block.label}: {block.shape}{', not computed yet' if block.state == 'later' else ''}"
            for block in drawn.blocks
        ],
        mode="markers",
        marker={"size": 34, "opacity": 0},
        hovertemplate="%{text}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
    )
    free = drawn.columns - 2  # nothing else stands below the output
    captions = (
        (-0.45, FORWARD - 0.68, "forward →"),
        (free, WEIGHTS, "weights"),
        (free, GRADIENTS, "gradients"),
        (free, BACKWARD - 0.16, "← backward"),
    )
    notes = [
        {
            "x": x,
            "y": y,
            "text": words,
            "showarrow": False,
            "xanchor": "left" if x < 0 else "center",
            "font": {"size": 12, "color": faded(NEUTRAL, 1)},
        }
        for x, y, words in captions
    ]
    figure.update_xaxes(visible=False, range=[-0.5, drawn.columns - 0.5], fixedrange=True)
    figure.update_yaxes(visible=False, range=[BACKWARD + 0.6, FORWARD - 0.8], fixedrange=True)
    figure.update_layout(
        # All at once: each single addition would copy all those before it.
        shapes=[
            *(_frame(block, colors[block.state]) for block in drawn.blocks),
            *(line for arrow in drawn.arrows for line in _lines(arrow, colors[arrow.state])),
        ],
        images=[_image(block) for block in drawn.blocks if block.picture is not None],
        annotations=[*notes, *(_head(arrow, colors[arrow.state]) for arrow in drawn.arrows)],
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
    )
    return figure


def _frame(block: Block, color: str) -> Drawing:
    left, top = block.x - block.width / 2, block.y - block.height / 2
    return {
        "type": "rect", "x0": left, "x1": left + block.width, "y0": top, "y1": top + block.height,
        "line": {"color": color, "width": 3 if block.state == "now" else 1,
                 "dash": "dot" if block.state == "later" else "solid"},
    }  # fmt: skip


def _image(block: Block) -> Drawing:
    return {
        "source": block.picture, "xref": "x", "yref": "y", "x": block.x - block.width / 2,
        "y": block.y - block.height / 2, "sizex": block.width, "sizey": block.height, "sizing": "stretch",
        "layer": "below",
    }  # fmt: skip


def _lines(arrow: Arrow, color: str) -> list[Drawing]:
    """All of an arrow but its last stretch, which carries the head."""
    return [
        {"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1,
         "line": {"color": color, "width": _thickness(arrow)}}
        for (x0, y0), (x1, y1) in pairwise(arrow.points[:-1])
    ]  # fmt: skip


def _head(arrow: Arrow, color: str) -> Drawing:
    (x0, y0), (x1, y1) = arrow.points[-2:]
    return {
        "x": x1, "y": y1, "ax": x0, "ay": y0, "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
        "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1, "arrowwidth": _thickness(arrow),
        "arrowcolor": color,
    }  # fmt: skip


def _thickness(arrow: Arrow) -> float:
    return 2.5 if arrow.state == "now" else 1.2


def _places(depth: int) -> dict[str, tuple[float, float]]:
    places = {"X": (0.0, FORWARD)}
    for layer in range(1, depth + 1):
        x = 2.0 * layer - 1
        places |= {
            f"Z{layer}": (x, FORWARD),
            f"W{layer}": (x - 0.08, WEIGHTS),
            f"b{layer}": (x, WEIGHTS),
            f"dW{layer}": (x - 0.08, GRADIENTS),
            f"db{layer}": (x, GRADIENTS),
            f"dZ{layer}": (x, BACKWARD),
        }
        if layer < depth:
            places |= {f"A{layer}": (x + 1, FORWARD), f"dA{layer}": (x + 1, BACKWARD)}
    return places | {"P": (2.0 * depth, FORWARD), "J": (2.0 * depth + 1, FORWARD)}


def _links(depth: int) -> list[tuple[str, str]]:
    links = [("X", "Z1"), (f"Z{depth}", "P"), ("P", "J")]
    for layer in range(1, depth + 1):
        links += [(f"W{layer}", f"Z{layer}"), (f"dZ{layer}", f"dW{layer}")]
        if layer < depth:
            links += [
                (f"Z{layer}", f"A{layer}"),
                (f"A{layer}", f"Z{layer + 1}"),
                (f"dZ{layer + 1}", f"dA{layer}"),
                (f"dA{layer}", f"dZ{layer}"),
            ]
    return links


def _side(count: int) -> float:
    """Longer sides for more rows or columns, by the logarithm: 1 is the shortest, 784 the longest."""
    return SMALLEST + (LARGEST - SMALLEST) * min(log(count) / log(784), 1)


def _arrow(start: Block, end: Block, state: State) -> Arrow:
    if start.y == end.y:
        forward = end.x > start.x
        points = (_right(start), start.y) if forward else (_left(start), start.y)
        return Arrow((points, (_left(end) if forward else _right(end), end.y)), state)
    gap = 0.18 if end.y < start.y and end.y != FORWARD else 0.04
    return Arrow(
        ((start.x, start.y - start.height / 2 - 0.2), (start.x, end.y + end.height / 2 + min(gap, 0.06))),
        state,
    )


def _label_place(block: Block) -> float:
    """Above the block; of biases below, where they stand close to their weights."""
    return block.y + (block.height / 2 + 0.12) * (1 if _is_bias(block.name) else -1)


def _is_bias(name: str) -> bool:
    return name.startswith(("b", "db"))


def _left(block: Block) -> float:
    return block.x - block.width / 2 - 0.04


def _right(block: Block) -> float:
    return block.x + block.width / 2 + 0.04


def _picture(values: NDArray[np.floating]) -> str:
    """The matrix as colours, thinned where it is longer than the picture, enlarged where it is shorter."""
    rows, columns = (np.linspace(0, size - 1, min(size, PICTURE_SIDE)).astype(int) for size in values.shape)
    kept = np.where(np.isfinite(values), values, np.nan)[np.ix_(rows, columns)]
    height, width = (max(1, PICTURE_SIDE // size) for size in kept.shape)
    finite = np.abs(kept[np.isfinite(kept)])
    return diverging_png(kept.repeat(height, 0).repeat(width, 1), float(finite.max()) if finite.size else 1.0)
