"""Links that make a lesson: some settings fixed, others off the page."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.fields import all_fields
from explorer.records import RunStatus
from explorer.storage.store import Store
from explorer.ui import form, lesson
from explorer.ui.lesson import Lesson

from .conftest import Opener, add_run, address_of, key_of, texts

EPOCHS, RATE = "control:training.epochs", "control:optimizer.learning_rate"
LESSON = {"training.epochs": "7", "lock": "training,optimizer.name", "hide": "regularisation,preview"}


def press(tab: AppTest, label: str) -> AppTest:
    return next(button for button in tab.button if button.label == label).click().run()


def labels(elements: object) -> str:
    return "\n".join(str(element.label) for element in elements)  # type: ignore[attr-defined]


def test_a_name_covers_its_field_or_all_fields_of_its_topic():
    made = Lesson(locked=("training", "optimizer.name"), hidden=("data.augmentation",))
    locked = {entry.path for entry in all_fields() if made.is_locked(entry.path)}
    assert {"training.epochs", "training.seed", "optimizer.name"} < locked
    assert "optimizer.learning_rate" not in locked
    hidden = {entry.path for entry in all_fields() if made.is_hidden(entry.path)}
    assert "data.augmentation.rotation" in hidden
    assert "data.dataset" not in hidden


@pytest.mark.parametrize("name", form.NETWORK_FIELDS)
def test_what_one_control_sets_together_is_locked_together(name: str):
    assert all(Lesson(locked=(name,)).is_locked(path) for path in form.NETWORK_FIELDS)
    assert not Lesson(locked=(name,)).is_locked("network.activation")


def test_locked_controls_are_shown_with_their_value_and_the_reason(store: Store, open_page: Opener):
    tab = open_page(**LESSON)
    assert not tab.exception
    epochs = tab.number_input(key=key_of(tab, EPOCHS))
    assert (epochs.value, epochs.disabled) == (7, True)
    assert epochs.help.endswith(lesson.REASON)
    assert tab.selectbox(key=key_of(tab, "control:optimizer.name")).disabled
    rate = tab.number_input(key=key_of(tab, RATE))
    assert not rate.disabled
    assert lesson.REASON not in tab.select_slider(key=key_of(tab, "slider:optimizer.learning_rate")).help
    assert "A lesson: " in texts(tab.caption)
    assert " settings fixed and " in texts(tab.caption)


def test_a_locked_network_can_neither_be_chosen_nor_typed(store: Store, open_page: Opener):
    tab = open_page(**{"network.hidden": "[33]", "lock": "network"})
    assert tab.selectbox(key=key_of(tab, "knob:network")).disabled
    units = tab.text_input(key=key_of(tab, "control:network.hidden"))
    assert (units.value, units.disabled) == ("33", True)


def test_hidden_controls_and_whole_topics_are_not_drawn(store: Store, open_page: Opener):
    hide = "regularisation,preview,seeds,network,optimizer.learning_rate"
    tab = open_page(hide=hide)
    assert not tab.exception
    assert "Regularisation" not in labels(tab.expander)
    assert "Network" not in labels(tab.expander)
    assert "Training" in labels(tab.expander)
    assert "Network" not in labels(tab.selectbox)
    assert "Learning rate" not in labels(tab.select_slider)
    assert "Preview the outcome" not in labels(tab.toggle)
    assert "Seeds" not in labels(tab.segmented_control)


def test_a_lesson_survives_changes_train_and_a_reload(store: Store, open_page: Opener):
    tab = open_page(**LESSON)
    tab.number_input(key=key_of(tab, RATE)).set_value(0.02).run()
    press(tab, "Train")
    (run,) = store.runs()
    assert run.network_config.training.epochs == 7
    assert run.network_config.optimizer.learning_rate == 0.02
    address = address_of(tab)
    assert {"lock": LESSON["lock"], "hide": LESSON["hide"], "run": str(run.id)}.items() <= address.items()
    again = open_page(**address)
    assert address_of(again) == address
    assert again.number_input(key=key_of(again, EPOCHS)).disabled


def test_back_to_defaults_leaves_what_is_locked_or_hidden(store: Store, open_page: Opener):
    tab = open_page(**{**LESSON, "optimizer.learning_rate": "0.02", "regularisation.l2": "0.01"})
    press(tab, "Back to defaults")
    press(tab, "Train")
    config = store.runs()[0].network_config
    assert (config.training.epochs, config.regularisation.l2) == (7, 0.01)
    assert config.optimizer.learning_rate == 0.001


def test_a_lesson_goes_along_to_another_page_and_back(store: Store, open_page: Opener):
    tab = open_page(**LESSON)
    tab.switch_page("pages/sweep.py").run()
    assert not tab.exception
    assert tab.number_input(key=key_of(tab, EPOCHS)).disabled
    assert address_of(tab)["lock"] == LESSON["lock"]
    tab.switch_page("pages/train.py").run()
    assert tab.number_input(key=key_of(tab, EPOCHS)).disabled


def test_a_sweep_can_be_a_lesson(store: Store, open_page: Opener):
    tab = open_page("sweep", **{"over": "optimizer.learning_rate=0.1,0.2", **LESSON})
    assert not tab.exception
    assert not tab.warning
    epochs = tab.number_input(key=key_of(tab, EPOCHS))
    assert (epochs.value, epochs.disabled) == (7, True)
    assert LESSON.items() <= address_of(tab).items()


def test_all_settings_can_be_opened_again(store: Store, open_page: Opener):
    tab = press(open_page(**LESSON), "Open all")
    epochs = tab.number_input(key=key_of(tab, EPOCHS))
    assert (epochs.value, epochs.disabled) == (7, False)
    assert "Regularisation" in labels(tab.expander)
    assert address_of(tab) == {"training.epochs": "7"}


def test_a_link_without_a_lesson_ends_it(store: Store, open_page: Opener):
    tab = open_page(**LESSON)
    for name in list(tab.query_params):
        del tab.query_params[name]
    tab.query_params["training.epochs"] = "9"
    tab.run()
    epochs = tab.number_input(key=key_of(tab, EPOCHS))
    assert (epochs.value, epochs.disabled) == (9, False)


@pytest.mark.parametrize("page", ["train", "sweep"])
def test_unknown_names_are_told_in_the_one_message(store: Store, open_page: Opener, page: str):
    tab = open_page(page, **{"lock": "training,optimiser.name", "hide": "colour", "training.epochs": "0"})
    (message,) = [warning for warning in tab.warning if "address" in str(warning.proto.title)]
    assert "optimiser.name is no setting. Did you mean optimizer.name?" in message.value
    assert "colour is no setting" in message.value
    assert "Epochs must be" in message.value
    assert address_of(tab)["lock"] == "training"
    assert "hide" not in address_of(tab)


def test_an_absurdly_long_list_is_told_in_short(store: Store, open_page: Opener):
    tab = open_page(lock=",".join(f"x{number}" for number in range(30_000)))
    assert not tab.exception
    assert tab.warning[0].value.count("is no setting") == 10


def test_a_run_of_a_lesson_is_like_any_other(store: Store, open_page: Opener):
    run = add_run(store, RunStatus.FAILED, reason="worker lost")
    tab = open_page(**LESSON, run=str(run.id))
    assert "worker lost" in texts(tab.error)
