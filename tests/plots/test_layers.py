import pytest

from explorer.plots.layers import (
    draw_layer_history,
    gradient_sentence,
    layer_history,
    log_ticks,
    update_sentence,
)
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


def gradients(*norms: float | None) -> str:
    names = [f"hidden {number + 1}" for number in range(len(norms) - 1)] + ["output"]
    return gradient_sentence(
        epoch(1, *(layer(name, gradient_norm=norm) for name, norm in zip(names, norms, strict=True)))
    )


def test_a_vanishing_gradient_is_said_to_vanish_with_how_little_is_left():
    assert "reaching **hidden 1** is 1/400 of that at the output: it **vanishes**" in gradients(
        0.001, 0.1, 0.4013
    )
    assert "is 50 times that at the output: it **explodes**" in gradients(5.0, 0.1)
    assert "its norm there is 0.5 times" in gradients(0.2, 0.4)
    assert "No gradient reaches **hidden 1**" in gradients(0.0, 0.4)
    assert gradients(None, 0.4) == gradients(0.4) == ""


def test_the_layers_that_move_least_and_most_are_named():
    said = update_sentence(
        epoch(1, layer("hidden 1", update_ratio=1e-5), layer("output", update_ratio=0.002))
    )
    assert "moves **hidden 1** by 0.001 % of its size, the least" in said
    assert "**output** by 0.2 %, the most" in said
    assert update_sentence(epoch(1, layer("hidden 1"))) == ""


def test_a_short_run_has_a_tick_for_each_epoch_and_none_between():
    assert draw_layer_history(layer_history(EPOCHS, "gradient_norm")).layout.xaxis.dtick == 1
    long = [epoch(number, layer("hidden 1", gradient_norm=1.0)) for number in range(1, 60)]
    assert draw_layer_history(layer_history(long, "gradient_norm")).layout.xaxis.dtick is None
