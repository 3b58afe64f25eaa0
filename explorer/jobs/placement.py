"""Which worker takes which run: a pure function of device names."""

from collections.abc import Sequence


def serves(device: str, wanted: str, devices: Sequence[str]) -> bool:
    """Whether the worker of ``device`` takes a run that asks for ``wanted``.

    ``devices`` are those that have a worker. ``auto`` goes to a GPU where one has a worker, else to the CPU;
    ``cuda`` to any CUDA device.
    """
    if wanted == "auto":
        accelerators = [name for name in devices if name != "cpu"]
        return device in accelerators if accelerators else device == "cpu"
    return device == wanted or (wanted == "cuda" and device.startswith("cuda"))


def refuses(device: str, wanted: str, devices: Sequence[str]) -> bool:
    """Whether this worker should take a run only to say that no worker here has the device it asks for."""
    orphan = not any(serves(name, wanted, devices) for name in devices)
    return orphan and device == devices[0]


def with_numbers(devices: Sequence[str]) -> tuple[str, ...]:
    """The devices by their full names, each once: ``cuda`` is the first one."""
    return tuple(dict.fromkeys("cuda:0" if name == "cuda" else name for name in devices))
