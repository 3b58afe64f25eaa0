"""One step of training: forward, backward, penalties, clipping, update."""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.config.run import RunConfig
from explorer.scratch.arrays import Array
from explorer.scratch.backpropagation import Backward, Forward, backward, forward, output_gradient
from explorer.scratch.noise import Noise
from explorer.scratch.optimizers import Optimizer
from explorer.scratch.parameters import Parameters
from explorer.scratch.regularisation import clip, penalise


@dataclass(frozen=True, slots=True)
class Trace:
    """All that a step computed, layer by layer, first layer first."""

    forward: list[Forward]
    backward: list[Backward]

    @property
    def logits(self) -> Array:
        """(classes, B), before the update."""
        return self.forward[-1].Z


def find_gradient(config: RunConfig, parameters: Parameters, X: Array, Y: Array, noise: Noise) -> Trace:
    """Fill the gradient of images X (inputs, B) with one-hot targets Y (classes, B), penalties included."""
    activation = config.network.activation
    passes = forward(parameters.layers, activation, X, noise)
    dZ = output_gradient(config.loss, passes[-1].Z, Y, mean=config.optimizer.reduction == "mean")
    steps = backward(parameters.layers, parameters.gradients, activation, passes, dZ=dZ, noise=noise)
    penalise(parameters, config.regularisation)
    return Trace(passes, steps)


def take_step(
    config: RunConfig,
    parameters: Parameters,
    optimizer: Optimizer,
    X: Array,
    Y: Array,
    *,
    noise: Noise,
    step: int,
    rate: float,
    before_update: Callable[[], None] = lambda: None,
) -> Trace:
    """Change the parameters by one mini-batch; step number ``step`` (from 1) of the run, of length ``rate``.

    ``before_update`` is called once the whole gradient is there, before it is clipped.
    """
    trace = find_gradient(config, parameters, X, Y, noise)
    before_update()
    if config.regularisation.clip_norm is not None:
        clip(parameters.gradient, config.regularisation.clip_norm)
    optimizer.update(step, rate)
    return trace
