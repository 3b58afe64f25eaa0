"""The figures of one epoch of one network, put together."""

from collections.abc import Sequence
from math import isfinite

from explorer.config.run import RunConfig
from explorer.errors import DivergedError
from explorer.evaluation.evaluate import Answers
from explorer.records import EpochMetrics, LayerMetrics
from explorer.training.epoch import Tally, diverged


def epoch_figures(
    config: RunConfig,
    epoch: int,
    step: int,
    *,
    images_before: int,
    tally: Tally,
    rate: float,
    layers: Sequence[LayerMetrics],
    validation: Answers | None,
    test: Answers | None,
) -> EpochMetrics | DivergedError:
    """What is kept of an epoch whose last step was ``step``.

    An error says that this step made weights or the validation loss infinite or not a number.
    """
    for value in (*(layer.weight_norm for layer in layers), validation.loss if validation else 0.0):
        if not isfinite(value):
            return diverged(config, epoch, step, value, rate)
    return EpochMetrics(
        epoch=epoch,
        step=step,
        images_seen=images_before + tally.images,
        train_loss=tally.loss_sum / tally.images,
        train_accuracy=tally.correct / tally.images,
        validation_loss=validation.loss if validation else None,
        validation_accuracy=validation.accuracy if validation else None,
        test_loss=test.loss if test else None,
        test_accuracy=test.accuracy if test else None,
        learning_rate=rate,
        seconds=tally.seconds,
        layers=tuple(layers),
        predictions=validation.predictions.tobytes() if validation else b"",
    )
