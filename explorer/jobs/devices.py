"""The devices that torch finds on this machine."""

import torch

from explorer.errors import DeviceError


def accelerators() -> tuple[str, ...]:
    """Names of the GPUs here: ``cuda:0``, …, or ``mps``."""
    if torch.cuda.is_available():
        return tuple(f"cuda:{index}" for index in range(torch.cuda.device_count()))
    return ("mps",) if torch.backends.mps.is_available() else ()


def find_device(wanted: str) -> torch.device:
    """The device of this name; ``auto`` is the first GPU, or else the CPU.

    Raises:
        DeviceError: this machine has no such device.
    """
    here = (*accelerators(), "cpu")
    name = here[0] if wanted == "auto" else "cuda:0" if wanted == "cuda" else wanted
    if name not in here:
        raise DeviceError(
            f"training.device must be auto or one of {', '.join(here)} on this machine, got {wanted!r}. "
            f"Choose auto to train on what there is."
        )
    return torch.device(name)


def memory_advice(device: str) -> str:
    """What to do when a run does not fit into the memory of its device."""
    instead = ", or train on the cpu" if device != "cpu" else ""
    return (
        f"{device} has too little free memory for this run. Lower training.batch_size, "
        f"the units of network.hidden or data.train_size{instead}."
    )
