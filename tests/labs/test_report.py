from collections.abc import Mapping
from dataclasses import replace

import pytest

from explorer.config.run import RunConfig
from explorer.errors import ConfigError, ExperimentNotFoundError
from explorer.labs.experiment import Gap, Lab
from explorer.labs.guess import keep_guess
from explorer.labs.judged import judged
from explorer.labs.pictures import Curves, Grid, Response, Units
from explorer.labs.report import file_name, make_lab_report
from explorer.labs.report_runs import main_lines
from explorer.labs.reported import ReportedConfusion, ReportedScores
from explorer.settings import Settings
from explorer.sharing.report import OwnWords
from explorer.storage.store import Store

from .conftest import SMALL
from .test_measured import record

TOLD: Mapping[str, str] = {"ReLU": "relu", "tanh": "tanh"}
LAB = replace(
    SMALL,
    gaps=(Gap("The batch size.", "64 images.", "It is what the curves need."),),
    pictures=(
        Curves("Both over the epochs", "figure 1", "One falls.", TOLD, ("validation_accuracy",)),
        Units("Which units are dead", "figure 2", "None.", TOLD),
        Response("By strength", "figure 3", "Less is more.", "λ", {"L2": {0.1: "relu", 1.0: "tanh"}}),
        Grid("All", "figure 4", "Two.", "activation", ("ReLU", "tanh"), ("8 units",), (("relu", "tanh"),)),
    ),
)


def measured(store: Store, name: str, *accuracies: float) -> None:
    configs = SMALL.configs_of(SMALL.find(name))
    for config, accuracy in zip(configs, accuracies, strict=False):
        assert isinstance(config, RunConfig)
        record(store, config, accuracy)


def report(store: Store, settings: Settings, lab: Lab = LAB, suffix: str = ".md", **asked: str) -> str:
    return make_lab_report(store, settings, lab, suffix, OwnWords(**asked)).decode()


def test_the_report_tells_figures_orders_gaps_guesses_and_time(store: Store, settings: Settings):
    keep_guess(store, SMALL, "tanh", 1.5, quick=False)
    measured(store, "relu", 0.91, 0.93)
    measured(store, "tanh", 0.95, 0.97)
    text = report(store, settings, author="Ada", words="I *saw* it.\n\nTwice.")
    assert "- **By:** Ada" in text
    assert r"I \*saw\* it." in text
    table = next(line for line in text.splitlines() if line.startswith("| ReLU | table 1"))
    assert [cell.strip() for cell in table.split("|")[3:-1]] == [
        "90.00 %", "92.00 % ± 1.41 % (2)", "+2.00 points", "± 5.00 points",
        "✓ reproduced, within 5 points", "1–2",
    ]  # fmt: skip
    assert "✓ tanh before ReLU. So it is here." in text
    assert "Guessed: tanh, by 1.5 points. It is so, by 4.00 points" in text
    assert "| The batch size. | 64 images. | It is what the curves need. |" in text
    assert "- **Took:** " in text
    assert "python -m explorer lab run small" in text
    assert "| 0.1 | 92.00 % |" in text
    assert "| 8 units | 92.00 % | 96.00 % |" in text
    assert text.count("data:image/png") >= 5  # a curve, two matrices, dead and inactive units


def test_a_lab_of_which_nothing_was_run_has_a_report_that_says_so(store: Store, settings: Settings):
    text = report(store, settings)
    assert "none can be judged yet" in text
    assert "not measured yet" in text
    assert "data:image" not in text


@pytest.mark.parametrize("lab", ["first", "second", "third", "fourth", "fifth"])
def test_each_lab_has_a_report_before_it_is_run(store: Store, settings: Settings, lab: str):
    from explorer.labs.running import LABS  # noqa: PLC0415 - one of five by name

    page = make_lab_report(store, settings, LABS[lab], ".html", quick=True).decode()
    assert LABS[lab].title in page
    assert all(experiment.title.split(",")[0] in page for experiment in LABS[lab].experiments[:3])


def test_own_words_stay_words_in_html(store: Store, settings: Settings):
    page = report(store, settings, suffix=".html", title="<script>alert(1)</script>")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_only_chosen_experiments_are_told(store: Store, settings: Settings):
    made = make_lab_report(store, settings, LAB, ".md", experiments=["tanh"]).decode()
    assert "| tanh | table 1" in made
    assert "| ReLU | table 1" not in made
    assert "lab run small --experiment tanh" in made


def test_a_wrong_format_or_name_is_refused(store: Store, settings: Settings):
    with pytest.raises(ConfigError, match=r"\.html or \.md, got '\.pdf'"):
        make_lab_report(store, settings, LAB, ".pdf")
    with pytest.raises(ExperimentNotFoundError):
        make_lab_report(store, settings, LAB, ".md", experiments=["nothing"])
    assert file_name(LAB, ".md", quick=True) == "lab-small-quick.md"


def test_main_runs_are_those_that_the_question_asks_about(store: Store):
    measured(store, "tanh", 0.9)
    assert [line.experiment.id for line in main_lines(LAB, judged(store, LAB))] == ["tanh"]


def test_printed_tables_stand_beside_the_mean_over_the_runs(store: Store, settings: Settings):
    tenth = tuple(0.9 for _ in range(10))
    printed = tuple(tuple(10.0 * (row == column) for column in range(10)) for row in range(10))
    lab = replace(
        SMALL,
        tables=(ReportedScores("Recall", "table 4", "recall", {"ReLU": ("relu", tenth)}, 0.05),),
        confusions=(ReportedConfusion("Matrix", "table 3", "relu", printed, "images"),),
    )
    assert "table 4" not in report(store, settings, lab)
    measured(store, "relu", 0.91, 0.93)
    text = report(store, settings, lab)
    # Of ten images of class 0 nine are read rightly, and there are no others.
    assert "**Recall (table 4): 1 of 10 within 0.05**" in text
    assert "| 0 | 0.900 | 0.900 | +0.000 |" in text
    assert "| 1 | 0.900 | 0.000 | −0.900 |" in text
    assert "![Reported][" in text
