import numpy as np
import pytest

from explorer.plots.comparison import Member, overlay, smoothed

from .records import epoch

ONE = Member(
    "one", ((epoch(1, validation_loss=0.5, validation_accuracy=0.8), epoch(2, validation_loss=0.25)),)
)
TWO = Member("two", ((epoch(1), epoch(2)),))


@pytest.mark.parametrize(
    ("axis", "places"),
    [("epoch", (1, 2)), ("step", (10, 20)), ("seconds", (2, 4)), ("images", (100, 200))],
)
def test_curves_run_over_epochs_steps_seconds_or_images(axis: str, places: tuple[float, ...]):
    line, _ = overlay((ONE, TWO), "train_loss", axis).lines  # type: ignore[arg-type]
    assert (line.name, line.places, line.values) == ("one", places, (1.0, 0.5))
    assert (line.raw, line.low, line.runs) == ((), (), ())


def test_a_run_without_the_measure_keeps_its_place_and_with_it_its_colour():
    first, second = overlay((TWO, ONE), "validation_loss", "epoch").lines
    assert (first.places, second.values) == ((), (0.5, 0.25))


def test_what_is_not_finite_is_left_out():
    diverged = Member(
        "d", ((epoch(1, train_loss=2.0), epoch(2, train_loss=float("nan")), epoch(3, train_loss=1.0)),)
    )
    (line,) = overlay((diverged,), "train_loss", "epoch").lines
    assert (line.places, line.values) == ((1, 3), (2.0, 1.0))


def test_repeats_are_their_mean_with_a_sample_deviation_on_either_side():
    repeats = Member(
        "r", tuple((epoch(1, train_loss=loss), epoch(2, train_loss=loss / 2)) for loss in (1.0, 2.0, 3.0))
    )
    (line,) = overlay((repeats,), "train_loss", "epoch").lines
    assert line.values == (2.0, 1.0)
    assert line.low == pytest.approx((1.0, 0.5))
    assert line.high == pytest.approx((3.0, 1.5))
    assert line.runs == (3, 3)


def test_a_repeat_that_ended_early_has_no_say_in_the_epochs_after():
    short, long = (epoch(1, train_loss=3.0),), (epoch(1, train_loss=1.0), epoch(2, train_loss=0.5))
    (line,) = overlay((Member("r", (short, long)),), "train_loss", "epoch").lines
    assert (line.values, line.runs) == ((2.0, 0.5), (2, 1))
    assert line.low[1] == line.high[1] == 0.5


def test_the_band_of_an_accuracy_stays_between_nothing_and_all():
    repeats = Member("r", tuple((epoch(1, validation_accuracy=value),) for value in (1.0, 0.9, 1.0)))
    (line,) = overlay((repeats,), "validation_accuracy", "epoch").lines
    assert line.high == (1.0,)
    assert line.low[0] == pytest.approx(2.9 / 3 - np.std([1.0, 0.9, 1.0], ddof=1))


def test_smoothing_is_the_debiased_moving_average_and_keeps_what_was_measured():
    values = np.array([4.0, 2.0, 3.0])
    # (0.5·0.5·4 + 0.5·2) / (1 − 0.25) and so on, by hand
    assert smoothed(values, 0.5) == pytest.approx([4.0, (1.0 + 1.0) / 0.75, (0.5 + 0.5 + 1.5) / 0.875])
    assert smoothed(np.full(50, 7.0), 0.95) == pytest.approx(np.full(50, 7.0))
    assert smoothed(values, 0.0) == pytest.approx(values)
    member = Member("m", (tuple(epoch(n + 1, train_loss=value) for n, value in enumerate(values)),))
    (line,) = overlay((member,), "train_loss", "epoch", 0.5).lines
    assert line.raw == (4.0, 2.0, 3.0)
    assert line.values == pytest.approx(tuple(smoothed(values, 0.5)))


@pytest.mark.parametrize("weight", [1.0, -0.1])
def test_a_weight_that_would_never_forget_is_refused(weight: float):
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        smoothed(np.ones(2), weight)


def test_a_long_curve_is_thinned_with_its_peak_kept():
    epochs = tuple(epoch(n, train_loss=9.0 if n == 777 else 1.0 / n) for n in range(1, 1001))
    (line,) = overlay((Member("long", (epochs,)),), "train_loss", "epoch").lines
    assert len(line.places) <= 500
    assert line.places[line.values.index(9.0)] == 777


def test_the_summary_tells_each_line_in_words():
    drawn = overlay((ONE, TWO), "train_loss", "epoch")
    assert drawn.summary == "Training loss: one from 1 to 0.5, least 0.5; two from 1 to 0.5, least 0.5."
    assert overlay((), "train_loss", "epoch").summary == "Training loss: no value yet."
