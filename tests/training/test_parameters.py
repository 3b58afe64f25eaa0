"""The flat layout of all parameters."""

import torch

from explorer.models.architecture import parameter_shapes
from explorer.models.initialisation import initial_parameters
from explorer.training.parameters import FlatParameters, is_parameter, is_weight
from tests.training.samples import CPU, config

NETWORK = config(network={"preset": "lenet", "activation": "prelu", "batch_norm": True}).network


def flat(stack: int = 1) -> FlatParameters:
    return FlatParameters(parameter_shapes(NETWORK), stack, CPU, torch.float32)


def test_what_was_loaded_is_read_back_and_buffers_are_left_out() -> None:
    start, parameters = initial_parameters(NETWORK, 5), flat(stack=2)
    parameters.load(start)
    assert set(parameters.shapes) == {name for name in start if "running" not in name}
    for name in parameters.shapes:
        for index in range(2):
            assert torch.equal(parameters.value(name)[index], start[name])


def test_weights_come_first_and_nothing_else_is_penalised() -> None:
    parameters = flat()
    parameters.values[:, : parameters.penalised] = 1
    for name in parameters.shapes:
        assert torch.equal(
            parameters.value(name)[0], torch.full(parameters.shapes[name], float(is_weight(name)))
        )
    assert not is_weight("hidden.0.norm.weight")
    assert not is_weight("hidden.0.bias")
    assert not is_parameter("hidden.0.norm.running_mean")


def test_parameters_do_not_overlap() -> None:
    parameters = flat()
    for name in parameters.shapes:
        parameters.value(name).add_(1)
    assert all(bool((parameters.value(name) == 1).all()) for name in parameters.shapes)


def test_convolutions_lie_in_channels_last_order() -> None:
    kernel = flat().value("convolution.1.weight")[0]
    assert kernel.shape == (16, 6, 5, 5)
    assert kernel.is_contiguous(memory_format=torch.channels_last)
