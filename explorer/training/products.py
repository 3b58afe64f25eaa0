"""Matrix products by the library that is fastest for their size on this processor."""

from collections.abc import Callable

import torch
from torch import Tensor

Product = Callable[[Tensor, Tensor, Tensor], Tensor]
"""``product(left, right, out)``: (K, M, N) × (K, N, P), in ``out`` or in memory of its own."""

# MKL leaves half of an AMD processor's AVX-512 idle (measured on an EPYC: 105 against 230 GFLOP/s a core);
# oneDNN does not, but takes some 10 µs a call. PyTorch has it behind this operator, which its compiler uses.
ONEDNN_FROM = 1_000_000  # multiply-adds


def product_for(left_shape: tuple[int, int, int], columns: int, like: Tensor) -> Product:
    """The way to multiply (K, M, N) by (K, N, ``columns``) on the device and in the precision of ``like``."""
    stack, rows, inner = left_shape
    is_plain = stack == 1 and like.device.type == "cpu" and like.dtype == torch.float32
    if is_plain and rows * inner * columns >= ONEDNN_FROM and _has_onednn():
        return _by_onednn
    return _by_blas


def _by_blas(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    return torch.bmm(left, right, out=out)


def _by_onednn(left: Tensor, right: Tensor, out: Tensor) -> Tensor:  # noqa: ARG001  # it has no out=
    result: Tensor = torch.ops.mkldnn._linear_pointwise.default(left[0], right[0].t(), None, "none", [], "")
    return result.unsqueeze(0)


def _has_onednn() -> bool:
    is_there: bool = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")  # type: ignore[no-untyped-call]
    return is_there and torch.backends.cpu.get_cpu_capability() == "AVX512"
