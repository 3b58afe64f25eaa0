import numpy as np

from explorer.plots.curves import draw_overlay, overlay

from .records import epoch

ONE = ("one", (epoch(1, validation_loss=0.5, validation_accuracy=0.8), epoch(2, validation_loss=0.25)))
TWO = ("two", (epoch(1), epoch(2)))


def test_curves_run_over_epochs_or_over_the_seconds_spent():
    by_epoch = overlay((ONE, TWO), "train_loss", "epoch")
    assert [(curve.name, curve.places, curve.values) for curve in by_epoch.curves] == [
        ("one", (1.0, 2.0), (1.0, 0.5)),
        ("two", (1.0, 2.0), (1.0, 0.5)),
    ]
    assert [curve.places for curve in overlay((ONE,), "train_loss", "seconds").curves] == [(2.0, 4.0)]


def test_a_run_without_the_measure_keeps_its_place_and_with_it_its_colour():
    first, second = overlay((TWO, ONE), "validation_loss", "epoch").curves
    assert (first.places, second.values) == ((), (0.5, 0.25))
    assert len(draw_overlay(overlay((TWO, ONE), "validation_loss", "epoch")).data) == 2


def test_a_long_curve_is_thinned_with_its_peak_kept():
    epochs = tuple(
        epoch(number, train_loss=9.0 if number == 777 else 1.0 / number) for number in range(1, 1001)
    )
    (curve,) = overlay((("long", epochs),), "train_loss", "epoch").curves
    assert len(curve.places) <= 500
    assert curve.values[int(np.argmax(curve.values))] == 9.0
    assert 777.0 in curve.places


def test_accuracy_is_drawn_in_percent_and_axes_name_their_units():
    figure = draw_overlay(overlay((ONE,), "validation_accuracy", "seconds"))
    assert list(figure.data[0].y) == [80.0]
    assert figure.layout.yaxis.title.text == "validation accuracy (%)"
    assert figure.layout.xaxis.title.text == "time spent training (s)"
    assert figure.layout.paper_bgcolor is None  # the page's own ground, light or dark


def test_lines_take_their_colours_from_the_theme():
    figure = draw_overlay(overlay((ONE, TWO), "train_loss", "epoch"))
    assert all(line.line.color is None and line.marker.color is None for line in figure.data)
