import json
from pathlib import Path

import pytest

from explorer.config.fields import Field, FieldKind, all_fields, config_to_query
from explorer.config.run import RunConfig
from explorer.data.catalog import DATASETS
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import form, screen

from .conftest import Opener, add_run, address_of, key_of, texts
from .fields import values_with

OTHER = {
    FieldKind.FLAG: True,
    FieldKind.INTEGERS: [30, 20],
    FieldKind.LABELS: [3, 8],
    FieldKind.BLOCKS: [{"filters": 4, "kernel": 3, "padding": "same", "pooling": 2}],
    FieldKind.TEXT: "cpu",
}
NUMBERS = {
    "data.train_size": 1000,
    "data.validation_size": 100,
    "data.test_size": 50,
    "training.batch_size": 128,
    "training.time_limit_seconds": 60.0,
    "optimizer.learning_rate": 0.0137,
    "network.initialisation_sigma": 0.2,
    "schedule.gamma": 0.5,
}


def another_value(entry: Field) -> object:
    if entry.kind is FieldKind.CHOICE:
        return next(choice for choice in form.choices_of(entry.path) if choice != entry.default)
    return (
        OTHER.get(entry.kind) or NUMBERS.get(entry.path) or (3 if entry.kind is FieldKind.INTEGER else 0.25)
    )


@pytest.mark.parametrize(
    "entry",
    [entry for entry in all_fields() if len(form.choices_of(entry.path)) != 1],
    ids=lambda entry: entry.path,
)
def test_a_link_sets_every_control_and_the_controls_make_the_same_link(
    entry: Field, store: Store, open_page: Opener
):
    values = values_with(entry, another_value(entry))
    config = form.read(values).config
    assert config is not None
    link = config_to_query(config)
    assert link
    tab = open_page(**link)
    assert texts(tab.error) + texts(tab.exception) == ""
    assert address_of(tab) == link
    tab.run()
    assert address_of(tab) == link


def test_a_fresh_installation_shows_a_run_before_any_click(home: Settings, open_page: Opener):
    tab = open_page()
    assert not tab.exception
    assert "First run" in texts(tab.subheader)
    assert "Pause" in [button.label for button in tab.button]
    open_page()
    from explorer.storage.store import open_store  # noqa: PLC0415 - only here is the store not a fixture

    store = open_store(home)
    assert [run.name for run in store.runs()] == ["First run"]
    store.close()


def test_without_runs_the_page_says_what_to_do(store: Store, open_page: Opener):
    assert "press Train" in texts(open_page().info)


def test_at_first_sight_there_are_three_knobs_and_the_rest_is_folded(store: Store, open_page: Opener):
    tab = open_page()
    folded = {
        element.key
        for fold in tab.expander
        for kind in (fold.selectbox, fold.number_input)
        for element in kind
    }
    every = {element.key for kind in (tab.selectbox, tab.number_input, tab.select_slider) for element in kind}
    assert {key for key in every - folded if key} == {
        "knob:network",
        "control:optimizer.name",
        "slider:optimizer.learning_rate",
        "control:optimizer.learning_rate",  # the same knob, typed
    }
    assert [fold.label.split(" :")[0] for fold in tab.expander] == [*form.TOPICS, "Save figures"]


def test_train_queues_what_the_controls_say_and_shows_it(store: Store, open_page: Opener):
    tab = open_page()
    tab.selectbox(key=key_of(tab, "knob:network")).set_value("512-128").run()
    tab.selectbox(key=key_of(tab, "control:optimizer.name")).set_value("sgd").run()
    tab.select_slider(key=key_of(tab, "slider:optimizer.learning_rate")).set_value(0.1).run()
    tab.selectbox(key=key_of(tab, "control:network.activation")).set_value("sigmoid").run()
    next(button for button in tab.button if button.label == "Train").click().run()
    (run,) = store.runs()
    assert run.status is RunStatus.QUEUED
    assert run.config.network.hidden == (512, 128)
    assert (run.config.optimizer.name, run.config.optimizer.learning_rate) == ("sgd", 0.1)
    assert run.config.network.activation == "sigmoid"
    assert address_of(tab)["run"] == str(run.id)
    assert address_of(tab)["network.hidden"] == "[512,128]"


def test_some_labels_can_be_chosen_and_one_alone_is_refused_beside_its_control(
    store: Store, open_page: Opener
):
    tab = open_page()
    tab.multiselect(key=key_of(tab, "control:data.labels")).set_value([8]).run()
    assert "This must be a list of two or more different labels" in texts(tab.markdown)
    tab.multiselect(key=key_of(tab, "control:data.labels")).set_value([8, 3]).run()
    next(button for button in tab.button if button.label == "Train").click().run()
    (run,) = store.runs()
    assert run.config.data.labels == (3, 8)
    assert address_of(tab)["data.labels"] == "[3,8]"


def test_a_run_in_the_address_is_shown_beside_the_settings_of_the_address(store: Store, open_page: Opener):
    add_run(store, RunStatus.FAILED, name="the older", reason="worker lost")
    add_run(store, RunStatus.FAILED, name="the newer", reason="worker lost")
    tab = open_page(run="1", **{"training.epochs": "7"})
    assert "the older" in texts(tab.subheader)
    assert tab.number_input(key=key_of(tab, "control:training.epochs")).value == 7
    assert address_of(tab)["run"] == "1"


def test_a_run_that_is_gone_is_said_to_be_gone(store: Store, open_page: Opener):
    tab = open_page(run="99")
    assert "There is no run 99" in texts(tab.info).replace("\\", "")
    assert not tab.exception


def test_an_address_whose_run_is_no_number_is_told(store: Store, open_page: Opener):
    add_run(store, RunStatus.FAILED, name="the newest")
    tab = open_page(run="seven")
    assert "run=seven in the address is not the number of a run" in texts(tab.warning)
    assert "the newest" in texts(tab.subheader)


def test_what_another_tab_starts_does_not_push_the_shown_run_aside(store: Store, open_page: Opener):
    add_run(store, RunStatus.FAILED, name="mine")
    tab = open_page()
    add_run(store, RunStatus.QUEUED, name="theirs")
    tab.run()
    assert "mine" in texts(tab.subheader)


def test_a_wrong_link_is_answered_by_one_message_with_every_problem(store: Store, open_page: Opener):
    tab = open_page(**{"colour": "red", "optimizer.learning_rate": "30", "training.epochs": "3"})
    (message,) = tab.warning
    assert "colour is no setting" in message.value
    assert "Learning rate must be in" in message.value
    assert tab.number_input(key=key_of(tab, "control:training.epochs")).value == 3
    assert address_of(tab)["training.epochs"] == "3"
    next(button for button in tab.button if button.label == "Understood").click().run()
    assert not tab.warning


def test_a_wrong_value_stays_is_told_beside_its_field_and_holds_train_back(store: Store, open_page: Opener):
    tab = open_page()
    tab.number_input(key=key_of(tab, "control:training.epochs")).set_value(5000).run()
    tab.number_input(key=key_of(tab, "control:optimizer.learning_rate")).set_value(30.0).run()
    assert tab.number_input(key=key_of(tab, "control:training.epochs")).value == 5000
    train = next(button for button in tab.button if button.label == "Train")
    assert train.disabled
    beside = [element.value for element in tab.markdown if element.value.startswith(":red[")]
    assert len(beside) == 2
    assert "Epochs must be" in texts(tab.warning)
    assert "to mend" in next(fold.label for fold in tab.expander if fold.label.startswith("Training"))
    tab.number_input(key=key_of(tab, "control:training.epochs")).set_value(5).run()
    tab.number_input(key=key_of(tab, "control:optimizer.learning_rate")).set_value(0.3).run()
    assert not next(button for button in tab.button if button.label == "Train").disabled


def test_fields_that_do_not_apply_are_named_with_the_reason_and_come_back(store: Store, open_page: Opener):
    tab = open_page(**{"optimizer.name": "sgd", "optimizer.momentum": "0.9"})
    assert tab.number_input(key=key_of(tab, "control:optimizer.momentum")).value == 0.9
    tab.selectbox(key=key_of(tab, "control:optimizer.name")).set_value("adam").run()
    assert "control:optimizer.momentum" not in [element.key for element in tab.number_input]
    assert "Only SGD and RMSprop take a momentum" in texts(tab.caption)
    assert "optimizer.momentum" not in address_of(tab)
    tab.selectbox(key=key_of(tab, "control:optimizer.name")).set_value("sgd").run()
    assert tab.number_input(key=key_of(tab, "control:optimizer.momentum")).value == 0.9


def test_a_changed_field_is_marked_and_counted_by_its_topic(store: Store, open_page: Opener):
    tab = open_page(**{"training.epochs": "7", "training.seed": "1"})
    assert "2 changed" in next(fold.label for fold in tab.expander if fold.label.startswith("Training"))
    assert "changed" in tab.number_input(key=key_of(tab, "control:training.epochs")).label
    assert "changed" not in tab.selectbox(key=key_of(tab, "control:training.keep")).label


def test_back_to_defaults_puts_everything_back(store: Store, open_page: Opener):
    tab = open_page(**{"training.epochs": "7", "network.preset": "lenet", "optimizer.learning_rate": "0.02"})
    assert tab.selectbox(key=key_of(tab, "knob:network")).value == "LeNet"
    next(button for button in tab.button if button.label == "Back to defaults").click().run()
    assert address_of(tab) == {}
    assert tab.number_input(key=key_of(tab, "control:training.epochs")).value == 10
    assert tab.selectbox(key=key_of(tab, "knob:network")).value == "64"
    assert tab.select_slider(key=key_of(tab, "slider:optimizer.learning_rate")).value == 0.001


def test_the_knobs_are_as_they_were_left_after_a_look_at_another_page(store: Store, open_page: Opener):
    tab = open_page(**{"training.epochs": "7"})
    tab.switch_page("pages/runs.py").run()
    tab.query_params.clear()
    tab.switch_page("pages/train.py").run()
    assert tab.number_input(key=key_of(tab, "control:training.epochs")).value == 7
    assert address_of(tab)["training.epochs"] == "7"


def test_an_address_that_the_browser_sent_too_early_puts_no_control_back(store: Store, open_page: Opener):
    tab = open_page(**{"training.epochs": "7"})
    known = address_of(tab)
    rate = "control:optimizer.learning_rate"
    tab.number_input(key=key_of(tab, rate)).set_value(0.002).run()
    tab.query_params.clear()  # the next change is sent before the browser knows of the last
    for name, value in known.items():
        tab.query_params[name] = value
    tab.number_input(key=key_of(tab, rate)).set_value(0.005).run()
    assert tab.number_input(key=key_of(tab, rate)).value == 0.005
    assert address_of(tab) == known | {"optimizer.learning_rate": "0.005"}

    tab.query_params.clear()  # and back in the browser's history is still heard
    for name, value in known.items():
        tab.query_params[name] = value
    tab.run()
    assert tab.number_input(key=key_of(tab, rate)).value == 0.001
    assert address_of(tab) == known


def test_a_rate_between_the_steps_can_be_typed(store: Store, open_page: Opener):
    tab = open_page()
    tab.number_input(key=key_of(tab, "control:optimizer.learning_rate")).set_value(0.00123).run()
    assert tab.select_slider(key=key_of(tab, "slider:optimizer.learning_rate")).value == 0.00123
    assert address_of(tab)["optimizer.learning_rate"] == "0.00123"


def test_own_layers_are_typed_and_a_slip_is_told(store: Store, open_page: Opener):
    tab = open_page()
    tab.selectbox(key=key_of(tab, "knob:network")).set_value("Own layers").run()
    tab.text_input(key=key_of(tab, "control:network.hidden")).set_value("300, x").run()
    assert tab.text_input(key=key_of(tab, "control:network.hidden")).value == "300, x"
    assert next(button for button in tab.button if button.label == "Train").disabled
    tab.text_input(key=key_of(tab, "control:network.hidden")).set_value("300, 20").run()
    assert address_of(tab)["network.hidden"] == "[300,20]"
    assert tab.selectbox(key=key_of(tab, "knob:network")).value == "Own layers"


def test_own_convolutions_are_added_and_changed_one_by_one(store: Store, open_page: Opener):
    tab = open_page()
    tab.selectbox(key=key_of(tab, "knob:network")).set_value("Own convolutions").run()
    next(button for button in tab.button if button.label == "Add convolution").click().run()
    tab.number_input(key=key_of(tab, "control:network.blocks[2].filters")).set_value(7).run()
    blocks = json.loads(address_of(tab)["network.blocks"])
    assert [block["filters"] for block in blocks] == [16, 32, 7]


def test_the_cost_stands_there_before_training(store: Store, open_page: Opener):
    tab = open_page(**{"network.preset": "keras_cnn"})
    line = next(caption.value for caption in tab.caption if "parameters" in caption.value)
    assert "421,642 parameters" in line
    assert "1,293 training images" in line


def test_the_time_is_called_measured_only_where_it_was(store: Store, open_page: Opener):
    from explorer.jobs.cost import record_measured  # noqa: PLC0415

    record_measured(store, RunConfig(), "cpu", seconds_per_epoch=2.0, images=1293)
    line = next(caption.value for caption in open_page().caption if "parameters" in caption.value)
    assert "2.0 s an epoch" in line
    assert "about" not in line


def test_a_dataset_that_is_not_here_can_be_fetched_and_holds_train_back(store: Store, open_page: Opener):
    tab = open_page(**{"data.dataset": "kmnist"})
    title = DATASETS["kmnist"].title
    assert f"{title} is not on this machine" in [info.proto.title for info in tab.info]
    assert f"Fetch {title}" in [button.label for button in tab.button]
    assert next(button for button in tab.button if button.label == "Train").disabled


def test_a_fetch_that_failed_says_why(store: Store, home: Settings, open_page: Opener):
    status = {"state": "failed", "problem": "No network. Put train-images-idx3-ubyte into KMNIST/raw."}
    path = home.home / "fetches" / "kmnist.json"
    path.parent.mkdir()
    path.write_text(json.dumps(status))
    tab = open_page(**{"data.dataset": "kmnist"})
    assert "Put train-images-idx3-ubyte into KMNIST/raw" in texts(tab.error)
    assert any(button.label.endswith("again") for button in tab.button)


def test_a_paused_run_can_be_resumed_and_a_running_one_paused(store: Store, open_page: Opener):
    run = add_run(store, RunStatus.PAUSED, reason="Paused by you.")
    tab = open_page(run=str(run.id))
    assert {"Resume", "Stop"} <= {button.label for button in tab.button}
    next(button for button in tab.button if button.label == "Resume").click().run()
    assert store.run(run.id).status is RunStatus.QUEUED
    next(button for button in tab.button if button.label == "Pause").click().run()
    assert store.run(run.id).status is RunStatus.PAUSED


def test_runs_paused_by_closing_the_dashboard_can_all_go_on(store: Store, open_page: Opener):
    for _ in range(2):
        add_run(store, RunStatus.PAUSED, reason="The dashboard was closed.")
    tab = open_page()
    assert "paused when the dashboard was closed" in texts(tab.info)
    tab.button(key="resume:paused").click().run()
    assert {run.status for run in store.runs()} == {RunStatus.QUEUED}


def test_a_damaged_store_is_one_message_without_a_trace(home: Settings, open_page: Opener):
    Path(home.home / "explorer.db").write_bytes(b"this is no database" * 100)
    tab = open_page()
    assert len(tab.error) == 1
    assert not tab.exception
    assert "The run store can't be used" in [error.proto.title for error in tab.error]
    assert "Traceback" in (home.logs / "dashboard.log").read_text()


@pytest.mark.parametrize(
    ("agent", "is_last"), [("Mozilla/5.0 (Android 16) Mobile", True), ("Mozilla/5.0", False)]
)
def test_on_a_phone_the_run_comes_before_the_folded_topics(
    agent: str, is_last: bool, store: Store, open_page: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(screen, "user_agent", lambda: agent)
    add_run(store, RunStatus.PAUSED, name="the run")
    tab = open_page()
    order = [element.type for element in tab.main if element.type in ("subheader", "expander")]
    assert order.index("subheader") < order.index("expander") if is_last else order[0] == "expander"


@pytest.mark.parametrize(
    ("agent", "beside"),
    [("Mozilla/5.0 (Android 16) Mobile", []), ("Mozilla/5.0", ["number_input", "button"])],
)
def test_on_a_phone_the_rates_slider_has_the_whole_width(
    agent: str, beside: list[str], store: Store, open_page: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(screen, "user_agent", lambda: agent)
    tab = open_page()
    rows = [list(node.children.values()) for node in tab.main if hasattr(node, "children")]
    (row,) = [row for row in rows if "select_slider" in [element.type for element in row]]
    assert [element.type for element in row if element.type != "select_slider"] == beside
    tab.select_slider(key=key_of(tab, "slider:optimizer.learning_rate")).set_value(0.1).run()
    assert tab.number_input(key=key_of(tab, "control:optimizer.learning_rate")).value == 0.1


@pytest.mark.parametrize(
    ("agent", "is_announced"), [("Mozilla/5.0 (Android 16) Mobile", True), ("Mozilla/5.0", False)]
)
def test_a_run_that_appears_beside_the_form_is_not_announced_over_its_own_buttons(
    agent: str, is_announced: bool, store: Store, open_page: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(screen, "user_agent", lambda: agent)
    tab = open_page()
    next(button for button in tab.button if button.label == "Train").click().run()
    (run,) = store.runs()
    assert texts(tab.toast) == (f"{run.name} is in the queue." if is_announced else "")
