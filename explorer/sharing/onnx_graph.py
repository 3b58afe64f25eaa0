"""A run's network as an ONNX graph, from raw pixels to probabilities."""

import json
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from explorer.classical.feature_files import open_features
from explorer.config.run import Activation, ConvolutionBlock, RunConfig
from explorer.data.features import inputs_of, mean_and_deviation
from explorer.errors import ExportError
from explorer.models.architecture import CLASSES, SIDE, WeightLayer, weight_layers
from explorer.models.forward import LEAKY_SLOPE, NORM_EPSILON, fitting_weights
from explorer.sharing.source import Source

OPSET = 21  # of ONNX 1.16 (2024): the newest that onnxruntime from 1.18 on reads
IR_VERSION = 10  # of the same
BATCH = "N"

# Activations that are one operator; the others are made of several, or have parameters.
OPERATORS: dict[Activation, str] = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "Relu",
    "elu": "Elu",
    "gelu": "Gelu",
}


def onnx_model(source: Source) -> bytes:
    """The network with the weights that are the run's result, as an ONNX file.

    Input ``images`` (N, 1, 28, 28) float32, pixels in 0…255; the scaling is in the graph. A network on HOG
    features takes ``features`` (N, F) float32 in its place. Outputs ``logits`` and ``probabilities`` (N, 10):
    softmax, as the dashboard reads every network. The run's number, settings and test accuracy are in the
    model's metadata.

    Raises:
        ExportError: the run is a baseline or has no weights yet.
        CheckpointError: the weights are missing, damaged or those of another network.
        DatasetError: the scaling is measured on the training images, which are not here.
    """
    config = source.config
    inputs = inputs_of(config.data)
    weights = fitting_weights(config.network, source.weights, inputs)
    graph = _Graph(weights)
    shape: list[str | int | None] = [BATCH, 1, SIDE, SIDE] if inputs is None else [BATCH, inputs]
    name = "images" if inputs is None else "features"
    values = graph.scaled(name, *_scaling(source))
    layers = weight_layers(config.network, inputs=inputs)
    blocks = config.network.blocks
    for layer, block in zip(layers, blocks, strict=False):
        values = graph.convolved(values, layer, block, config.network.activation)
    values = graph.add("Flatten", values, axis=1) if inputs is None else values
    for layer in layers[len(blocks) : -1]:
        values = graph.hidden(values, layer, config.network.activation)
    graph.add("Gemm", values, "output.weight", "output.bias", out="logits", transB=1)
    graph.add("Softmax", "logits", out="probabilities", axis=1)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            f"run {source.run.id}",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            [
                helper.make_tensor_value_info(each, TensorProto.FLOAT, [BATCH, CLASSES])
                for each in ("logits", "probabilities")
            ],
            [numpy_helper.from_array(array, title) for title, array in graph.used.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="MNIST Explorer",
        doc_string=_description(source, name),
    )
    helper.set_model_props(model, _facts(source, config))
    return _checked(model)


@dataclass
class _Graph:
    """The nodes so far; ``used`` are the arrays that they name."""

    weights: dict[str, NDArray[np.float32]]
    nodes: list[NodeProto] = field(default_factory=list)
    used: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def add(self, operator: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """One more operator; the name of its result."""
        out = out or f"{operator.lower()}_{len(self.nodes) + 1}"
        for name in inputs:
            if name in self.weights:
                self.used[name] = self.weights[name]
        self.nodes.append(helper.make_node(operator, list(inputs), [out], name=f"{out}:node", **attributes))
        return out

    def constant(self, name: str, value: float) -> str:
        """A number by a name."""
        self.used[name] = np.asarray(value, np.float32)
        return name

    def scaled(self, values: str, mean: float, factor: float) -> str:
        """``value · factor − mean · factor``, as it is computed in training."""
        if factor != 1:
            values = self.add("Mul", values, self.constant("scaling.factor", factor))
        if mean:
            values = self.add("Add", values, self.constant("scaling.offset", -mean * factor))
        return values

    def hidden(self, values: str, layer: WeightLayer, activation: Activation) -> str:
        """A fully connected hidden layer."""
        weight, bias = f"{layer.prefix}.weight", f"{layer.prefix}.bias"
        return self._bent(self.add("Gemm", values, weight, bias, transB=1), layer, activation)

    def convolved(
        self, values: str, layer: WeightLayer, block: ConvolutionBlock, activation: Activation
    ) -> str:
        """A convolution with its activation and pooling."""
        before, after = 0, 0
        if block.padding == "same":  # an even kernel pads one more row and column at the end
            before, after = (block.kernel - 1) // 2, block.kernel // 2
        values = self.add(
            "Conv",
            values,
            f"{layer.prefix}.weight",
            f"{layer.prefix}.bias",
            kernel_shape=[block.kernel] * 2,
            pads=[before, before, after, after],
        )
        values = self._bent(values, layer, activation)
        if block.pooling == 1:
            return values
        side = [block.pooling] * 2
        return self.add("MaxPool", values, kernel_shape=side, strides=side)

    def _bent(self, values: str, layer: WeightLayer, activation: Activation) -> str:
        """Batch norm, where there is one, and the activation."""
        if layer.has_norm:
            roles = ("weight", "bias", "running_mean", "running_var")
            names = [f"{layer.prefix}.norm.{role}" for role in roles]
            values = self.add("BatchNormalization", values, *names, epsilon=NORM_EPSILON)
        if activation == "identity":
            return values
        if activation == "prelu":
            return self.add("PRelu", values, f"{layer.prefix}.slope")
        if activation == "leaky_relu":
            return self.add("LeakyRelu", values, alpha=LEAKY_SLOPE)
        if activation == "silu":
            return self.add("Mul", values, self.add("Sigmoid", values))
        return self.add(OPERATORS[activation], values)


def _scaling(source: Source) -> tuple[float, float]:
    data = source.config.data
    if data.features == "pixels":
        return source.scaling
    if data.scaling != "standard":
        return 0.0, 1.0
    found = open_features(data.dataset, data.hog, source.settings.data, source.settings.home)
    if found is None:
        raise ExportError(
            f"The features that run {source.run.id} learned from are not computed here, and its scaling is "
            "measured on them. Open the run's Image view, or train on these features, and export it again."
        )
    mean, deviation = mean_and_deviation(found.train[source.partition.train])
    return mean, 1 / deviation if deviation else 1.0


def _description(source: Source, name: str) -> str:
    config = source.config
    what = (
        f"float32 of shape (N, 1, {SIDE}, {SIDE}), pixels from 0 (paper) to 255 (ink)"
        if name == "images"
        else f"float32 of shape (N, {inputs_of(config.data)}), HOG features as scikit-image computes them"
    )
    return (
        f"{source.run.name}, trained on {config.data.dataset}. Input {name}: {what}; they are scaled inside. "
        f"Outputs: logits and probabilities (softmax) of shape (N, {CLASSES})."
    )


def _facts(source: Source, config: RunConfig) -> dict[str, str]:
    result = source.run.network_result
    facts = {
        "run": str(source.run.id),
        "name": source.run.name,
        "epoch": str(source.kept_epoch),
        "config": json.dumps(config.model_dump(mode="json")),
    }
    return facts | ({"test_accuracy": repr(result.test.accuracy)} if result is not None else {})


def _checked(model: ModelProto) -> bytes:
    try:
        checker.check_model(model, full_check=True)
    except checker.ValidationError as error:  # pragma: no cover - a defect of ours, in words all the same
        version = metadata.version("onnx")
        raise ExportError(
            f"onnx {version} refuses the model: {error}. Export the weights instead."
        ) from error
    content: bytes = model.SerializeToString()
    return content
