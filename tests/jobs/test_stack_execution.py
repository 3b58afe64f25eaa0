"""Runs trained as one stack: each on its own record, to its own end."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from explorer.config.run import Data, RunConfig
from explorer.data.splits import Splits
from explorer.errors import DatasetError
from explorer.jobs import stack_events, stack_execution
from explorer.jobs.company import Company, ExecutionEvent
from explorer.jobs.endings import Claims, Interruption
from explorer.jobs.loading import Report, load_inputs
from explorer.jobs.locks import is_held
from explorer.jobs.resumption import load_state
from explorer.jobs.stack_execution import execute_stack
from explorer.jobs.status import run_lock
from explorer.records import EpochMetrics, Request, Run, RunStatus, StepMetrics
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.training.stack import train_stack
from explorer.training.state import TrainingState
from tests.jobs.conftest import small

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)


def sweep(**changes: Any) -> list[RunConfig]:
    return [small(optimizer__learning_rate=rate, **changes) for rate in RATES]


def run_together(store: Store, settings: Settings, run_ids: Sequence[int], **options: Any) -> list[Run]:
    company = Company(**options.pop("company", {}))
    with Claims(store, settings, run_ids, "cpu") as claims:
        assert [run.id for run in claims.runs] == list(run_ids)
        return list(execute_stack(store, settings, claims.runs, "cpu", company, **options))


def train_together(
    store: Store, settings: Settings, configs: Sequence[RunConfig], **options: Any
) -> list[Run]:
    run_ids = [store.create_run(config, group="sweep").id for config in configs]
    return run_together(store, settings, run_ids, **options)


def assert_equal_runs(store: Store, settings: Settings, ours: Run, theirs: Run) -> None:
    """The same curves, weights and result, to float32 rounding."""
    assert (ours.status, ours.reason, ours.epoch) == (theirs.status, theirs.reason, theirs.epoch)
    mine, other = store.epochs(ours.id), store.epochs(theirs.id)
    assert [epoch.epoch for epoch in mine] == [epoch.epoch for epoch in other]
    for figure in ("train_loss", "validation_loss"):
        left, right = ([getattr(epoch, figure) for epoch in epochs] for epochs in (mine, other))
        assert left == pytest.approx(right, rel=1e-4)
    bins = [[step.last_step for step in store.steps(run.id)] for run in (ours, theirs)]
    assert bins[0] == bins[1]
    kept = Checkpoints(settings, ours.id), Checkpoints(settings, theirs.id)
    assert kept[0].epochs() == kept[1].epochs()
    states = [load_state(checkpoints) for checkpoints in kept]
    assert states[0] is not None
    assert states[1] is not None
    for name, weights in states[0].weights.items():
        np.testing.assert_allclose(weights, states[1].weights[name], rtol=1e-3, atol=1e-4)
    if theirs.network_result is None:
        assert ours.result is None
        return
    assert ours.network_result is not None
    assert ours.network_result.kept_epoch == theirs.network_result.kept_epoch
    assert ours.network_result.test.loss == pytest.approx(theirs.network_result.test.loss, rel=1e-3)
    assert abs(ours.network_result.test.correct - theirs.network_result.test.correct) <= 1


class At:
    """Does something once a run has come to the end of an epoch."""

    def __init__(self, run: int, epoch: int, act: Callable[[Run], None]) -> None:
        self._run, self._epoch, self._act, self._done = run, epoch, act, False

    def __call__(self, run: Run, event: ExecutionEvent) -> None:
        is_there = isinstance(event, TrainingState) and event.epoch >= self._epoch
        if is_there and run.id == self._run and not self._done:
            self._done = True
            self._act(run)


def test_a_stack_is_trained_recorded_and_measured_as_its_runs_would_be_alone(
    store: Store, settings: Settings
):
    seen: list[tuple[Run, ...]] = []
    ended: list[int] = []
    together = train_together(
        store,
        settings,
        sweep(),
        company={"on_start": seen.append, "on_end": lambda run: ended.append(run.id)},
    )
    assert [run.id for run in seen[0]] == ended == [run.id for run in together]
    assert all(run.status is RunStatus.RUNNING and run.total_steps > 0 for run in seen[0])
    for run, config in zip(together, sweep(), strict=True):
        (alone,) = train_together(store, settings, [config])
        assert_equal_runs(store, settings, run, alone)
        assert run.samples_per_second > 0
        assert not is_held(run_lock(settings, run.id))


def test_each_run_of_a_stack_goes_its_own_way(store: Store, settings: Settings):
    """One is stopped, one paused, one diverges, one runs out of patience; two are not bothered."""
    epochs = 40
    wild = {"optimizer__name": "sgd", "optimizer__reduction": "sum"}
    configs = [
        small(training__epochs=epochs, optimizer__learning_rate=0.0001 * (n + 1), **wild) for n in range(6)
    ]
    configs[2] = small(
        training__epochs=epochs, optimizer__learning_rate=10, network__activation="identity", **wild
    )
    configs[3] = small(
        training__epochs=epochs, optimizer__learning_rate=0.0004,
        training__patience=2, training__minimum_change=1.0, **wild,
    )  # fmt: skip

    def ask(run: Run) -> None:
        store.request(run.id, Request.STOP)
        store.request(run.id + 1, Request.PAUSE)

    runs = train_together(store, settings, configs, company={"on_event": At(1, 2, ask)})
    stopped, paused, diverged, impatient, *others = runs
    assert [run.status for run in runs] == [
        RunStatus.STOPPED, RunStatus.PAUSED, RunStatus.FAILED,
        RunStatus.FINISHED, RunStatus.FINISHED, RunStatus.FINISHED,
    ]  # fmt: skip
    assert 2 <= stopped.epoch < epochs
    assert stopped.reason == f"Stopped on request. Resume goes on from epoch {stopped.epoch}."
    assert stopped.network_result is not None
    assert stopped.network_result.epochs_run == stopped.epoch
    assert paused.reason == f"Paused on request. Resume goes on from epoch {paused.epoch}."
    assert paused.result is None
    assert "The loss became" in diverged.reason
    assert "Lower optimizer.learning_rate (it was 10)" in diverged.reason
    assert impatient.epoch == 3
    assert impatient.reason == "Ended early: validation loss had not improved for 2 epochs."
    for run in runs:
        recorded = [epoch.epoch for epoch in store.epochs(run.id)]
        assert recorded == list(range(1, run.epoch + 1))
    for run in (impatient, *others):
        (alone,) = train_together(store, settings, [run.network_config])
        assert_equal_runs(store, settings, run, alone)


@pytest.mark.parametrize(
    "changes",
    [
        {"training__keep": "best"},
        {"optimizer__name": "sgd", "optimizer__momentum": 0.9, "network__dropout": 0.2},
    ],
    ids=["adam, best kept", "momentum and dropout"],
)
def test_a_paused_and_resumed_stack_equals_an_uninterrupted_one(
    store: Store, settings: Settings, changes: dict[str, Any]
):
    configs = sweep(training__epochs=5, **changes)[:3]
    whole = train_together(store, settings, configs)
    leave: list[Interruption] = []

    def close(run: Run) -> None:
        leave.append(Interruption(RunStatus.PAUSED, "The dashboard was closed."))

    company = {
        "on_event": At(whole[-1].id + 1, 2, close),
        "interruption": lambda: leave[0] if leave else None,
    }
    paused = train_together(store, settings, configs, company=company)
    for run in paused:
        assert run.status is RunStatus.PAUSED
        assert run.reason == "The dashboard was closed. Resume goes on from epoch 2."
        store.resume(run.id)
    resumed = run_together(store, settings, [run.id for run in paused])
    for ours, theirs in zip(resumed, whole, strict=True):
        assert_equal_runs(store, settings, ours, theirs)


def test_runs_that_go_on_from_different_epochs_are_trained_one_part_after_the_other(
    store: Store, settings: Settings
):
    configs = sweep(training__epochs=4)[:2]
    leave: list[Interruption] = []
    pause = Interruption(RunStatus.PAUSED, "Enough.")
    company = {
        "on_event": At(1, 2, lambda _run: leave.append(pause)),
        "interruption": lambda: (leave or [None])[0],
    }
    (old,) = train_together(store, settings, configs[:1], company=company)
    assert (old.status, old.epoch) == (RunStatus.PAUSED, 2)
    store.resume(old.id)
    new = store.create_run(configs[1])
    runs = run_together(store, settings, [old.id, new.id])
    assert [(run.status, run.epoch) for run in runs] == [(RunStatus.FINISHED, 4)] * 2
    whole = train_together(store, settings, configs)
    for ours, theirs in zip(runs, whole, strict=True):
        assert_equal_runs(store, settings, ours, theirs)


def test_ctrl_c_stops_the_whole_stack_measured_on_what_it_learned(store: Store, settings: Settings):
    def press(run: Run) -> None:
        raise KeyboardInterrupt

    runs = train_together(store, settings, sweep(training__epochs=9), company={"on_event": At(1, 2, press)})
    for run in runs:
        assert (run.status, run.epoch) == (RunStatus.STOPPED, 2)
        assert run.reason == "Stopped by Ctrl-C. Resume goes on from epoch 2."
        assert run.network_result is not None
        assert run.network_result.epochs_run == 2


def test_data_is_loaded_once_for_all_who_share_it_and_fails_those_alone_who_do_not(
    store: Store, settings: Settings
):
    asked: list[int] = []

    def load(config: Data, settings: Settings, report: Report) -> Splits:
        asked.append(config.split_seed)
        if config.split_seed == 2:
            raise DatasetError("The files are damaged.")
        return load_inputs(config, settings, report)

    configs = [small(data__split_seed=seed) for seed in (0, 1, 0, 2)]
    runs = train_together(store, settings, configs, load=load)
    assert asked == [0, 1, 2]
    assert [run.status for run in runs] == [*[RunStatus.FINISHED] * 3, RunStatus.FAILED]
    assert runs[3].reason == "The files are damaged."
    results = [run.network_result for run in runs[:3]]
    assert all(result is not None and result.test.images == 360 for result in results)
    (alone,) = train_together(store, settings, configs[1:2])
    assert_equal_runs(store, settings, runs[1], alone)


@pytest.mark.parametrize("epochs_before", [0, 2])
def test_a_stack_that_does_not_fit_is_halved_and_no_run_is_lost(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch, epochs_before: int
):
    sizes: list[int] = []

    def with_little_memory(members: Any, *rest: Any) -> Any:
        sizes.append(len(members))
        for index, event in train_stack(members, *rest):
            if len(members) > 2:
                if epochs_before == 0:
                    raise MemoryError
                # In the middle of the epoch after, with a part of its curve on record.
                if (
                    isinstance(event, StepMetrics)
                    and event.epoch > epochs_before
                    and index == len(members) - 1
                ):
                    raise MemoryError
            yield index, event

    monkeypatch.setattr(stack_events, "train_stack", with_little_memory)
    configs = sweep(training__epochs=4)[:5]
    runs = train_together(store, settings, configs)
    assert sizes == [5, 3, 2, 1, 2]
    for run, config in zip(runs, configs, strict=True):
        (alone,) = train_together(store, settings, [config])
        assert_equal_runs(store, settings, run, alone)


def test_one_network_that_does_not_fit_fails_with_advice(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    def without_memory(*_: Any) -> Any:
        raise MemoryError
        yield

    monkeypatch.setattr(stack_events, "train_stack", without_memory)
    for run in train_together(store, settings, sweep()[:3]):
        assert run.status is RunStatus.FAILED
        assert "Lower training.batch_size" in run.reason


def test_a_run_taken_away_or_without_a_folder_leaves_the_others_alone(store: Store, settings: Settings):
    run_ids = [store.create_run(config).id for config in sweep(training__epochs=30)[:3]]
    settings.runs.mkdir(parents=True)
    (settings.runs / "2").write_text("a file where the folder should be")

    def take_away(run: Run) -> None:
        for claim in store.claims():
            if claim.run_id == run.id:
                store.end_lost(claim, "worker lost: it was silent.")

    taken, unwritable, fine = run_together(
        store, settings, run_ids, company={"on_event": At(1, 1, take_away)}
    )
    assert (taken.status, taken.reason) == (RunStatus.FAILED, "worker lost: it was silent.")
    assert unwritable.status is RunStatus.FAILED
    assert str(settings.runs / "2") in unwritable.reason
    assert (fine.status, fine.epoch) == (RunStatus.FINISHED, 30)


def test_convolutional_networks_and_batch_norm_stack_too(store: Store, settings: Settings):
    shapes: list[dict[str, Any]] = [
        {"network__kind": "cnn", "network__blocks": [{"filters": 2}], "data__train_size": 200},
        {"network__batch_norm": True},
    ]
    for shape in shapes:
        configs = [small(training__epochs=2, training__seed=seed, **shape) for seed in range(2)]
        for run, config in zip(train_together(store, settings, configs), configs, strict=True):
            (alone,) = train_together(store, settings, [config])
            assert_equal_runs(store, settings, run, alone)


def test_events_come_with_the_run_that_they_happened_to(store: Store, settings: Settings):
    seen: dict[int, list[int]] = {}

    def see(run: Run, event: ExecutionEvent) -> None:
        if isinstance(event, EpochMetrics):
            seen.setdefault(run.id, []).append(event.epoch)

    runs = train_together(store, settings, sweep()[:3], company={"on_event": see})
    assert seen == {run.id: [1, 2, 3] for run in runs}


@pytest.mark.parametrize(("group", "expected"), [(None, 2), ("sweep", 1)])
def test_a_run_by_itself_takes_its_threads_whatever_runs_beside_it(
    group: str | None, expected: int, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stack_execution, "usable_threads", lambda: 2)
    large = small(network__hidden=[512, 512], training__batch_size="full", training__epochs=1)
    run = store.create_run(large, group=group)
    (ended,) = run_together(store, settings, [run.id], company={"threads": lambda: 1})
    assert ended.network_result is not None
    assert ended.network_result.threads == expected
