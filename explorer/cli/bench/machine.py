"""What the figures were measured on."""

import os
import platform
from typing import Any

from explorer.jobs.machine import installed_version, processor
from explorer.jobs.threads import usable_cores


def describe_machine() -> dict[str, Any]:
    """Processor, cores this process may use, versions, and how busy the machine is right now."""
    return {
        "cpu": processor(),
        "cores": usable_cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": installed_version("torch"),
        "torchvision": installed_version("torchvision"),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def machine_line(machine: dict[str, Any]) -> str:
    """The machine in one line."""
    load = machine["load_average"]
    busy = f", load average {load[0]:.1f} at the start" if load is not None else ""
    return (
        f"{machine['cpu']}, {machine['cores']} cores; Python {machine['python']}, torch {machine['torch']}, "
        f"torchvision {machine['torchvision']}; {machine['system']}{busy}"
    )
