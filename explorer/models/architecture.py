"""The layers of a configured network: shapes, parameters and multiply-adds, counted without torch."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal

from explorer.config.run import Network

LayerKind = Literal["convolution", "pooling", "flatten", "dense"]

CLASSES = 10
CHANNELS = 1
SIDE = 28
BUFFERS = ("running_mean", "running_var")  # of batch norm: state that no gradient changes


@dataclass(frozen=True, slots=True)
class LayerDescription:
    """One row of the architecture table.

    ``output_shape`` is (units,) or (channels, height, width) for one image. ``parameters`` counts all that
    is learned in the layer: weights, biases, the PReLU slope, batch norm's scale and shift.
    ``multiply_adds`` counts those of the weights for one image, padding included; additions of biases,
    normalisation, activation and pooling are left out.
    """

    name: str
    kind: LayerKind
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class WeightLayer:
    """A layer with weights.

    ``prefix`` starts its parameters' names (``hidden.0``), ``name`` is for the screen (``hidden 1``).
    ``weight_shape`` is (out, in) or (filters, channels, kernel, kernel); ``positions`` is how often the
    weights are applied to one image (1 for dense layers); ``output_shape`` is that before pooling.
    """

    prefix: str
    name: str
    weight_shape: tuple[int, ...]
    positions: int
    output_shape: tuple[int, ...]
    has_slope: bool
    has_norm: bool

    @property
    def units(self) -> int:
        """Units of a dense layer, filters of a convolution."""
        return self.weight_shape[0]

    @property
    def fan_in(self) -> int:
        """Inputs that each unit sums over."""
        return prod(self.weight_shape[1:])

    @property
    def fan_out(self) -> int:
        """Sums that each input takes part in, as Glorot & Bengio (2010) count them."""
        return self.units * prod(self.weight_shape[2:])

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the layer's parameters and buffers, in the order in which they are drawn."""
        shapes: dict[str, tuple[int, ...]] = {
            f"{self.prefix}.weight": self.weight_shape,
            f"{self.prefix}.bias": (self.units,),
        }
        if self.has_slope:
            shapes[f"{self.prefix}.slope"] = (1,)
        if self.has_norm:
            shapes |= {f"{self.prefix}.norm.{name}": (self.units,) for name in ("weight", "bias", *BUFFERS)}
        return shapes


def describe(
    network: Network,
    classes: int = CLASSES,
    channels: int = CHANNELS,
    side: int = SIDE,
    inputs: int | None = None,
) -> tuple[LayerDescription, ...]:
    """The architecture table, first layer first: layers with weights, pooling (where any), flatten (CNN).

    Args:
        network: The architecture.
        classes: Outputs of the last layer.
        channels: Channels of an image.
        side: Height and width of an image in pixels.
        inputs: Length of the feature vector that an MLP takes in place of an image (324 for HOG).

    Raises:
        ValueError: ``inputs`` is given for a CNN, or the blocks leave nothing of the image.
    """
    rows: list[LayerDescription] = []
    poolings = [block.pooling for block in network.blocks]
    for index, layer in enumerate(weight_layers(network, classes, channels, side, inputs)):
        is_convolution = len(layer.weight_shape) == 4
        rows.append(
            LayerDescription(
                name=layer.name,
                kind="convolution" if is_convolution else "dense",
                output_shape=layer.output_shape,
                parameters=_learned(layer),
                multiply_adds=prod(layer.weight_shape) * layer.positions,
            )
        )
        if not is_convolution:
            continue
        shape = layer.output_shape
        if poolings[index] > 1:
            shape = (shape[0], shape[1] // poolings[index], shape[2] // poolings[index])
            rows.append(LayerDescription(f"pooling {index + 1}", "pooling", shape, 0, 0))
        if index + 1 == len(poolings):
            rows.append(LayerDescription("flatten", "flatten", (prod(shape),), 0, 0))
    return tuple(rows)


def count_parameters(network: Network, classes: int = CLASSES, inputs: int | None = None) -> int:
    """All that is learned in the network, as ``describe`` counts it."""
    return sum(layer.parameters for layer in describe(network, classes, inputs=inputs))


def count_multiply_adds(network: Network, classes: int = CLASSES, inputs: int | None = None) -> int:
    """Multiply-adds of one forward pass of one image, as ``describe`` counts them."""
    return sum(layer.multiply_adds for layer in describe(network, classes, inputs=inputs))


def parameter_shapes(
    network: Network, classes: int = CLASSES, inputs: int | None = None
) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all parameters and buffers, in the order in which initial weights are drawn.

    Every engine and every checkpoint uses these names: ``convolution.0.weight`` (filters, channels, k, k),
    ``hidden.0.weight`` (out, in), ``hidden.0.bias``, ``hidden.0.slope`` (PReLU), ``hidden.0.norm.weight``,
    ``hidden.0.norm.running_mean`` (batch norm), ``output.weight``, ``output.bias``.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in weight_layers(network, classes, inputs=inputs):
        shapes |= layer.parameter_shapes()
    return shapes


def weight_layers(
    network: Network,
    classes: int = CLASSES,
    channels: int = CHANNELS,
    side: int = SIDE,
    inputs: int | None = None,
) -> tuple[WeightLayer, ...]:
    """The layers that hold weights: convolutions, hidden layers, output. Arguments as in ``describe``."""
    if inputs is not None and network.kind == "cnn":
        raise ValueError(f"inputs must be None for the kind cnn, which takes images, got {inputs}")
    has_slope = network.activation == "prelu"
    layers = list(_convolutions(network, channels, side, has_slope))
    width = inputs or channels * side * side
    if layers:
        filters, height, breadth = layers[-1].output_shape
        pooling = network.blocks[-1].pooling
        width = filters * (height // pooling) * (breadth // pooling)
        if not width:
            raise ValueError(f"the blocks leave nothing of a {side}×{side} image")
    for index, units in enumerate(network.hidden):
        layers.append(
            WeightLayer(
                f"hidden.{index}",
                f"hidden {index + 1}",
                (units, width),
                1,
                (units,),
                has_slope,
                network.batch_norm,
            )
        )
        width = units
    layers.append(WeightLayer("output", "output", (classes, width), 1, (classes,), False, False))
    return tuple(layers)


def _convolutions(network: Network, channels: int, side: int, has_slope: bool) -> Iterator[WeightLayer]:
    for index, block in enumerate(network.blocks):
        out = side if block.padding == "same" else side - block.kernel + 1
        if out < 1:
            raise ValueError(
                f"kernel {block.kernel} of block {index + 1} is larger than its {side}×{side} input"
            )
        yield WeightLayer(
            f"convolution.{index}",
            f"convolution {index + 1}",
            (block.filters, channels, block.kernel, block.kernel),
            out * out,
            (block.filters, out, out),
            has_slope,
            network.batch_norm,
        )
        channels, side = block.filters, out // block.pooling


def _learned(layer: WeightLayer) -> int:
    return sum(prod(shape) for name, shape in layer.parameter_shapes().items() if not name.endswith(BUFFERS))
