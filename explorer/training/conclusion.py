"""The end of a run: the one look at the test set, with the weights that are kept."""

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.preparation import measure_scaling
from explorer.data.splits import Splits
from explorer.evaluation.evaluate import evaluate, summarise
from explorer.models.architecture import count_parameters
from explorer.models.network import DigitNetwork
from explorer.records import EpochMetrics, Evaluation, RunResult
from explorer.training.autograd import channels_last
from explorer.training.state import TrainingState
from explorer.training.stopwatch import Stopwatch


def conclude(  # noqa: PLR0917  # seven different things, each known by its name
    config: RunConfig,
    splits: Splits,
    device: torch.device,
    state: TrainingState,
    history: Sequence[EpochMetrics],
    seconds: float,
    threads: int,
) -> RunResult:
    """Measure training, validation and test split once with the kept weights (best or last epoch's).

    ``history`` holds the epochs up to the state's, ``seconds`` the time spent training and monitoring.
    ``layers`` of the result are those of the kept epoch, where the history has it.
    """
    best_epoch = int(state.progress["best_epoch"])
    keeps_best = config.training.keep == "best"
    weights = state.weights if state.best_weights is None or not keeps_best else state.best_weights
    kept_epoch = best_epoch if keeps_best else state.epoch
    inputs = inputs_of(config.data)
    network = DigitNetwork(config.network, inputs=inputs)
    network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    is_cnn = config.network.kind == "cnn"
    if is_cnn:
        network.to(memory_format=torch.channels_last)
    network.to(device).eval()
    scaling = measure_scaling(config.data, splits.train_images)

    def measured(images: Tensor, labels: Tensor) -> Evaluation:
        answers = evaluate(
            lambda prepared: (network(channels_last(prepared) if is_cnn else prepared), ()),
            images.to(device),
            labels.to(device),
            scaling,
            config.loss,
        )
        return summarise(answers, labels)

    layers = {epoch.epoch: epoch.layers for epoch in history}
    has_validation = len(splits.validation_labels) > 0
    train = measured(splits.train_images, splits.train_labels)
    validation = measured(splits.validation_images, splits.validation_labels) if has_validation else None
    watch = Stopwatch()  # after the others: what is done once, such as choosing a kernel, is done
    test = measured(splits.test_images, splits.test_labels)
    predict_seconds = watch.seconds
    return RunResult(
        parameters=count_parameters(config.network, inputs=inputs),
        epochs_run=state.epoch,
        best_epoch=best_epoch,
        kept_epoch=kept_epoch,
        train=train,
        validation=validation,
        test=test,
        layers=layers.get(kept_epoch, ()),
        duration_seconds=seconds,
        samples_per_second=state.progress["images_seen"] / seconds if seconds > 0 else 0.0,
        threads=threads,
        predict_seconds=predict_seconds,
    )
