"""Several seeds in place of one, on the Train page and under a run."""

import pytest

from explorer.config.fields import values_by_path
from explorer.jobs.cost import Calibration, write_calibration
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import seeds

from .conftest import Opener, texts
from .recorded import record_run


def test_one_seed_makes_one_run_without_a_group(store: Store, open_page: Opener):
    tab = open_page()
    tab.button(key="train.button").click().run()
    (run,) = store.runs()
    assert run.group is None


def test_five_seeds_make_a_group_of_five_that_differ_in_nothing_else(store: Store, open_page: Opener):
    tab = open_page(**{"training.seed": "7"})
    tab.segmented_control(key=seeds.CONTROL).set_value(5).run()
    tab.button(key="train.button").click().run()
    runs = sorted(store.runs(), key=lambda run: run.id)
    assert [run.config.training.seed for run in runs] == [7, 8, 9, 10, 11]
    assert len({run.group for run in runs}) == 1
    first = values_by_path(runs[0].config)
    for run in runs:
        assert values_by_path(run.config) == first | {"training.seed": run.config.training.seed}
    assert tab.query_params["run"] in (str(runs[0].id), [str(runs[0].id)]), "the first is shown"
    assert texts(tab.exception) == ""


def test_where_five_seeds_cost_little_the_form_says_so(store: Store, open_page: Opener):
    write_calibration(store, "cpu", Calibration(step=1e-4, dense=1e-9, convolution=1e-9))
    tab = open_page(**{"network.hidden": "[10]"})
    offered = [caption.value for caption in tab.caption if "5 seeds would take" in caption.value]
    assert len(offered) == 1
    tab.segmented_control(key=seeds.CONTROL).set_value(10).run()
    assert any("10 seeds take" in caption.value for caption in tab.caption)


def test_where_seeds_do_not_train_together_nothing_is_promised(store: Store, open_page: Opener):
    write_calibration(store, "cpu", Calibration(step=1e-4, dense=1e-9, convolution=1e-9))
    tab = open_page(**{"network.preset": "lenet"})
    assert not any("seeds would take" in caption.value for caption in tab.caption)


def test_before_the_machine_is_measured_nothing_is_promised(store: Store, open_page: Opener):
    assert not any("seeds would take" in caption.value for caption in open_page().caption)


def test_a_run_tells_what_its_seeds_amount_to_together(store: Store, home: Settings, open_page: Opener):
    first = record_run(store, home, RunStatus.FINISHED)
    config = first.network_config
    runs = store.create_runs([config, config], group="repeats 3fa2b1")
    tab = open_page("run", run=str(runs[0].id))
    assert "Seed 0, one of 2" in texts(tab.markdown)
    assert texts(tab.exception) == ""


def test_a_run_of_its_own_says_nothing_of_seeds(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    assert "one of" not in texts(open_page("run", run=str(run.id)).markdown)


def test_one_click_repeats_a_run_with_other_seeds(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, training__seed=3)
    tab = open_page("run", run=str(run.id))
    tab.button(key=f"seeds.more:{run.id}").click().run()
    assert texts(tab.exception) == ""
    queued = store.runs(statuses=(RunStatus.QUEUED,))
    assert sorted(each.network_config.training.seed for each in queued) == [4, 5, 6, 7]
    assert {each.group for each in queued} == {f"repeats of run {run.id}"}
    assert "Seed 3, one of 5 · together **" in texts(tab.markdown)
    assert "Seed 4, one of 5" in texts(open_page("run", run=str(queued[-1].id)).markdown)
    tab.button(key=f"seeds.more:{run.id}").click().run()
    assert "Seed 3, one of 9" in texts(tab.markdown)
    assert max(each.network_config.training.seed for each in store.runs()) == 11


def test_a_run_that_still_trains_is_not_repeated(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    tab = open_page("run", run=str(run.id))
    assert not [button for button in tab.button if "more seeds" in button.label]


@pytest.mark.parametrize(
    ("times", "measured", "words"),
    [
        (1.23, True, "1.2\N{NO-BREAK SPACE}× the time of one"),
        (2.0, False, "about 2.0\N{NO-BREAK SPACE}× the time of one"),
        (1.02, True, "as long as one"),
        (0.4, False, "about as long as one"),  # the one was measured on a busy machine
        (5.8, True, "5.0\N{NO-BREAK SPACE}× the time of one"),  # and here the five were
    ],
)
def test_five_seeds_are_said_to_take_between_once_and_five_times_as_long_as_one(
    times: float, measured: bool, words: str
):
    assert seeds.beside_one(times, 5, measured=measured) == words
