"""The execution of one run, from claim to result, for workers and the command line alike."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explorer.config.run import Data, RunConfig
from explorer.data.splits import Splits, load_splits
from explorer.jobs.locks import hold
from explorer.jobs.status import run_lock
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.training.engine import TrainingEvent


@dataclass(frozen=True, slots=True)
class Interruption:
    """Why a run must end now: to be resumed later (paused), or to be measured as it is (stopped)."""

    status: Literal[RunStatus.PAUSED, RunStatus.STOPPED]
    reason: str


def never() -> Interruption | None:
    """No interruption but what the store's requests say."""
    return None


@contextmanager
def claimed(store: Store, settings: Settings, run_id: int, device: str) -> Generator[Run | None, None, None]:
    """The run, claimed for this process and locked while the block lasts; None where another one has it."""
    raise NotImplementedError
    yield None


def train_here(
    store: Store,
    settings: Settings,
    config: RunConfig,
    *,
    name: str | None = None,
    group: str | None = None,
    on_start: Callable[[Run], None] | None = None,
    on_event: Callable[[TrainingEvent], None] | None = None,
) -> Run:
    """Create a run and train it in this process, in sight of the dashboard but out of the queue.

    ``on_start`` gets the running run (with its steps counted) before the first step. Ctrl-C stops the
    run, measured on what it learned; the returned run's status and reason say how it ended.

    Raises:
        DeviceError: this machine does not have ``config.training.device``; nothing was created.
    """
    raise NotImplementedError


def execute(
    store: Store,
    settings: Settings,
    run: Run,
    device: str,
    *,
    interruption: Callable[[], Interruption | None] = never,
    on_start: Callable[[Run], None] | None = None,
    on_event: Callable[[TrainingEvent], None] | None = None,
    load: Callable[[Data, Path], Splits] = load_splits,
) -> Run:
    """Train a claimed run from its last checkpoint (or the start) to its end, and record all of it.

    Whatever goes wrong is told in the run's ``reason``, in words, with the stack trace in the log; only a
    store that can no longer be written raises.

    Returns:
        The run as it ended: finished, paused, stopped or failed.

    Raises:
        StoreError: the store could not say how the run ended.
    """
    raise NotImplementedError
