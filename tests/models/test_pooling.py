"""Pooling by pairs is torch's pooling: same values, same gradients."""

import pytest
import torch
from torch.nn import functional

from explorer.models.pooling import FEW_CHANNELS, max_pool

SHAPES = [
    (3, 6, 24, 24),
    (2, 1, 28, 28),
    (2, FEW_CHANNELS, 4, 8),
    (5, 6, 25, 24),
    (2, FEW_CHANNELS + 1, 8, 8),
]


def maps_of(shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return drawn.contiguous(memory_format=torch.channels_last).requires_grad_()


@pytest.mark.parametrize("side", [2, 3])
@pytest.mark.parametrize("shape", SHAPES)
def test_values_and_gradients_equal_those_of_torch(shape: tuple[int, ...], side: int):
    maps = maps_of(shape)
    expected = functional.max_pool2d(maps, side)
    pooled = max_pool(maps, side)
    assert torch.equal(pooled, expected)
    gradient = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    assert torch.equal(
        torch.autograd.grad(pooled, maps, gradient)[0], torch.autograd.grad(expected, maps, gradient)[0]
    )


def test_maps_in_another_order_of_memory_are_pooled_too():
    maps = maps_of((2, 4, 6, 6)).detach().contiguous()
    assert torch.equal(max_pool(maps, 2), functional.max_pool2d(maps, 2))


def test_of_equal_values_one_gets_the_gradient():
    maps = torch.zeros(1, 2, 4, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
    (gradient,) = torch.autograd.grad(max_pool(maps, 2).sum(), maps)
    assert torch.equal(functional.avg_pool2d(gradient, 2, divisor_override=1), torch.ones(1, 2, 2, 2))
    assert set(gradient.flatten().tolist()) == {0.0, 1.0}


def test_what_is_not_a_number_stays_so():
    maps = torch.zeros(1, 1, 4, 4).contiguous(memory_format=torch.channels_last)
    maps[0, 0, 0, 0] = torch.nan
    assert max_pool(maps, 2).isnan().flatten().tolist() == [True, False, False, False]
