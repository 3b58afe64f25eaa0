"""The Units view, with the test in the inspector's place."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.store import Store

from .conftest import Opener, open_view, texts
from .recorded import record_run


def opened(store: Store, open_page: Opener, run: Run) -> AppTest:
    return open_view(store, open_page, run, "Units")


def test_each_dead_unit_is_a_square_to_click(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(store, open_page, run)
    question = store.analyses.take()
    assert question is not None
    assert (question.kind, question.request) == ("dead_units", {"run_id": run.id, "epoch": 3})
    store.analyses.end(question, pack({"dead.0": np.arange(64) < 8}))
    tab.run()
    assert "8 of 64 units, filled here" in texts(tab.caption)
    (chart,) = [chart for chart in tab.get("plotly_chart") if chart.key == f"units.map:{run.id}"]
    (squares,) = json.loads(chart.proto.spec)["data"]
    assert squares["customdata"][7] == [0, 7]
    assert [text.endswith("dead") for text in squares["text"]] == [True] * 8 + [False] * 56


def test_where_no_unit_is_dead_it_says_so(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(store, open_page, run)
    question = store.analyses.take()
    assert question is not None
    store.analyses.end(question, pack({"dead.0": np.zeros(64, bool)}))
    tab.run()
    assert "No unit is dead." in texts(tab.caption)


def test_a_failed_question_says_why_and_the_curves_stay(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(store, open_page, run)
    question = store.analyses.take()
    assert question is not None
    store.analyses.fail(question, "Checkpoint epoch-0003 is damaged.")
    tab.run()
    assert "epoch-0003 is damaged" in texts(tab.warning)
    assert len(tab.get("plotly_chart")) == 2


def test_before_the_first_epoch_it_waits(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=0)
    assert "none has yet" in texts(opened(store, open_page, run).info)
    assert store.analyses.take() is None


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.FAILED])
def test_running_and_failed_runs_show_what_there_is(
    status: RunStatus, store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, status, reason="worker lost" if status is RunStatus.FAILED else "")
    tab = opened(store, open_page, run)
    assert "Which units are dead after epoch 3" in texts(tab.markdown)
    assert "hidden 1: 8 of 64 units dead" in texts(tab.markdown)
