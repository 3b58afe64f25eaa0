"""The devices that torch finds on this machine."""

import re
from pathlib import Path

import torch

from explorer.errors import DeviceError
from explorer.training.capture import one_at_a_time

GUESSED_BYTES = 2 * 2**30


def accelerators() -> tuple[str, ...]:
    """Names of the GPUs here that this PyTorch can compute on: ``cuda:0``, …, or ``mps``."""
    if torch.cuda.is_available():
        return tuple(f"cuda:{index}" for index in range(torch.cuda.device_count()) if _has_kernels(index))
    return ("mps",) if torch.backends.mps.is_available() else ()


def _has_kernels(index: int) -> bool:
    """Whether PyTorch was built for this CUDA device: older ones are found, and fail at the first step."""
    built_for = torch.cuda.get_arch_list()  # sm_80, sm_90a, …: machine code; compute_90: also for later ones
    found = [re.fullmatch(r"(sm|compute)_(\d+)(\d)[a-z]?", name) for name in built_for]
    known = [(match[1], (int(match[2]), int(match[3]))) for match in found if match is not None]
    own = torch.cuda.get_device_capability(index)
    return not known or any(
        version <= own and (kind == "compute" or version[0] == own[0]) for kind, version in known
    )


def find_device(wanted: str) -> torch.device:
    """The device of this name; ``auto`` is the first GPU, or else the CPU.

    Raises:
        DeviceError: this machine has no such device.
    """
    here = (*accelerators(), "cpu")
    first_cuda = next((name for name in here if name.startswith("cuda")), wanted)
    name = here[0] if wanted == "auto" else first_cuda if wanted == "cuda" else wanted
    if name not in here:
        raise DeviceError(
            f"training.device must be auto or one of {', '.join(here)} on this machine, got {wanted!r}. "
            f"Choose auto to train on what there is."
        )
    return torch.device(name)


def make_current(device: torch.device) -> None:
    """Have this thread use this GPU where a call names none: on any other one that would take memory, too."""
    if device.type == "cuda":
        torch.cuda.set_device(device)


def require_sound(device: torch.device) -> None:
    """Wait for a GPU; raises RuntimeError where an error has broken it: only a new process can go on then."""
    if device.type == "cuda":
        with one_at_a_time:
            torch.cuda.synchronize(device)


def free_bytes(device: torch.device) -> int:
    """The memory that new runs can have on a device; a cautious guess where the system does not say."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    return min([GUESSED_BYTES, *_limits()]) if device.type != "cpu" else min(_limits(), default=GUESSED_BYTES)


def _limits() -> list[int]:
    """Free memory of the machine, and of the container around this process if there is one."""
    limits = []
    for line in _lines(Path("/proc/meminfo")):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            limits.append(int(value.split()[0]) * 1024)
    group = Path("/sys/fs/cgroup")
    most, used = _lines(group / "memory.max"), _lines(group / "memory.current")
    if most and used and most[0].isdigit():
        limits.append(max(0, int(most[0]) - int(used[0])))
    return limits


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # another system
        return []


def memory_advice(device: str) -> str:
    """What to do when a run does not fit into the memory of its device."""
    instead = ", or train on the cpu" if device != "cpu" else ""
    return (
        f"{device} has too little free memory for this run. Lower training.batch_size, "
        f"the units of network.hidden or data.train_size{instead}."
    )
