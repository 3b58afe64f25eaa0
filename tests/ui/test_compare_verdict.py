"""Two groups of repeats on the Compare page: who beats whom, or how many seeds to add."""

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from explorer.evaluation.repeats import with_seed
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, address_of, texts
from .recorded import record_run, result


def press_add(tab: AppTest) -> None:
    tab.button(key="compare.verdict.add").click().run()
    assert not tab.exception


def repeats(
    store: Store,
    home: Settings,
    activation: str,
    accuracies: tuple[float, ...],
    *,
    is_tested: bool = False,
    **fields: object,
) -> list[Run]:
    """A finished run of each accuracy, with the seeds 0, 1, 2 and so on."""
    runs = []
    for seed, accuracy in enumerate(accuracies):
        run = record_run(
            store,
            home,
            RunStatus.RUNNING,
            name=activation,
            network__activation=activation,
            training__seed=seed,
            **fields,
        )
        found = result(3)
        assert found.validation is not None
        said = replace(found.validation, accuracy=accuracy)
        ended = replace(found, validation=said)
        if is_tested:
            ended = replace(found, validation=None, test=said)
        store.end(run.id, RunStatus.FINISHED, result=ended)
        runs.append(store.run(run.id))
    return runs


def compared(open_page: Opener, runs: list[Run]):
    return open_page("compare", runs=",".join(str(run.id) for run in runs))


def test_a_clear_winner_is_named_with_its_interval(store: Store, home: Settings, open_page: Opener):
    relu = repeats(store, home, "relu", (0.980, 0.981, 0.982))
    tanh = repeats(store, home, "tanh", (0.970, 0.972, 0.971))
    tab = compared(open_page, relu + tanh)
    assert not tab.exception
    told = texts(tab.markdown)
    assert "relu beats tanh by 1.00 ± 0.89 points" in told  # at least half of one image in 140
    assert "on 3 of 3 seeds" in told


def test_a_network_that_gets_nothing_right_loses_like_any_other(
    store: Store, home: Settings, open_page: Opener
):
    relu = repeats(store, home, "relu", (0.5, 0.51, 0.52), data__labels=[3, 8])
    tanh = repeats(store, home, "tanh", (0.0, 0.0, 0.0), data__labels=[3, 8])
    assert "relu beats tanh by 51.00" in texts(compared(open_page, relu + tanh).markdown)


def test_where_luck_is_as_large_seeds_are_added_to_both(store: Store, home: Settings, open_page: Opener):
    relu = repeats(store, home, "relu", (0.980, 0.979, 0.985))
    tanh = repeats(store, home, "tanh", (0.978, 0.980, 0.980))
    tab = compared(open_page, relu + tanh)
    assert "relu or tanh? Cannot tell yet: add" in texts(tab.markdown)
    button = next(button for button in tab.button if "to both" in button.label)
    more = int(button.label.split()[1])
    button.click().run()
    assert not tab.exception
    queued = store.runs(statuses=(RunStatus.QUEUED,))
    assert len(queued) == 2 * more
    assert {run.network_config.training.seed for run in queued} == set(range(3, 3 + more))
    assert {run.network_config.network.activation for run in queued} == {"relu", "tanh"}
    assert all(str(run.id) in address_of(tab)["runs"].split(",") for run in queued)


def test_of_one_seed_each_nothing_is_told_but_what_to_add(store: Store, home: Settings, open_page: Opener):
    runs = [*repeats(store, home, "relu", (0.98,)), *repeats(store, home, "tanh", (0.97,))]
    tab = compared(open_page, runs)
    assert not tab.exception
    assert "beats" not in texts(tab.markdown)
    assert "Cannot tell yet: add 3 seeds (from one seed in common)" in texts(tab.markdown)
    press_add(tab)
    queued = store.runs(statuses=(RunStatus.QUEUED,))
    assert sorted((run.name, run.network_config.training.seed) for run in queued) == [
        (name, seed) for name in sorted({run.name for run in queued}) for seed in (1, 2, 3)
    ]
    assert {run.group for run in queued} == {f"repeats of run {run.id}" for run in runs}
    assert "Who is better is told once 6 more runs" in texts(tab.caption)


def test_missing_seeds_are_trained_first(store: Store, home: Settings, open_page: Opener):
    relu = repeats(store, home, "relu", (0.98, 0.981))
    tanh = repeats(store, home, "tanh", (0.97, 0.97, 0.971, 0.972))
    tab = compared(open_page, [*relu[:1], *tanh[1:]])
    assert "no seed in common" in texts(tab.markdown)
    press_add(tab)
    queued = store.runs(statuses=(RunStatus.QUEUED,))
    trained = ((run.network_config.network.activation, run.network_config.training.seed) for run in queued)
    assert sorted(trained) == [("relu", 1), ("relu", 2), ("relu", 3), ("tanh", 0)]


def test_other_images_can_not_be_compared(store: Store, home: Settings, open_page: Opener):
    relu = repeats(store, home, "relu", (0.98, 0.981))
    other = repeats(store, home, "tanh", (0.97, 0.972), data__split_seed=5)
    told = texts(compared(open_page, relu + other).caption)
    assert "can't be told apart. They are asked about different validation images" in told


def test_without_validation_images_the_test_decides_and_it_is_said(
    store: Store, home: Settings, open_page: Opener
):
    runs = [
        run
        for name, accuracies in (("relu", (0.9, 0.91, 0.92)), ("tanh", (0.8, 0.82, 0.81)))
        for run in repeats(store, home, name, accuracies, is_tested=True)
    ]
    tab = compared(open_page, runs)
    assert "relu beats tanh" in texts(tab.markdown)
    assert "By test accuracy, since these runs hold no validation images back" in texts(tab.caption)


def test_the_best_is_held_against_the_others_too(store: Store, home: Settings, open_page: Opener):
    runs = [
        run
        for name, best in (("relu", 0.98), ("tanh", 0.95), ("sigmoid", 0.9))
        for run in repeats(store, home, name, (best, best + 0.001, best + 0.002))
    ]
    tab = compared(open_page, runs)
    assert "relu beats tanh" in texts(tab.markdown)
    told = texts(tab.caption)
    assert "relu beats sigmoid" in told
    assert "the best two by these very numbers" in told


def test_a_second_press_queues_no_seed_twice(store: Store, home: Settings, open_page: Opener):
    pair = repeats(store, home, "relu", (0.98,)) + repeats(store, home, "tanh", (0.97,))
    tab = compared(open_page, pair)
    added = [
        store.create_run(with_seed(run.network_config, seed)) for run in pair for seed in (1, 2, 3)
    ]  # as by a press just before, with which the page was not drawn yet
    press_add(tab)
    assert len(store.runs()) == len(pair) + len(added)
    assert address_of(tab)["runs"] == ",".join(str(run.id) for run in (*pair, *added))
