"""What the Labs page shows beside the numbers: evidence of an experiment, and figures of the whole lab."""

from dataclasses import replace

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.testing.v1 import AppTest

from explorer.config.baseline import BaselineConfig
from explorer.labs import running
from explorer.labs.experiment import Experiment, Lab
from explorer.labs.pictures import Beside, Curves, Grid, Response, Units
from explorer.labs.reported import ReportedConfusion, ReportedScores
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import labs_look, labs_page, labs_table
from tests.labs.conftest import SMALL

from .conftest import Opener, address_of, alts, key_of, taken, texts
from .recorded import baseline_result, record_epochs, result

EPOCHS = 2
ALL = ("stopping", "confusion", "weights", "units", "gallery", "squared_error", "curves")
PICTURES = (
    Curves("Over the epochs", "table 1", "See.", {"ReLU": "relu", "tanh": "tanh"}, ("train_loss",)),
    Units("Units", "figure 5", "See.", {"ReLU": "relu"}),
    Beside("Beside", "table 1", "See.", ("relu", "tanh", "relu-first")),
    Response("Response", "table 2", "See.", "σ", {"noise": {0.1: "relu", 1.0: "tanh"}}, without="relu"),
    Grid("Grid", "table 3", "See.", "rate", ("1", "2"), ("a",), (("relu", "tanh"),)),
)


def _shown(experiment: Experiment) -> Experiment:
    if experiment.id == "relu":
        return replace(experiment, shows=ALL)
    return replace(experiment, shows=("row_shares",)) if experiment.id == "tanh" else experiment


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The small lab as the first one, with a picture of each kind, and MNIST as if it were there."""
    lab = replace(
        SMALL, id="first", pictures=PICTURES, experiments=tuple(_shown(each) for each in SMALL.experiments)
    )
    monkeypatch.setitem(running.LABS, "first", lab)
    monkeypatch.setattr(labs_page, "dataset_note", lambda _: True)
    monkeypatch.setattr(labs_look, "FRESH_SECONDS", 0.0)
    return lab


@pytest.fixture
def trained(store: Store, home: Settings, small: Lab) -> Lab:
    """All its runs have ended, as a worker leaves them."""
    for run in running.start(store, home, small):
        store.claim(run.id, device="cpu", host="here")
        if isinstance(run.config, BaselineConfig):
            store.end(run.id, RunStatus.FINISHED, result=baseline_result())
            continue
        record_epochs(store, home, run, range(1, EPOCHS + 1))
        store.end(run.id, RunStatus.FINISHED, result=result(EPOCHS))
    return small


def choose(tab: AppTest, show: str) -> AppTest:
    """Look at another piece of evidence."""
    control = next(each for each in tab.segmented_control if each.key.startswith("labs.show:"))
    control.set_value(show).run()
    assert not tab.exception
    assert texts(tab.error) == ""
    return tab


def test_a_chosen_experiment_is_in_the_address_and_links_to_its_runs(
    store: Store, open_page: Opener, trained: Lab
):
    tab = open_page("labs", lab="first", quick="0")
    assert "Choose a row of the table" in texts(tab.caption)
    tab.selectbox(key=key_of(tab, "labs.chosen:first")).set_value("relu").run()
    assert not tab.exception
    assert address_of(tab) == {"lab": "first", "quick": "0", "experiment": "relu"}
    assert "table 1 · reported **90.00" in texts(tab.markdown)
    links = [link.proto.label for link in tab.get("page_link")]
    assert {"Run 1 · seed 0 · 99.40 %", "Run 2 · seed 1 · 99.40 %"} <= set(links)
    again = open_page("labs", lab="first", quick="0", experiment="relu")
    assert again.selectbox(key=key_of(again, "labs.chosen:first")).value == "relu"


def test_each_piece_of_evidence_is_drawn_by_the_view_of_a_run(store: Store, open_page: Opener, trained: Lab):
    tab = open_page("labs", lab="first", quick="0", experiment="relu")
    (stops,) = [each.value for each in tab.dataframe if "Best epoch" in each.value]
    assert stops["Epochs"].tolist() == ["2 of 2", "2 of 2"]
    choose(tab, "confusion")
    assert any(alt.startswith("Confusion matrix") for alt in alts(tab))
    assert "precision" in tab.dataframe[-1].value
    assert tab.segmented_control(key="mistakes.numbers:1").value == "Counts"
    choose(tab, "weights")
    assert any(alt.startswith("First-layer weights of 64 units") for alt in alts(tab))
    choose(tab, "units")
    assert {"Dead units per layer and epoch", "Inactive pairs per layer and epoch"} <= set(alts(tab))
    choose(tab, "curves")
    assert tab.get("bidi_component")


def test_row_shares_are_in_percent_from_the_first(store: Store, open_page: Opener, trained: Lab):
    tab = open_page("labs", lab="first", quick="0", experiment="tanh")
    assert tab.segmented_control(key="mistakes.numbers:3").value == "Row %"


def test_the_squared_error_is_asked_for_every_epoch_whose_weights_are_kept(
    store: Store, open_page: Opener, trained: Lab
):
    tab = open_page("labs", lab="first", quick="0", experiment="relu")
    while (asked := store.analyses.take()) is not None:
        store.analyses.fail(asked, "of another view")
    choose(tab, "squared_error")
    question = taken(store)
    assert (question.kind, question.request) == (
        "squared_errors",
        {"run_id": 1, "epochs": [1, 2], "part": "validation"},
    )


def test_another_repeat_can_be_looked_at(store: Store, open_page: Opener, trained: Lab):
    tab = choose(open_page("labs", lab="first", quick="0", experiment="relu"), "confusion")
    seeds = next(each for each in tab.segmented_control if each.key.startswith("labs.seed:"))
    seeds.set_value(1).run()
    assert not tab.exception
    assert tab.segmented_control(key="mistakes.numbers:2").value == "Counts"


def test_a_classical_method_shows_its_answers_alone(store: Store, open_page: Opener, trained: Lab):
    tab = open_page("labs", lab="first", quick="0", experiment="knn")
    assert not tab.exception
    shows = next(each for each in tab.segmented_control if each.key.startswith("labs.show:"))
    assert shows.options == ["Confusion matrix"]
    assert any(alt.startswith("Confusion matrix") for alt in alts(tab))


def test_what_the_report_prints_is_set_beside_the_mean_of_the_runs(
    store: Store, open_page: Opener, trained: Lab, monkeypatch: pytest.MonkeyPatch
):
    matrix = ((25.5, 74.5, *[0.0] * 8), *[(0.0,) * 10] * 9)
    lab = replace(
        trained,
        confusions=(ReportedConfusion("Confusion", "Table 1", "relu", matrix, "row percent"),),
        tables=(ReportedScores("Recall", "Table 3", "recall", {"ReLU": ("relu", (0.95,) * 10)}, 0.02),),
    )
    monkeypatch.setitem(running.LABS, "first", lab)
    tab = choose(open_page("labs", lab="first", quick="0", experiment="relu"), "printed")
    assert {"Confusion: reported", "Confusion: measured, mean of the runs"} <= set(alts(tab))
    assert "0 read as 0: 25.50 %" in next(each.proto.spec for each in tab.get("plotly_chart"))
    scores = tab.dataframe[-1].value
    assert scores["Recall, measured"].tolist() == pytest.approx([1.0] * 4 + [0.94] + [1.0] * 5)
    assert "Recall: 1 of 10 classes within 0.02" in texts(tab.caption).replace("\\", "")


def test_one_experiment_can_be_run_alone(store: Store, open_page: Opener, small: Lab):
    tab = open_page("labs", lab="first", quick="0", experiment="knn")
    assert "None of its runs was started yet." in texts(tab.info)
    next(button for button in tab.button if button.label == "Run this one alone").click().run()
    assert not tab.exception
    assert [isinstance(run.config, BaselineConfig) for run in store.runs()] == [True]
    assert "Its runs wait for a worker." in texts(tab.info)


def test_the_one_that_is_run_alone_is_the_one_chosen_right_before_the_click(
    store: Store, open_page: Opener, small: Lab
):
    tab = open_page("labs", lab="first", quick="0", experiment="relu")
    tab.selectbox(key=key_of(tab, "labs.chosen:first")).set_value("knn")
    next(button for button in tab.button if button.label == "Run this one alone").click().run()
    assert [isinstance(run.config, BaselineConfig) for run in store.runs()] == [True]


def test_figures_of_the_whole_lab_are_drawn_of_what_was_measured(
    store: Store, open_page: Opener, trained: Lab
):
    tab = open_page("labs", lab="first", quick="0", view="figures")
    assert not tab.exception
    assert texts(tab.error) == ""
    drawn = [alt.partition(".")[0] for alt in alts(tab)]
    assert drawn == [
        "Units: dead units over the epochs", "Units: inactive pairs over the epochs",
        "Beside", "Grid", "Response",
    ]  # fmt: skip
    assert len(tab.get("bidi_component")) == 1  # the curves
    assert address_of(tab)["view"] == "figures"


def test_a_phone_gets_lines_that_break_in_place_of_columns_that_are_cut(
    store: Store, open_page: Opener, trained: Lab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(labs_table, "is_phone", lambda: True)
    tab = open_page("labs", lab="first", quick="0")
    assert not tab.exception
    (table,) = tab.table
    assert list(table.value.columns) == ["Experiment", "Reported", "Measured"]
    assert len(table.value) == len(trained.experiments)


def test_quick_says_in_which_it_differs(store: Store, open_page: Opener, small: Lab):
    assert "epochs 1; one run an experiment" in texts(open_page("labs", lab="first", quick="1").caption)
    assert "Quick version" not in texts(open_page("labs", lab="first", quick="0").caption)


def test_no_part_that_redraws_itself_moves_when_the_lab_begins_or_an_experiment_is_chosen(
    store: Store, open_page: Opener, small: Lab, monkeypatch: pytest.MonkeyPatch
):
    # Streamlit knows such a part by its place; what is clicked in one that moved meanwhile is ignored.
    register, places = MemoryFragmentStorage.register, set[str]()

    def noted(self: MemoryFragmentStorage, key: str, *others: object, **more: object) -> None:
        places.add(key)
        register(self, key, *others, **more)

    monkeypatch.setattr(MemoryFragmentStorage, "register", noted)
    tab = open_page("labs", lab="first", quick="0")
    places.clear()
    tab.run()
    before = set(places)
    assert len(before) >= 3  # where the lab stands, the table, the evidence
    places.clear()
    next(button for button in tab.button if button.label == "Run").click().run()
    assert places == before
    places.clear()
    tab.selectbox(key=key_of(tab, "labs.chosen:first")).set_value("relu").run()
    assert "Its runs wait for a worker." in texts(tab.info)
    assert places == before
