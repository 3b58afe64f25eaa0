"""Every way to multiply gives the same product."""

import pytest
import torch

from explorer.training.products import affine_for, product_for

SHAPES = [(1, 3, 5, 4), (2, 30, 50, 40), (1, 128, 300, 90), (2, 128, 300, 90)]


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_products_are_matrix_products(shape: tuple[int, int, int, int], transposed: bool) -> None:
    torch.manual_seed(0)
    stack, rows, inner, columns = shape
    left, right = torch.randn(stack, rows, inner), torch.randn(stack, inner, columns)
    if transposed:
        left, right = (each.transpose(1, 2).contiguous().transpose(1, 2) for each in (left, right))
    bias, out = torch.randn(stack, rows, 1), torch.empty(stack, rows, columns)
    expected = left.double() @ right.double()
    torch.testing.assert_close(
        product_for(shape, left)(left, right, out).double(), expected, rtol=1e-4, atol=1e-4
    )
    affine_for(shape, left)(bias, left, right, out)
    torch.testing.assert_close(out.double(), expected + bias, rtol=1e-4, atol=1e-4)


def test_double_precision_stays_double() -> None:
    left, right = torch.randn(1, 128, 300).double(), torch.randn(1, 300, 90).double()
    product = product_for((1, 128, 300, 90), left)(left, right, torch.empty(1, 128, 90).double())
    torch.testing.assert_close(product, left @ right, rtol=1e-12, atol=1e-12)
