"""The end of runs: the one look at the test set, with the weights that are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.splits import Splits
from explorer.evaluation.evaluate import summarise
from explorer.models.architecture import count_parameters
from explorer.records import EpochMetrics, RunResult
from explorer.training.state import TrainingState
from explorer.training.stopwatch import Stopwatch
from explorer.training.trainee import Trainees


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """A run that came to its end in ``state``.

    ``history`` holds the epochs up to it, ``seconds`` the time spent training and monitoring. Of the images
    that its weights have seen, ``images_before`` were seen before it branched off from another run.
    """

    config: RunConfig
    splits: Splits
    state: TrainingState
    history: Sequence[EpochMetrics]
    seconds: float
    images_before: int = 0

    @property
    def best_epoch(self) -> int:
        """The epoch with the best value of what was watched."""
        return int(self.state.progress["best_epoch"])

    @property
    def kept_epoch(self) -> int:
        """The epoch whose weights are kept."""
        return self.best_epoch if self.config.training.keep == "best" else self.state.epoch

    @property
    def kept_weights(self) -> Mapping[str, NDArray[Any]]:
        """The weights that are kept."""
        best = self.state.best_weights if self.config.training.keep == "best" else None
        return self.state.weights if best is None else best


def conclude(  # noqa: PLR0917  # seven different things, each known by its name
    config: RunConfig,
    splits: Splits,
    device: torch.device,
    state: TrainingState,
    history: Sequence[EpochMetrics],
    seconds: float,
    threads: int,
) -> RunResult:
    """The result of one run, as ``conclude_together`` measures several."""
    (result,) = conclude_together([Ended(config, splits, state, history, seconds)], device, threads)
    return result


def conclude_together(ended: Sequence[Ended], device: torch.device, threads: int) -> list[RunResult]:
    """Measure training, validation and test split once with the kept weights (best or last epoch's).

    The runs are of one shape, as those of a stack; each image is prepared once for all that see it.
    ``predict_seconds`` is each one's share of the time that all took for the test images. ``layers`` of a
    result are those of the kept epoch, where the history has it.
    """
    trainees = Trainees(
        {index: each.config for index, each in enumerate(ended)},
        {index: each.splits for index, each in enumerate(ended)},
        device,
    )
    for row, member in enumerate(trainees.members):
        trainees.load_weights(row, ended[member].kept_weights)
    train = trainees.ask(lambda view: (view.source.images, view.source.labels))
    watched = trainees.ask(lambda view: view.watched)
    watch = Stopwatch()  # after the others: what is done once, such as choosing a kernel, is done
    test = trainees.ask(lambda view: view.test)
    predict_seconds = watch.seconds / len(ended)
    results = []
    for index, each in enumerate(ended):
        splits, images_seen = each.splits, each.state.progress["images_seen"] - each.images_before
        layers = {epoch.epoch: epoch.layers for epoch in each.history}
        results.append(
            RunResult(
                parameters=count_parameters(each.config.network, inputs=inputs_of(each.config.data)),
                epochs_run=each.state.epoch,
                best_epoch=each.best_epoch,
                kept_epoch=each.kept_epoch,
                train=summarise(train[index], splits.train_labels),
                validation=summarise(watched[index], splits.validation_labels)
                if len(splits.validation_labels)
                else None,
                test=summarise(test[index], splits.test_labels),
                layers=layers.get(each.kept_epoch, ()),
                duration_seconds=each.seconds,
                samples_per_second=images_seen / each.seconds if each.seconds > 0 else 0.0,
                threads=threads,
                predict_seconds=predict_seconds,
            )
        )
    return results
