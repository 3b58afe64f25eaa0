"""The Labs page on a small lab in a report's place, whose runs are written by the test."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.labs import running
from explorer.labs.experiment import Lab
from explorer.labs.guess import guesses
from explorer.labs.measured import runs_of
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import labs_look, labs_page
from tests.cli.samples import run_result
from tests.labs.conftest import SMALL

from .conftest import Opener, address_of, key_of, texts


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The small lab as the first one, and MNIST as if it were there."""
    monkeypatch.setitem(running.LABS, "first", replace(SMALL, id="first"))
    monkeypatch.setattr(labs_page, "dataset_note", lambda _: True)
    monkeypatch.setattr(labs_look, "FRESH_SECONDS", 0.0)
    return running.LABS["first"]


def press(tab: AppTest, label: str) -> AppTest:
    return next(button for button in tab.button if button.label == label).click().run()


def end_all(store: Store, accuracy: float = 0.92) -> None:
    result = run_result()
    for run in store.runs(statuses=(RunStatus.QUEUED,)):
        store.claim(run.id, device="cpu", host="here")
        store.end(
            run.id, RunStatus.FINISHED, result=replace(result, test=replace(result.test, accuracy=accuracy))
        )


def test_at_first_there_is_a_guess_to_make_and_nothing_measured(store: Store, open_page: Opener, small: Lab):
    tab = open_page("labs")
    assert not tab.exception
    assert address_of(tab) == {"lab": "first", "quick": "1"}
    assert "Predict first" in texts(tab.markdown)
    assert len(tab.dataframe[0].value) == len(small.experiments)
    assert set(tab.dataframe[0].value["measured"]) == {""}
    assert next(button for button in tab.button if button.label == "Keep my guess").disabled


def test_run_queues_all_and_pause_holds_them(store: Store, open_page: Opener, small: Lab):
    tab = open_page("labs", lab="first", quick="0")
    press(tab, "Run")
    assert not tab.exception
    assert len(store.runs()) == len(small.configs()) == 5
    assert "Predict first" not in texts(tab.markdown)
    press(tab, "Pause")
    assert {run.status for run in store.runs()} == {RunStatus.PAUSED}
    press(tab, "Go on")
    assert {run.status for run in store.runs()} == {RunStatus.QUEUED}


def test_a_version_chosen_right_before_the_click_is_the_one_that_runs(
    store: Store, open_page: Opener, small: Lab
):
    tab = open_page("labs", lab="first", quick="0")
    tab.toggle(key=key_of(tab, "labs.quick")).set_value(True)
    press(tab, "Run")
    assert {run.config for run in store.runs()} == set(small.configs(quick=True))
    assert len(store.runs()) == len(small.configs(quick=True))


def test_what_was_measured_stands_beside_what_was_reported(store: Store, open_page: Opener, small: Lab):
    tab = open_page("labs", lab="first", quick="0")
    press(tab, "Run")
    end_all(store)
    tab.run()
    assert not tab.exception
    row = tab.dataframe[0].value.iloc[0]
    assert (row["reported"], row["measured"]) == ("90.00\xa0%", "92.00\xa0% ± 0.00\xa0% (2)")
    assert (row[""], row["difference"], row["verdict"]) == (
        "✓",
        "+2.00\xa0points",
        "reproduced, within 5 points",
    )
    stated = tab.dataframe[0].value.iloc[1]
    assert (stated["reported"], stated["verdict"]) == ("learns", "as reported")
    assert "All 5 runs have ended; they took " in texts(tab.caption)
    assert not [button for button in tab.button if button.label in ("Run", "Go on", "Pause")]


@pytest.mark.parametrize("view", labs_page.VIEWS)
def test_every_view_of_measured_figures_is_a_look_at_the_test(
    store: Store, open_page: Opener, small: Lab, view: str
):
    press(open_page("labs", lab="first", quick="0"), "Run")
    end_all(store)
    tab = open_page("labs", lab="first", quick="0", view=view)
    assert not tab.exception
    assert "You have looked 5 times at the test images" in texts(tab.caption)


def test_compare_opens_with_the_runs_that_the_question_is_about(store: Store, open_page: Opener, small: Lab):
    tab = open_page("labs", lab="first", quick="0")
    press(tab, "Run")
    end_all(store)
    press(tab.run(), "Compare the runs")
    asked = {
        run.id
        for name in small.question.experiments
        for config, run in runs_of(store, small, quick=False).items()
        if config in small.configs_of(small.find(name), quick=False)
    }
    assert set(map(int, address_of(tab)["runs"].split(","))) == asked
    assert len(asked) < len(store.runs())


@pytest.mark.parametrize("quick", [True, False])
def test_only_the_whole_version_says_how_much_came_out_as_reported(
    store: Store, open_page: Opener, small: Lab, quick: bool
):
    press(open_page("labs", lab="first", quick=str(int(quick))), "Run")
    end_all(store)
    tab = open_page("labs", lab="first", quick=str(int(quick)))
    assert ("reported figures came out as reported" in texts(tab.markdown)) is not quick


def test_what_many_experiments_have_in_common_is_said_once(store: Store, open_page: Opener):
    tab = open_page("labs", lab="fourth", view="open")
    assert texts(tab.caption).count("The quick version trains at a rate of 0.5.") == 1
    assert "and 28 more experiments" in texts(tab.caption)


def test_a_guess_is_kept_and_shown_against_what_came_out(store: Store, open_page: Opener, small: Lab):
    tab = open_page("labs", lab="first", quick="0")
    tab.selectbox(key="labs.winner:first").set_value("relu").run()
    tab.number_input(key="labs.points:first").set_value(3.0).run()
    press(tab, "Keep my guess")
    assert "Guessed: ReLU, by 3 points. Not measured yet." in texts(tab.info).replace("\\", "")
    assert "Predict first" not in texts(tab.markdown)
    press(tab, "Run")
    end_all(store)
    tab.run()
    assert "It is a tie with tanh" in texts(tab.info)


def test_a_guess_is_of_the_version_chosen_right_before_the_click(store: Store, open_page: Opener, small: Lab):
    tab = open_page("labs", lab="first", quick="1")
    tab.selectbox(key="labs.winner:first").set_value("relu").run()
    tab.number_input(key="labs.points:first").set_value(3.0)
    tab.toggle(key=key_of(tab, "labs.quick")).set_value(False)
    press(tab, "Keep my guess")
    assert [(made.winner, made.points) for made in guesses(store, small, quick=False)] == [("relu", 3.0)]
    assert not guesses(store, small, quick=True)


@pytest.mark.parametrize("lab", running.LABS)
def test_every_report_is_shown_and_says_what_is_missing(store: Store, open_page: Opener, lab: str):
    tab = open_page("labs", lab=lab, quick="1")
    assert not tab.exception
    assert next(button for button in tab.button if button.label == "Run").disabled  # MNIST is not there
    assert len(tab.dataframe[0].value) == len(running.LABS[lab].experiments)
    tab.segmented_control(key="labs.view").set_value("open").run()
    assert not tab.exception
    assert len(tab.expander) >= len(running.LABS[lab].gaps)
    tab.segmented_control(key=key_of(tab, "labs.view")).set_value("figures").run()
    assert "come with the first epochs" in texts(tab.info)
    assert not tab.get("plotly_chart")
    assert address_of(tab)["lab"] == lab


def test_an_unknown_lab_in_the_address_opens_the_first(store: Store, open_page: Opener):
    tab = open_page("labs", lab="sixth")
    assert not tab.exception
    assert address_of(tab)["lab"] == "first"


def test_a_store_that_goes_away_is_told_until_it_is_back(
    store: Store, open_page: Opener, small: Lab, home: Settings
):
    tab = open_page("labs", lab="first", quick="0")
    press(tab, "Run")
    end_all(store)
    tab.run()
    away = home.home / "away"
    away.mkdir()
    files = [*home.home.glob(f"{home.own_database.name}*")]
    for file in files:
        file.rename(away / file.name)
    tab.run()
    assert not tab.exception
    assert "the run store was moved away or replaced" in texts(tab.warning)
    for file in files:
        (away / file.name).rename(file)
    tab.run()
    assert not tab.exception
    assert not tab.warning
    assert "All 5 runs have ended; they took " in texts(tab.caption)


def test_a_run_deleted_in_another_tab_is_missing_again(
    store: Store, open_page: Opener, small: Lab, home: Settings
):
    tab = open_page("labs", lab="first", quick="0")
    press(tab, "Run")
    end_all(store)
    store.delete(store.runs()[0].id)
    tab.run()
    assert not tab.exception
    assert "4 of 5 runs have ended" in texts(tab.caption)
    press(tab, "Go on")
    assert len(store.runs(statuses=(RunStatus.QUEUED,))) == 1
