"""Update rules against ``torch.optim`` over many steps."""

from typing import Any

import pytest
import torch

from explorer.config.run import Optimizer as Rule
from explorer.training.optimizers import Optimizer, as_columns
from explorer.training.parameters import FlatParameters
from tests.training.samples import CPU

SHAPES = {"hidden.0.weight": (5, 7), "hidden.0.bias": (5,), "output.weight": (3, 5), "output.bias": (3,)}
RULES: list[tuple[dict[str, Any], type[torch.optim.Optimizer], dict[str, Any]]] = [
    ({"name": "sgd"}, torch.optim.SGD, {}),
    ({"name": "sgd", "momentum": 0.9}, torch.optim.SGD, {"momentum": 0.9}),
    (
        {"name": "sgd", "momentum": 0.9, "nesterov": True},
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True},
    ),
    ({"name": "adam"}, torch.optim.Adam, {}),
    ({"name": "adamw", "weight_decay": 0.1}, torch.optim.AdamW, {"weight_decay": 0.1}),
    ({"name": "rmsprop"}, torch.optim.RMSprop, {}),
    ({"name": "rmsprop", "momentum": 0.5}, torch.optim.RMSprop, {"momentum": 0.5}),
    ({"name": "adagrad"}, torch.optim.Adagrad, {}),
]


def filled(stack: int = 1) -> FlatParameters:
    parameters = FlatParameters(SHAPES, stack, CPU, torch.float64)
    generator = torch.Generator().manual_seed(1)
    start = {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
    parameters.load(start)
    return parameters


def gradients_of(step: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(100 + step)
    return {
        name: torch.randn(shape, generator=generator, dtype=torch.float64) for name, shape in SHAPES.items()
    }


@pytest.mark.parametrize(("fused", "as_tensors"), [(True, False), (False, False), (False, True)])
@pytest.mark.parametrize(("settings", "reference", "arguments"), RULES)
def test_forty_steps_equal_torch_optim(
    settings: dict[str, Any],
    reference: type[torch.optim.Optimizer],
    arguments: dict[str, Any],
    fused: bool,
    as_tensors: bool,
) -> None:
    parameters = filled()
    theirs = {name: parameters.value(name)[0].clone().requires_grad_() for name in SHAPES}
    ours = Optimizer([Rule(learning_rate=0.01, **settings)], parameters, fused=fused)
    torch_optimizer = reference(theirs.values(), lr=0.01, **arguments)
    for step in range(1, 41):
        rate = 0.01 / step  # as a schedule would change it
        for name, gradient in gradients_of(step).items():
            parameters.gradient(name)[0].copy_(gradient)
            theirs[name].grad = gradient.clone()
        rows = ours.coefficients(step, [rate])
        as_given = [torch.tensor(row).double().unsqueeze(1) for row in rows]
        ours.update(as_given if as_tensors else as_columns(rows, parameters.values))
        torch_optimizer.param_groups[0]["lr"] = rate
        torch_optimizer.step()
    tolerance = 1e-6 if as_tensors or fused else 1e-12
    for name in SHAPES:
        torch.testing.assert_close(
            parameters.value(name)[0], theirs[name].detach(), rtol=tolerance, atol=tolerance
        )


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize(("settings", "_reference", "_arguments"), RULES)
def test_a_stack_with_its_own_rates_equals_its_networks_one_by_one(
    settings: dict[str, Any], _reference: object, _arguments: object, fused: bool
) -> None:
    rates = (0.01, 0.1)
    together, stacked = filled(stack=2), Rule(**settings)
    optimizer = Optimizer([stacked, stacked], together, fused=fused)
    alone = [filled() for _ in rates]
    singles = [Optimizer([stacked], each, fused=False) for each in alone]
    for step in range(1, 6):
        for name, gradient in gradients_of(step).items():
            for parameters in (together, *alone):
                parameters.gradient(name).copy_(gradient)
        optimizer.update(as_columns(optimizer.coefficients(step, rates), together.values))
        for single, rate in zip(singles, rates, strict=True):
            single.update(as_columns(single.coefficients(step, [rate]), together.values))
    for index, parameters in enumerate(alone):
        torch.testing.assert_close(together.values[index], parameters.values[0], rtol=1e-6, atol=1e-7)


def test_gaps_between_parameters_stay_zero() -> None:
    parameters = filled()
    used = sum(parameters.value(name).numel() for name in SHAPES)
    assert parameters.values.shape[1] > used  # there are gaps
    for settings, _, _ in RULES:
        optimizer = Optimizer([Rule(**settings)], parameters, fused=True)
        for step in range(1, 4):
            for name, gradient in gradients_of(step).items():
                parameters.gradient(name).copy_(gradient)
            optimizer.update(as_columns(optimizer.coefficients(step, [0.01]), parameters.values))
    assert int((parameters.values != 0).sum()) <= used
    assert bool(parameters.values.isfinite().all())
