"""Records as a short run would leave them, with round numbers."""

import io

from explorer.records import ClassMetrics, EpochMetrics, Evaluation, LayerMetrics, RunResult


def evaluation(right: int = 9, images: int = 10) -> Evaluation:
    """``images`` images of class 0, of which ``right`` are answered 0 and the rest 1."""
    rows = [(right, images - right, *[0] * 8), *[(0,) * 10] * 9]
    zero = ClassMetrics(1.0, right / images, 2 * right / (images + right), images)
    return Evaluation(0.25, right / images, tuple(rows), (zero, *[ClassMetrics(0.0, 0.0, 0.0, 0)] * 9))


def layer(name: str, dead_share: float | None) -> LayerMetrics:
    return LayerMetrics(name, 64, dead_share, 0.5, 3.25, 0.125, 0.001)


def epoch_metrics(number: int, *, validated: bool = True) -> EpochMetrics:
    return EpochMetrics(
        epoch=number,
        step=21 * number,
        images_seen=1_293 * number,
        train_loss=1 / number,
        train_accuracy=0.5,
        validation_loss=1 / 3 if validated else None,
        validation_accuracy=0.75 if validated else None,
        test_loss=None,
        test_accuracy=None,
        learning_rate=0.001,
        seconds=0.125,
        layers=(layer("hidden 1", 0.25), layer("output", None)),
    )


def run_result(epochs: int = 2) -> RunResult:
    return RunResult(
        parameters=50_890,
        epochs_run=epochs,
        best_epoch=1,
        kept_epoch=epochs,
        train=evaluation(10),
        validation=evaluation(8),
        test=evaluation(9),
        layers=(layer("hidden 1", 0.25), layer("output", None)),
        duration_seconds=1.5,
        samples_per_second=1_724.0,
        threads=1,
    )


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now
