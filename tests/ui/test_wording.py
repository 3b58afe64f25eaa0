from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from explorer.config.fields import field_of_either
from explorer.errors import Problem
from explorer.ui import wording


def test_a_problem_is_told_by_the_title_of_its_field():
    problem = Problem("optimizer.learning_rate", 30.0, "in (0, 10]", "Try 0.1 for SGD.")
    assert wording.problem_sentence(problem) == "Learning rate must be in (0, 10], got 30. Try 0.1 for SGD."
    assert wording.problem_sentence(problem, in_form=True).startswith("This must be in (0, 10]")


def test_a_problem_of_an_item_says_which_one():
    problem = Problem("network.hidden[1]", 0, "in [1, 4,096]")
    assert (
        wording.problem_sentence(problem, in_form=True)
        == "Hidden layers, number 2 must be in [1, 4,096], got 0."
    )


def test_what_may_be_left_empty_is_said_as_on_the_screen():
    problem = Problem("data.train_size", 5, "a whole number in [10, 240,000] or null")
    assert "in [10, 240,000] or not set, got 5." in wording.problem_sentence(problem)


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("training.epochs", "Epochs"),
        ("data.train_size", "Training images"),
        ("baseline.trees", "Trees"),
        ("baseline.k", "k (neighbours)"),
        ("training.batch_size", "Batch size (images)"),
        ("optimizer.learning_rate", "Learning rate"),
    ],
)
def test_a_label_names_its_unit_unless_the_title_is_the_unit(path: str, label: str):
    entry = field_of_either(path)
    assert entry is not None
    assert wording.field_label(entry, is_changed=False) == label


def test_an_unknown_field_is_called_no_setting():
    near = Problem(
        "optimizer.learning_rat", 1, "one of the known fields", "Did you mean optimizer.learning_rate?"
    )
    assert wording.problem_sentence(near) == (
        "optimizer.learning_rat is no setting. Did you mean optimizer.learning_rate?"
    )


def test_text_from_users_does_not_format():
    assert wording.plain("a*b_[x](y) $z$ a:b <b>") == r"a\*b\_\[x\](y) \$z\$ a\:b \<b>"
    assert wording.plain(":smile: :material/home:") == (
        "\\:\N{WORD JOINER}smile\\: \\:\N{WORD JOINER}material/home\\:"
    )


def test_commands_in_a_message_stay_code():
    assert wording.plain("Run `make *` now_") == r"Run `make *` now\_"
    assert wording.plain("a ` alone") == "a ' alone"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1, seconds=5), "1 minute ago"),
        (timedelta(hours=5, minutes=1), "5 hours ago"),
        (timedelta(days=3, minutes=1), "3 days ago"),
    ],
)
def test_moments_are_told_by_their_distance(ago: timedelta, words: str):
    assert wording.since(datetime.now(UTC) - ago) == words


def test_dotted_names_are_said_as_the_controls_say_them():
    hint = "Lower optimizer.learning_rate (it was 10), set data.scaling to unit or set this.thing to mean."
    assert wording.in_titles(hint) == (
        "Lower “Learning rate” (it was 10), set “Scaling” to [0, 1] or set this.thing to mean."
    )


def test_what_an_address_says_at_great_length_is_cut_short():
    unknown = Problem("x" * 8000, 1, "one of the known fields")
    long_value = Problem("network.activation", "x" * 8000, "one of relu, tanh")
    huge = Problem("training.seed", 10**400, "a whole number")
    assert all(len(wording.problem_sentence(problem)) < 500 for problem in (unknown, long_value, huge))


@pytest.mark.parametrize(
    ("run_ids", "words"),
    [
        ((7,), "run 7"),
        ((7, 8), "runs 7 and 8"),
        ((7, 8, 9), "runs 7, 8 and 9"),
        (range(1, 45), "runs 1, 2, 3, 4, 5, 6, 7, 8 and 36 more"),
    ],
)
def test_runs_are_named_in_one_breath(run_ids: Sequence[int], words: str):
    assert wording.numbered_runs(run_ids) == words


def test_a_size_is_never_written_with_an_exponent():
    assert [wording.bytes_in_words(size) for size in (1e3, 99.96e6, 999.7e6, 1e9)] == [
        "1 kB", "100 MB", "1000 MB", "1 GB",
    ]  # fmt: skip
