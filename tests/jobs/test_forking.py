"""Runs branch off from kept weights, and running runs change their rate; the numbers are those promised."""

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.config.fields import values_by_path
from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.config.run import RunConfig
from explorer.errors import CheckpointError, ConfigError, RunNotFoundError, RunStateError
from explorer.jobs import queue, reconciliation
from explorer.jobs.company import Company
from explorer.jobs.endings import Interruption
from explorer.jobs.execution import execute, train_here
from explorer.jobs.forking import make_branch, settings_after
from explorer.jobs.stack_execution import execute_stack
from explorer.records import Change, EpochMetrics, Parent, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store, open_store
from explorer.training import epoch as epoch_module
from tests.jobs.conftest import LIMIT_SECONDS, small

RATE = "optimizer.learning_rate"
ENOUGH = Interruption(RunStatus.PAUSED, "Enough.")


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are executed by the test itself, however long they are silent."""
    monkeypatch.setattr(queue, "ensure_runner", lambda *_args, **_more: None)
    monkeypatch.setattr(reconciliation, "SILENT_SECONDS", math.inf)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("home")
    return Settings(folder, folder / "data", f"sqlite:///{folder / 'explorer.db'}", ())


@pytest.fixture(scope="module")
def shared(home: Settings) -> Iterator[Store]:
    opened = open_store(home)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_home(shared: Store, home: Settings) -> tuple[Store, Settings]:
    return shared, home


@pytest.fixture(scope="module")
def parent(shared: Store, home: Settings) -> Run:
    """Three finished epochs, whose newest state has the optimizer's memory."""
    return train_here(shared, home, small(schedule__name="exponential"))


def varied(run: Run, **changes: object) -> RunConfig:
    own = {path.replace("__", "."): value for path, value in changes.items()}
    return config_from_paths(values_by_path(run.config) | own)


def trained(store: Store, settings: Settings, run: Run, **more: Any) -> Run:
    assert store.claim(run.id, device="cpu", host="here")
    return execute(store, settings, store.run(run.id), "cpu", **more)


def pausing_after(epoch: int) -> dict[str, Any]:
    """What to execute a run with that is to pause after an epoch."""
    newest = 0

    def see(event: object) -> None:
        nonlocal newest
        newest = event.epoch if isinstance(event, EpochMetrics) else newest

    return {"on_event": see, "interruption": lambda: ENOUGH if newest >= epoch else None}


def comparable(store: Store, run_id: int, after: int = 0) -> list[EpochMetrics]:
    return [replace(epoch, seconds=0.0) for epoch in store.epochs(run_id, after)]


def assert_same_weights(settings: Settings, one: int, other: int, epoch: int) -> None:
    ours, theirs = (Checkpoints(settings, run_id).load(epoch) for run_id in (one, other))
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])


def test_a_fork_with_nothing_changed_is_the_run_that_went_on(
    shared: Store, home: Settings, parent: Run
) -> None:
    longer = varied(parent, training__epochs=5)
    fork = queue.submit_fork(shared, home, longer, parent.id, 3)
    assert fork.status is RunStatus.QUEUED
    assert fork.parent == Parent(parent.id, 3, schedule_from=0, optimizer_steps=parent.step)
    assert fork.name.endswith(f"from run {parent.id}")
    assert Checkpoints(home, fork.id).epochs() == (3,)
    done = trained(shared, home, fork)
    whole = train_here(shared, home, longer)
    assert (done.status, done.reason) == (RunStatus.FINISHED, "")
    assert comparable(shared, fork.id) == comparable(shared, whole.id, after=3)
    assert_same_weights(home, fork.id, whole.id, 5)
    assert shared.steps(fork.id) == shared.steps(whole.id, after_step=parent.step)
    assert done.network_result is not None
    assert whole.network_result is not None
    assert done.network_result.test == whole.network_result.test
    assert (done.network_result.epochs_run, done.step) == (5, done.total_steps)


def test_a_fork_outlives_its_parent_and_is_paused_and_resumed_as_any_run(
    store: Store, settings: Settings
) -> None:
    parent = train_here(store, settings, small())
    other = varied(
        parent,
        training__epochs=5,
        optimizer__name="sgd",
        optimizer__learning_rate=0.1,
        training__batch_size=32,
    )
    whole, fork = (queue.submit_fork(store, settings, other, parent.id, 2) for _ in range(2))
    assert fork.parent == Parent(parent.id, 2)
    store.delete(parent.id)
    trained(store, settings, whole)
    paused = trained(store, settings, fork, **pausing_after(4))
    assert (paused.status, paused.epoch) == (RunStatus.PAUSED, 4)
    store.resume(fork.id)
    assert trained(store, settings, fork).status is RunStatus.FINISHED
    assert [epoch.epoch for epoch in store.epochs(fork.id)] == [3, 4, 5]
    assert comparable(store, fork.id) == comparable(store, whole.id)
    assert_same_weights(settings, fork.id, whole.id, 5)
    assert Checkpoints(settings, fork.id).epochs() == (2, 3, 4, 5)


def test_a_fork_that_was_killed_before_it_saved_a_state_goes_on_from_the_fork(
    shared: Store, home: Settings, parent: Run
) -> None:
    other = varied(parent, training__epochs=5, optimizer__name="sgd", optimizer__momentum=0.9)
    fork = queue.submit_fork(shared, home, other, parent.id, 3)
    checkpoints = Checkpoints(home, fork.id)
    start = checkpoints.load_state()
    assert start is not None
    assert trained(shared, home, fork, **pausing_after(4)).status is RunStatus.PAUSED
    before = comparable(shared, fork.id)
    checkpoints.save_state(*start)  # as after a kill -9 between two states
    shared.resume(fork.id)
    assert trained(shared, home, fork).status is RunStatus.FINISHED
    again = comparable(shared, fork.id)
    assert [epoch.epoch for epoch in again] == [4, 5]
    assert again[: len(before)] == before


def test_a_fork_that_is_ended_before_its_first_epoch_learned_nothing_and_can_go_on(
    shared: Store, home: Settings, parent: Run
) -> None:
    fork = queue.submit_fork(shared, home, varied(parent, training__epochs=5), parent.id, 1)
    stop = Interruption(RunStatus.STOPPED, "Enough.")
    ended = trained(shared, home, fork, interruption=lambda: stop)
    assert (ended.status, ended.result) == (RunStatus.STOPPED, None)
    assert ended.reason == "Enough. No epoch was finished, so nothing was learned."
    shared.resume(fork.id)
    assert trained(shared, home, fork).status is RunStatus.FINISHED


def test_a_time_limit_in_the_first_epoch_of_a_fork_keeps_what_it_learned(
    shared: Store, home: Settings, parent: Run
) -> None:
    brief = varied(parent, training__epochs=9, training__time_limit_seconds=1e-6)
    fork = queue.submit_fork(shared, home, brief, parent.id, 2)
    ended = trained(shared, home, fork)
    assert ended.status is RunStatus.FINISHED
    assert "time limit" in ended.reason
    assert ended.epoch == 3
    assert ended.result is not None


def test_a_fork_whose_start_weights_are_lost_fails_in_words(
    shared: Store, home: Settings, parent: Run
) -> None:
    fork = queue.submit_fork(shared, home, varied(parent, training__epochs=5), parent.id, 2)
    (Checkpoints(home, fork.id).folder / "state.safetensors").unlink()
    failed = trained(shared, home, fork)
    assert failed.status is RunStatus.FAILED
    assert "branched off with are no longer in" in failed.reason
    assert "Branch off anew" in failed.reason


@pytest.mark.parametrize(
    ("epoch", "changes", "expected"),
    [
        (3, {}, (True, 0)),
        (3, {"training__batch_size": 32, "optimizer__learning_rate": 0.5}, (True, 0)),
        (3, {"optimizer__name": "adamw"}, (False, 0)),
        (2, {}, (False, 0)),  # the parent's newest state is of epoch 3
        (3, {"schedule__name": "cosine"}, (True, 3)),
    ],
)
def test_memory_and_schedule_go_on_where_they_can(
    shared_home: tuple[Store, Settings],
    parent: Run,
    epoch: int,
    changes: dict[str, object],
    expected: tuple[bool, int],
) -> None:
    store, settings = shared_home
    branch = make_branch(store, settings, parent, epoch, varied(parent, training__epochs=5, **changes))
    assert (branch.keeps_memory, branch.parent.schedule_from) == expected
    assert bool(branch.state.optimizer) is branch.keeps_memory
    assert branch.state.progress["images_seen"] == store.epochs(parent.id)[epoch - 1].images_seen


def test_a_fork_of_a_fork_goes_on_with_what_its_parent_counted(
    shared: Store, home: Settings, parent: Run
) -> None:
    first = queue.submit_fork(
        shared, home, varied(parent, training__epochs=4, schedule__name="cosine"), parent.id, 2
    )
    assert first.parent == Parent(parent.id, 2, schedule_from=2, optimizer_steps=0)
    waiting = make_branch(shared, home, first, 2, varied(first, training__epochs=6))
    assert waiting.parent == Parent(first.id, 2, schedule_from=2, optimizer_steps=0)
    done = trained(shared, home, first)
    per_epoch = done.total_steps // 4
    second = make_branch(shared, home, done, 4, varied(first, training__epochs=6))
    assert second.parent == Parent(first.id, 4, schedule_from=2, optimizer_steps=2 * per_epoch)


def test_weights_of_another_network_are_refused(store: Store, settings: Settings) -> None:
    parent = store.create_run(small())
    Checkpoints(settings, parent.id).save_epoch(1, {"hidden.0.weight": np.zeros((8, 784), np.float32)})
    with pytest.raises(CheckpointError, match="are not those of this run's network"):
        queue.submit_fork(store, settings, small(), parent.id, 1)


def test_what_can_not_branch_is_refused_and_nothing_is_queued(
    shared: Store, home: Settings, parent: Run
) -> None:
    before = shared.runs()
    longer = varied(parent, training__epochs=5)
    with pytest.raises(ConfigError, match=r"network.hidden must be \[16\].*\n.*training.epochs must be more"):
        queue.submit_fork(shared, home, varied(parent, network__hidden=[8]), parent.id, 3)
    with pytest.raises(CheckpointError, match="keeps no weights of epoch 4, but those of: 1, 2, 3"):
        queue.submit_fork(shared, home, longer, parent.id, 4)
    with pytest.raises(RunNotFoundError):
        queue.submit_fork(shared, home, longer, 999, 3)
    assert shared.runs() == before
    fitted = shared.create_run(baseline_from_paths({}))
    with pytest.raises(RunStateError, match="is a baseline"):
        queue.submit_fork(shared, home, longer, fitted.id, 3)
    with pytest.raises(RunStateError, match="is a baseline"):
        queue.change_rate(shared, home, fitted.id, 0.1)
    shared.delete(fitted.id)


def test_settings_after_an_epoch_have_the_rate_that_held_then(parent: Run) -> None:
    changed = replace(parent, changes=(Change(RATE, 2, 30, 0.001, 0.5), Change(RATE, 4, 70, 0.5, 0.25)))
    rates = [settings_after(changed, epoch).optimizer.learning_rate for epoch in (1, 2, 3, 4)]
    assert rates == [0.001, 0.5, 0.5, 0.25]


def heard_wish(store: Store, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once the recorder has passed on a wish: when it looks again after it found one."""
    is_found, is_heard, read = threading.Event(), threading.Event(), store.wanted_rates

    def wanted_rates(run_ids: Sequence[int]) -> dict[int, float]:
        if is_found.is_set():
            is_heard.set()
        wanted = read(run_ids)
        if wanted:
            is_found.set()
        return wanted

    monkeypatch.setattr(store, "wanted_rates", wanted_rates)
    return is_heard


def test_a_rate_is_changed_while_a_run_trains_and_a_resumed_run_changes_it_again(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    is_heard = heard_wish(store, monkeypatch)

    def ask(event: object) -> None:
        if isinstance(event, EpochMetrics) and event.epoch == 2:
            queue.change_rate(store, settings, run.id, 0.05)
        if isinstance(event, EpochMetrics) and event.epoch == 3:
            assert is_heard.wait(LIMIT_SECONDS)

    run = store.create_run(small(training__epochs=8))
    whole = trained(store, settings, run, on_event=ask)
    (change,) = whole.changes
    assert (change.field, change.before, change.value) == (RATE, 0.001, 0.05)
    assert whole.wanted_rate is None
    rates = {epoch.epoch: epoch.learning_rate for epoch in store.epochs(run.id)}
    assert rates[change.epoch - 1] == 0.001
    assert rates[8] == 0.05
    again = store.create_run(small(training__epochs=8), changes=whole.changes)

    assert trained(store, settings, again, **pausing_after(change.epoch)).status is RunStatus.PAUSED
    store.resume(again.id)
    trained(store, settings, again)
    assert comparable(store, again.id) == comparable(store, run.id)
    assert_same_weights(settings, again.id, run.id, 8)


def test_only_a_rate_that_is_one_can_be_asked_for(shared: Store, home: Settings, parent: Run) -> None:
    with pytest.raises(ConfigError, match=r"learning_rate must be in \(0, 10\], got 30"):
        queue.change_rate(shared, home, parent.id, 30)
    with pytest.raises(RunStateError, match="is finished; the learning rate can be changed only while"):
        queue.change_rate(shared, home, parent.id, 0.1)


def test_of_a_stack_only_the_run_that_was_asked_changes_its_rate(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    runs = [store.create_run(small(training__seed=seed)) for seed in range(3)]
    assert store.claim_together([run.id for run in runs], device="cpu", host="here")
    store.want_rate(runs[1].id, 0.05)
    is_heard = heard_wish(store, monkeypatch)

    def wait(_run: Run, event: object) -> None:
        if isinstance(event, EpochMetrics) and event.epoch == 1:
            assert is_heard.wait(LIMIT_SECONDS)

    company = Company(on_event=wait)
    ended = execute_stack(store, settings, [store.run(run.id) for run in runs], "cpu", company)
    assert [len(run.changes) for run in ended] == [0, 1, 0]
    assert [store.epochs(run.id)[-1].learning_rate for run in ended] == [0.001, 0.05, 0.001]
    assert {run.status for run in ended} == {RunStatus.FINISHED}
