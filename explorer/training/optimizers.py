"""Update rules, equal to those of ``torch.optim``, on one flat tensor of parameters."""

from collections.abc import Mapping, Sequence
from math import sqrt

import torch
from torch import Tensor

from explorer.config.run import Optimizer as Rule
from explorer.training.parameters import FlatParameters

# PyTorch's defaults. Adam: Kingma & Ba (2015); RMSprop: Hinton (2012); Adagrad: Duchi et al. (2011).
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-8
RMSPROP_ALPHA = 0.99
RMSPROP_EPSILON = 1e-8
ADAGRAD_EPSILON = 1e-10

Coefficient = float | Tensor
"""A number, or on the device a tensor that broadcasts over (K, P): () or (K, 1)."""


class Optimizer:
    """Turns ``gradients`` into steps of ``values``, in place.

    What changes from step to step is in ``coefficients``, which the host knows in advance; so a
    captured step reads them from a table on the device. ``state`` holds the moments, (K, P) each.
    With ``fused``, Adam is the one kernel behind ``torch.optim.Adam(fused=True)`` (calling that itself costs
    a small network more than all the rest of its step), for a stack of one and coefficients that are numbers.
    """

    def __init__(self, rule: Rule, parameters: FlatParameters, *, fused: bool) -> None:
        self.rule = rule
        self.parameters = parameters
        self.fused = fused and parameters.stack == 1 and hasattr(torch, "_fused_adamw_")
        self._count = torch.zeros((), device=parameters.values.device)
        self.state: dict[str, Tensor] = {name: torch.zeros_like(parameters.values) for name in _moments(rule)}
        self._scratch = torch.empty_like(parameters.values)

    def coefficients(self, step: int, learning_rate: float) -> tuple[float, ...]:
        """What the update of a step (counted from 1) needs besides the gradient."""
        if self.rule.name not in ("adam", "adamw"):
            return (-learning_rate,)
        if self.fused:
            return (learning_rate, float(step))
        # θ −= η·m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), freed of its divisions.
        mean_bias, square_bias = (1 - beta**step for beta in ADAM_BETAS)
        return (
            -learning_rate * sqrt(square_bias) / mean_bias,
            ADAM_EPSILON * sqrt(square_bias),
            1 - learning_rate * self.rule.weight_decay,
        )

    def update(self, coefficients: Sequence[Coefficient]) -> None:
        """One step along the gradient."""
        if self.rule.name == "sgd":
            self._sgd(*coefficients)
        elif self.rule.name == "rmsprop":
            self._rmsprop(*coefficients)
        elif self.rule.name == "adagrad":
            self._adagrad(*coefficients)
        elif self.fused:
            self._fused_adam(*coefficients)
        else:
            self._adam(*coefficients)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take over moments that ``state`` held before."""
        for name, moment in self.state.items():
            moment.copy_(state[name])

    def _sgd(self, rate: Coefficient) -> None:
        values, gradients, momentum = self.parameters.values, self.parameters.gradients, self.rule.momentum
        if not momentum:
            _add(values, gradients, rate)
            return
        velocity = self.state["velocity"].mul_(momentum).add_(gradients)
        if self.rule.nesterov:
            velocity = torch.add(gradients, velocity, alpha=momentum, out=self._scratch)
        _add(values, velocity, rate)

    def _adam(self, rate: Coefficient, epsilon: Coefficient, decay: Coefficient) -> None:
        values, gradients = self.parameters.values, self.parameters.gradients
        if self.rule.weight_decay:
            values.mul_(decay)
        mean = self.state["mean"].lerp_(gradients, 1 - ADAM_BETAS[0])
        square = self.state["square"].mul_(ADAM_BETAS[1])
        square.addcmul_(gradients, gradients, value=1 - ADAM_BETAS[1])
        _add_quotient(values, mean, torch.sqrt(square, out=self._scratch).add_(epsilon), rate)

    def _fused_adam(self, learning_rate: Coefficient, step: Coefficient) -> None:
        torch._fused_adamw_(  # its decay is AdamW's; without decay it is Adam
            [self.parameters.values],
            [self.parameters.gradients],
            [self.state["mean"]],
            [self.state["square"]],
            [],
            [self._count.fill_(step)],
            lr=learning_rate,
            beta1=ADAM_BETAS[0],
            beta2=ADAM_BETAS[1],
            weight_decay=self.rule.weight_decay,
            eps=ADAM_EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def _rmsprop(self, rate: Coefficient) -> None:
        values, gradients = self.parameters.values, self.parameters.gradients
        square = self.state["square"].mul_(RMSPROP_ALPHA)
        square.addcmul_(gradients, gradients, value=1 - RMSPROP_ALPHA)
        root = torch.sqrt(square, out=self._scratch).add_(RMSPROP_EPSILON)
        if self.rule.momentum:
            velocity = self.state["velocity"].mul_(self.rule.momentum).addcdiv_(gradients, root)
            _add(values, velocity, rate)
        else:
            _add_quotient(values, gradients, root, rate)

    def _adagrad(self, rate: Coefficient) -> None:
        values, gradients = self.parameters.values, self.parameters.gradients
        square = self.state["square"].addcmul_(gradients, gradients)
        _add_quotient(values, gradients, torch.sqrt(square, out=self._scratch).add_(ADAGRAD_EPSILON), rate)


def _moments(rule: Rule) -> tuple[str, ...]:
    if rule.name in ("adam", "adamw"):
        return ("mean", "square")
    if rule.name == "adagrad":
        return ("square",)
    return (("square",) if rule.name == "rmsprop" else ()) + (("velocity",) if rule.momentum else ())


def _add(values: Tensor, step: Tensor, rate: Coefficient) -> None:
    if isinstance(rate, float):
        values.add_(step, alpha=rate)
    else:
        values.addcmul_(step, rate)


def _add_quotient(values: Tensor, step: Tensor, divisor: Tensor, rate: Coefficient) -> None:
    if isinstance(rate, float):
        values.addcdiv_(step, divisor, value=rate)
    else:
        values.addcmul_(torch.div(step, divisor, out=divisor), rate)
