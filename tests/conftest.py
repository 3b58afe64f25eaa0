"""Fixtures that every layer's tests share."""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from explorer.settings import Settings, read_settings

if TYPE_CHECKING:
    import torch

# Before anything loads torch or NumPy: the tests share the cores among their processes, and threads that
# wait for each other on a core that is taken are many times slower than one thread.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Examples are the same every time, and may take as long as a busy machine lets them.
hypothesis.settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

MNIST_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@pytest.fixture(autouse=True)
def log_is_heard() -> None:
    """What is logged reaches ``caplog``, also after a test in this process has sent it to a file alone."""
    logging.getLogger("explorer").propagate = True


@pytest.fixture(autouse=True)
def chance_is_the_same() -> None:
    """A test draws the same numbers from torch whatever was tested before it in this process."""
    if "torch" in sys.modules:  # most tests do without
        sys.modules["torch"].manual_seed(0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A fresh home of its own, with no data but the bundled digits."""
    return read_settings({"EXPLORER_HOME": str(tmp_path / "home")})


@pytest.fixture
def mnist_settings(tmp_path: Path) -> Settings:
    """A fresh home that reads real MNIST from ``EXPLORER_DATA``; skips where it is absent."""
    data = os.environ.get("EXPLORER_DATA", "")
    raw = Path(data) / "MNIST" / "raw"
    if not data or not all((raw / name).exists() or (raw / f"{name}.gz").exists() for name in MNIST_FILES):
        pytest.skip("real MNIST is not in EXPLORER_DATA")
    return read_settings({"EXPLORER_HOME": str(tmp_path / "home"), "EXPLORER_DATA": data})


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> "Iterator[torch.device]":
    """The first CUDA device, with libraries that give equal numbers twice; skips where there is none."""
    import torch  # noqa: PLC0415 -- most tests do without

    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    yield torch.device("cuda:0")
    torch.cuda.empty_cache()
