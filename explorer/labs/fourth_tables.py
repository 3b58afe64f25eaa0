"""Tables 1 to 10 of the fourth report: confusion matrices, and scores of each class."""

from explorer.labs.reported import ReportedConfusion, ReportedScores, Score, matrix, numbers

BASELINE = matrix(
    """
     956    0    5    1    1    7    6    2    2    0
       0 1108    2    2    1    3    4    1   12    0
      13    8  933    6    9    3   17    9   30    3
       2    1   25  900    0   40    1   12   20    6
       3    2    6    1  907    0   12    1    4   42
      10    3    4   33    6  778   13    5   31    8
      12    3    6    0    9   16  905    0    6    0
       4   14   24    3    6    1    0  940    2   33
       4   10    7   15   10   30   14    3  867   13
      12   10    1    8   30    8    0   11    4  923
    """
)
TANH = matrix(
    """
     971    0    2    1    0    1    1    1    1    0
       0 1121    2    3    0    1    2    1    2    0
       2    0 1016    4    1    0    2    3    2    0
       0    0    3  992    0    0    0    3    3    6
       0    0    4    1  965    1    2    1    1    6
       3    1    0   16    2  856    5    1    4    2
       6    3    4    1    3    5  934    0    1    0
       2    2   11    4    0    0    0  992    2   14
       3    0    5   11    4    5    2    3  939    2
       4    2    2   11   11    2    0    3    0  973
    """
)
RELU = matrix(
    """
     968    0    2    1    0    1    2    1    3    1
       0 1124    3    1    0    0    0    1    5    0
       2    2 1004    6    3    0    3    4    4    0
       1    0    4  995    0    2    0    3    3    1
       0    0    4    0  964    0    1    3    1    8
       2    0    0   11    1  867    3    0    3    3
       3    3    3    1    8    4  933    0    3    0
       1    5    4    3    1    0    0 1008    2    3
       2    1    5    6    3    5    2    2  940    5
       2    2    0    8    7    1    0    4    3  980
    """
)
SCORES: dict[Score, tuple[str, ...]] = {
    "precision": (
        "0.9409 0.9559 0.9210 0.9288 0.9265 0.8781 0.9311 0.9553 0.8865 0.8979",
        "0.9798 0.9929 0.9685 0.9502 0.9787 0.9828 0.9852 0.9841 0.9832 0.9701",
        "0.9867 0.9886 0.9757 0.9641 0.9767 0.9852 0.9883 0.9824 0.9721 0.9790",
    ),
    "recall": (
        "0.9755 0.9779 0.9049 0.8937 0.9274 0.8732 0.9456 0.9153 0.8911 0.9166",
        "0.9928 0.9903 0.9864 0.9851 0.9837 0.9618 0.9760 0.9659 0.9641 0.9653",
        "0.9888 0.9912 0.9767 0.9861 0.9827 0.9742 0.9739 0.9815 0.9681 0.9732",
    ),
    "f1": (
        "0.9579 0.9668 0.9129 0.9109 0.9269 0.8756 0.9383 0.9349 0.8888 0.9071",
        "0.9863 0.9916 0.9774 0.9673 0.9812 0.9722 0.9806 0.9749 0.9736 0.9677",
        "0.9878 0.9899 0.9762 0.9750 0.9797 0.9797 0.9811 0.9820 0.9701 0.9761",
    ),
}
NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu"}
TITLES: dict[Score, tuple[str, str]] = {
    "precision": ("Precision of each digit", "Tables 2, 8"),
    "recall": ("Recall of each digit", "Tables 3, 9"),
    "f1": ("F1 of each digit", "Tables 4, 10"),
}
# Of about a thousand images a digit: what networks of other seeds differ by is below one point.
TOLERANCE = 0.02

SCORE_TABLES = tuple(
    ReportedScores(
        *TITLES[score],
        score,
        {
            name: (experiment, numbers(row))
            for (name, experiment), row in zip(NAMES.items(), rows, strict=True)
        },
        TOLERANCE,
    )
    for score, rows in SCORES.items()
)
CONFUSIONS = tuple(
    ReportedConfusion(f"Confusion with {name}", f"Table {table}", experiment, rows, "images")
    for (name, experiment), table, rows in zip(NAMES.items(), (1, 5, 6), (BASELINE, TANH, RELU), strict=True)
)


def mean_of(score: Score, experiment: str) -> float:
    """A reported score's mean over the ten digits."""
    [table] = [table for table in SCORE_TABLES if table.score == score]
    values = next(values for name, values in table.rows.values() if name == experiment)
    return sum(values) / len(values)


def of_digit(score: Score, experiment: str, digit: int) -> float:
    """A reported score of one digit."""
    [table] = [table for table in SCORE_TABLES if table.score == score]
    return next(values for name, values in table.rows.values() if name == experiment)[digit]
