import pytest

from explorer.plots.layers import draw_layer_history, layer_history, log_ticks
from explorer.plots.units import draw_dead, draw_inactive, unit_shares

from .records import epoch, layer

EPOCHS = (
    epoch(1, layer("hidden 1", 8, dead_share=0.25), layer("output", 10, gradient_norm=2.0)),
    epoch(
        2,
        layer("hidden 1", 8, dead_share=0.5, inactive_share=0.125, gradient_norm=0.5),
        layer("output", 10, inactive_share=0.875, gradient_norm=0.0),
    ),
)


def test_a_history_leaves_out_epochs_and_layers_without_the_value():
    history = layer_history(EPOCHS, "inactive_share")
    assert [(line.name, line.units, line.epochs, line.values) for line in history.layers] == [
        ("hidden 1", 8, (2,), (0.125,)),
        ("output", 10, (2,), (0.875,)),
    ]
    assert [line.name for line in layer_history(EPOCHS, "dead_share").layers] == ["hidden 1"]
    assert layer_history((), "dead_share").layers == ()


def test_dead_and_inactive_are_told_apart_in_words():
    shares = unit_shares(EPOCHS)
    assert shares.sentences == (
        "hidden 1: 4 of 8 units dead, 12.5 % of (unit, image) pairs inactive",
        "output: 87.5 % of (unit, image) pairs inactive",
    )
    assert unit_shares(()).sentences == ()


def test_shares_are_drawn_in_percent_one_line_a_layer():
    shares = unit_shares(EPOCHS)
    (dead,) = draw_dead(shares).data
    assert (dead.name, list(dead.x), list(dead.y)) == ("hidden 1", [1, 2], [25.0, 50.0])
    assert [list(line.y) for line in draw_inactive(shares).data] == [[12.5], [87.5]]
    assert draw_dead(shares).layout.yaxis.title.text == "dead units (%)"


def test_norms_are_drawn_on_a_log_axis_with_zero_left_out():
    figure = draw_layer_history(layer_history(EPOCHS, "gradient_norm"))
    assert figure.layout.yaxis.type == "log"
    assert [list(line.y) for line in figure.data] == [[0.5], [2.0, None]]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.3, 4.0], (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)),
        ([0.0004, 3.0], (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)),
        ([0.0, float("nan")], ()),
    ],
)
def test_a_log_axis_is_marked_at_round_numbers(values: list[float], ticks: tuple[float, ...]):
    assert log_ticks(values) == ticks
