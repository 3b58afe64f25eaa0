"""The Layers view, with the test in the inspector's place."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import Arrays, pack
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.ui.results_layers_histograms import some_epochs

from .conftest import Opener, open_view, texts
from .recorded import record_run


def opened(store: Store, open_page: Opener, run: Run) -> AppTest:
    return open_view(store, open_page, run, "Layers")


def histogram(counts: list[list[int]]) -> Arrays:
    edges = np.array([0.0, 1.0, 2.0], np.float32)
    return {"epochs": np.arange(1, len(counts) + 1), "counts.0": np.array(counts), "edges.0": edges}


def chart(tab: AppTest, key: str) -> dict[str, object]:
    (found,) = [each for each in tab.get("plotly_chart") if each.key == key]
    return json.loads(found.proto.spec)


def test_gradient_and_update_ratio_are_told_in_words(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(store, open_page, run)
    assert "its norm there is 0.5 times that at the output" in texts(tab.markdown)
    assert "moves **hidden 1** by 0.1 % of its size, the least" in texts(tab.markdown)


def test_weights_have_a_histogram_of_each_epoch(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(store, open_page, run)
    (heat,) = chart(tab, f"layers.history:{run.id}:weight of hidden 1")["data"]
    assert heat["x"] == ["1", "2", "3"]
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(1).run()
    spec = chart(tab, f"layers.history:{run.id}:weight of hidden 1")
    assert spec["layout"]["shapes"][0]["x0"] == -0.5
    bars = chart(tab, f"layers.alone:{run.id}:weight of hidden 1")
    assert bars["layout"]["xaxis"]["title"]["text"] == "after epoch 1"


def test_a_damaged_checkpoint_is_named_and_the_other_epochs_are_drawn(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    (Checkpoints(home, run.id).folder / "epoch-0002.safetensors").write_bytes(b"not a checkpoint")
    tab = opened(store, open_page, run)
    assert "epoch-0002.safetensors is damaged" in texts(tab.warning)
    (heat,) = chart(tab, f"layers.history:{run.id}:weight of hidden 1")["data"]
    assert heat["x"] == ["1", "3"]
    assert tab.dataframe


def test_activations_over_epochs_grow_and_the_chosen_epoch_stands_beside_them(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(store, open_page, run)
    assert store.analyses.take() is None
    tab.segmented_control(key=f"layers.values:{run.id}").set_value("Activations").run()
    question = store.analyses.take()
    assert question is not None
    assert question.kind == "activation_history"
    assert question.request == {"run_id": run.id, "epochs": [1, 2, 3], "images": 200}
    store.analyses.report(question, 0.3, pack(histogram([[3, 1]])))
    tab.run()
    (heat,) = chart(tab, f"layers.history:{run.id}:activation of hidden 1")["data"]
    assert heat["x"] == ["1"]
    store.analyses.end(question, pack(histogram([[3, 1], [2, 2], [0, 4]])))
    tab.run()
    (bars,) = chart(tab, f"layers.alone:{run.id}:activation of hidden 1")["data"]
    assert bars["y"] == [0, 100]


def test_before_the_first_epoch_it_waits(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=0)
    tab = opened(store, open_page, run)
    assert "Gradients are measured when an epoch ends" in texts(tab.info)
    assert tab.dataframe


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.FAILED])
def test_running_and_failed_runs_show_what_there_is(
    status: RunStatus, store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, status, reason="worker lost" if status is RunStatus.FAILED else "")
    assert len(opened(store, open_page, run).get("plotly_chart")) == 4


@pytest.mark.parametrize("chosen", [1, 7, 60])
def test_of_many_epochs_the_first_the_last_and_the_chosen_one_are_among_those_taken(chosen: int):
    kept = tuple(range(1, 61))
    taken = some_epochs(kept, 30, chosen)
    assert len(taken) == len(set(taken)) == 30
    assert {1, chosen, 60} <= set(taken)
    assert taken == tuple(sorted(taken))
    assert some_epochs(kept, 100, chosen) == kept
