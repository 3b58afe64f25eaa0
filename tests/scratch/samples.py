"""Networks, batches and reference gradients that the tests of the NumPy engine share."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from explorer.config.run import RunConfig
from explorer.evaluation.losses import mean_loss
from explorer.models.activations import activate
from explorer.scratch.arrays import Array
from explorer.scratch.parameters import Parameters

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "gelu", "silu")
LOSSES = ("cross_entropy", "mean_squared_error", "binary_cross_entropy")
OPTIMIZERS: tuple[dict[str, Any], ...] = (
    {"name": "sgd"},
    {"name": "sgd", "momentum": 0.9},
    {"name": "sgd", "momentum": 0.9, "nesterov": True},
    {"name": "adam"},
    {"name": "adamw", "weight_decay": 0.1},
    {"name": "rmsprop"},
    {"name": "rmsprop", "momentum": 0.5},
    {"name": "adagrad"},
)


def config(**sections: Any) -> RunConfig:
    sections["training"] = {"engine": "numpy", **sections.get("training", {})}
    return RunConfig.model_validate(sections)


def network(run: RunConfig, seed: int = 0) -> Parameters:
    """Float64 weights large enough to bend what passes."""
    random, parameters = np.random.default_rng(seed), Parameters(run.network, np.float64)
    for layer in parameters.layers:
        layer.W[:] = random.normal(0, 1.5 / np.sqrt(layer.W.shape[1]), layer.W.shape)
        layer.b[:] = random.normal(0, 0.5, layer.b.shape)
        if layer.slope is not None:
            layer.slope[:] = random.uniform(-0.5, 0.5)
    return parameters


def batch(size: int, seed: int = 0) -> tuple[Array, Array]:
    """Images (784, B) around zero, and one-hot targets (10, B)."""
    random = np.random.default_rng((seed, size))
    return random.normal(0, 1, (784, size)), np.eye(10)[random.integers(0, 10, size)].T


def by_autograd(
    run: RunConfig, parameters: Parameters, X: Array, Y: Array
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Logits (classes, B) and the gradient of every parameter, by functions of torch alone."""
    leaves = {name: torch.tensor(array).requires_grad_() for name, array in parameters.arrays().items()}
    values = torch.tensor(X.T)
    for layer in range(len(run.network.hidden)):
        values = functional.linear(values, leaves[f"hidden.{layer}.weight"], leaves[f"hidden.{layer}.bias"])
        values = activate(run.network.activation, values, leaves.get(f"hidden.{layer}.slope"))
    logits = functional.linear(values, leaves["output.weight"], leaves["output.bias"])
    loss = mean_loss(run.loss, logits, torch.tensor(Y.argmax(axis=0)))
    (loss * (Y.shape[1] if run.optimizer.reduction == "sum" else 1)).backward()
    gradients = {name: leaf.grad.numpy() for name, leaf in leaves.items() if leaf.grad is not None}
    return logits.detach().numpy().T, gradients


def gradients_by_name(run: RunConfig, parameters: Parameters) -> dict[str, np.ndarray]:
    twin = Parameters(run.network, np.float64)
    twin.values[:] = parameters.gradient
    return twin.arrays()
