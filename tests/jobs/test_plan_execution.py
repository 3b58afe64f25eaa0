"""Many runs in this process: stacked, side by side, stopped together."""

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from explorer.config.run import RunConfig
from explorer.errors import DeviceError
from explorer.jobs import plan_execution
from explorer.jobs.company import ExecutionEvent
from explorer.jobs.execution import train_here
from explorer.jobs.locks import is_held
from explorer.jobs.median_rule import switch_on
from explorer.jobs.plan_execution import train_stack_here
from explorer.jobs.runner import child_environment
from explorer.jobs.stack_execution import execute_stack
from explorer.jobs.status import run_lock
from explorer.records import EpochMetrics, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store, open_store
from tests.jobs.conftest import small, wait_for


def sweep(count: int = 4, **changes: Any) -> list[RunConfig]:
    return [small(optimizer__learning_rate=0.001 * (number + 1), **changes) for number in range(count)]


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The runs of each job that was executed, and how many other jobs were in hand when it began."""
    seen: list[tuple[int, int]] = []
    in_hand: list[int] = []
    lock = threading.Lock()

    def watched(store: Store, settings: Settings, runs: list[Run], *rest: Any) -> Any:
        with lock:
            seen.append((len(runs), len(in_hand)))
            in_hand.append(1)
        try:
            return execute_stack(store, settings, runs, *rest)
        finally:
            with lock:
                in_hand.pop()

    monkeypatch.setattr(plan_execution, "execute_stack", watched)
    return seen


def test_a_sweep_is_one_stack_and_equals_its_runs_alone(
    store: Store, settings: Settings, sizes: list[tuple[int, int]]
):
    created: list[int] = []
    waiting: list[Any] = []
    seen: dict[int, list[int]] = {}
    ended: list[int] = []

    def see(run: Run, event: ExecutionEvent) -> None:
        if isinstance(event, EpochMetrics):
            seen.setdefault(run.id, []).append(event.epoch)

    def start(runs: tuple[Run, ...]) -> None:
        waiting.append(store.waiting(lambda _device: True))
        assert all(is_held(run_lock(settings, run.id)) for run in runs)

    runs = train_stack_here(
        store, settings, sweep(), group="sweep a",
        on_create=lambda runs: created.extend(run.id for run in runs),
        on_start=start, on_event=see, on_end=lambda run: ended.append(run.id),
    )  # fmt: skip
    assert sizes == [(4, 0)]
    assert waiting == [()]  # out of the queue
    assert [run.id for run in runs] == created == sorted(ended)
    assert seen == {run.id: [1, 2, 3] for run in runs}
    assert {run.group for run in runs} == {"sweep a"}
    for run, config in zip(runs, sweep(), strict=True):
        alone = train_here(store, settings, config)
        ours, theirs = ([epoch.train_loss for epoch in store.epochs(each.id)] for each in (run, alone))
        assert ours == pytest.approx(theirs, rel=1e-4)
        assert not is_held(run_lock(settings, run.id))


def test_runs_that_do_not_stack_are_trained_side_by_side_on_two_cores(
    store: Store, settings: Settings, sizes: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    shapes = [small(network__hidden=[units]) for units in (16, 15, 14)]

    def wait_for_another(_runs: tuple[Run, ...]) -> None:
        wait_for(lambda: len(sizes) > 1, "another job to begin beside the first")

    runs = train_stack_here(store, settings, shapes, group="widths", on_start=wait_for_another)
    assert [run.status for run in runs] == [RunStatus.FINISHED] * 3
    assert [run.network_config.network.hidden for run in runs] == [(16,), (15,), (14,)]
    assert [size for size, _ in sizes] == [1, 1, 1]
    assert max(others for _, others in sizes) == 1


def test_one_core_trains_one_job_after_the_other(
    store: Store, settings: Settings, sizes: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shapes = [small(network__hidden=[units], training__epochs=1) for units in (16, 15)]
    train_stack_here(store, settings, shapes, group="widths")
    assert sizes == [(1, 0), (1, 0)]


def test_the_hopeless_of_a_group_are_stopped_by_the_median_rule(store: Store, settings: Settings):
    switch_on(store, "sweep a")
    rates = (1e-7, 0.01, 0.011, 0.012, 0.013, 0.014)
    configs = [small(training__epochs=8, optimizer__learning_rate=rate) for rate in rates]
    hopeless, *others = train_stack_here(store, settings, configs, group="sweep a")
    assert (hopeless.status, hopeless.epoch) == (RunStatus.STOPPED, 3)
    assert hopeless.reason.startswith("Below the median: stopped after epoch 3")
    assert hopeless.result is not None
    assert RunStatus.FINISHED in {run.status for run in others}
    spared = train_stack_here(store, settings, configs, group="sweep b")
    assert {run.status for run in spared} == {RunStatus.FINISHED}


def test_a_device_that_is_not_there_creates_nothing(store: Store, settings: Settings):
    with pytest.raises(DeviceError, match="cuda:77"):
        train_stack_here(store, settings, [small(training__device="cuda:77")] * 2, group="g")
    assert store.runs() == ()


PROGRAM = """
from explorer.jobs.plan_execution import train_stack_here
from explorer.settings import read_settings
from explorer.storage.store import open_store
from tests.jobs.conftest import endless
settings = read_settings()
shapes = [endless(), endless(training__seed=1), endless(data__train_size=1000)]
runs = train_stack_here(open_store(settings), settings, shapes, group="g")
print(*(run.status for run in runs))
"""


def test_ctrl_c_stops_all_jobs_also_those_that_had_not_begun(store: Store, swept: Settings):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=child_environment(swept), stdout=subprocess.PIPE
    )
    wait_for(lambda: any(run.epoch >= 1 for run in store.runs()), "an epoch")
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate()
    assert output.split() == [b"stopped"] * 3
    first, second, third = reversed(open_store(swept).runs())
    assert first.epoch == second.epoch >= 1
    for run in (first, second):
        assert run.reason == f"Stopped by Ctrl-C. Resume goes on from epoch {run.epoch}."
        assert run.result is not None
    assert third.reason == "Stopped by Ctrl-C. No epoch was finished, so nothing was learned."
