"""Max pooling of channels-last maps in windows of 2×2, faster than torch's where there are few channels."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# torch walks along the channels of each window: with 6 of them it takes four times as long as whole rows do.
FEW_CHANNELS = 8


def max_pool(maps: Tensor, side: int) -> Tensor:
    """The greatest of each ``side``×``side`` window of (N, C, H, W); an odd rest is left out, as torch does.

    Where several are greatest, one of them gets the gradient.
    """
    rows, columns = maps.shape[2:]
    is_last = maps.is_contiguous(memory_format=torch.channels_last)
    is_even = side == 2 and not (rows % 2 or columns % 2)
    if is_even and is_last and maps.device.type == "cpu" and maps.shape[1] <= FEW_CHANNELS:
        pooled: Tensor = _PoolPairs.apply(maps)
        return pooled
    return functional.max_pool2d(maps, side)


class _PoolPairs(torch.autograd.Function):
    """Rows in pairs, then columns in pairs: whole rows lie side by side in memory."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        count, channels, rows, columns = maps.shape
        pairs = maps.permute(0, 2, 3, 1).view(count * rows // 2, 2, columns * channels)
        upper, lower = pairs.unbind(1)
        of_rows = torch.maximum(upper, lower)
        left, right = of_rows.view(-1, 2, channels).unbind(1)
        pooled = torch.maximum(left, right)
        if ctx.needs_input_grad[0]:
            # Ones and zeros in the maps' own type: a product with truth values is converted first, and slow.
            ctx.save_for_backward(
                torch.gt(lower, upper, out=torch.empty_like(upper)),
                torch.gt(right, left, out=torch.empty_like(left)),
            )
            ctx.shape = maps.shape
        return pooled.view(count, rows // 2, columns // 2, channels).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        is_lower, is_right = ctx.saved_tensors
        count, channels, rows, columns = ctx.shape
        pooled = gradient.permute(0, 2, 3, 1).reshape(-1, channels)
        of_rows = pooled.new_empty(len(pooled), 2, channels)
        torch.mul(pooled, is_right, out=of_rows[:, 1])
        torch.sub(pooled, of_rows[:, 1], out=of_rows[:, 0])
        wide = of_rows.view(count * rows // 2, columns * channels)
        maps = pooled.new_empty(count * rows // 2, 2, columns * channels)
        torch.mul(wide, is_lower, out=maps[:, 1])
        torch.sub(wide, maps[:, 1], out=maps[:, 0])
        return maps.view(count, rows, columns, channels).permute(0, 3, 1, 2)
