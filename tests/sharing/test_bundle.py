import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import CheckpointError, ExportError, RunNotFoundError
from explorer.jobs.resumption import load_state, save_state
from explorer.records import BaselineResult, Change, Parent, Run, RunStatus
from explorer.settings import Settings, read_settings
from explorer.sharing.bundle import bundle_bytes, bundled_runs, write_bundle
from explorer.sharing.bundle_import import import_bundle
from explorer.sharing.source import Source
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.fitted import Fitted, load_fitted, save_fitted
from explorer.storage.store import Store, open_store
from explorer.training.state import TrainingState
from tests.sharing.trained import train
from tests.ui.recorded import record_baseline, record_run


@pytest.fixture
def second(tmp_path: Path) -> Iterator[tuple[Store, Settings]]:
    """Another installation."""
    settings = read_settings({"EXPLORER_HOME": str(tmp_path / "second")})
    store = open_store(settings)
    yield store, settings
    store.close()


def bundled(store: Store, settings: Settings, *runs: Run) -> io.BytesIO:
    file = io.BytesIO()
    write_bundle(store, settings, [run.id for run in runs], file)
    return file


def as_shown(run: Run) -> Run:
    """A run without what is another number in another installation."""
    return replace(run, id=0, group=None, parent=None)


def test_a_trained_run_is_the_same_in_a_second_home(settings: Settings, second: tuple[Store, Settings]):
    source, (store, other) = train(settings, network__hidden=[9], network__batch_norm=True), second
    store.create_run(source.config)  # so that numbers differ
    (run,) = import_bundle(store, other, bundled(source.store, settings, source.run))
    assert run.id == 2 != source.run.id
    assert as_shown(run) == as_shown(source.run)
    assert store.epochs(run.id) == source.epochs
    assert store.steps(run.id) == source.store.steps(source.run.id)
    for epoch in (1, 2):
        assert store.predictions(run.id, epoch) == source.store.predictions(source.run.id, epoch) != b""
        here, there = Checkpoints(other, run.id).load(epoch), Checkpoints(settings, source.run.id).load(epoch)
        assert here.keys() == there.keys()
        assert all(np.array_equal(here[name], there[name]) for name in here)
    assert Source(store, other, run).kept_epoch == 2
    assert [path.name for path in (other.home / "runs").iterdir()] == ["2"]
    assert not (other.home / "imports").exists()


def test_groups_forks_and_changes_come_along(settings: Settings, second: tuple[Store, Settings]):
    first, (store, other) = open_store(settings), second
    parent = train(settings, network__hidden=[9]).run
    changes = [Change("optimizer.learning_rate", 3, 12, 0.001, 0.0001)]
    children = [
        first.create_run(parent.config, group="two", parent=Parent(number, 2, 0, 10), changes=changes)
        for number in (parent.id, 77)
    ]
    for child in children:
        first.end(child.id, RunStatus.STOPPED, "enough")
    store.create_runs([parent.config], group="two")
    file = bundled(first, settings, parent, *children)
    came = import_bundle(store, other, file)
    assert [run.id for run in came] == [2, 3, 4]
    assert came[1].parent == Parent(2, 2, 0, 10)
    assert came[2].parent == Parent(None, 2, 0, 10)  # of another installation
    assert came[1].changes == tuple(changes)
    assert [run.group for run in came] == [None, "two (2)", "two (2)"]
    assert [run.group for run in import_bundle(store, other, file)][1:] == ["two (3)", "two (3)"]


def test_a_paused_run_takes_along_what_it_goes_on_from(settings: Settings, second: tuple[Store, Settings]):
    source, (store, other) = train(settings, network__hidden=[9]), second
    run = source.store.create_run(source.config)
    weights = source.weights
    moments = {"mean": np.ones((1, 7_170), np.float32)}
    facts = dict.fromkeys(("best_value", "best_epoch", "stale_epochs", "images_seen", "seconds"), 1.0)
    state = TrainingState(1, 5, weights, moments, facts, None, is_best=True)
    save_state(Checkpoints(settings, run.id), state)
    source.store.end(run.id, RunStatus.PAUSED, "Paused.")
    (came,) = import_bundle(store, other, bundled(source.store, settings, run))
    there = load_state(Checkpoints(other, came.id))
    assert there is not None
    assert (there.epoch, there.step, there.progress) == (1, 5, facts)
    assert np.array_equal(there.optimizer["mean"], moments["mean"])
    assert store.resume(came.id).status is RunStatus.QUEUED


def test_a_baseline_comes_along_with_what_was_fitted(settings: Settings, second: tuple[Store, Settings]):
    first, (store, other) = open_store(settings), second
    run = record_baseline(first, RunStatus.FINISHED)
    assert isinstance(run.result, BaselineResult)
    save_fitted(settings, run.id, Fitted(run.result, b"\1\2\3", {"weights": np.ones((10, 4))}))
    (came,) = import_bundle(store, other, bundled(first, settings, run))
    assert as_shown(came) == as_shown(run)
    assert load_fitted(other, came.id).predictions == b"\1\2\3"


def test_active_runs_none_and_unknown_ones_are_refused(settings: Settings):
    store = open_store(settings)
    run = record_run(store, settings, RunStatus.RUNNING)
    with pytest.raises(ExportError, match=f"still queued or running: {run.id}"):
        bundled_runs(store, [run.id])
    with pytest.raises(ExportError, match="holds 1 to"):
        bundled_runs(store, [])
    with pytest.raises(RunNotFoundError):
        bundled_runs(store, [99])


def test_a_damaged_file_is_named_before_it_is_bundled(settings: Settings):
    store = open_store(settings)
    run = record_run(store, settings, RunStatus.FINISHED)
    path = Checkpoints(settings, run.id).folder / "epoch-0002.safetensors"
    assert bundle_bytes(settings, [run]) > path.stat().st_size
    path.write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="epoch-0002"):
        bundled(store, settings, run)
