"""The contract of the store, on every backend."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from explorer.errors import RunNotFoundError, RunStateError
from explorer.records import Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints, run_folder
from explorer.storage.schema import runs
from explorer.storage.store import Store, open_store
from tests.storage.samples import RESULT, WORKER, bin_of, claimed, config, epoch_of


def test_a_new_run_is_queued_and_knows_its_config(store: Store) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    run = store.create_run(config("cuda:1"), name=" wide ", group="sweep 1")
    assert run == store.run(run.id)
    assert (run.name, run.group, run.status) == ("wide", "sweep 1", RunStatus.QUEUED)
    assert run.config == config("cuda:1")
    assert (run.epoch, run.step, run.total_steps, run.result) == (0, 0, 0, None)
    assert run.created_at.tzinfo is UTC
    assert run.created_at > before


def test_a_run_without_a_name_is_named_by_its_config(store: Store) -> None:
    assert store.create_run(config()).name == "64 · relu · adam 0.001"


def test_runs_are_listed_newest_first_and_can_be_narrowed(store: Store) -> None:
    first, second, third = (store.create_run(config(), group=group) for group in ("a", None, "a"))
    store.claim(second.id, **WORKER)
    assert [run.id for run in store.runs()] == [third.id, second.id, first.id]
    assert [run.id for run in store.runs(limit=2)] == [third.id, second.id]
    assert [run.id for run in store.runs(group="a")] == [third.id, first.id]
    assert [run.id for run in store.runs(statuses=[RunStatus.RUNNING])] == [second.id]
    assert store.runs(statuses=[]) == ()


def test_an_unknown_run_is_refused_by_every_method_that_needs_one(store: Store) -> None:
    calls = (
        lambda: store.run(7),
        lambda: store.set_total_steps(7, 1),
        lambda: store.record(7, [bin_of(1, 1)]),
        lambda: store.end(7, RunStatus.FINISHED),
        lambda: store.request(7, Request.STOP),
        lambda: store.pending_request(7),
        lambda: store.resume(7),
        lambda: store.rename(7, "x"),
        lambda: store.delete(7),
    )
    for call in calls:
        with pytest.raises(RunNotFoundError, match="no run 7"):
            call()
    assert not store.claim(7, **WORKER)


def test_threads_may_share_a_store(store: Store) -> None:
    training = [claimed(store) for _ in range(4)]

    def record(run: Run) -> None:
        for number in range(1, 21):
            store.record(run.id, [bin_of(number, number)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, training))
    assert [len(store.steps(run.id)) for run in training] == [20] * 4


def test_what_is_recorded_comes_back_number_for_number(store: Store) -> None:
    run = claimed(store)
    bins = [bin_of(1, 5, loss=math.inf), bin_of(6, 10, loss=0.1 + 0.2)]
    store.record(run.id, bins, [epoch_of(1)], 1234.5)
    assert store.steps(run.id) == tuple(bins)
    (epoch,) = store.epochs(run.id)
    assert repr(epoch) == repr(replace(epoch_of(1), predictions=b""))  # repr, since NaN is unequal to itself
    assert store.predictions(run.id, 1) == b"\x00\x09"
    run = store.run(run.id)
    assert (run.epoch, run.step, run.samples_per_second) == (1, 10, 1234.5)


def test_a_loss_that_is_not_a_number_is_kept(store: Store) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 5, loss=math.nan)])
    (entry,) = store.steps(run.id)
    assert all(math.isnan(value) for value in (entry.loss, entry.loss_min, entry.loss_max))


def test_only_what_is_new_is_read(store: Store) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 5), bin_of(6, 10), bin_of(11, 12)], [epoch_of(1), epoch_of(2)])
    assert [entry.first_step for entry in store.steps(run.id, after_step=5)] == [6, 11]
    assert store.steps(run.id, after_step=12) == ()
    assert [entry.epoch for entry in store.epochs(run.id, after=1)] == [2]
    assert [entry.layers for entry in store.epochs(run.id, layers=False)] == [(), ()]


def test_recording_nothing_proves_life_and_changes_nothing_else(store: Store) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 5)], (), 99.0)
    before = store.run(run.id)
    with store._database.writing() as connection:
        connection.execute(sa.update(runs).values(heartbeat_at=datetime.now(UTC) - timedelta(hours=1)))
    (silent,) = store.claims()
    assert (silent.run_id, silent.device, silent.host, silent.attempt) == (run.id, "cpu", "here", 1)
    assert silent.silent_seconds == pytest.approx(3600, abs=60)
    store.record(run.id)
    (alive,) = store.claims()
    assert 0 <= alive.silent_seconds < 60
    assert store.run(run.id) == before


def test_a_refused_record_leaves_nothing_behind(store: Store) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 5)])
    with pytest.raises(Exception, match="could not do this"):  # the bin that ends at step 5 is there already
        store.record(run.id, [bin_of(6, 9), bin_of(2, 5)], [epoch_of(1)], 5.0)
    assert store.steps(run.id) == (bin_of(1, 5),)
    assert store.epochs(run.id) == ()
    assert store.run(run.id).step == 5


def test_what_came_after_a_checkpoint_can_be_recorded_again(store: Store) -> None:
    run = claimed(store)
    bins = [bin_of(1, 10), bin_of(11, 20, epoch=2), bin_of(21, 25, epoch=3)]
    store.record(run.id, bins, [epoch_of(1), epoch_of(2)])
    store.forget_after(run.id, 1)
    assert store.steps(run.id) == (bin_of(1, 10),)
    assert [entry.epoch for entry in store.epochs(run.id)] == [1]
    assert (store.run(run.id).epoch, store.run(run.id).step) == (1, 10)
    store.record(run.id, bins[1:], [epoch_of(2)])
    assert store.steps(run.id) == tuple(bins)


def test_before_the_first_checkpoint_all_is_forgotten(store: Store) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 7)])
    store.forget_after(run.id, 0)
    assert store.steps(run.id) == ()
    assert store.run(run.id).step == 0


def test_a_run_can_be_renamed_and_given_its_first_name_back(store: Store) -> None:
    run = store.create_run(config())
    store.rename(run.id, "  Ärmel's best ")
    assert store.run(run.id).name == "Ärmel's best"
    store.rename(run.id, " ")
    assert store.run(run.id).name == run.name


def test_deleting_a_run_deletes_its_curves_and_its_folder_and_nothing_else(
    store: Store, store_settings: Settings
) -> None:
    gone, kept = claimed(store), claimed(store)
    for run in (gone, kept):
        store.record(run.id, [bin_of(1, 5)], [epoch_of(1)])
        Checkpoints(store_settings, run.id).save_epoch(1, {"w": np.ones(3)})
        store.end(run.id, RunStatus.FINISHED)
    store.delete(gone.id)
    assert [run.id for run in store.runs()] == [kept.id]
    assert store.steps(gone.id) == store.epochs(gone.id) == ()
    assert store.predictions(gone.id, 1) == b""
    assert not run_folder(store_settings, gone.id).exists()
    assert len(store.steps(kept.id)) == len(store.epochs(kept.id)) == 1
    assert Checkpoints(store_settings, kept.id).epochs() == (1,)


def test_the_number_of_a_deleted_run_is_not_given_again(store: Store) -> None:
    first = store.create_run(config())
    store.delete(first.id)
    assert store.create_run(config()).id > first.id


def test_a_new_run_does_not_take_the_folder_of_a_lost_one(store: Store, store_settings: Settings) -> None:
    for number in (1, 2):
        Checkpoints(store_settings, number).save_epoch(1, {"w": np.ones(3)})
    assert store.create_run(config()).id == 3
    assert [run.id for run in store.runs()] == [3]


def test_deleting_a_running_run_asks_it_to_stop_first(store: Store) -> None:
    run = claimed(store)
    with pytest.raises(RunStateError, match=r"asked to stop\. Delete it once it has stopped"):
        store.delete(run.id)
    assert store.record(run.id) is Request.STOP
    store.end(run.id, RunStatus.STOPPED)
    store.delete(run.id)
    assert store.runs() == ()


def test_steps_to_come_are_noted(store: Store) -> None:
    run = claimed(store)
    store.set_total_steps(run.id, 3_000_000_000)  # beyond 32 bits
    assert store.run(run.id).total_steps == 3_000_000_000


def test_settings_are_kept_as_json(store: Store) -> None:
    assert store.setting("keep_running_after_close", False) is False
    for value in (True, None, {"a": [1, "ü"]}):
        store.set_setting("keep_running_after_close", value)
        assert store.setting("keep_running_after_close", False) == value


def test_the_newest_measured_speed_counts(store: Store) -> None:
    assert store.measured_speed("mlp") is None
    store.record_speed("mlp", 2.5, 1437)
    store.record_speed("mlp", 1.5, 60_000)
    speed = store.measured_speed("mlp")
    assert speed is not None
    assert (speed.seconds_per_epoch, speed.images) == (1.5, 60_000)
    assert speed.measured_at.tzinfo is UTC


def test_all_is_there_when_the_store_is_opened_again(store: Store, store_settings: Settings) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 5)])
    store.end(run.id, RunStatus.FINISHED, "", RESULT)
    again = open_store(store_settings)
    assert again.runs() == store.runs()
    assert again.steps(run.id) == store.steps(run.id)
    again.close()
