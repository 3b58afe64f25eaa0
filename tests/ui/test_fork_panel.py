"""Branching off on the page of a run, and changing the rate of one that trains."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.models.architecture import parameter_shapes
from explorer.records import Change, Parent, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.stacks import Entry, Start
from explorer.storage.store import Store
from explorer.ui.fork_line import ancestors_of
from explorer.ui.runs_table import table

from .conftest import Opener, texts
from .recorded import STEPS_AN_EPOCH, record_epochs, record_run, result


def open_panel(open_page: Opener, run: Run, epoch: int) -> AppTest:
    tab = open_page("run", run=str(run.id))
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(epoch).run()
    return tab.button(key=f"fork.button:{run.id}").click().run()


def initial_arrays(run: Run) -> dict[str, np.ndarray]:
    """Weights as the network of the run has them."""
    shapes = parameter_shapes(run.network_config.network)
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}


def test_a_branch_is_made_from_the_epoch_that_is_looked_at(
    store: Store, home: Settings, open_page: Opener
) -> None:
    parent = record_run(store, home, RunStatus.FINISHED, epochs=3)
    start = initial_arrays(parent)
    Checkpoints(home, parent.id).save_epoch(2, start)
    tab = open_panel(open_page, parent, 2)
    assert f"Branch off from run {parent.id} after epoch 2" in texts(tab.markdown)
    assert "No setting is changed." in texts(tab.markdown)
    tab.number_input(key=f"fork:{parent.id}:2:optimizer.learning_rate").set_value(0.05).run()
    tab.number_input(key=f"fork:{parent.id}:2:training.epochs").set_value(4).run()
    assert "Learning rate 0.001 → 0.05" in texts(tab.markdown)
    assert "Adam begins anew" in texts(tab.caption)
    tab.button(key=f"fork.start:{parent.id}").click().run()
    assert not tab.exception
    (fork, _) = store.runs()
    assert fork.parent == Parent(parent.id, 2)
    assert fork.network_config.optimizer.learning_rate == 0.05
    assert fork.network_config.training.epochs == 6
    assert Checkpoints(home, fork.id).epochs() == (2,)
    assert Checkpoints(home, fork.id).load(2).keys() == start.keys()
    assert tab.query_params["run"] in (str(fork.id), [str(fork.id)])


def test_a_branch_has_what_was_typed_right_before_the_click(
    store: Store, home: Settings, open_page: Opener
) -> None:
    parent = record_run(store, home, RunStatus.FINISHED, epochs=3)
    Checkpoints(home, parent.id).save_epoch(2, initial_arrays(parent))
    tab = open_panel(open_page, parent, 2)
    tab.number_input(key=f"fork:{parent.id}:2:training.epochs").set_value(1)
    tab.button(key=f"fork.start:{parent.id}").click().run()
    assert store.runs()[0].network_config.training.epochs == 3

    tab = open_panel(open_page, parent, 2)
    tab.number_input(key=f"fork:{parent.id}:2:optimizer.learning_rate").set_value(30.0)
    tab.button(key=f"fork.start:{parent.id}").click().run()
    assert "the settings were not complete" in texts(tab.warning)
    assert len(store.runs()) == 2


def test_a_setting_that_is_wrong_is_said_beside_it_and_nothing_can_be_started(
    store: Store, home: Settings, open_page: Opener
) -> None:
    parent = record_run(store, home, RunStatus.PAUSED, epochs=2)
    tab = open_panel(open_page, parent, 2)
    tab.number_input(key=f"fork:{parent.id}:2:optimizer.learning_rate").set_value(30.0).run()
    assert "must be in (0, 10" in texts(tab.markdown)
    assert tab.button(key=f"fork.start:{parent.id}").disabled
    tab.button(key=f"fork.close:{parent.id}").click().run()
    assert "Further epochs" not in [box.label for box in tab.number_input]
    assert store.runs() == (parent,)


def test_weights_that_are_gone_meanwhile_are_told_in_words(
    store: Store, home: Settings, open_page: Opener
) -> None:
    parent = record_run(store, home, RunStatus.FINISHED, epochs=3)
    tab = open_panel(open_page, parent, 2)
    for path in Checkpoints(home, parent.id).folder.glob("*-0002.safetensors"):
        path.unlink()
    tab.button(key=f"fork.start:{parent.id}").click().run()
    assert "keeps no weights of epoch 2" in texts(tab.warning)
    assert len(store.runs()) == 1


def test_weights_that_training_let_go_of_before_the_click_are_replaced_by_the_nearest(
    store: Store, home: Settings, open_page: Opener
) -> None:
    parent = record_run(store, home, RunStatus.RUNNING, epochs=3)
    Checkpoints(home, parent.id).save_epoch(2, initial_arrays(parent))
    tab = open_page("run", run=str(parent.id))
    assert tab.button(key=f"fork.button:{parent.id}").label == "Branch off from epoch 3"
    (Checkpoints(home, parent.id).folder / "epoch-0003.safetensors").unlink()
    tab.button(key=f"fork.button:{parent.id}").click().run()
    assert f"Branch off from run {parent.id} after epoch 2" in texts(tab.markdown)
    assert "The weights of epoch 3 were let go" in texts(tab.caption)
    tab.button(key=f"fork.start:{parent.id}").click().run()
    assert store.runs()[0].parent == Parent(parent.id, 2)


def branch_of(store: Store, home: Settings, parent: Run, epoch: int = 2) -> Run:
    """A branch that trained for an epoch."""
    fork = store.create_run(parent.config, parent=Parent(parent.id, epoch))
    assert store.claim(fork.id, device="cpu", host="here")
    store.begin_together({fork.id: Start(epoch, epoch * STEPS_AN_EPOCH, 4 * STEPS_AN_EPOCH)})
    Checkpoints(home, fork.id).save_epoch(epoch, Checkpoints(home, parent.id).load(epoch))
    record_epochs(store, home, fork, range(epoch + 1, epoch + 2))
    return store.run(fork.id)


def test_a_branch_says_where_it_is_from_and_shows_only_its_own_epochs(
    store: Store, home: Settings, open_page: Opener
) -> None:
    parent = record_run(store, home, RunStatus.FINISHED, epochs=3, optimizer__learning_rate=0.01)
    fork = branch_of(store, home, parent)
    tab = open_page("run", run=str(fork.id))
    assert not tab.exception
    link = next(each for each in tab.get("page_link") if "Branched off" in each.proto.label)
    assert link.proto.label == f"Branched off from run {parent.id} after epoch 2"
    assert "with the same settings" in texts(tab.caption)
    assert tab.button(key=f"fork.button:{fork.id}").label == "Branch off from epoch 3"
    (before,) = ancestors_of(fork)
    assert (before.name, before.until, before.steps_per_epoch) == (f"run {parent.id}", 2, STEPS_AN_EPOCH)
    assert [epoch.epoch for epoch in before.epochs] == [1, 2]


def test_a_finished_branch_counts_its_own_epochs(store: Store, home: Settings, open_page: Opener) -> None:
    fork = branch_of(store, home, record_run(store, home, RunStatus.FINISHED, epochs=3))
    store.end(fork.id, RunStatus.FINISHED, result=result(3))
    tab = open_page("run", run=str(fork.id))
    assert "1 epoch after 2 of its parent, in 1.5 s" in texts(tab.caption)


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_branch_whose_parent_is_not_here_says_so(
    store: Store, home: Settings, open_page: Opener, is_deleted: bool
) -> None:
    parent = record_run(store, home, RunStatus.FINISHED, epochs=3)
    fork = branch_of(store, home, parent)
    if is_deleted:
        store.delete(parent.id)
    else:
        fork = store.create_run(fork.config, parent=Parent(None, 2))
    tab = open_page("run", run=str(fork.id))
    assert not tab.exception
    where = f"run {parent.id} that was deleted" if is_deleted else "run of another installation"
    assert f"Branched off after epoch 2 from {where}" in texts(tab.caption)
    assert [before.epochs for before in ancestors_of(fork)] == [()]


def test_a_queued_branch_has_a_page(store: Store, home: Settings, open_page: Opener) -> None:
    parent = record_run(store, home, RunStatus.FINISHED, epochs=3)
    fork = store.create_run(parent.config, parent=Parent(parent.id, 2))
    tab = open_page("run", run=str(fork.id))
    assert not tab.exception


def test_the_table_of_runs_says_where_branches_are_from(store: Store, home: Settings) -> None:
    parent = record_run(store, home, RunStatus.FINISHED, epochs=3)
    assert "parent" not in table(store.runs()).columns
    branch_of(store, home, parent)
    assert table(store.runs())["parent"].tolist()[:1] == [f"{parent.id} at 2"]


def test_the_rate_of_a_running_run_is_asked_for_and_its_change_is_said(
    store: Store, home: Settings, open_page: Opener
) -> None:
    run = record_run(store, home, RunStatus.RUNNING, epochs=2)
    tab = open_page("run", run=str(run.id))
    assert "It trains with 0.001." in texts(tab.caption)
    tab.number_input(key=f"rate:{run.id}").set_value(0.25).run()
    tab.button(key=f"rate.change:{run.id}").click().run()
    assert store.run(run.id).wanted_rate == 0.25
    assert "0.25 is asked for" in texts(tab.caption)
    change = Change("optimizer.learning_rate", 3, 2 * STEPS_AN_EPOCH + 1, 0.001, 0.25)
    store.record_together([Entry(run.id, changes=[change])])
    tab.run()
    assert "0.001 → 0.25 since step 41 (epoch 3)." in texts(tab.caption)


def test_a_rate_that_is_none_is_refused_in_words(store: Store, home: Settings, open_page: Opener) -> None:
    run = record_run(store, home, RunStatus.RUNNING, epochs=2)
    tab = open_page("run", run=str(run.id))
    tab.number_input(key=f"rate:{run.id}").set_value(99.0).run()
    tab.button(key=f"rate.change:{run.id}").click().run()
    assert "must be in (0, 10" in texts(tab.warning)
    assert store.run(run.id).wanted_rate is None


def test_only_a_run_that_trains_has_a_rate_to_change(store: Store, home: Settings, open_page: Opener) -> None:
    run = record_run(store, home, RunStatus.PAUSED, epochs=2)
    tab = open_page("run", run=str(run.id))
    assert "Learning rate now" not in [box.label for box in tab.number_input]
