"""One number taken apart: the formula with its numbers in place, and the sum that makes it."""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from explorer.config.run import RunConfig
from explorer.scratch import derivation
from explorer.scratch.activations import activate, derivative
from explorer.scratch.derivation import Derivation
from explorer.scratch.optimizers import (
    ADAGRAD_EPSILON,
    ADAM_EPSILON,
    BETA1,
    BETA2,
    RMSPROP_EPSILON,
)
from explorer.scratch.walk import StepRecord
from explorer.ui.backprop_formulas import LOSSES, bracketed, number
from explorer.ui.backprop_quantities import Quantity, latex_of

LEAST_SHARE = 1e-300  # below it a share loses digits
NEAR_ONE = 1e-6  # a share so near 1 leaves few digits of the rest


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """A sum of products with a name for each, and what its factors are called."""

    terms: Derivation
    names: tuple[str, ...]
    left: str
    right: str


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """How one cell is made: LaTeX lines, the sum behind it if there is one, and the number by hand.

    ``by_hand`` is None where nothing is computed: the number is given.
    """

    lines: tuple[str, ...]
    total: Sum | None
    by_hand: float | None
    words: str = ""


def explain(record: StepRecord, config: RunConfig, quantity: Quantity, row: int, column: int) -> Explanation:
    """How the number in this row and column of a quantity comes about."""
    return _Explainer(record, config, quantity, row, column).explain()


class _Explainer:
    """Writes one cell out; ``i`` is its row, ``j`` its column."""

    def __init__(self, record: StepRecord, config: RunConfig, cell: Quantity, i: int, j: int) -> None:
        self.record, self.config, self.cell, self.i, self.j = record, config, cell, i, j
        self.value = float(cell.values[i, j])
        self.layer = cell.layer
        self.depth = len(record.before)
        self.at = f"{i},{j}"

    def explain(self) -> Explanation:
        kind = self.cell.kind
        if kind.endswith("new"):
            return self._update()
        return {
            "X": self._image, "Y": self._target, "W": self._given, "b": self._given, "slope": self._given,
            "Z": self._weighted_sum, "A": self._activation, "P": self._answer, "L": self._cost,
            "J": self._mean_cost, "dA": self._blame, "dZ": self._error, "dW": self._weight_gradient,
            "db": self._bias_gradient, "dslope": self._slope_gradient,
        }[kind]()  # fmt: skip

    def _image(self) -> Explanation:
        return Explanation((), None, None, "Given: the ink of this pixel, from 0 (paper) to 1.")

    def _target(self) -> Explanation:
        return Explanation((), None, None, "Given: 1 in the row of the image's class, 0 in all others.")

    def _given(self) -> Explanation:
        before = self.record.number - 1
        words = (
            f"Learned: what {before:,} update{'s' * (before != 1)} made of the number it started from"
            if before
            else f"Learned: {self._start()} before the first batch"
        )
        return Explanation((), None, None, f"{words}. It changes in the stage Update.")

    def _start(self) -> str:
        if self.cell.kind == "W" and self.config.network.initialisation != "zeros":
            return "drawn at random by the seed"
        return f"{self.value:g}"

    def _weighted_sum(self) -> Explanation:
        below = self.record.before[self.layer - 1]
        seen = self.record.trace.forward[self.layer - 1].X
        terms = derivation.of_weighted_sum(below, seen, self.i, self.j)
        line = (
            rf"z_{{{self.at}}} = \sum_k w_{{{self.i},k}}\, x_{{k,{self.j}}} + b_{{{self.i}}} = "
            rf"{number(float(terms.products.sum()))} + {bracketed(terms.offset)} = {number(terms.total)}"
        )
        return Explanation((line,), Sum(terms, self._inputs(), "weight w", "input x"), terms.total)

    def _activation(self) -> Explanation:
        Z = self.record.trace.forward[self.layer - 1].Z  # noqa: N806
        slope = self.record.before[self.layer - 1].slope
        z = np.array([[Z[self.i, self.j]]])
        by_hand = float(activate(self.config.network.activation, z, slope)[0, 0])
        line = (
            rf"a_{{{self.at}}} = g(z_{{{self.at}}}) = g({number(float(z[0, 0]), 6)}) = {number(by_hand, 6)}"
        )
        return Explanation((line,), None, by_hand)

    def _answer(self) -> Explanation:
        logits = self.record.trace.logits[:, self.j]
        z = float(logits[self.i])
        if self.config.loss == "binary_cross_entropy":
            by_hand = 1 / (1 + exp(-z)) if z > -700 else 0.0
            line = rf"p_{{{self.at}}} = \frac{{1}}{{1 + e^{{-({number(z)})}}}} = {number(by_hand, 6)}"
            return Explanation((line,), None, by_hand)
        with np.errstate(all="ignore"):
            raised = np.exp(logits - logits.max())
        by_hand = float(raised[self.i] / raised.sum())
        shift = number(float(logits.max()))
        line = (
            rf"p_{{{self.at}}} = \frac{{e^{{z_{{{self.at}}}}}}}{{\sum_k e^{{z_{{k,{self.j}}}}}}}"
            rf" = \frac{{e^{{{number(z)} - ({shift})}}}}{{\sum_k e^{{z_k - ({shift})}}}}"
            rf" = \frac{{{number(float(raised[self.i]))}}}{{{number(float(raised.sum()))}}}"
            rf" = {number(by_hand, 6)}"
        )
        words = "The greatest logit is taken off all ten first: it changes nothing, and no number overflows."
        return Explanation((line,), None, by_hand, words)

    def _cost(self) -> Explanation:
        z, y = self.record.trace.logits[:, self.j], self.record.Y[:, self.j]
        p = self.record.P[:, self.j]
        own, wrong = float(p[y > 0][0]), p[y < 1]
        line = LOSSES[self.config.loss].replace("_j", f"_{{{self.j}}}").replace("cj", f"c,{self.j}")
        words = ""
        with np.errstate(all="ignore"):
            if self.config.loss == "mean_squared_error":
                by_hand = float(np.mean((p - y) ** 2))
            elif self.config.loss == "binary_cross_entropy":
                # ln(1 + e^z), written so that nothing overflows and no share has been rounded to 0 or 1
                bends = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
                by_hand = float((bends - y * z).sum())
                if own < LEAST_SHARE or wrong.max() > 1 - NEAR_ONE:
                    words = (
                        "A share is so near 0 or 1 that too few of its digits are left: its logarithm is "
                        "that of its logit, −ln p = ln(1 + e⁻ᶻ) and −ln(1 − p) = ln(1 + eᶻ)."
                    )
            else:
                top = float(z.max())
                by_hand = float(np.log(np.exp(z - top).sum()) - (z[y > 0][0] - top))
                if own < LEAST_SHARE:
                    words = (
                        "The share of the right class is so near 0 that no digits are left: its logarithm "
                        "is that of the logits, −ln p = ln Σ eᶻ − z, with the greatest logit taken off all."
                    )
                else:
                    line += rf" = -\ln {number(own, 6)}"
        return Explanation((rf"{line} = {number(by_hand, 6)}",), None, by_hand, words)

    def _mean_cost(self) -> Explanation:
        losses = self.record.losses
        total, images = float(losses.sum()), len(losses)
        by_hand = total / images
        line = (
            rf"J = \frac{{1}}{{{images}}} \sum_j \ell_j = \frac{{{number(total, 6)}}}{{{images}}}"
            rf" = {number(by_hand, 6)}"
        )
        return Explanation((line,), None, by_hand)

    def _blame(self) -> Explanation:
        above = self.record.before[self.layer]
        terms = derivation.of_input_gradient(above, self.record.trace.backward[self.layer].dZ, self.i, self.j)
        line = (
            rf"\mathrm{{d}}a_{{{self.at}}} = \sum_k w_{{k,{self.i}}}\, \mathrm{{d}}z_{{k,{self.j}}}"
            rf" = {number(terms.total, 6)}"
        )
        names = self._unit_names(self.layer + 1)
        return Explanation(
            (line,), Sum(terms, names, "weight w", f"dz of layer {self.layer + 1}"), terms.total
        )

    def _error(self) -> Explanation:
        if self.layer == self.depth:
            return self._output_error()
        own, back = self.record.trace.forward[self.layer - 1], self.record.trace.backward[self.layer - 1]
        assert back.dA is not None  # noqa: S101 - only the output layer has none
        at = np.s_[self.i : self.i + 1, self.j : self.j + 1]
        slope = self.record.before[self.layer - 1].slope
        bend = float(derivative(self.config.network.activation, own.Z[at], own.A[at], slope)[0, 0])
        blame = float(back.dA[self.i, self.j])
        by_hand = blame * bend
        line = (
            rf"\mathrm{{d}}z_{{{self.at}}} = \mathrm{{d}}a_{{{self.at}}} \cdot g'(z_{{{self.at}}})"
            rf" = {number(blame)} \cdot {bracketed(bend)} = {number(by_hand, 6)}"
        )
        return Explanation((line,), None, by_hand)

    def _output_error(self) -> Explanation:
        p, y = self.record.P[:, self.j], self.record.Y[:, self.j]
        images = self.record.P.shape[1]
        name = rf"\mathrm{{d}}z_{{{self.at}}}"
        own, wanted = float(p[self.i]), float(y[self.i])
        if self.config.loss != "mean_squared_error":
            by_hand = (own - wanted) / images
            line = (
                rf"{name} = \frac{{p - y}}{{B}} = \frac{{{number(own)} - {wanted:g}}}{{{images}}}"
                rf" = {number(by_hand, 6)}"
            )
            return Explanation((line,), None, by_hand)
        dp = 2 * (p - y) / (len(p) * images)
        shared = float(p @ dp)
        by_hand = own * (float(dp[self.i]) - shared)
        line = (
            rf"{name} = p \Big(\mathrm{{d}}p - \sum_c p_c\, \mathrm{{d}}p_c\Big) = {number(own)} \cdot "
            rf"({number(float(dp[self.i]))} - {bracketed(shared)}) = {number(by_hand, 6)}"
        )
        return Explanation((line,), None, by_hand)

    def _weight_gradient(self) -> Explanation:
        seen = self.record.trace.forward[self.layer - 1].X
        terms = derivation.of_weight_gradient(
            self.record.trace.backward[self.layer - 1].dZ, seen, self.i, self.j
        )
        line = (
            rf"\mathrm{{d}}w_{{{self.at}}} = \sum_k \mathrm{{d}}z_{{{self.i},k}}\, x_{{{self.j},k}}"
            rf" = {number(terms.total, 6)}"
        )
        return Explanation((line,), Sum(terms, self._image_names(), "dz", "input x"), terms.total)

    def _bias_gradient(self) -> Explanation:
        terms = derivation.of_bias_gradient(self.record.trace.backward[self.layer - 1].dZ, self.i)
        line = rf"\mathrm{{d}}b_{{{self.i}}} = \sum_k \mathrm{{d}}z_{{{self.i},k}} = {number(terms.total, 6)}"
        return Explanation((line,), Sum(terms, self._image_names(), "dz", "counts"), terms.total)

    def _slope_gradient(self) -> Explanation:
        own, back = self.record.trace.forward[self.layer - 1], self.record.trace.backward[self.layer - 1]
        assert back.dA is not None  # noqa: S101 - only the output layer has none
        terms = Derivation(back.dA.ravel(), np.minimum(own.Z, 0).ravel())
        names = tuple(f"unit {unit}, {image}" for unit in range(len(own.Z)) for image in self._image_names())
        line = (
            rf"\mathrm{{d}}\alpha = \sum_{{ij}} \mathrm{{d}}a_{{ij}} \min(z_{{ij}}, 0)"
            rf" = {number(terms.total, 6)}"
        )
        return Explanation((line,), Sum(terms, names, "da", "min(z, 0)"), terms.total)

    def _update(self) -> Explanation:
        kind = self.cell.kind.removesuffix("new")
        field = {"W": "W", "b": "b", "slope": "slope"}[kind]
        place = (self.i, self.j) if kind != "slope" else (0,)

        def at(layer: object) -> float:
            return float(getattr(layer, field)[place])

        index = self.layer - 1
        theta = at(self.record.before[index])
        back = self.record.trace.backward[index]
        g = float({"W": back.dW, "b": back.db, "slope": back.dslope}[kind][place])  # type: ignore[index]
        remembered = {name: at(own[index]) for name, own in self.record.moments_after.items()}
        line, by_hand = _new_value(self.config, self.record.number, theta, g, remembered)
        name = latex_of(kind, self.layer)
        given = rf"\theta = {number(theta, 6)} \text{{ (in }} {name}\text{{)}}, \quad g = {number(g, 6)}"
        for sign, value in zip(_MEMORY[self.config.optimizer.name], remembered.values(), strict=False):
            given += rf", \quad {sign} = {number(value, 6)}"
        return Explanation((given, line), None, by_hand)

    def _inputs(self) -> tuple[str, ...]:
        if self.layer > 1:
            return self._unit_names(self.layer - 1)
        side = round(sqrt(self.record.X.shape[0]))
        return tuple(f"pixel ({row}, {column})" for row in range(side) for column in range(side))

    def _unit_names(self, layer: int) -> tuple[str, ...]:
        word = "class" if layer == self.depth else "unit"
        return tuple(f"{word} {unit}" for unit in range(len(self.record.before[layer - 1].W)))

    def _image_names(self) -> tuple[str, ...]:
        return tuple(f"image {image}" for image in range(self.record.X.shape[1]))


# What the optimizer remembers, as the formulas call it, in the order of its moments.
_MEMORY = {"sgd": "v", "adam": "mv", "adamw": "mv", "rmsprop": "vu", "adagrad": "v"}


def _new_value(
    config: RunConfig, step: int, theta: float, g: float, remembered: dict[str, float]
) -> tuple[str, float]:
    """The optimizer's step for one number, from what it remembers after this step."""
    rate, momentum = config.optimizer.learning_rate, config.optimizer.momentum
    start = rf"\theta_\text{{new}} = {number(theta, 6)} - {number(rate)} \cdot "
    match config.optimizer.name:
        case "sgd":
            move = remembered["velocity"] if momentum else g
            told = bracketed(move, 6)
        case "rmsprop" if momentum:
            move = remembered["velocity"]
            told = bracketed(move, 6)
        case "rmsprop":
            root = sqrt(remembered["square"])
            move = g / (root + RMSPROP_EPSILON)
            told = rf"\frac{{{number(g)}}}{{{number(root)} + 10^{{-8}}}}"
        case "adagrad":
            root = sqrt(remembered["square"])
            move = g / (root + ADAGRAD_EPSILON)
            told = rf"\frac{{{number(g)}}}{{{number(root)} + 10^{{-10}}}}"
        case _:
            mean = remembered["mean"] / (1 - BETA1**step)
            root = sqrt(remembered["square"] / (1 - BETA2**step))
            move = mean / (root + ADAM_EPSILON)
            told = rf"\frac{{{number(mean)}}}{{{number(root)} + 10^{{-8}}}}"
    by_hand = theta - rate * move
    return rf"{start}{told} = {number(by_hand, 6)}", by_hand
