"""The Guide page: each step empty, running, failed and done, with the numbers of the store."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.fields import changed_values
from explorer.config.parsing import config_from_paths
from explorer.records import EpochMetrics, Evaluation, LayerMetrics, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.store import Store
from explorer.ui import guide_findings
from explorer.ui.guide_places import PLACES
from explorer.ui.guide_steps import FEW, FIRST, LENET, MANY, RATES, SETTINGS, STEPS, config_of, run_of

from .conftest import Opener, address_of, texts
from .recorded import evaluation, record_run, result

SHIFT = next(number for number, step in enumerate(STEPS, start=1) if step.name == "shift")


def number_of(step: str) -> str:
    return str([known.name for known in STEPS].index(step) + 1)


def buttons(tab: AppTest) -> dict[str, bool]:
    return {button.label: button.disabled for button in tab.button}


def press(tab: AppTest, label: str) -> AppTest:
    return next(button for button in tab.button if button.label == label).click().run()


def record(
    store: Store, home: Settings, name: str, status: RunStatus = RunStatus.FINISHED, **more: object
) -> Run:
    """A run of the guide."""
    config = config_of(name)
    fields = {path.replace(".", "__"): value for path, value in changed_values(config).items()}
    fields["training__epochs"] = config.training.epochs
    return record_run(store, home, status, epochs=3, **{**fields, **more})  # type: ignore[arg-type]


def test_every_run_of_the_guide_is_a_sound_one_on_the_bundled_digits():
    assert all(config_of(name).data.dataset == "digits" for name in SETTINGS)
    apart = {config_of(name).model_dump_json() for name in SETTINGS}
    assert len(apart) == len(SETTINGS) - 1  # 0.001 is the default rate
    assert {name for step in STEPS for name in step.runs} == set(SETTINGS)
    assert set(PLACES) == {step.name for step in STEPS}


def test_a_run_counts_by_its_settings_whoever_started_it_with_whatever_seed(store: Store, home: Settings):
    record(store, home, FIRST, network__activation="tanh")
    other = record(store, home, FIRST, training__seed=7)
    assert run_of(FIRST, store.runs()) == store.run(other.id)
    assert run_of(LENET, store.runs()) is None


def test_a_finished_run_stands_before_one_under_way_and_that_before_a_failed_one(
    store: Store, home: Settings
):
    finished = record(store, home, FIRST)
    queued = record(store, home, FIRST, RunStatus.QUEUED)
    record(store, home, FIRST, RunStatus.FAILED)
    assert run_of(FIRST, store.runs()) == store.run(finished.id)
    store.delete(finished.id)
    assert run_of(FIRST, store.runs()) == store.run(queued.id)


def test_at_first_the_first_step_is_offered_and_the_others_say_what_they_need(
    store: Store, open_page: Opener
):
    tab = open_page("guide")
    assert not tab.exception
    assert "1 · A first network" in texts(tab.subheader)
    assert "Train it" in buttons(tab)
    assert "Next step" not in buttons(tab)
    press(tab, "2 · Its mistakes")
    assert "This needs the network of step 1." in texts(tab.info)
    assert address_of(tab) == {"step": "2"}
    press(tab, "To step 1")
    assert "1 · A first network" in texts(tab.subheader)
    assert address_of(tab) == {}


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_every_step_has_a_question_and_an_address(store: Store, open_page: Opener, step: str):
    tab = open_page("guide", step=number_of(step))
    assert not tab.exception
    known = next(known for known in STEPS if known.name == step)
    assert known.question in texts(tab.markdown)


@pytest.mark.parametrize("step", ["0", "99", "-1", "four", "²"])
def test_a_wrong_step_in_the_address_is_put_right(store: Store, open_page: Opener, step: str):
    tab = open_page("guide", step=step)
    assert not tab.exception
    assert tab.subheader[0].value[0] in "18"


def test_train_it_queues_the_default_network_and_shows_it(store: Store, open_page: Opener):
    tab = press(open_page("guide"), "Train it")
    (run,) = store.runs()
    assert run.network_config == config_of(FIRST)
    assert not tab.exception
    assert address_of(tab)["run"] == str(run.id)
    assert "Train" in buttons(tab)


def test_while_it_trains_its_progress_is_told(store: Store, home: Settings, open_page: Opener):
    run = record(store, home, FIRST, RunStatus.RUNNING)
    tab = open_page("guide")
    assert any(f"run {run.id}: " in str(bar.proto.text) for bar in tab.get("progress"))
    assert "Train it" not in buttons(tab)
    assert "Next step" not in buttons(tab)


def test_a_queued_run_is_said_to_wait(store: Store, home: Settings, open_page: Opener):
    record(store, home, FIRST, RunStatus.QUEUED)
    assert any("waits for a worker" in str(bar.proto.text) for bar in open_page("guide").get("progress"))


def test_a_failed_run_says_why_and_can_be_started_anew(store: Store, home: Settings, open_page: Opener):
    record(store, home, FIRST, RunStatus.FAILED, reason="worker lost")
    tab = open_page("guide")
    assert "worker lost" in texts(tab.error)
    press(tab, "Train it")
    assert len(store.runs()) == 2


def test_what_came_out_of_the_first_step_is_what_the_store_holds(
    store: Store, home: Settings, open_page: Opener
):
    record(store, home, FIRST)
    tab = open_page("guide")
    (told,) = tab.success
    assert "**994 of 1,000** test digits right, **99.4 %**" in told.value
    assert "from 50.0 % after the first epoch to 83.3 % after the last" in told.value
    press(tab, "Next step")
    assert "2 · Its mistakes" in texts(tab.subheader)


def test_a_step_of_looking_is_done_when_it_was_looked_at_and_the_run_opens_in_its_view(
    store: Store, home: Settings, open_page: Opener
):
    run = record(store, home, FIRST)
    tab = open_page("guide", step="3")
    assert not tab.success
    press(tab, "Look at its weights")
    assert not tab.exception
    assert address_of(tab)["run"] == str(run.id)
    assert [group.value for group in tab.segmented_control if group.label == "View"] == ["Weights"]
    tab = open_page("guide", step="3")  # in another tab, another day
    assert "went from **3.00 to 3.00**" in tab.success[0].value
    assert any("2 of 8" in str(bar.proto.text) for bar in tab.get("progress"))


def test_mistakes_are_told_by_the_most_frequent_one(store: Store, home: Settings, open_page: Opener):
    record(store, home, FIRST)
    tab = press(open_page("guide", step="2"), "Look at its mistakes")
    tab = open_page("guide", step="2")
    assert "misread **6 of 1,000**" in tab.success[0].value
    assert "a **4 read as 9**, 6 times" in tab.success[0].value
    assert "hardest digit was 4, of which it found 94.0 %" in tab.success[0].value


def test_of_equally_frequent_mistakes_the_first_is_told():
    counts = np.diag([5] * 10)
    counts[2, 7] = counts[8, 1] = 3
    cells = tuple(tuple(int(count) for count in row) for row in counts)
    made = replace(evaluation(5), confusion=cells)
    assert guide_findings.most_confused(made) == (2, 7, 3)


def test_five_learning_rates_start_as_one_sweep_and_are_shown_there(
    store: Store, home: Settings, open_page: Opener
):
    before = record(store, home, FIRST)  # one of them, trained already
    tab = press(open_page("guide", step=number_of("rate")), "Train the five")
    runs = [run for run in store.runs() if run.id != before.id]
    assert sorted(run.network_config.optimizer.learning_rate for run in runs) == list(RATES)
    (group,) = {run.group for run in runs}
    assert group is not None
    assert group.startswith("sweep ")
    assert address_of(tab)["group"] == group.split()[1]
    assert "Stop the hopeless early" in [box.label for box in tab.checkbox]


def test_learning_rates_are_told_in_a_table_with_the_best(store: Store, home: Settings, open_page: Opener):
    for rate, right in zip(RATES[:4], (60, 90, 97, 20), strict=True):
        run = record(store, home, f"rate {rate:g}", RunStatus.RUNNING)
        made = replace(result(3), validation=replace(evaluation(14), accuracy=right / 100))
        store.end(run.id, RunStatus.FINISHED, "", made)
    record(store, home, "rate 1", RunStatus.FAILED, reason="The training diverged: the loss is nan.")
    told = open_page("guide", step=number_of("rate")).success[0].value
    assert "| 0.0001 | 60.0 % | 1.000 → 0.333 |" in told
    assert "| 1 | diverged | – |" in told
    assert "**0.01** came furthest: 97.0 %" in told
    assert "At 0.0001 the steps are short: 60.0 % so far." in told
    assert "At 0.1 they overshoot: 20.0 %." in told


def gradient_result(first: float, last: float, accuracy: float):
    layers = (
        LayerMetrics("hidden 1", 64, 0.0, 0.0, 1.0, first, 0.0),
        LayerMetrics("output", 10, None, 0.0, 1.0, last, 0.0),
    )
    return replace(result(3), layers=layers, test=replace(evaluation(100), accuracy=accuracy))


def test_gradients_of_the_first_layer_are_told_beside_those_of_the_last(
    store: Store, home: Settings, open_page: Opener
):
    for name, made in (("sigmoid", (0.0002, 0.8, 0.1)), ("relu", (1.2, 1.1, 0.79))):
        run = record(store, home, name, RunStatus.RUNNING)
        store.end(run.id, RunStatus.FINISHED, "", gradient_result(*made))
    told = open_page("guide", step=number_of("gradient")).success[0].value
    assert (
        "**0.8** in the last layer and **2.0e-4** in the first: 4,000 times smaller. It reads 10.0 %" in told
    )
    assert "**1.1** in the last layer and **1.2** in the first: no smaller. It reads 79.0 %" in told


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [(0.0, 1.0, "nothing at all arrives"), (0.5, 1.0, "2.0 times smaller"), (1.0, 30.0, "30 times smaller")],
)
def test_how_much_smaller_a_gradient_is(first: float, last: float, words: str):
    assert guide_findings.times_smaller(first, last) == words


def test_a_shift_is_told_once_robustness_was_asked(store: Store, home: Settings, open_page: Opener):
    runs = [record(store, home, name) for name in (FIRST, LENET)]
    tab = open_page("guide", step=str(SHIFT))
    assert not tab.success
    assert "Open Robustness" in texts(tab.caption)
    for run, moved in zip(runs, (0.3, 0.8), strict=True):
        request = {"run_id": run.id, "epoch": 10, "part": "validation", "change": "shift", "images": 1000}
        kept = store.run(run.id).network_result
        assert kept is not None
        store.analyses.ask("robustness", {**request, "epoch": kept.kept_epoch}, run_id=run.id)
        question = store.analyses.take()
        assert question is not None
        levels = [0.95, 0.9, moved, 0.2, 0.1, 0.1, 0.1, 0.1]
        store.analyses.end(question, pack({"accuracies": np.array(levels)}))
    told = open_page("guide", step=str(SHIFT)).success[0].value
    assert "the fully connected network reads **30.0 %** (95.0 % unmoved)" in told
    assert "LeNet reads **80.0 %** (95.0 % unmoved)" in told


def test_only_what_is_missing_is_trained(store: Store, home: Settings, open_page: Opener):
    record(store, home, FIRST)
    press(open_page("guide", step=str(SHIFT)), "Train a LeNet beside it")
    assert store.runs()[0].network_config == config_of(LENET)
    assert len(store.runs()) == 2


@pytest.mark.parametrize(("step", "label"), [("first", "Train it"), ("rate", "Train the five")])
def test_a_second_press_trains_nothing_twice(step: str, label: str, store: Store, open_page: Opener):
    tab = open_page("guide", step=number_of(step))
    names = next(known for known in STEPS if known.name == step).runs
    for name in names:  # as by a press just before, with which the page was not drawn yet
        store.create_run(config_of(name))
    press(tab, label)
    assert len(store.runs()) == len(names)


def test_over_fitting_is_told_by_the_epoch_of_the_least_loss(store: Store, home: Settings, open_page: Opener):
    losses = {FEW: (0.9, 0.5, 0.7), MANY: (0.6, 0.3, 0.1)}
    for name, course in losses.items():
        run = store.create_run(config_of(name))
        assert store.claim(run.id, device="cpu", host="here")
        for epoch, loss in enumerate(course, start=1):
            known = EpochMetrics(epoch, epoch, epoch * 50, 0.1, 1.0, loss, 0.8, None, None, 0.001, 0.1, ())
            store.record(run.id, (), (known,), 1.0)
        store.end(run.id, RunStatus.FINISHED, "", result(3))
    told = open_page("guide", step=number_of("few")).success[0].value
    assert "reads **100.0 %** of those it learned from, and **80.0 %** of others: 20.0 points less" in told
    assert "least after epoch 2 (0.500) and rose to 0.700" in told
    assert "Its validation loss still falls." in told


def test_a_wobble_of_the_loss_is_not_called_over_fitting(store: Store, home: Settings, open_page: Opener):
    for name in (FEW, MANY):
        run = store.create_run(config_of(name))
        assert store.claim(run.id, device="cpu", host="here")
        for epoch, loss in enumerate((0.9, 0.500, 0.512), start=1):
            known = EpochMetrics(epoch, epoch, epoch * 50, 0.1, 0.98, loss, 0.97, None, None, 0.001, 0.1, ())
            store.record(run.id, (), (known,), 1.0)
        store.end(run.id, RunStatus.FINISHED, "", result(3))
    told = open_page("guide", step=number_of("few")).success[0].value
    assert "least after epoch 2 (0.500) and has hardly moved since (0.512)" in told
    assert "over-fitting" not in told
    assert "by heart" not in told


def test_drawings_that_were_kept_end_the_last_step(store: Store, home: Settings, open_page: Opener):
    record(store, home, FIRST)
    tab = open_page("guide", step=number_of("draw"))
    assert not tab.success
    store.handwriting.keep(np.full((28, 28), 9, np.uint8), 3)
    assert "**1** drawing of digits kept" in open_page("guide", step=number_of("draw")).success[0].value


def test_a_step_stays_over_a_look_at_another_page(store: Store, open_page: Opener):
    tab = press(open_page("guide"), "4 · Too fast, too slow")
    tab.switch_page("pages/help.py").run()
    tab.switch_page("pages/guide.py").run()
    assert "4 · Too fast, too slow" in texts(tab.subheader)


def test_numbers_of_others_are_not_told(store: Store, home: Settings, open_page: Opener):
    config = config_from_paths({"data.dataset": "mnist"})
    run = store.create_run(config)
    assert store.claim(run.id, device="cpu", host="here")
    store.end(run.id, RunStatus.FINISHED, "", result(3))
    assert not open_page("guide").success


def test_an_evaluation_is_read_by_rows():
    counts = tuple(tuple(1 if (row, column) == (3, 5) else 0 for column in range(10)) for row in range(10))
    made = Evaluation(0.1, 0.0, counts, evaluation(1).per_class)
    assert guide_findings.most_confused(made) == (3, 5, 1)
