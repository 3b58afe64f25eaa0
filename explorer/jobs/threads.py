"""How many CPU threads a run takes, and how they wait for each other."""

import os
from collections.abc import Mapping

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.models.architecture import count_multiply_adds

# Below so many multiply-adds a step, a second thread brings little on idle cores and costs much on busy ones
# (784-10-10 at batch 64 has 0.5 million, 784-64-10 at batch 256 has 13 million); measured on two cores.
LEAST_WORK = 10_000_000
# A stack's step is many small operations, all of which wait for the second thread: 20 times 784-10-10 took
# twice as long with two threads on busy cores, and fifty times where these threads spin.
LEAST_WORK_OF_STACK = 100_000_000
# More were not measured.
MOST_THREADS = 8


def usable_cores() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_for(config: RunConfig, images: int, cores: int, networks: int = 1) -> int:
    """CPU threads for a run, or a stack of several networks like it, on so many training images.

    A rule of config and machine alone, whoever trains: sums over two threads round differently, and a run
    by itself is to give the same bits for a seed in a worker and on the command line. (Runs of a group may
    have to share the ``cores`` with others, and are the same up to rounding.) NumPy takes one: its library's
    threads wait for each other without sleeping, and with both cores in use an epoch took ten times as long.
    """
    if config.training.engine == "numpy":
        return 1
    size = config.training.batch_size
    batch = images if size == "full" else min(size, images)
    work = networks * batch * count_multiply_adds(config.network, inputs=inputs_of(config.data))
    least = LEAST_WORK if networks == 1 else LEAST_WORK_OF_STACK
    return max(1, min(cores, MOST_THREADS)) if work >= least else 1


def allowed_threads(environment: Mapping[str, str]) -> int:
    """The user's ``OMP_NUM_THREADS``, or else the cores there are."""
    chosen = environment.get("OMP_NUM_THREADS", "")
    return int(chosen) if chosen.isdigit() and int(chosen) > 0 else usable_cores()


def brief_spinning(environment: Mapping[str, str], *, has_company: bool) -> dict[str, str]:
    """Variables under which torch's threads soon sleep instead of spinning; set before torch is imported.

    With a core taken by something else, GNU OpenMP's usual 300,000 turns made an epoch 5 to 20 times slower;
    1,000 is what it chooses itself once it knows of more threads than cores. A process that has the machine
    to itself does better with 10,000 (a sixth for convolutions), but with a busy core at its side twice as
    badly: so 1,000 where a dashboard is company. The user's own choice wins.
    """
    is_chosen = "GOMP_SPINCOUNT" in environment or "OMP_WAIT_POLICY" in environment
    return {} if is_chosen else {"GOMP_SPINCOUNT": "1000" if has_company else "10000"}
