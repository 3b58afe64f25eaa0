"""What the folded topics of a form and its cost line say in few words."""

from typing import Any

import pytest

from explorer.config.fields import values_by_path
from explorer.config.run import RunConfig
from explorer.jobs.cost import Cost
from explorer.ui.cost_line import cost_in_words
from explorer.ui.knobs import summary


@pytest.mark.parametrize(
    ("epochs", "batch", "words"),
    [
        (10, 64, "10 epochs, batch 64"),
        (1, 64, "1 epoch, batch 64"),
        (1000, 2048, "1,000 epochs, batch 2,048"),
        (2, "full", "2 epochs, full batch"),
    ],
)
def test_the_training_topic_says_how_long_and_in_what_portions(epochs: int, batch: Any, words: str):
    current = values_by_path(RunConfig()) | {"training.epochs": epochs, "training.batch_size": batch}
    assert summary("Training", current) == words


def test_the_cost_of_many_epochs_is_a_number_with_commas():
    cost = Cost(44_426, 281_640, 1293, 21, "cpu", 0.1, measured=True)
    assert "1 min 40 s for 1,000 (measured here)" in cost_in_words(cost, 1000)
