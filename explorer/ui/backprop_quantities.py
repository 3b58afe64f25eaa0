"""Every quantity of a step by its name: what it is in words, its values, its rows and columns."""

from dataclasses import dataclass

import numpy as np

from explorer.config.run import RunConfig
from explorer.data.catalog import DATASETS
from explorer.scratch.arrays import Array
from explorer.scratch.parameters import Layer
from explorer.scratch.walk import StepRecord


@dataclass(frozen=True, slots=True)
class Axis:
    """The rows or the columns of a matrix; ``words`` counts them: 12 units."""

    words: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A matrix of the step. ``kind`` is its name without the layer, ``layer`` counts from 1 (0: of none)."""

    kind: str
    layer: int
    latex: str
    words: str
    values: Array
    rows: Axis
    columns: Axis

    @property
    def name(self) -> str:
        """``dW2``; ``W2new`` after the update."""
        base = self.kind.removesuffix("new")
        return f"{base}{self.layer or ''}{'new' if self.kind.endswith('new') else ''}"

    @property
    def shape(self) -> str:
        """Its shape in words and numbers."""
        rows, columns = self.values.shape
        return f"{rows:,} × {columns:,}: {self.rows.words} (rows), {self.columns.words} (columns)"


WORDS = {
    "X": "the images",
    "Y": "the right answers",
    "W": "weights",
    "b": "biases",
    "slope": "slope of PReLU",
    "Z": "weighted sums",
    "A": "activations",
    "P": "the answer",
    "L": "what each image costs",
    "J": "the loss of the batch",
    "dA": "gradient of the activations",
    "dZ": "gradient of the weighted sums",
    "dW": "gradient of the weights",
    "db": "gradient of the biases",
    "dslope": "gradient of the slope",
}

_SIGNS = {"slope": r"\alpha", "L": r"\ell"}


def latex_of(kind: str, layer: int = 0) -> str:
    """A quantity's sign in a formula, with its layer raised in brackets."""
    base = kind.removesuffix("new")
    sign = base.removeprefix("d")
    raised = f"({layer})" if layer else ""
    if kind.endswith("new"):
        raised += r"\,\text{new}"
    d = r"\mathrm{d}" if base.startswith("d") else ""
    return f"{d}{_SIGNS.get(sign, sign)}{f'^{{{raised}}}' if raised else ''}"


def quantities(record: StepRecord, config: RunConfig, side: int) -> dict[str, Quantity]:
    """All quantities of a step by name, whether the page has come to them or not."""
    return _Catalogue(record, config, side).all()


class _Catalogue:
    """Puts names to the arrays of a record."""

    def __init__(self, record: StepRecord, config: RunConfig, side: int) -> None:
        self.record, self.depth = record, len(record.before)
        names = DATASETS[config.data.dataset].class_names
        short = all(len(name) == 1 and name.isdigit() for name in names)
        labels = record.Y.argmax(axis=0)
        self.classes = Axis(
            "10 classes", tuple(f"class {n}" if short else f"class {i}, {n}" for i, n in enumerate(names))
        )
        self.images = Axis(
            _count(len(labels), "image"),
            tuple(f"image {i} ({names[label]})" for i, label in enumerate(labels)),
        )
        self.pixels = Axis(
            f"{side * side:,} pixels",
            tuple(f"pixel ({row}, {column})" for row in range(side) for column in range(side)),
        )
        self.single = Axis("1 number", ("the only one",))

    def all(self) -> dict[str, Quantity]:
        """Every quantity, in the order in which it comes to be."""
        record = self.record
        found = [
            self._make("X", 0, record.X, self.pixels, self.images),
            self._make("Y", 0, record.Y, self.classes, self.images),
            *self._parameters("", record.before),
        ]
        for layer, own in enumerate(record.trace.forward, 1):
            rows = self._units(layer)
            found.append(self._make("Z", layer, own.Z, rows, self.images))
            if layer < self.depth:
                found.append(self._make("A", layer, own.A, rows, self.images))
        found.append(self._make("P", 0, record.P, self.classes, self.images))
        loss = Axis("1 loss each", ("loss",))
        found.append(self._make("L", 0, record.losses[None, :], loss, self.images))
        found.append(self._make("J", 0, np.array([[record.score.loss]]), self.single, self.single))
        for layer, back in enumerate(record.trace.backward, 1):
            rows = self._units(layer)
            if back.dA is not None:
                found.append(self._make("dA", layer, back.dA, rows, self.images))
            found.append(self._make("dZ", layer, back.dZ, rows, self.images))
        gradients = tuple(Layer(own.dW, own.db, own.dslope) for own in record.trace.backward)
        found += self._parameters("d", gradients)
        found += self._parameters("new", record.after)
        return {quantity.name: quantity for quantity in found}

    def _parameters(self, mark: str, layers: tuple[Layer, ...]) -> list[Quantity]:
        before, after = ("d", "") if mark == "d" else ("", mark)
        found = []
        for number, layer in enumerate(layers, 1):
            rows = self._units(number)
            seen = self.pixels if number == 1 else self._units(number - 1)
            found.append(self._make(f"{before}W{after}", number, layer.W, rows, seen))
            one = Axis("1 bias each", ("bias",))
            found.append(self._make(f"{before}b{after}", number, layer.b, rows, one))
            if layer.slope is not None:
                slope = layer.slope.reshape(1, 1)
                found.append(self._make(f"{before}slope{after}", number, slope, self.single, self.single))
        return found

    def _units(self, layer: int) -> Axis:
        if layer == self.depth:
            return self.classes
        count = len(self.record.before[layer - 1].W)
        of = f" of layer {layer}" if self.depth > 2 else ""
        return Axis(_count(count, "unit") + of, tuple(f"unit {unit}{of}" for unit in range(count)))

    def _make(self, kind: str, layer: int, values: Array, rows: Axis, columns: Axis) -> Quantity:
        words = WORDS[kind.removesuffix("new")] + (f" of layer {layer}" if layer else "")
        if kind.endswith("new"):
            words += " after the update"
        if kind == "Z" and layer == self.depth:
            words = "weighted sums of the output layer, called logits"
        return Quantity(kind, layer, latex_of(kind, layer), words, values, rows, columns)


def _count(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
