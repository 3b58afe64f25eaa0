"""From submitting a run to the first point of its curve, with a warm worker."""

import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from explorer.cli.bench.child import BenchError
from explorer.cli.bench.measurement import Measurement, Target
from explorer.cli.bench.overhead import at_home
from explorer.config.parsing import parse_config
from explorer.config.run import RunConfig
from explorer.jobs.queue import start_workers, stop, stop_workers, submit, workers
from explorer.jobs.runner import attach_dashboard
from explorer.settings import Settings
from explorer.storage.store import Store, open_store

FIRST_POINT = Target("at most", 1)
LOOK_SECONDS = 0.005
PATIENCE_SECONDS = 120.0


def measure_first_point(dataset: str, settings: Settings, repetitions: int) -> Measurement:
    """Seconds until the store holds the first point; the run is stopped then, and the next one follows.

    One run before counts as warming up: a dashboard's worker has trained its welcome run as well.
    """
    config = parse_config({"data": {"dataset": dataset}, "training": {"epochs": 1000, "device": "cpu"}})
    with tempfile.TemporaryDirectory(prefix="explorer-bench-") as folder:
        own = at_home(settings, Path(folder))
        store = open_store(own)
        with warm_worker(own):
            seconds = [_first_point(store, own, config) for _ in range(repetitions + 1)][1:]
        store.close()
    return Measurement(
        name=f"first point {dataset}",
        meaning="from submitting a run to a warm worker to the first point of its curve in the store",
        unit="s",
        target=FIRST_POINT,
        values=tuple(seconds),
    )


@contextmanager
def warm_worker(settings: Settings) -> Generator[None, None, None]:
    """The home's own runner and worker, as a dashboard starts them, ready for a run.

    Raises:
        BenchError: no worker came up.
    """
    dashboard = attach_dashboard(settings)
    try:
        start_workers(settings)
        wait_until(
            lambda: any(worker.state == "idle" for worker in workers(settings)), "no worker became ready"
        )
        yield
    finally:
        stop_workers(settings)
        if dashboard is not None:
            dashboard.release()


def wait_until(is_so: Callable[[], bool], complaint: str) -> None:
    """Looks often; raises BenchError with the complaint after two minutes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise BenchError(f"{complaint} within {PATIENCE_SECONDS:.0f} seconds.")
        time.sleep(LOOK_SECONDS)  # what is waited for is written by another process


def _first_point(store: Store, settings: Settings, config: RunConfig) -> float:
    started = time.perf_counter()
    run = submit(store, settings, config)
    wait_until(lambda: bool(store.steps(run.id)), "the first point did not come")
    seconds = time.perf_counter() - started
    stop(store, settings, run.id)
    wait_until(lambda: not store.run(run.id).status.is_active, "the run did not stop")
    return seconds
