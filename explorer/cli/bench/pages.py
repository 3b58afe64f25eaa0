"""How soon the dashboard's pages answer with a full store, and how a live one bears many tabs."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread
from typing import Any

import numpy as np

from explorer.cli.bench.child import BenchError, measure
from explorer.cli.bench.dashboard import ROOT, peak_megabytes, serving, wait_for_health
from explorer.cli.bench.filled import Filled, fill, record_epoch
from explorer.cli.bench.first_point import warm_worker
from explorer.cli.bench.measurement import Measurement, Target
from explorer.cli.bench.overhead import at_home
from explorer.config.kinds import AnyConfig
from explorer.config.parsing import config_from_paths
from explorer.config.run import DatasetName
from explorer.jobs.locks import hold
from explorer.jobs.queue import submit_group
from explorer.jobs.runner import child_environment, runner_lock
from explorer.records import Run
from explorer.settings import Settings
from explorer.storage.store import Store, open_store

REDRAW, LIVE = Target("at most", 300), Target("at most", 200)  # milliseconds
ANSWER = Target("at most", 150)  # milliseconds from the end of a stroke
SLOWER = Target("at most", 10)  # percent
MEGABYTES = Target("at most", 400)
REDRAWS_A_REPETITION = 5
EPOCH_SECONDS = 1.0  # a recorder's pace
NOTE_SECONDS = 0.5
PATIENCE_SECONDS = 120.0
Page = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Load:
    """What the dashboard has to bear: runs in the store, epochs of those looked at, tabs that are open.

    ``swept`` runs really train while the tabs look on, ``seconds`` a repetition.
    """

    runs: int = 500
    epochs: int = 100
    tabs: int = 20
    swept: int = 64
    seconds: float = 10.0
    dataset: DatasetName = "mnist"
    train_size: int = 20_000


FULL = Load()


def pages_of(filled: Filled) -> list[Page]:
    """Every page of the dashboard, those that look at runs with runs to look at."""
    compared = ",".join(map(str, filled.compared))
    pair = f"{filled.open_run},{filled.beside}"
    return [
        ("", {}),
        ("sweep", {"group": filled.group.split()[1]}),
        ("draw", {"runs": pair}),
        ("runs", {}),
        ("compare", {"runs": compared}),
        ("robustness", {"runs": pair, "change": "shift"}),
        ("robustness", {"runs": pair, "change": "overview"}),
        ("backprop", {}),
        ("classical", {}),
        ("data", {}),
        ("data", {"view": "handwriting"}),
        ("workers", {}),
        ("help", {}),
        ("run", {"run": str(filled.open_run)}),
    ]


def measure_pages(settings: Settings, repetitions: int, load: Load = FULL) -> list[Measurement]:
    """Redraws of every page, each view of a run by itself, from the asking to the last message of the answer.

    The store holds so many runs, written by hand; the inspector answers what the pages ask before anything
    is timed. Then strokes on the drawing pad, in the same way.
    """
    redraws = REDRAWS_A_REPETITION * repetitions
    with full_dashboard(settings, load) as (_, filled, address, pid):
        asked = {"views": pages_of(filled), "redraws": redraws}
        found = _visit(address, asked, settings)
        pair = {"runs": f"{filled.open_run},{filled.beside}"}
        answers = _visit(address, {"drawn": pair, "strokes": redraws}, settings)["answers"]
        megabytes = peak_megabytes(pid) if Path("/proc/self/status").exists() else None
    meaning = f"redraw of a page with {load.runs} runs in the store, from the asking to the whole answer"
    measured = [
        Measurement(
            name=f"page {name}",
            meaning=meaning,
            unit="ms",
            target=REDRAW,
            values=_milliseconds(seconds["redraws"]),
            sides={"p95": (_p95(seconds["redraws"]),), "first look": _milliseconds(seconds["first"])},
            sides_unit="ms",
        )
        for name, seconds in found.items()
    ]
    return [
        *measured,
        Measurement(
            name="drawn digit",
            meaning="from the end of a stroke to the answers of an MLP and a LeNet, the steps and the layers",
            unit="ms",
            target=ANSWER,
            values=_milliseconds(answers),
            sides={"p95": (_p95(answers),)},
            sides_unit="ms",
        ),
        Measurement(
            name="page memory",
            meaning=f"peak resident memory of the dashboard with {len(found)} tabs open",
            unit="MB",
            target=MEGABYTES,
            values=() if megabytes is None else (megabytes,),
            skipped="" if megabytes is not None else "this system has no /proc to read it from",
        ),
    ]


def measure_live(settings: Settings, repetitions: int, load: Load = FULL) -> list[Measurement]:
    """Live updates of the Sweep page with 64 runs of many epochs, all an epoch older every second."""
    with full_dashboard(settings, load) as (store, filled, address, _):
        asked = {
            "page": ("sweep", {"group": filled.group.split()[1]}),
            "sessions": 1,
            "seconds": load.seconds * repetitions,
        }
        with _growing(store, [store.run(run_id) for run_id in filled.sweep], load.epochs):
            found = _visit(address, asked, settings)
    return [
        Measurement(
            name="live sweep",
            meaning=f"live update of a sweep of {len(filled.sweep)} runs of {load.epochs} epochs that go on",
            unit="ms",
            target=LIVE,
            values=_milliseconds(found["updates"]),
            sides={"p95": (_p95(found["updates"]),)},
            sides_unit="ms",
        )
    ]


def measure_tabs(settings: Settings, repetitions: int, load: Load = FULL) -> list[Measurement]:
    """A sweep that really trains, watched by so many tabs: their live updates, and what they cost training.

    Images trained a second with the tabs open and without take turns.
    """
    with tempfile.TemporaryDirectory(prefix="explorer-bench-") as folder:
        own = at_home(settings, Path(folder))
        store = open_store(own)
        store.set_setting("first_run_submitted", value=True)
        with serving(own) as (_, address, _), warm_worker(own):
            wait_for_health(address)
            sweep = submit_group(store, own, _long_sweep(load), group="sweep 20tabs · seed")
            _wait_for_epoch(store, sweep)  # of the first: the others may come in another stack
            page = ("sweep", {"group": "20tabs"})
            updates: list[float] = []
            alone, watched = [], []
            for _ in range(repetitions):
                with _noted(store, sweep) as marks:
                    time.sleep(load.seconds)  # this process must take nothing from what it measures
                    _wait_for_steps(marks)
                alone.append(_speed(marks, marks[0][0], marks[-1][0]))
                asked = {"page": page, "sessions": load.tabs, "seconds": load.seconds}
                with _noted(store, sweep) as marks:
                    seen = _visit(address, asked, own)
                watched.append(_speed(marks, seen["since"][0], seen["until"][0]))
                updates.extend(seen["updates"])
        store.close()
    return [
        Measurement(
            name="tabs live",
            meaning=f"live update of each of {load.tabs} tabs on a sweep of {load.swept} runs that trains",
            unit="ms",
            target=LIVE,
            values=_milliseconds(updates),
            sides={"p95": (_p95(updates),)},
            sides_unit="ms",
        ),
        Measurement(
            name="tabs cost",
            meaning=f"by how much {load.tabs} open tabs slow the training that they watch",
            unit="%",
            target=SLOWER,
            values=tuple(100 * (1 - less / more) for less, more in zip(watched, alone, strict=True)),
            sides={"alone": tuple(alone), "watched": tuple(watched)},
            sides_unit="",
        ),
    ]


@contextmanager
def full_dashboard(settings: Settings, load: Load) -> Generator[tuple[Store, Filled, str, int], None, None]:
    """A dashboard and an inspector on a full store; nothing trains, and no runner starts."""
    if not (ROOT / "app.py").is_file():
        raise BenchError(f"there is no app.py in {ROOT}.")
    with tempfile.TemporaryDirectory(prefix="explorer-bench-") as folder:
        own = at_home(settings, Path(folder))
        store = open_store(own)
        filled = fill(store, own, load.runs, load.epochs, load.dataset)
        runner = hold(runner_lock(own))
        try:
            with _inspector(own), serving(own) as (process, address, _):
                wait_for_health(address)
                yield store, filled, address, process.pid
                if runner is not None:
                    runner.release()
        finally:
            if runner is not None:
                runner.release()
            store.close()


@contextmanager
def _inspector(settings: Settings) -> Generator[None, None, None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer.jobs.inspector"],
        env=child_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _growing(store: Store, runs: Sequence[Run], epochs: int) -> Generator[None, None, None]:
    """An epoch more of all these runs every second."""
    ended = Event()

    def record() -> None:
        epoch = epochs
        while not ended.wait(EPOCH_SECONDS):
            epoch += 1
            record_epoch(store, runs, epoch)

    recorder = Thread(target=record)
    recorder.start()
    try:
        yield
    finally:
        ended.set()
        recorder.join()


def _visit(address: str, asked: dict[str, Any], settings: Settings) -> dict[str, Any]:
    result = measure("explorer.ui.visitor", [address, json.dumps(asked)], settings)
    result.pop("process_seconds")
    return result


def _long_sweep(load: Load) -> list[AnyConfig]:
    return [
        config_from_paths(
            {
                "data.dataset": load.dataset,
                "data.train_size": load.train_size,
                "network.hidden": [64],
                "training.epochs": load.epochs,
                "training.seed": seed,
                "training.device": "cpu",
            }
        )
        for seed in range(load.swept)
    ]


def _wait_for_epoch(store: Store, runs: Sequence[Run]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not store.run(runs[0].id).epoch:
        if time.monotonic() > deadline:
            raise BenchError(f"the sweep did not begin within {PATIENCE_SECONDS:.0f} seconds.")
        time.sleep(0.1)  # the worker is another process


def _wait_for_steps(marks: Sequence[tuple[float, int]]) -> None:
    """Wait until any step was noted: on a busy machine that may take longer than a repetition."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while marks[-1][1] == marks[0][1]:
        if time.monotonic() > deadline:
            raise BenchError(f"the sweep did not go on within {PATIENCE_SECONDS:.0f} seconds.")
        time.sleep(NOTE_SECONDS)  # the worker is another process


@contextmanager
def _noted(store: Store, runs: Sequence[Run]) -> Generator[list[tuple[float, int]], None, None]:
    """While it lasts, twice a second: the moment, in seconds since 1970, and the steps of all the runs."""
    ended, marks = Event(), [(time.time(), _steps(store, runs))]

    def note() -> None:
        while not ended.wait(NOTE_SECONDS):
            marks.append((time.time(), _steps(store, runs)))

    noting = Thread(target=note)
    noting.start()
    try:
        yield marks
    finally:
        ended.set()
        noting.join()


def _speed(marks: Sequence[tuple[float, int]], since: float, until: float) -> float:
    """Steps a second between two moments."""
    moments, steps = zip(*marks, strict=True)
    before, after = np.interp((since, until), moments, steps)
    return float(after - before) / (until - since)


def _steps(store: Store, runs: Sequence[Run]) -> int:
    return sum(run.step for run in store.runs(group=runs[0].group))


def _milliseconds(seconds: Sequence[float]) -> tuple[float, ...]:
    return tuple(1000 * value for value in seconds)


def _p95(seconds: Sequence[float]) -> float:
    return 1000 * (quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0])
