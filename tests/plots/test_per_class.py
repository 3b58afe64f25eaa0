from explorer.plots.per_class import class_rows
from explorer.records import ClassMetrics

from .records import evaluation


def test_a_row_names_what_its_class_is_most_often_read_as():
    metrics = (
        ClassMetrics(0.9, 0.8, 0.85, 10),
        ClassMetrics(1.0, 1.0, 1.0, 4),
        ClassMetrics(0.5, 0.5, 0.5, 6),
    )
    answers = evaluation((8, 0, 2), (0, 4, 0), (1, 2, 3), per_class=metrics)
    rows = class_rows(answers, ("x", "y", "z"))
    assert [(row.name, row.mistake, row.support) for row in rows] == [
        ("x", "z (2)", 10),
        ("y", "", 4),
        ("z", "y (2)", 6),
    ]
    assert (rows[0].precision, rows[0].recall, rows[0].f1) == (0.9, 0.8, 0.85)


def test_of_equally_frequent_mistakes_the_lower_class_is_named():
    metrics = (ClassMetrics(0, 0, 0, 2),) * 3
    rows = class_rows(evaluation((0, 1, 1), (1, 0, 1), (1, 1, 0), per_class=metrics), ("x", "y", "z"))
    assert [row.mistake for row in rows] == ["y (1)", "x (1)", "x (1)"]
