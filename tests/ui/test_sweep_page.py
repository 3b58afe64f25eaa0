"""The Sweep page: its form, its states, its figures."""

from typing import Any

import pytest

from explorer.config.axes import Axis
from explorer.config.parsing import config_from_paths
from explorer.jobs.median_rule import is_switched_on, reason
from explorer.jobs.reconciliation import LOST
from explorer.records import Request, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import form, sweep_form, sweep_panel
from explorer.ui.sweep_form import AxisText, read, sentence
from explorer.ui.sweep_history import GroupNow, look_anew

from .conftest import Opener, address_of, key_of, texts
from .recorded import result
from .sweeps import GROUP, RATE, buttons, charts, finished_group, make_group, train


def test_without_a_sweep_the_page_says_what_to_do(store: Store, open_page: Opener):
    tab = open_page("sweep")
    assert not tab.exception
    assert "press Start" in texts(tab.info)
    assert "Start 9 runs" in buttons(tab)
    assert charts(tab) == 0


def test_start_queues_every_run_and_shows_the_sweep(store: Store, open_page: Opener):
    tab = open_page("sweep", over=f"{RATE}=0.001, 0.1", repeats="3", **{"training.epochs": "2"})
    next(button for button in tab.button if button.label == "Start 6 runs").click().run()
    assert not tab.exception
    runs = store.runs()[::-1]
    assert [
        (run.network_config.optimizer.learning_rate, run.network_config.training.seed) for run in runs
    ] == [(rate, seed) for rate in (0.001, 0.1) for seed in range(3)]
    (group,) = {run.group for run in runs}
    assert group is not None
    assert group.startswith("sweep ")
    assert group.endswith(" · learning rate")
    assert address_of(tab)["group"] == group.split()[1]
    assert address_of(tab)["over"] == f"{RATE}=0.001, 0.1"
    assert texts(tab.subheader) == group.replace("·", "·")
    assert "Stop the sweep" in buttons(tab)
    assert "Next in the queue" in texts(tab.info)
    assert not is_switched_on(store, group)


def test_a_sweep_has_what_was_typed_right_before_the_click(store: Store, open_page: Opener):
    tab = open_page("sweep", over=f"{RATE}=log:0.001:0.1:3", **{"training.epochs": "2"})
    tab.number_input(key=key_of(tab, f"sweep.count:{RATE}")).set_value(2)
    tab.number_input(key=key_of(tab, "sweep.repeats")).set_value(2)
    tab.number_input(key=key_of(tab, "control:training.epochs")).set_value(5)
    tab.checkbox(key=key_of(tab, "sweep.rule")).check()
    next(button for button in tab.button if button.label == "Start 3 runs").click().run()
    assert not tab.exception
    assert [
        (run.network_config.optimizer.learning_rate, run.network_config.training.epochs)
        for run in store.runs()[::-1]
    ] == [(0.001, 5), (0.001, 5), (0.1, 5), (0.1, 5)]
    assert is_switched_on(store, store.runs()[0].group or "")
    assert "Start 4 runs" in buttons(tab)

    tab.number_input(key=key_of(tab, f"sweep.count:{RATE}")).set_value(0)
    next(button for button in tab.button if button.label == "Start 4 runs").click().run()
    assert "the settings were not complete" in texts(tab.error)
    assert len(store.runs()) == 4


def test_the_median_rule_is_stored_with_the_group(store: Store, open_page: Opener):
    tab = open_page("sweep", over=f"{RATE}=0.001, 0.1")
    tab.checkbox(key="sweep.rule").check().run()
    next(button for button in tab.button if button.label == "Start 2 runs").click().run()
    group = store.runs()[0].group
    assert group is not None
    assert is_switched_on(store, group)
    assert address_of(tab)["stop_hopeless"] == "1"


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        (Axis("data.labels", ([3, 8], [4, 9])), "tell which labels are easier, not which network is better"),
        (Axis("data.split_seed", (0, 1)), "were validated on different images"),
        (Axis(RATE, (0.001, 0.01)), ""),
    ],
)
def test_the_best_of_a_sweep_over_images_is_told_with_what_it_is_worth(
    axis: Axis, said: str, store: Store, home: Settings, open_page: Opener
):
    for run in make_group(store, axis, training__epochs=2):
        train(store, home, run, 2)
        store.end(run.id, RunStatus.FINISHED, "", result(2))
    tab = open_page("sweep")
    assert "Best by validation" in texts(tab.success)
    assert said in texts(tab.caption)
    assert ("validated on" in texts(tab.caption)) == bool(said)


def test_a_running_sweep_shows_its_progress_its_best_so_far_and_its_curves(
    store: Store, home: Settings, open_page: Opener
):
    first, second, *_ = make_group(store, Axis(RATE, (0.001, 0.01, 0.1)), training__epochs=10)
    train(store, home, first, 10)
    store.end(first.id, RunStatus.FINISHED, "", result(10))
    train(store, home, second, 5)
    tab = open_page("sweep")
    assert not tab.exception
    assert [badge.proto.body for badge in tab.markdown if "Training" in str(badge.value)]
    (bar,) = tab.get("progress")
    assert bar.proto.text.startswith("1 of 3 runs ended · 1 training · 1 waiting")
    assert bar.proto.value == 50  # 10 + 5 + 0 of 30 epochs
    assert "Best by validation so far: learning rate **0.001**" in texts(tab.success)
    assert charts(tab) == 1
    assert {"Stop the sweep", "Train this longer"} <= set(buttons(tab))
    table = tab.dataframe[0].value
    assert list(table[RATE]) == [0.001, 0.01, 0.1]
    assert list(table["validation_accuracy"].isna()) == [False, False, True]
    assert list(table["test_accuracy"].isna()) == [False, True, True]


def test_a_finished_sweep_names_its_best_and_offers_to_train_it_longer(
    store: Store, home: Settings, open_page: Opener
):
    finished_group(store, home)
    tab = open_page("sweep", group="3fa2b1")
    assert "Finished" in texts(tab.markdown)
    assert "Stop the sweep" not in buttons(tab)
    assert not tab.get("progress")
    assert "on the test images 99.40" in texts(tab.success)
    next(button for button in tab.button if button.label == "Train this longer").click().run()
    assert not tab.exception
    assert address_of(tab)["training.epochs"] == "9"
    assert "Train" in buttons(tab)
    assert tab.number_input(key=key_of(tab, f"control:{RATE}")).value == 0.001


def test_runs_that_diverged_are_told_and_stay_in_the_figures(store: Store, home: Settings, open_page: Opener):
    runs = make_group(store, Axis(RATE, (0.001, 10)))
    train(store, home, runs[0], 10)
    store.end(runs[0].id, RunStatus.FINISHED, "", result(10))
    train(store, home, runs[1], 1)
    why = "The loss became nan in epoch 2, step 30. Lower optimizer.learning_rate."
    store.end(runs[1].id, RunStatus.FAILED, why)
    tab = open_page("sweep")
    assert "The loss became nan" in texts(tab.warning)
    assert "1 of 2 runs failed: they diverged" in [element.proto.title for element in tab.warning]
    assert list(tab.dataframe[0].value["failed"].fillna(0)) == [0, 1]


def test_a_sweep_that_failed_as_a_whole_says_why(store: Store, home: Settings, open_page: Opener):
    for run in make_group(store, Axis(RATE, (0.001, 0.01))):
        store.end(run.id, RunStatus.FAILED, "The disk is full.")
    tab = open_page("sweep")
    assert "Failed" in texts(tab.markdown)
    assert "The disk is full. (2 runs)" in texts(tab.error)
    assert not tab.success
    assert charts(tab) == 1


def test_runs_that_the_median_rule_stopped_are_counted(store: Store, home: Settings, open_page: Opener):
    runs = make_group(store, Axis(RATE, (0.001, 0.01, 0.1)))
    for run in runs[:2]:
        train(store, home, run, 4)
        store.end(run.id, RunStatus.STOPPED, f"{reason(4)} Resume goes on from epoch 4.", result(4))
    train(store, home, runs[2], 10)
    store.end(runs[2].id, RunStatus.FINISHED, "", result(10))
    tab = open_page("sweep")
    assert "2 runs were stopped after epoch 4: below the median" in texts(tab.info)
    assert "Finished" in texts(tab.markdown)


def test_stop_ends_all_runs_of_the_sweep_and_no_other(store: Store, home: Settings, open_page: Opener):
    other = store.create_run(config_from_paths({}))
    waiting, running = make_group(store, Axis(RATE, (0.001, 0.01)))
    train(store, home, running, 1)
    tab = open_page("sweep")
    next(button for button in tab.button if button.label == "Stop the sweep").click().run()
    assert store.run(waiting.id).status is RunStatus.STOPPED
    assert store.pending_request(running.id) is Request.STOP
    assert store.run(other.id).status is RunStatus.QUEUED


def test_runs_that_were_interrupted_go_on_together(store: Store, home: Settings, open_page: Opener):
    paused, lost, stopped, training, waiting = make_group(
        store, Axis(RATE, (0.001, 0.01, 0.1, 1, 10)), training__epochs=10
    )
    for run in (paused, lost, stopped, training):
        train(store, home, run, 5)
    store.end(paused.id, RunStatus.PAUSED, "The dashboard was closed. Resume goes on from epoch 5.")
    store.end(lost.id, RunStatus.FAILED, f"{LOST}: its process is gone. Resume goes on from epoch 5.")
    store.end(stopped.id, RunStatus.STOPPED, "Stopped on request.", result(5))
    tab = open_page("sweep")
    (bar,) = tab.get("progress")
    assert bar.proto.text.startswith("2 of 5 runs ended · 1 training · 1 waiting · 1 paused")
    assert bar.proto.value == 60  # 5 + 10 + 10 + 5 + 0 of 50 epochs
    next(button for button in tab.button if button.label == "Resume 2 runs").click().run()
    assert not tab.exception
    assert {store.run(run.id).status for run in (paused, lost, waiting)} == {RunStatus.QUEUED}
    assert store.run(stopped.id).status is RunStatus.STOPPED
    assert not [label for label in buttons(tab) if label.startswith("Resume")]


def test_a_sweep_of_one_run_is_told_in_the_singular(store: Store, home: Settings, open_page: Opener):
    (run,) = make_group(store, Axis(RATE, (0.001,)))
    train(store, home, run, 10)
    store.end(run.id, RunStatus.FINISHED, "", result(10))
    tab = open_page("sweep", over=f"{RATE}=0.1")
    assert "Start 1 run" in buttons(tab)
    captions = texts(tab.caption)
    assert "1 run · created" in captions
    assert "**1 run** · 50,890 parameters · " in captions


def test_a_field_chosen_twice_is_told_by_its_title(store: Store, open_page: Opener):
    tab = open_page("sweep", over=f"{RATE}=0.1,1", over2=f"{RATE}=0.1,1")
    assert "two different fields, got Learning rate twice" in texts(tab.warning)
    assert store.runs() == ()


def test_former_sweeps_are_told_as_they_are_now(store: Store, home: Settings, open_page: Opener):
    finished_group(store, home)
    make_group(store, Axis(RATE, (0.1, 0.2)), group="sweep bbbbbb · learning rate")
    tab = open_page("sweep")
    shown = tab.selectbox(key=key_of(tab, "sweep.former"))
    assert "2 runs" in shown.proto.options[0]
    make_group(store, Axis(RATE, (0.3,)), group="sweep bbbbbb · learning rate")
    tab.run()
    again = tab.selectbox(key=key_of(tab, "sweep.former"))
    assert "3 runs" in again.proto.options[0]
    assert again.proto.id != shown.proto.id  # else the browser goes on showing what it showed


def test_two_fields_are_drawn_as_a_map_and_listed(store: Store, home: Settings, open_page: Opener):
    axes = (Axis(RATE, (0.001, 0.01)), Axis("network.activation", ("relu", "tanh")))
    for run in make_group(store, *axes, group="sweep b · learning rate × activation"):
        train(store, home, run, 10)
        store.end(run.id, RunStatus.FINISHED, "", result(10))
    tab = open_page("sweep")
    assert not tab.exception
    table = tab.dataframe[0].value
    assert list(table["network.activation"]) == ["ReLU", "tanh", "ReLU", "tanh"]
    assert list(table)[:2] == [RATE, "network.activation"]  # as they were asked for
    assert charts(tab) == 1


def test_former_sweeps_can_be_opened_again(store: Store, home: Settings, open_page: Opener):
    finished_group(store, home)
    make_group(store, Axis("regularisation.l2", (0, 0.1)), group="sweep bbbbbb · L2")
    tab = open_page("sweep")
    assert "bbbbbb" in texts(tab.subheader)
    tab.selectbox(key="sweep.former").set_value(GROUP).run()
    assert "3fa2b1" in texts(tab.subheader)
    assert address_of(tab)["group"] == "3fa2b1"


def test_a_sweep_that_is_gone_is_said_to_be_gone(store: Store, open_page: Opener):
    tab = open_page("sweep", group="sweep 000000")
    assert "There is no sweep called sweep 000000" in texts(tab.info)
    assert not tab.exception


def test_a_sweep_that_is_deleted_while_it_is_shown_is_said_to_be_gone(
    store: Store, home: Settings, open_page: Opener, monkeypatch: pytest.MonkeyPatch
):
    runs = make_group(store, Axis(RATE, (0.001, 0.01)))
    looks = []

    def look(group: str) -> GroupNow:
        looks.append(group)
        if len(looks) == 2:  # between the page and the part of it that redraws itself
            for run in runs:
                store.delete(run.id)
        return look_anew(group)

    monkeypatch.setattr(sweep_panel, "look", look)
    tab = open_page("sweep", group=GROUP)
    assert not tab.exception
    assert not tab.error
    assert "There is no sweep called" in texts(tab.info)


def test_the_settings_of_a_sweep_can_be_used_again(store: Store, home: Settings, open_page: Opener):
    axes = (Axis(RATE, (0.001, 0.01)), Axis("network.hidden", ([8, 4], [16])))
    make_group(store, *axes, repeats=2, group="sweep c · x", training__epochs=7, network__activation="tanh")
    tab = open_page("sweep")
    next(button for button in tab.button if button.label == "Use its settings").click().run()
    assert not tab.exception
    assert "Start 8 runs" in buttons(tab)
    next(button for button in tab.button if button.label == "Start 8 runs").click().run()
    newest = store.runs()[:8]
    old = store.runs()[8:]
    assert {run.network_config for run in newest} == {run.network_config for run in old}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"over": f"{RATE}=0.1, 20"}, "Learning rate must be in (0, 10], got 20"),
        ({"over": f"{RATE}=log:0:1:5"}, "above 0 at both ends"),
        ({"over": f"{RATE}=lin:0.001:1:100", "over2": "network.dropout=lin:0:0.5:100"}, "10,000 runs"),
        ({"over": f"{RATE}=0.1", "over2": f"{RATE}=0.2"}, "two different fields"),
        ({"over": f"{RATE}=0.1, 0.1"}, "all differ"),
        ({"over": "optimizer.momentum=0.5, 0.9"}, "Only SGD and RMSprop take a momentum"),
        ({"over": "network.hidden=8, 16", "network.preset": "lenet"}, "has no effect here"),
        ({"over": "network.dropout="}, "at least one value"),
        ({"over": f"{RATE}=log::1:3"}, "Learning rate needs numbers in From, To and Steps."),
        ({"over": f"{RATE}=log:0.1:1:1"}, "a grid of 1 value'"),
        (
            {"over": "training.epochs=5, 40", "schedule.warmup_epochs": "20", "training.epochs": "40"},
            "fewer than the 5 epochs",
        ),
    ],
)
def test_what_cant_be_swept_is_said_before_anything_starts(
    query: dict[str, str], said: str, store: Store, open_page: Opener
):
    tab = open_page("sweep", **query)
    assert not tab.exception
    assert said in texts(tab.warning).replace("\\", "")
    assert next(button for button in tab.button if button.label == "Start").disabled
    assert store.runs() == ()


def test_an_address_with_nonsense_says_so_and_uses_the_rest(store: Store, open_page: Opener):
    tab = open_page("sweep", over="nonsense=1,2", repeats="many", foo="1", **{"training.epochs": "7"})
    said = texts(tab.warning).replace("\\", "")
    assert "nonsense=1,2" in said
    assert "Repeats must be" in said
    assert "foo is no setting" in said
    assert "Start 9 runs" in buttons(tab)
    assert address_of(tab)["training.epochs"] == "7"


def test_the_address_carries_base_and_sweep(store: Store, open_page: Opener):
    link = {
        "over": f"{RATE}=lin:0.001:0.1:4", "over2": "network.activation=relu, tanh", "repeats": "2",
        "stop_hopeless": "1", "training.epochs": "3",
    }  # fmt: skip
    tab = open_page("sweep", **link)
    assert address_of(tab) == link
    assert "Start 16 runs" in buttons(tab)
    tab.run()
    assert address_of(tab) == link


def test_the_form_of_the_train_page_is_the_base(store: Store, open_page: Opener):
    tab = open_page(**{"training.epochs": "4", "network.hidden": "[7]"})
    tab.switch_page("pages/sweep.py").run()
    next(button for button in tab.button if button.label == "Start 9 runs").click().run()
    configs = {
        (run.network_config.training.epochs, run.network_config.network.hidden) for run in store.runs()
    }
    assert configs == {(4, (7,))}


def test_the_form_is_the_same_on_both_pages_whatever_is_pressed_there(store: Store, open_page: Opener):
    link = {
        "training.epochs": "4",
        "optimizer.name": "rmsprop",
        "network.dropout": "0.25",
        "network.preset": "lenet",
    }
    tab = open_page("sweep", **link)
    for page in ("train", "sweep", "train"):
        tab.switch_page(f"pages/{page}.py").run()
        assert not tab.exception
        tab.run()
        assert link.items() <= address_of(tab).items()
        assert "got nothing" not in texts(tab.markdown)
        assert tab.selectbox(key=key_of(tab, "knob:network")).value == "LeNet"
        assert tab.number_input(key=key_of(tab, "control:network.dropout")).value == 0.25


@pytest.mark.parametrize("path", sweep_form.offered())
def test_every_field_on_offer_starts_with_values_that_can_be_swept(path: str):
    companions: dict[str, Any] = {
        "optimizer.momentum": {"optimizer.name": "sgd"},
        "optimizer.nesterov": {"optimizer.name": "sgd", "optimizer.momentum": 0.9},
        "optimizer.weight_decay": {"optimizer.name": "adamw"},
        "schedule.gamma": {"schedule.name": "step"},
        "schedule.step_epochs": {"schedule.name": "step"},
        "network.initialisation_sigma": {"network.initialisation": "gaussian"},
        "data.noisy_copies_sigma": {"data.noisy_copies": 1},
        "training.monitor": {"training.patience": 3},
        "training.minimum_change": {"training.patience": 3},
    }
    values = form.default_values() | companions.get(path, {})
    if path.startswith("data.hog."):
        values["data.features"] = "hog"
    found = read(values, [AxisText(path, sweep_form.usual(path))], 1)
    assert [sentence(problem) for problem in found.problems] == []
    assert found.sweep is not None
    assert len(found.sweep.points) >= 2
