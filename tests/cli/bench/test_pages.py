import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from explorer.cli.bench import command
from explorer.cli.bench.filled import OPEN_HIDDEN, fill, record_epoch
from explorer.cli.bench.measurement import Measurement
from explorer.cli.bench.pages import Load, full_dashboard, measure_live, measure_pages, measure_tabs
from explorer.config.run import RunConfig
from explorer.models.architecture import parameter_shapes
from explorer.records import RunStatus
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store, open_store
from explorer.ui.visitor import VIEW, Session, VisitError

SMALL = Load(runs=75, epochs=3, tabs=2, swept=3, seconds=2.5, dataset="digits", train_size=1_000)


@pytest.fixture
def store(settings) -> Store:
    return open_store(settings)


def test_a_store_is_filled_as_a_busy_term_leaves_it(settings, store):
    filled = fill(store, settings, 75, 4, "digits")
    runs = store.runs()
    assert len(runs) == 75
    running = {run.id for run in runs if run.status is RunStatus.RUNNING}
    assert running == set(filled.sweep)
    assert len(running) == 64
    assert all(run.status is RunStatus.FINISHED for run in runs if run.id not in running)
    assert not all(isinstance(run.config, RunConfig) for run in runs)
    opened = store.run(filled.open_run)
    assert opened.network_config.network.hidden == tuple(OPEN_HIDDEN)
    epochs = store.epochs(opened.id)
    assert [len(epoch.layers) for epoch in epochs] == [6, 6, 6, 6]
    assert all(later.train_accuracy > earlier.train_accuracy for earlier, later in pairwise(epochs))
    assert len(store.predictions(opened.id, 4)) > 100
    weights = Checkpoints(settings, opened.id).load(4)
    assert {name: array.shape for name, array in weights.items()} == parameter_shapes(
        opened.network_config.network
    )
    assert np.isfinite(weights["output.weight"]).all()
    assert opened.network_result is not None
    assert 0.9 < opened.network_result.test.accuracy < 1


def test_a_sweep_that_is_filled_goes_on(settings, store):
    filled = fill(store, settings, 75, 2, "digits")
    sweep = [store.run(run_id) for run_id in filled.sweep]
    record_epoch(store, sweep, 3)
    assert {store.run(run.id).epoch for run in sweep} == {3}


def test_every_page_and_every_view_of_a_run_is_redrawn(settings):
    *pages, drawn, memory = measure_pages(settings, 1, SMALL)
    names = [measurement.name for measurement in pages]
    for name in ("train", "runs", "backprop", "classical", "workers", "help", "run · Mistakes", "run · Map"):
        assert f"page {name}" in names
    assert sum(name.startswith("page robustness") for name in names) == 2
    assert len(set(names)) == len(names)
    for measurement in pages:
        assert len(measurement.values) == 5
        assert min(measurement.values) > 0
        assert measurement.sides["p95"][0] <= max(measurement.values)
        assert measurement.target is not None
        assert (measurement.target.value, measurement.unit) == (300, "ms")
    assert len(drawn.values) == 5  # strokes, each answered by every run that is shown
    assert min(drawn.values) > 0
    assert drawn.target is not None
    assert drawn.target.value == 150
    assert memory.values[0] > 20


def test_a_live_sweep_is_updated_at_its_own_pace(settings):
    (live,) = measure_live(settings, 1, SMALL)
    assert 1 <= len(live.values) <= 4
    assert min(live.values) > 0


def test_tabs_watch_a_sweep_that_trains(settings):
    lasting = replace(SMALL, epochs=1_000, swept=64)
    live, cost = measure_tabs(settings, 1, lasting)
    assert len(live.values) >= SMALL.tabs
    (alone,), (watched,) = cost.sides["alone"], cost.sides["watched"]
    assert alone > 0
    assert cost.values == pytest.approx((100 * (1 - watched / alone),))


def test_pages_are_measured_only_when_they_are_asked_for(explorer, monkeypatch, tmp_path):
    made = Measurement("page help", "redraw", "ms", None, (12.0, 14.0, 13.0))
    monkeypatch.setattr(command, "measure_pages", lambda *_: [made])
    target = tmp_path / "pages.json"
    ended = explorer("bench", "--pages", "--only", "page", "--json", str(target))
    assert ended.code == 0
    assert "13.0 ms" in ended.out
    (written,) = json.loads(target.read_text())["measurements"]
    assert written["median"] == 13
    assert explorer("bench", "--only", "page").code == 2
    assert "--only must be one of page, live, tabs" in explorer("bench", "--pages", "--only", "lenet").err


def test_a_visitor_draws_the_page_and_the_view_it_asks_for_again_and_again(settings):
    with full_dashboard(settings, SMALL) as (_, filled, address, _):
        with Session(address, "help") as tab:
            tab.draw()
            tab.draw()  # of the same page: another one is an error
            assert tab.choices == {}
        with Session(address, "run", {"run": str(filled.open_run)}) as tab:
            tab.draw()
            assert "Settings" in tab.choices[VIEW]
            assert f"embedding.method:{filled.open_run}" not in tab.choices
            tab.choose(VIEW, "Map")
            tab.draw()
            tab.draw()
            assert f"embedding.method:{filled.open_run}" in tab.choices
        with Session(address, "nowhere") as tab, pytest.raises(VisitError, match="/nowhere"):
            tab.draw()
