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

NOTHING: Mapping[str, Tensor] = {}

Coefficient = float | Tensor
"""A number, or on the device a tensor that broadcasts over (K, P): () or (K, 1)."""


class Optimizer:
    """Turns ``gradients`` into steps of ``values``, in place; all networks' rules have one name.

    What changes from step to step is in ``coefficients``, which the host knows in advance; so a
    captured step reads them from a table on the device. ``state`` holds the moments, (K, P) each.
    ``is_plain`` says that a step is the rate times the gradient: SGD without momentum.
    With ``fused``, Adam is the one kernel behind ``torch.optim.Adam(fused=True)`` (calling that itself costs
    a small network more than all the rest of its step), for a rate that is a number, or times one (K, 1).
    """

    def __init__(self, rules: Sequence[Rule], parameters: FlatParameters, *, fused: bool) -> None:
        self.rules = tuple(rules)
        self.name = rules[0].name
        self.parameters = parameters
        self.fused = fused and self.name in ("adam", "adamw") and hasattr(torch, "_fused_adamw_")
        device, values = parameters.values.device, parameters.values
        self._count = torch.zeros((), device=device)
        names = dict.fromkeys(name for rule in rules for name in moments_of(rule))
        self.state: dict[str, Tensor] = {name: torch.zeros_like(values) for name in names}
        self._scratch = torch.empty_like(values)
        self.is_plain = self.name == "sgd" and "velocity" not in self.state
        self._weights: dict[str, Tensor] = {}
        self._parts: dict[tuple[str, ...], list[tuple[Tensor, Tensor]]] = {}
        self._has_decay = any(rule.weight_decay for rule in rules)
        self._no_decays: tuple[float, ...] = (1.0,)
        self._momentum = _shared([rule.momentum for rule in rules], values)
        # Nesterov's step is g + μ·v, the plain one 0·g + 1·v.
        self._has_nesterov = any(rule.nesterov for rule in rules)
        self._gradient_share = _shared([float(rule.nesterov) for rule in rules], values)
        self._velocity_share = _shared([rule.momentum if rule.nesterov else 1.0 for rule in rules], values)

    def coefficients(self, step: int, rates: Sequence[float]) -> tuple[tuple[float, ...], ...]:
        """What the update of a step (counted from 1) needs besides the gradient.

        Each is one value a network, or one for all of them. ``rates`` are the learning rates of all networks.
        """
        if self.name not in ("adam", "adamw"):
            return (tuple([-rate for rate in rates]),)
        decays = self._no_decays
        if self._has_decay:
            decays = tuple(1 - rate * rule.weight_decay for rate, rule in zip(rates, self.rules, strict=True))
        if self.fused:
            return (tuple(rates), (float(step),), decays)
        # θ −= η·m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), freed of its divisions.
        mean_bias, square_bias = (1 - beta**step for beta in ADAM_BETAS)
        return (
            tuple(-rate * sqrt(square_bias) / mean_bias for rate in rates),
            (ADAM_EPSILON * sqrt(square_bias),),
            decays,
        )

    def update(self, coefficients: Sequence[Coefficient], apart: Mapping[str, Tensor] = NOTHING) -> None:
        """One step along the gradient; a plain rule takes some parameters' gradients from ``apart``."""
        if self.name == "sgd":
            self._sgd(coefficients[0], apart)
        elif self.name == "rmsprop":
            self._rmsprop(*coefficients)
        elif self.name == "adagrad":
            self._adagrad(*coefficients)
        elif self.fused:
            self._fused_adam(*coefficients)
        else:
            self._adam(*coefficients)

    def _sgd(self, rate: Coefficient, apart: Mapping[str, Tensor]) -> None:
        values, gradients = self.parameters.values, self.parameters.gradients
        if self.is_plain:
            for own, own_gradients in self._rest(tuple(apart)):
                _add(own, own_gradients, rate)
            wide_rate = rate if isinstance(rate, float) or not rate.ndim else rate.unsqueeze(2)
            for name, gradient in apart.items():
                _add(self._weights[name], gradient, wide_rate)
            return
        velocity = self.state["velocity"].mul_(self._momentum).add_(gradients)
        if self._has_nesterov:
            velocity = torch.mul(velocity, self._velocity_share, out=self._scratch)
            _add(velocity, gradients, self._gradient_share)
        _add(values, velocity, rate)

    def _rest(self, names: tuple[str, ...]) -> list[tuple[Tensor, Tensor]]:
        """Values and gradients of all other parameters, (K, …), in as few parts as they lie in."""
        if names not in self._parts:
            values, gradients = self.parameters.values, self.parameters.gradients
            start, parts = 0, []
            for name in sorted(names, key=lambda name: self.parameters.layout.places[name].start):
                self._weights[name] = self.parameters.value(name)
                place = self.parameters.layout.places[name]
                parts.append(slice(start, place.start))
                start = place.stop
            parts.append(slice(start, values.shape[1]))
            self._parts[names] = [
                (values[:, part], gradients[:, part]) for part in parts if part.stop > part.start
            ]
        return self._parts[names]

    def _adam(self, rate: Coefficient, epsilon: Coefficient, decay: Coefficient) -> None:
        values, gradients = self.parameters.values, self.parameters.gradients
        if self._has_decay:
            values.mul_(decay)
        mean = self.state["mean"].lerp_(gradients, 1 - ADAM_BETAS[0])
        square = self.state["square"].mul_(ADAM_BETAS[1])
        square.addcmul_(gradients, gradients, value=1 - ADAM_BETAS[1])
        _add_quotient(values, mean, torch.sqrt(square, out=self._scratch).add_(epsilon), rate)

    def _fused_adam(self, rate: Coefficient, step: Coefficient, decay: Coefficient) -> None:
        values, shared = self.parameters.values, isinstance(rate, float) and isinstance(decay, float)
        if self._has_decay and not shared:
            values.mul_(decay)
        torch._fused_adamw_(  # its decay is AdamW's; without decay it is Adam
            [values if shared else self._scratch.zero_()],
            [self.parameters.gradients],
            [self.state["mean"]],
            [self.state["square"]],
            [],
            [self._count.fill_(step if isinstance(step, float) else step[0, 0])],
            lr=rate if shared else 1.0,
            beta1=ADAM_BETAS[0],
            beta2=ADAM_BETAS[1],
            weight_decay=self.rules[0].weight_decay if shared else 0.0,
            eps=ADAM_EPSILON,
            amsgrad=False,
            maximize=False,
        )
        if not shared:
            _add(values, self._scratch, rate)

    def _rmsprop(self, rate: Coefficient) -> None:
        values, gradients = self.parameters.values, self.parameters.gradients
        square = self.state["square"].mul_(RMSPROP_ALPHA)
        square.addcmul_(gradients, gradients, value=1 - RMSPROP_ALPHA)
        root = torch.sqrt(square, out=self._scratch).add_(RMSPROP_EPSILON)
        if "velocity" in self.state:
            velocity = self.state["velocity"].mul_(self._momentum).addcdiv_(gradients, root)
            _add(values, velocity, rate)
        else:
            _add_quotient(values, gradients, root, rate)

    def _adagrad(self, rate: Coefficient) -> None:
        values, gradients = self.parameters.values, self.parameters.gradients
        square = self.state["square"].addcmul_(gradients, gradients)
        _add_quotient(values, gradients, torch.sqrt(square, out=self._scratch).add_(ADAGRAD_EPSILON), rate)


def moments_of(rule: Rule) -> tuple[str, ...]:
    """What a network with this rule remembers between steps."""
    if rule.name in ("adam", "adamw"):
        return ("mean", "square")
    if rule.name == "adagrad":
        return ("square",)
    return (("square",) if rule.name == "rmsprop" else ()) + (("velocity",) if rule.momentum else ())


def as_columns(rows: Sequence[Sequence[float]], like: Tensor) -> list[Coefficient]:
    """Coefficients of one step for ``update``: numbers where all networks have the same."""
    return [row[0] if len(row) == 1 else _shared(row, like) for row in rows]


def _shared(values: Sequence[float], like: Tensor) -> Coefficient:
    """A number where all values are equal, else (K, 1)."""
    if len(set(values)) == 1:
        return values[0]
    return torch.tensor(values, device=like.device, dtype=like.dtype).unsqueeze(1)


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
