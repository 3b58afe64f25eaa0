"""Which epoch is the best, and when patience runs out."""

from dataclasses import replace

import pytest

from explorer.config.run import Training
from explorer.records import EpochMetrics
from explorer.training.stopping import Progress, watched_value

EPOCH = EpochMetrics(
    epoch=1, step=5, images_seen=50, train_loss=1.0, train_accuracy=0.5, validation_loss=0.9,
    validation_accuracy=0.6, test_loss=0.8, test_accuracy=0.7, learning_rate=0.1, seconds=0.0, layers=(),
)  # fmt: skip


def after(values: list[float], field: str, **training: object) -> tuple[Progress, list[bool]]:
    settings, progress, over = Training(monitor=field, **training), Progress(), []
    for number, value in enumerate(values, 1):
        progress = progress.after(replace(EPOCH, epoch=number, **{field: value}), settings, 0.0)
        over.append(progress.is_over(settings))
    return progress, over


def test_the_least_loss_is_the_best() -> None:
    progress, over = after([3.0, 2.0, 2.5, 1.0, 1.5], "validation_loss", patience=2)
    assert (progress.best_epoch, progress.best_value, progress.stale_epochs) == (4, 1.0, 1)
    assert over == [False] * 5


def test_the_greatest_accuracy_is_the_best() -> None:
    progress, _ = after([0.1, 0.9, 0.8], "validation_accuracy")
    assert (progress.best_epoch, progress.best_value) == (2, 0.9)


def test_patience_counts_epochs_without_improvement() -> None:
    _, over = after([1.0, 2.0, 2.0, 2.0], "train_loss", patience=2)
    assert over == [False, False, True, True]


def test_improvements_up_to_the_least_change_do_not_count() -> None:
    progress, _ = after([1.0, 0.75, 0.5, 0.25], "validation_loss", minimum_change=0.25)
    assert progress.best_epoch == 3  # 0.5 is better than 1.0 by more than 0.25


def test_counters_survive_as_floats() -> None:
    progress = Progress(0.1, 3, 2, 60_000, 12.5)
    assert Progress.from_floats(progress.as_floats()) == progress


@pytest.mark.parametrize(
    "monitor", ["validation_loss", "train_loss", "test_loss", "validation_accuracy", "test_accuracy"]
)
def test_the_watched_value_is_the_one_named(monitor: str) -> None:
    assert watched_value(EPOCH, Training(monitor=monitor)) == getattr(EPOCH, monitor)


def test_without_validation_images_the_training_loss_stands_in() -> None:
    bare = replace(EPOCH, validation_loss=None, validation_accuracy=None)
    assert watched_value(bare, Training()) == 1.0
    assert watched_value(bare, Training(monitor="validation_accuracy")) == -1.0
