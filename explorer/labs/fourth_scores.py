"""Precision, recall and F1 of the fourth report as experiments: their means, and the digits it speaks of."""

from explorer.labs.experiment import Experiment, Figure, Order
from explorer.labs.fourth_tables import NAMES, TITLES, TOLERANCE, mean_of, of_digit
from explorer.labs.reported import Score

SPOKEN_OF = (
    ("sigmoid", 1),
    ("sigmoid", 3),
    ("sigmoid", 8),
    ("sigmoid", 5),
    ("ReLU", 3),
    ("ReLU", 5),
    ("tanh", 8),
)
# Quick, and still long enough for the order of the activations to show.
STUDY = {"data.train_size": 6000, "training.epochs": 15}
WORDS: dict[Score, str] = {"precision": "precision", "recall": "recall", "f1": "F1"}
MEAN_TOLERANCE = 0.01


def _mean(name: str, score: Score) -> Experiment:
    _, tables = TITLES[score]
    return Experiment(
        f"{NAMES[name]}-{score}",
        f"{name}, {WORDS[score]}, mean of the ten digits",
        Figure(
            tables if name == "sigmoid" else f"Table {tables.split()[-1]}",
            metric=score,
            value=round(mean_of(score, NAMES[name]), 4),
            tolerance=MEAN_TOLERANCE,
        ),
        {"network.activation": NAMES[name]},
        repeats=5,
        quick=STUDY,
        shows=("confusion",),
    )


def _digit(name: str, digit: int) -> Experiment:
    return Experiment(
        f"{NAMES[name]}-f1-{digit}",
        f"{name}, F1 of the {digit}",
        Figure(
            "section 3.3" if (name, digit) == ("sigmoid", 1) else "section 4.3",
            metric="f1",
            value=of_digit("f1", NAMES[name], digit),
            tolerance=TOLERANCE,
            digit=digit,
        ),
        {"network.activation": NAMES[name]},
        repeats=5,
        quick=STUDY,
        shows=("confusion",),
    )


SCORES_OF_DIGITS = (
    *(_mean(name, score) for score in WORDS for name in NAMES),
    *(_digit(name, digit) for name, digit in SPOKEN_OF),
)
SCORE_ORDER = Order(
    ("sigmoid-f1-1", "sigmoid-f1-3", "sigmoid-f1-8", "sigmoid-f1-5"),
    "Sigmoid tells ones best; 3, 8 and 5 are hard, in this order (section 3.3, Table 4).",
)
