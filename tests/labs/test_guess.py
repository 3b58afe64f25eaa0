import pytest

from explorer.labs.guess import guesses, keep_guess, outcome_in_words
from explorer.storage.store import Store

from .conftest import SMALL


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


def test_a_guess_stands_against_what_came_out(store: Store):
    guess = keep_guess(store, SMALL, "relu", 2.0, quick=False)
    assert (
        outcome_in_words(SMALL, guess, {"relu": 0.9, "tanh": None})
        == "Guessed: ReLU, by 2 points. Not measured yet."
    )
    assert outcome_in_words(SMALL, guess, {"relu": 0.92, "tanh": 0.9}).endswith("It is so, by 2.00 points.")
    assert outcome_in_words(SMALL, guess, {"relu": 0.90, "tanh": 0.905}).endswith(
        "It is tanh, by 0.50 points."
    )
