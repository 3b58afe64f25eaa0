"""The picture of the computation: what stands where, and what is shown of it."""

from itertools import pairwise

import numpy as np
import pytest

from explorer.plots.backprop_flow import (
    BACKWARD,
    FORWARD,
    GRADIENTS,
    WEIGHTS,
    Flow,
    draw_flow,
    flow,
    label_of,
)

SHAPES = {
    "X": (49, 8), "W1": (12, 49), "b1": (12, 1), "Z1": (12, 8), "A1": (12, 8), "dA1": (12, 8), "dZ1": (12, 8),
    "dW1": (12, 49), "db1": (12, 1), "W2": (10, 12), "b2": (10, 1), "Z2": (10, 8), "P": (10, 8), "J": (1, 1),
    "dZ2": (10, 8), "dW2": (10, 12), "db2": (10, 1),
}  # fmt: skip


def picture(done: tuple[str, ...] = (), now: tuple[str, ...] = ()) -> Flow:
    random = np.random.default_rng(0)
    values = {name: random.normal(0, 1, shape) for name, shape in SHAPES.items()}
    return flow(2, values, done=done, now=now)


def test_every_quantity_has_one_place_in_its_row():
    blocks = {block.name: block for block in picture().blocks}
    assert blocks.keys() == SHAPES.keys()
    rows = {
        FORWARD: {"X", "Z1", "A1", "Z2", "P", "J"},
        WEIGHTS: {"W1", "b1", "W2", "b2"},
        GRADIENTS: {"dW1", "db1", "dW2", "db2"},
        BACKWARD: {"dZ1", "dA1", "dZ2"},
    }
    for row, names in rows.items():
        assert {name for name, block in blocks.items() if block.y == row} == names
    order = sorted(rows[FORWARD], key=lambda name: blocks[name].x)
    assert order == ["X", "Z1", "A1", "Z2", "P", "J"]
    assert blocks["W1"].shape == "12 × 49"
    assert blocks["W1"].width > blocks["W2"].width > blocks["b1"].width
    assert blocks["X"].height > blocks["Z1"].height


def test_numbers_show_once_they_are_computed():
    drawn = picture(done=("X", "W1", "b1"), now=("Z1", "A1"))
    states = {block.name: block.state for block in drawn.blocks}
    assert {name for name, state in states.items() if state == "now"} == {"Z1", "A1"}
    assert {name for name, state in states.items() if state == "done"} == {"X", "W1", "b1"}
    assert {block.name for block in drawn.blocks if block.picture} == {"X", "W1", "b1", "Z1", "A1"}


def test_the_loss_shows_its_number_once_it_is_there():
    texts = [{block.name: block.text for block in picture(now=now).blocks} for now in ((), ("J",))]
    value = np.random.default_rng(0)
    expected = [value.normal(0, 1, shape) for shape in SHAPES.values()][list(SHAPES).index("J")][0, 0]
    assert texts[0]["J"] == ""
    assert texts[1]["J"] == f"{expected:.3g}"
    assert not any(text for name, text in texts[1].items() if name != "J")


def test_blocks_of_a_row_do_not_overlap():
    blocks = picture().blocks
    for row in (FORWARD, WEIGHTS, GRADIENTS, BACKWARD):
        own = sorted((block for block in blocks if block.y == row), key=lambda block: block.x)
        for left, right in pairwise(own):
            assert left.x + left.width / 2 <= right.x - right.width / 2 + 0.06, (left.name, right.name)


def test_gradients_of_weights_take_what_went_forward():
    still = picture(done=tuple(SHAPES))
    going = picture(done=tuple(SHAPES), now=("dA1", "dZ1", "dW1", "db1"))
    added = set(going.arrows) - set(still.arrows)
    blocks = {block.name: block for block in going.blocks}
    starts = {arrow.points[0] for arrow in added if arrow.state == "now" and len(arrow.points) == 3}
    assert {x for x, _ in starts} == {blocks["X"].x}


def test_an_update_flows_from_gradients_to_weights():
    updates = set(picture(done=tuple(SHAPES), now=("update",)).arrows) - set(
        picture(done=tuple(SHAPES)).arrows
    )
    assert len(updates) == 2
    assert all(arrow.points[0][1] > arrow.points[1][1] for arrow in updates)


def test_matrices_without_a_finite_number_are_drawn_all_the_same():
    values = {name: np.full(shape, np.nan) for name, shape in SHAPES.items()}
    figure = draw_flow(flow(2, values, done=tuple(SHAPES), now=()))
    assert len(figure.layout.images) == len(SHAPES)


def test_frames_arrows_and_pictures_are_drawn():
    drawn = picture(done=("X", "W1", "b1", "W2", "b2"), now=("Z1", "A1"))
    figure = draw_flow(drawn)
    assert sum(shape.type == "rect" for shape in figure.layout.shapes) == len(SHAPES)
    assert sum(shape.type == "rect" and shape.line.width == 3 for shape in figure.layout.shapes) == 2
    assert len(figure.layout.images) == 7
    assert sum(bool(note.showarrow) for note in figure.layout.annotations) == len(drawn.arrows)
    said = [text for trace in figure.data for text in (trace.text or ())]
    assert "Z²: 10 × 8, not computed yet" in said
    assert "Z¹: 12 × 8" in said


@pytest.mark.parametrize(("name", "label"), [("dW2", "dW²"), ("X", "X"), ("A1", "A¹")])
def test_layers_are_raised(name: str, label: str):
    assert label_of(name) == label
