"""The processor cores there are for us, and how threads wait for each other on them."""

import os
from collections.abc import Mapping


def usable_cores() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def brief_spinning(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables under which torch's threads soon sleep instead of spinning; set before torch is imported.

    With a core taken by something else, GNU OpenMP's usual 300,000 turns made an epoch 5 to 20 times slower;
    1,000 is what it chooses itself once it knows of more threads than cores. The user's own choice wins.
    """
    is_chosen = "GOMP_SPINCOUNT" in environment or "OMP_WAIT_POLICY" in environment
    return {} if is_chosen else {"GOMP_SPINCOUNT": "1000"}
