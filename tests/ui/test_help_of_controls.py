"""Each control says in a line what changes when it is turned."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import all_fields, block_fields
from explorer.config.run import RunConfig
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui.run_views import VIEWS

from .conftest import Opener, key_of
from .recorded import record_baseline, record_run

UI = sorted((Path(__file__).resolve().parents[2] / "explorer" / "ui").glob("*.py"))
INPUTS = (
    "checkbox",
    "file_uploader",
    "multiselect",
    "number_input",
    "pills",
    "radio",
    "segmented_control",
    "select_slider",
    "selectbox",
    "slider",
    "text_area",
    "text_input",
    "toggle",
)
# A control whose label is not shown has no place for a help: it chooses what is looked at, and its options
# are named after that, or it stands under the sentence that explains it.
COLLAPSED = 2


def calls(path: Path) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in INPUTS
        and ast.unparse(node.func.value) == "st"
    ]


def test_every_control_in_the_code_has_a_help_or_no_label():
    assert sum(len(calls(path)) for path in UI) > 60
    without = []
    for path in UI:
        for call in calls(path):
            words = {word.arg: word.value for word in call.keywords}
            hidden = words.get("label_visibility")
            is_collapsed = isinstance(hidden, ast.Constant) and hidden.value == "collapsed"
            if (
                not is_collapsed and "help" not in words and None not in words
            ):  # None: **facts of the caller's
                without.append(f"{path.name}:{call.lineno} {ast.unparse(call.args[0])}")
    assert not without


def speechless(tab: AppTest) -> list[str]:
    """The labels of the controls on a page that have no help."""
    assert not tab.exception
    elements = [element for kind in INPUTS for element in getattr(tab, kind)]
    assert elements
    return [
        element.proto.label
        for element in elements
        if element.proto.label_visibility.value != COLLAPSED and not element.proto.help
    ]


@pytest.fixture
def runs(store: Store, home: Settings) -> tuple[int, int]:
    """Two networks and a baseline to look at."""
    numbers = [record_run(store, home, RunStatus.FINISHED, optimizer__learning_rate=r).id for r in (0.1, 0.2)]
    record_baseline(store, RunStatus.FINISHED)
    return numbers[0], numbers[1]


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("train", {"optimizer.name": "sgd", "schedule.name": "step", "data.features": "hog"}),
        ("train", {"network.kind": "cnn", "network.blocks": '[{"filters":4}]', "training.patience": "3"}),
        ("sweep", {"over": "optimizer.learning_rate=log:0.01:1:3", "over2": "network.activation=relu,tanh"}),
        ("compare", {"runs": "1,2"}),
        ("robustness", {"runs": "1,2"}),
        ("classical", {"view": "image"}),
        ("classical", {"view": "parameters"}),
        ("backprop", {}),
        ("draw", {}),
        ("data", {}),
        ("runs", {}),
        ("workers", {}),
    ],
)
def test_every_control_on_a_page_says_what_it_changes(
    runs: tuple[int, int], open_page: Opener, page: str, query: dict[str, str]
):
    assert speechless(open_page(page, **query)) == []


def test_every_control_of_a_run_says_what_it_changes(runs: tuple[int, int], open_page: Opener):
    tab = open_page("run", run=str(runs[0]))
    for view in VIEWS:
        tab.segmented_control(key=key_of(tab, "run_panel.view")).set_value(view).run()
        assert speechless(tab) == [], view


@pytest.mark.parametrize("tree", [RunConfig, BaselineConfig])
def test_every_setting_has_a_line_of_help(tree: type[RunConfig] | type[BaselineConfig]):
    assert not [entry.path for entry in all_fields(tree) if len(entry.help) < 12]
    assert not [name for name, entry in block_fields().items() if len(entry.help) < 12]
