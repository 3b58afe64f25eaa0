"""Networks in training with all that belongs to them: batches, optimizer, measurements, states."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.splits import Splits
from explorer.errors import DivergedError
from explorer.models.architecture import parameter_shapes, weight_layers
from explorer.models.initialisation import initial_parameters
from explorer.records import EpochMetrics
from explorer.training.batches import Batches, Lane
from explorer.training.epoch import Tally
from explorer.training.epoch_figures import epoch_figures
from explorer.training.examination import Findings, examine
from explorer.training.inputs import row_for
from explorer.training.mlp import widest
from explorer.training.monitoring import Observer
from explorer.training.optimizers import Optimizer, moments_of
from explorer.training.pace import Pace
from explorer.training.parameters import FlatParameters, Layout
from explorer.training.products import use_tensor_cores
from explorer.training.replay import ReplayedSteps
from explorer.training.shelf import Shelf, View
from explorer.training.state import TrainingState
from explorer.training.step import EagerSteps, Step, Steps, is_explicit, make_network
from explorer.training.stopping import Progress

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """One network of the stack: which member it is, what it sees, and its own shapes."""

    member: int
    config: RunConfig
    view: View
    shapes: Mapping[str, tuple[int, ...]]


class Trainees:
    """A stack of networks with their initial weights, and their images on the device.

    Rows of the stack are not in the members' order: those that share images lie together, and among these
    those of one activation. ``members`` says which member each row is.
    """

    def __init__(
        self,
        configs: Mapping[int, RunConfig],
        splits: Mapping[int, Splits],
        device: torch.device,
        shelf: Shelf | None = None,
        paces: Mapping[int, Pace] | None = None,
    ) -> None:
        if device.type == "cuda":
            use_tensor_cores()
        self.device = device
        self._splits = splits
        self._shelf = shelf or Shelf(device)
        views = {index: self._shelf.view(splits[index], configs[index].data) for index in configs}
        order, lanes = arranged(configs, views)
        self.members = order
        self.configs = [configs[index] for index in order]
        self.paces = [Pace(configs[index]) if paces is None else paces[index] for index in order]
        config = widest(self.configs)
        inputs = inputs_of(config.data)
        self._rows = [
            _Row(
                index,
                configs[index],
                views[index],
                parameter_shapes(configs[index].network, inputs=inputs),
            )
            for index in order
        ]
        shapes, layers = (
            parameter_shapes(config.network, inputs=inputs),
            weight_layers(config.network, inputs=inputs),
        )
        row = 1
        if is_explicit(config):
            first = (layers[0].units, layers[0].fan_in)
            row = row_for(Layout(shapes), first, len(order), len(lanes), device)
        self.parameters = FlatParameters(shapes, len(order), device, torch.float32, row=row)
        self.network = make_network(self.configs, self.parameters, len(lanes))
        self._buffers = self.network.buffers
        self.optimizer = Optimizer(
            [each.optimizer for each in self.configs], self.parameters, fused=device.type == "cpu"
        )
        self.observer = Observer(layers, self.parameters)
        self.batches = Batches(lanes, config, self.network.image_shape)
        step = Step(self.configs, self.network, self.optimizer, self.observer, self.paces)
        kind = ReplayedSteps if device.type == "cuda" else EagerSteps
        self.steps: Steps = kind(step, self.batches.steps_per_epoch)
        for index, own in enumerate(self._rows):
            start = initial_parameters(own.config.network, own.config.training.seed, inputs=inputs)
            self._set_weights(index, start)
        self._prepare()

    def only(self, members: Sequence[int]) -> "Trainees":
        """A smaller stack of some of the members, as they are now."""
        smaller = Trainees(
            {index: self.configs[self.members.index(index)] for index in members},
            {index: self._splits[index] for index in members},
            self.device,
            self._shelf,
            dict(zip(self.members, self.paces, strict=True)),
        )
        for row, member in enumerate(smaller.members):
            old = self.members.index(member)
            for name in self._rows[old].shapes:
                if name in self.parameters.shapes:
                    smaller.parameters.value(name)[row].copy_(self.parameters.value(name)[old])
            for name, buffer in smaller._buffers[row].items():
                buffer.copy_(self._buffers[old][name])
            smaller._set_moments(row, self._moments(old))
        return smaller

    def capture(self) -> None:
        """Capture the steps that are replayed, where some are: now, and not in the first epoch's time."""
        if isinstance(self.steps, ReplayedSteps):
            self.start_epoch(1)
            self.steps.begin(next(self.batches.blocks(1)), 0)

    def start_epoch(self, epoch: int) -> None:
        """Seed dropout and noise for an epoch, and forget what was observed in the last one."""
        self.network.start_epoch(epoch)
        self.observer.start_epoch()

    def freeze(self, row: int) -> None:
        """Take the numbers of a network that left all bounds; what it still computes stays finite."""
        for tensor in (self.parameters.values, *self.optimizer.state.values()):
            tensor[row].zero_()
        for buffer in self._buffers[row].values():
            buffer.zero_()

    def measure(
        self, epoch: int, tallies: Mapping[int, Tally], images_before: Mapping[int, int]
    ) -> dict[int, EpochMetrics | DivergedError]:
        """Evaluate networks (by row) at the end of an epoch, and put the epoch's figures together.

        An error says that a network's last step made weights or validation loss infinite or not a number.
        """
        watched, tests = dict[int, Findings](), dict[int, Findings]()
        for view, rows in groupby(range(len(self._rows)), key=lambda row: self._rows[row].view):
            own = list(rows)
            if not any(row in tallies for row in own):
                continue
            watched |= self._examined(view, own, *view.watched)
            if any(self.configs[row].training.monitor.startswith("test") for row in own if row in tallies):
                tests |= self._examined(view, own, *view.test)
        chosen = sorted(tallies)
        layers = self.observer.finish_epoch([watched[row].dead_shares for row in chosen], chosen)
        measured: dict[int, EpochMetrics | DivergedError] = {}
        for row, own_layers in zip(chosen, layers, strict=True):
            config, tally = self.configs[row], tallies[row]
            steps_per_epoch = self.batches.steps_per_epoch
            step = (epoch - 1) * steps_per_epoch + tally.steps
            rate = self.paces[row].rate(step - 1, steps_per_epoch)
            validation = watched[row] if self._rows[row].view.has_validation else None
            test = tests[row] if config.training.monitor.startswith("test") else None
            measured[row] = epoch_figures(
                config,
                epoch,
                step,
                images_before=images_before[row],
                tally=tally,
                rate=rate,
                layers=own_layers,
                validation=validation,
                test=test,
            )
        return measured

    def ask(self, part: Callable[[View], tuple[Tensor, Tensor]]) -> dict[int, Findings]:
        """What every network, by member, answers on images and labels of what it sees, on the device."""
        answers: dict[int, Findings] = {}
        for view, rows in groupby(range(len(self._rows)), key=lambda row: self._rows[row].view):
            found = self._examined(view, list(rows), *part(view))
            answers |= {self.members[row]: findings for row, findings in found.items()}
        return answers

    def state(
        self, row: int, metrics: EpochMetrics, progress: Progress, best_weights: dict[str, Array] | None
    ) -> TrainingState:
        """A copy of everything that one network is, on the host."""
        is_best = progress.best_epoch == metrics.epoch
        keeps_another = self.configs[row].training.keep == "best" and not is_best
        return TrainingState(
            epoch=metrics.epoch,
            step=metrics.step,
            weights={name: _on_host(tensor) for name, tensor in self._weights(row).items()},
            optimizer=self._moments(row),
            progress=progress.as_floats(),
            best_weights=best_weights if keeps_another else None,
            is_best=is_best,
        )

    def load(self, row: int, state: TrainingState) -> None:
        """Go back to a state."""
        self.load_weights(row, state.weights)
        self._set_moments(row, state.optimizer)

    def load_weights(self, row: int, weights: Mapping[str, Array]) -> None:
        """Give a network other weights."""
        self._set_weights(row, {name: torch.tensor(array) for name, array in weights.items()})

    def _prepare(self) -> None:
        """Have the memory for steps of full batches, the smaller last one, and evaluations."""
        images = len(self._rows[0].view.source.labels)
        for batch in {self.batches.batch_size, images % self.batches.batch_size} - {0}:
            self.network.prepare(batch)
        for view, rows in groupby(range(len(self._rows)), key=lambda row: self._rows[row].view):
            watched, labels = view.watched
            self._examined(view, list(rows), watched[:1_000], labels[:1_000])

    def _examined(self, view: View, rows: list[int], images: Tensor, labels: Tensor) -> dict[int, Findings]:
        activations = [self.configs[row].network.activation for row in rows]
        findings = examine(
            self.network,
            activations,
            images,
            labels,
            scaling=view.source.scaling,
            loss=self.configs[0].loss,
            start=rows[0],
        )
        return dict(zip(rows, findings, strict=True))

    def _weights(self, row: int) -> dict[str, Tensor]:
        """A network's parameters and buffers by name, in the order of ``parameter_shapes``."""
        buffers = self._buffers[row]
        return {
            name: buffers[name] if name in buffers else self.parameters.value(name)[row]
            for name in self._rows[row].shapes
        }

    def _set_weights(self, row: int, weights: Mapping[str, Tensor]) -> None:
        for name, tensor in self._weights(row).items():
            tensor.copy_(weights[name])

    def _moments(self, row: int) -> dict[str, Array]:
        """What the optimizer remembers of a network, (1, P) each, laid out as if it were alone."""
        names = moments_of(self.configs[row].optimizer)
        if not names:
            return {}
        own, moments = Layout(self._rows[row].shapes), dict[str, Array]()
        for name in names:
            flat = _on_host(self.optimizer.state[name][row : row + 1])
            moments[name] = np.zeros((1, own.size), flat.dtype)
            for parameter, place in own.places.items():
                moments[name][:, place] = flat[:, self.parameters.layout.places[parameter]]
        return moments

    def _set_moments(self, row: int, moments: Mapping[str, Array]) -> None:
        own = Layout(self._rows[row].shapes)
        for name in moments_of(self.configs[row].optimizer):
            if name not in moments:  # begins anew
                self.optimizer.state[name][row].zero_()
                continue
            moment, flat = self.optimizer.state[name], torch.tensor(moments[name])
            for parameter, place in own.places.items():
                moment[row, self.parameters.layout.places[parameter]] = flat[0, place].to(moment.device)


def arranged(configs: Mapping[int, RunConfig], views: Mapping[int, View]) -> tuple[list[int], list[Lane]]:
    """The members in the order of their rows, and the lanes that they take their images from.

    Members of one source and one seed share a lane, if all lanes then have as many; else each has its own.
    """
    sources = list(dict.fromkeys(id(view.source) for view in views.values()))
    lane_of = {
        index: (sources.index(id(views[index].source)), configs[index].training.seed) for index in configs
    }
    counts = set(Counter(lane_of.values()).values())
    activations = list(dict.fromkeys(config.network.activation for config in configs.values()))

    def place(index: int) -> tuple[int, ...]:
        lane = lane_of[index] if counts != {1} else lane_of[index][:1]
        return (*lane, activations.index(configs[index].network.activation))

    order = sorted(configs, key=place)
    if len(counts) > 1:
        order.sort(key=lambda index: (place(index)[0], place(index)[-1]))
        return order, [Lane(views[index].source, configs[index].training.seed) for index in order]
    shared = dict.fromkeys(lane_of[index] for index in order)
    by_lane = {lane_of[index]: views[index].source for index in order}
    return order, [Lane(by_lane[lane], lane[1]) for lane in shared]


def _on_host(tensor: Tensor) -> Array:
    array: Array = tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format).numpy()
    return array
