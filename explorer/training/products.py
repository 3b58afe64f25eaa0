"""Matrix products by the library that is fastest for their size on this processor."""

from collections.abc import Callable
from math import prod

import torch
from torch import Tensor

Product = Callable[[Tensor, Tensor, Tensor], Tensor]
"""``product(left, right, out)``: (K, M, N) × (K, N, P), either in ``out`` itself or in memory of its own."""

Affine = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""``affine(bias, left, right, out)``: the same plus a bias (K, M, 1), always in ``out``."""

# MKL leaves half of an AMD processor's AVX-512 idle (measured on an EPYC: 105 against 230 GFLOP/s a core);
# oneDNN does not, but takes some 10 µs a call. PyTorch has it behind this operator, which its compiler uses.
ONEDNN_FROM = 1_000_000  # multiply-adds of one network


def product_for(shape: tuple[int, int, int, int], like: Tensor) -> Product:
    """The way to multiply for a ``shape`` (K, M, N, P), on the device and in the precision of ``like``."""
    if not _suits_onednn(shape, like):
        return _by_blas
    return _by_onednn if shape[0] == 1 else _each_by_onednn


def affine_for(shape: tuple[int, int, int, int], like: Tensor) -> Affine:
    """The same with a bias."""
    if not _suits_onednn(shape, like):
        return _affine_by_blas
    return _affine_by_onednn if shape[0] == 1 else _affine_each_by_onednn


def use_tensor_cores() -> None:
    """Have CUDA devices multiply float32 as PyTorch's convolutions do there: in TF32, for this process.

    It keeps ten bits of each factor's fraction and adds in float32; accuracies are the same to chance.
    """
    torch.backends.cuda.matmul.fp32_precision = "tf32"


def _by_blas(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    return torch.bmm(left, right, out=out)


def _affine_by_blas(bias: Tensor, left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    return torch.baddbmm(bias, left, right, out=out)


def _affine_by_onednn(bias: Tensor, left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    return torch.add(_by_onednn(left, right, out), bias, out=out)


def _by_onednn(left: Tensor, right: Tensor, out: Tensor) -> Tensor:  # noqa: ARG001  # it has no out=
    return _onednn(left[0], right[0]).unsqueeze(0)


def _each_by_onednn(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    for index in range(len(left)):
        out[index].copy_(_onednn(left[index], right[index]))
    return out


def _affine_each_by_onednn(bias: Tensor, left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    for index in range(len(left)):
        torch.add(_onednn(left[index], right[index]), bias[index], out=out[index])
    return out


def _onednn(left: Tensor, right: Tensor) -> Tensor:
    result: Tensor = torch.ops.mkldnn._linear_pointwise.default(left, right.t(), None, "none", [], "")
    return result


def _suits_onednn(shape: tuple[int, int, int, int], like: Tensor) -> bool:
    is_plain = like.device.type == "cpu" and like.dtype == torch.float32
    return is_plain and prod(shape[1:]) >= ONEDNN_FROM and _has_onednn()


def _has_onednn() -> bool:
    is_there: bool = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")  # type: ignore[no-untyped-call]
    return is_there and torch.backends.cpu.get_cpu_capability() == "AVX512"
