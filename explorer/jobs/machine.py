"""The machine that this process runs on, in words."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from explorer.jobs.threads import usable_cores


@cache
def machine_in_words() -> str:
    """Processor, cores that this process may use, system and versions, in one line."""
    cores = usable_cores()
    return (
        f"{processor()}, {cores} core{'s' * (cores > 1)}, {platform.system()}, "
        f"Python {platform.python_version()}, torch {installed_version('torch')}"
    )


def processor() -> str:
    """The processor's model as its maker calls it, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def installed_version(package: str) -> str:
    """The version of a package, or that it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
