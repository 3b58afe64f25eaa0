"""A network in training with all that belongs to it: batches, optimizer, measurements, states."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.preparation import measure_scaling
from explorer.data.splits import Splits
from explorer.evaluation.evaluate import Answers, evaluate
from explorer.evaluation.units import UnitWatch
from explorer.models.architecture import parameter_shapes
from explorer.models.initialisation import initial_parameters
from explorer.records import EpochMetrics
from explorer.training.batches import Batches
from explorer.training.epoch import Tally, diverged
from explorer.training.monitoring import Observer
from explorer.training.optimizers import Optimizer
from explorer.training.parameters import FlatParameters
from explorer.training.randomness import Purpose, seed_for
from explorer.training.replay import ReplayedSteps
from explorer.training.schedule import learning_rate_at
from explorer.training.state import TrainingState
from explorer.training.step import EagerSteps, Step, Steps, make_network
from explorer.training.stopping import Progress

Array = NDArray[Any]

PROBE_IMAGES = 1_000  # training images that dead units are looked for on, where none are held back


class Trainee:
    """A network with its initial weights, and its images on the device."""

    def __init__(self, config: RunConfig, splits: Splits, device: torch.device) -> None:
        self.config = config
        self.scaling = measure_scaling(config.data, splits.train_images)
        self._generator = torch.Generator(device)
        inputs = inputs_of(config.data)
        self._shapes = parameter_shapes(config.network, inputs=inputs)
        self._parameters = FlatParameters(self._shapes, 1, device, torch.float32)
        self._network = make_network(config, self._parameters, self._generator)
        self._set_weights(initial_parameters(config.network, config.training.seed, inputs=inputs))
        self._optimizer = Optimizer(config.optimizer, self._parameters, fused=device.type == "cpu")
        self.observer = Observer(config.network, self._parameters)
        train_images, train_labels = splits.train_images.to(device), splits.train_labels.to(device)
        self.batches = Batches(train_images, train_labels, config, self.scaling, self._network.image_shape)
        step = Step(config, self._network, self._optimizer, self.observer)
        kind = ReplayedSteps if device.type == "cuda" else EagerSteps
        self.steps: Steps = kind(step, self.batches.steps_per_epoch)
        self._validation = splits.validation_images.to(device), splits.validation_labels.to(device)
        chosen = (
            torch.linspace(0, len(train_labels) - 1, min(PROBE_IMAGES, len(train_labels))).long().to(device)
        )
        self._probe = train_images[chosen], train_labels[chosen]
        self._test = None
        if config.training.monitor.startswith("test"):
            self._test = splits.test_images.to(device), splits.test_labels.to(device)

    def start_epoch(self, epoch: int) -> None:
        """Seed dropout and noise for an epoch, and forget what was observed in the last one."""
        self._generator.manual_seed(seed_for(self.config.training.seed, Purpose.NOISE, epoch))
        self.observer.start_epoch()

    def measure(self, epoch: int, tally: Tally, images_before: int) -> EpochMetrics:
        """Evaluate the network at the end of an epoch, and put the epoch's figures together.

        Raises:
            DivergedError: the last step made weights or the validation loss infinite or not a number.
        """
        step = (epoch - 1) * self.batches.steps_per_epoch + tally.steps
        watch = UnitWatch(self.config.network.activation)
        validation = test = None
        if len(self._validation[1]):
            validation = self._answers(self._validation, watch)
        else:
            self._answers(self._probe, watch)
        if self._test is not None:
            test = self._answers(self._test)
        layers = self.observer.finish_epoch(watch.dead_shares())
        for value in (*(layer.weight_norm for layer in layers), validation.loss if validation else 0.0):
            if not isfinite(value):
                raise diverged(self.config, epoch, step, value, self.batches.steps_per_epoch)
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
            learning_rate=learning_rate_at(self.config, step - 1, self.batches.steps_per_epoch),
            seconds=tally.seconds,
            layers=layers,
            predictions=validation.predictions.tobytes() if validation else b"",
        )

    def state(
        self, metrics: EpochMetrics, progress: Progress, best_weights: dict[str, Array] | None
    ) -> TrainingState:
        """A copy of everything, on the host."""
        is_best = progress.best_epoch == metrics.epoch
        keeps_another = self.config.training.keep == "best" and not is_best
        return TrainingState(
            epoch=metrics.epoch,
            step=metrics.step,
            weights={name: _on_host(tensor) for name, tensor in self._weights().items()},
            optimizer={name: _on_host(tensor) for name, tensor in self._optimizer.state.items()},
            progress=progress.as_floats(),
            best_weights=best_weights if keeps_another else None,
            is_best=is_best,
        )

    def load(self, state: TrainingState) -> None:
        """Go back to a state."""
        self._set_weights({name: torch.tensor(array) for name, array in state.weights.items()})
        self._optimizer.load({name: torch.tensor(array) for name, array in state.optimizer.items()})

    def _answers(self, images_and_labels: tuple[Tensor, Tensor], watch: UnitWatch | None = None) -> Answers:
        images, labels = images_and_labels
        return evaluate(self._network.answer, images, labels, self.scaling, self.config.loss, watch=watch)

    def _weights(self) -> dict[str, Tensor]:
        """Parameters and buffers by name, in the order of ``parameter_shapes``."""
        buffers = self._network.buffers
        return {
            name: buffers[name] if name in buffers else self._parameters.value(name)[0]
            for name in self._shapes
        }

    def _set_weights(self, weights: Mapping[str, Tensor]) -> None:
        for name, tensor in self._weights().items():
            tensor.copy_(weights[name])


def _on_host(tensor: Tensor) -> Array:
    array: Array = tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format).numpy()
    return array
