"""Bins of the training curve."""

import numpy as np
import pytest

from explorer.training.curve import BINS, Curve, bin_steps


@pytest.mark.parametrize("epochs", [1, 3, 7, 600, 999, 1000])
@pytest.mark.parametrize("steps", [1, 2, 5, 9, 10, 11, 469, 938, 60_000])
def test_a_run_has_at_most_two_thousand_bins(epochs: int, steps: int) -> None:
    assert epochs * -(-steps // bin_steps(epochs, steps)) <= BINS


def test_short_runs_keep_every_step() -> None:
    assert bin_steps(10, 200) == 1


def losses(*rows: list[float]) -> np.ndarray:
    return np.array(rows)


def test_bins_hold_mean_least_and_greatest_and_end_with_the_epoch() -> None:
    curve = Curve(3)
    assert curve.add(1, 1, losses([3.0], [1.0]), [0]) == {0: []}
    [first] = curve.add(1, 3, losses([2.0], [7.0]), [0])[0]
    assert (first.epoch, first.first_step, first.last_step) == (1, 1, 3)
    assert (first.loss, first.loss_min, first.loss_max) == (2.0, 1.0, 3.0)
    [rest] = curve.rest(1, 4, [0])[0]
    assert (rest.first_step, rest.last_step, rest.loss) == (4, 4, 7.0)
    curve.clear()
    assert curve.rest(1, 4, [0]) == {0: []}


def test_each_network_of_a_stack_has_its_own_bins() -> None:
    bins = Curve(2).add(1, 1, losses([1.0, 5.0, np.nan], [3.0, 6.0, np.nan]), [0, 1])
    assert [(row, bin_.loss, bin_.loss_max) for row, [bin_] in bins.items()] == [(0, 2.0, 3.0), (1, 5.5, 6.0)]


def test_bins_do_not_depend_on_how_the_losses_arrive() -> None:
    values = [[float(index % 5)] for index in range(20)]
    at_once, one_by_one = Curve(4), Curve(4)
    bins = [
        bin_
        for index, loss in enumerate(values)
        for bin_ in one_by_one.add(2, 21 + index, losses(loss), [0])[0]
    ]
    assert at_once.add(2, 21, losses(*values), [0])[0] == bins
    assert [bin_.first_step for bin_ in bins] == [21, 25, 29, 33, 37]
