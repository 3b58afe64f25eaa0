from dataclasses import replace

import pytest

from explorer.errors import RunStateError
from explorer.labs import running
from explorer.labs.guess import guesses, keep_guess, outcome_in_words, winner_in_words
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.cli.samples import run_result

from .conftest import SMALL


def measured(
    store: Store, settings: Settings, accuracies: dict[str, tuple[float, ...]]
) -> dict[str, list[Run]]:
    """The lab's runs of the question, ended with these test accuracies in the order of their seeds."""
    running.start(store, settings, SMALL, quick=False)
    waiting = {run.config: run for run in store.runs(statuses=(RunStatus.QUEUED,))}
    result, found = run_result(), dict[str, list[Run]]()
    for name, values in accuracies.items():
        for config, value in zip(SMALL.configs_of(SMALL.find(name)), values, strict=True):
            run = waiting[config]
            store.claim(run.id, device="cpu", host="here")
            many = tuple(tuple(1000 * count for count in row) for row in result.test.confusion)
            ended = replace(result, test=replace(result.test, accuracy=value, confusion=many))
            store.end(run.id, RunStatus.FINISHED, result=ended)
            found.setdefault(name, []).append(store.run(run.id))
    return found


def test_guesses_are_kept_in_their_order_and_by_version(store: Store):
    keep_guess(store, SMALL, "relu", 1.5, quick=False)
    keep_guess(store, SMALL, "tanh", 0.0, quick=False)
    assert [(guess.winner, guess.points) for guess in guesses(store, SMALL, quick=False)] == [
        ("relu", 1.5), ("tanh", 0.0),
    ]  # fmt: skip
    assert guesses(store, SMALL, quick=True) == ()


def test_only_what_the_question_offers_can_be_guessed(store: Store):
    with pytest.raises(KeyError):
        keep_guess(store, SMALL, "knn", 1.0, quick=False)


@pytest.mark.parametrize("points", [-1.0, 101.0, float("nan"), float("inf")])
def test_points_are_a_number_from_0_to_100(store: Store, points: float):
    with pytest.raises(ValueError, match="from 0 to 100"):
        keep_guess(store, SMALL, "relu", points, quick=False)
    assert guesses(store, SMALL, quick=False) == ()


def test_a_guess_pressed_twice_is_kept_once_and_another_one_too(store: Store):
    for winner, points in (("relu", 1.0), ("relu", 1.0), ("tanh", 1.0), ("relu", 1.0)):
        keep_guess(store, SMALL, winner, points, quick=False)
    assert [guess.winner for guess in guesses(store, SMALL, quick=False)] == ["relu", "tanh", "relu"]


def test_once_something_was_measured_it_is_no_guess_any_more(store: Store, settings: Settings):
    """As in a second tab, in which the form still stands."""
    running.start(store, settings, SMALL, quick=False)
    keep_guess(store, SMALL, "relu", 1.0, quick=False)  # they train, and nobody knows
    measured(store, settings, {"tanh": (0.9, 0.9)})
    with pytest.raises(RunStateError, match="too late"):
        keep_guess(store, SMALL, "tanh", 1.0, quick=False)
    assert len(guesses(store, SMALL, quick=False)) == 1
    keep_guess(store, SMALL, "tanh", 1.0, quick=True)  # of that nothing is known


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ({"relu": 0.9, "tanh": None}, "Not measured yet."),
        ({"relu": 0.92, "tanh": 0.9}, "It is so, by 2.00 points: as guessed."),
        ({"relu": 0.95, "tanh": 0.9}, "It is so, by 5.00 points: 3.00 more than guessed."),
        ({"relu": 0.91, "tanh": 0.9}, "It is so, by 1.00 points: 1.00 less than guessed."),
        ({"relu": 0.90, "tanh": 0.905}, "It is tanh, by 0.50 points over it."),
        ({"relu": 0.9, "tanh": 0.9}, "It is a tie with tanh."),
    ],
)
def test_a_guess_stands_against_what_came_out(store: Store, means: dict[str, float | None], words: str):
    guess = keep_guess(store, SMALL, "relu", 2.0, quick=False)
    assert outcome_in_words(SMALL, guess, means) == f"Guessed: ReLU, by 2 points. {words}"


def test_what_diverged_comes_last_once_the_lab_is_done(store: Store):
    three = replace(SMALL, question=replace(SMALL.question, experiments=("relu", "tanh", "knn")))
    guess = keep_guess(store, three, "knn", 2.0, quick=False)
    assert outcome_in_words(three, guess, {"relu": 0.9, "tanh": 0.8, "knn": 0.5}).endswith(
        "It is ReLU, by 10.00 points; kNN is 40.00 points behind."
    )
    means = {"relu": 0.9, "tanh": 0.8, "knn": None}
    assert outcome_in_words(three, guess, means).endswith("Not measured yet.")
    told = outcome_in_words(three, guess, means, is_done=True)
    assert told.endswith("It is ReLU, by 10.00 points; kNN has no value.")


def test_the_winner_is_told_seed_by_seed(store: Store, settings: Settings):
    runs = measured(store, settings, {"relu": (0.95, 0.96), "tanh": (0.85, 0.86)})
    assert winner_in_words(SMALL, runs) == "ReLU beats tanh by 10.00 ± 0.04 points, on 2 of 2 seeds."
    assert winner_in_words(SMALL, {"relu": runs["relu"]}) == ""
    one = {name: own[:1] for name, own in runs.items()}
    assert winner_in_words(SMALL, one) == "ReLU or tanh? Cannot tell yet: add 3 seeds."
