"""One slider over the epochs moves every view of a run's page."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import scrubber

from .conftest import Opener, key_of, texts
from .recorded import record_epochs, record_run


def show(tab: AppTest, view: str) -> AppTest:
    return tab.segmented_control(key=key_of(tab, "run_panel.view")).set_value(view).run()


def move_to(tab: AppTest, run: Run, epoch: int) -> AppTest:
    return tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(epoch).run()


def play(tab: AppTest, run: Run) -> AppTest:
    return tab.button(key=f"scrubber.play:{run.id}").click().run()


def epoch_shown(tab: AppTest, run: Run) -> int:
    return int(tab.select_slider(key=f"scrubber.slider:{run.id}").value)


def test_an_ended_run_shows_the_epoch_of_its_result_first(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    assert epoch_shown(tab, run) == 3
    assert "994 of 1,000" in texts(tab.markdown)


def test_one_slider_moves_matrix_weights_and_units_together(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = move_to(open_page("run", run=str(run.id)), run, 2)
    assert "Validation images after epoch 2" in texts(tab.markdown)
    assert "after epoch 2" in texts(show(tab, "Weights").caption)
    assert "After epoch 2:" in texts(show(tab, "Units").markdown)
    assert epoch_shown(show(tab, "Layers"), run) == 2
    assert not tab.exception


def test_playing_goes_through_the_epochs_and_stops_at_the_last(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = play(open_page("run", run=str(run.id)), run)
    seen = [epoch_shown(tab, run)]
    while tab.button(key=f"scrubber.play:{run.id}").label == "Pause" and len(seen) < 10:
        seen.append(epoch_shown(tab.run(), run))
    assert seen[:3] == [1, 2, 3]
    assert tab.button(key=f"scrubber.play:{run.id}").label == "Play"


def test_playing_can_be_paused_and_goes_on_from_there(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, epochs=9)
    tab = play(open_page("run", run=str(run.id)), run)
    paused = epoch_shown(play(tab, run), run)
    assert epoch_shown(tab.run(), run) == paused
    assert epoch_shown(play(tab, run), run) > paused


def test_at_its_right_end_the_slider_follows_the_training(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    tab = open_page("run", run=str(run.id))
    assert epoch_shown(tab, run) == 3
    record_epochs(store, home, run, range(4, 6))
    assert epoch_shown(tab.run(), run) == 5
    move_to(tab, run, 2)
    record_epochs(store, home, run, range(6, 7))
    assert epoch_shown(tab.run(), run) == 2
    move_to(tab, run, 6)
    record_epochs(store, home, run, range(7, 8))
    assert epoch_shown(tab.run(), run) == 7


def test_an_older_epoch_that_the_browser_sends_late_does_not_end_the_play(
    store: Store, home: Settings, open_page: Opener, monkeypatch: pytest.MonkeyPatch
):
    run = record_run(store, home, RunStatus.FINISHED, epochs=9)
    tab = play(open_page("run", run=str(run.id)), run)
    before = epoch_shown(tab, run)
    shown = epoch_shown(tab.run(), run)
    assert shown > before
    monkeypatch.setattr(scrubber, "ECHO_SECONDS", 1_000.0)
    assert epoch_shown(move_to(tab, run, before), run) > shown
    assert tab.button(key=f"scrubber.play:{run.id}").label == "Pause"


def test_a_hand_on_the_slider_ends_the_play(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, epochs=9)
    tab = play(open_page("run", run=str(run.id)), run).run()
    assert epoch_shown(move_to(tab, run, 8), run) == 8
    assert tab.button(key=f"scrubber.play:{run.id}").label == "Play"


def test_a_step_back_by_hand_is_a_step_back(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, epochs=5)
    tab = move_to(open_page("run", run=str(run.id)), run, 2)
    assert epoch_shown(move_to(tab, run, 3), run) == 3
    assert epoch_shown(move_to(tab, run, 2), run) == 2


def test_a_run_of_one_epoch_needs_no_slider(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, epochs=1)
    tab = open_page("run", run=str(run.id))
    assert not tab.select_slider
    assert not tab.exception
