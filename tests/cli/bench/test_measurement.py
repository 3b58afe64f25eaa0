import json

import pytest

from explorer.cli.bench.measurement import Measurement, Target, measurements_table

RATIO = Measurement(
    "784-64-10",
    "typical / ours",
    "×",
    Target("at least", 30),
    (40.0, 20.0, 35.0),
    {"typical": (10.0, 9.0, 11.0), "ours": (0.25, 0.45, 0.3125)},
)


def test_the_figure_is_the_median_with_least_and_greatest():
    value = RATIO.as_json()
    assert (value["median"], value["least"], value["greatest"]) == (35.0, 20.0, 40.0)
    assert value["values"] == [40.0, 20.0, 35.0]
    assert value["target"] == {"at least": 30}
    assert value["met"] is True
    assert json.loads(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("target", "values", "met"),
    [
        (Target("at least", 30), (29.0, 29.0, 50.0), False),
        (Target("at most", 5), (4.0, 5.0, 9.0), True),
        (Target("at most", 5), (4.0, 5.1, 9.0), False),
        (None, (1.0,), None),
        (Target("at most", 5), (), None),
    ],
)
def test_a_target_is_met_by_the_median(target, values, met):
    assert Measurement("name", "", "%", target, values).is_met is met


def test_the_table_has_figure_spread_target_and_both_sides():
    header, row = measurements_table([RATIO]).splitlines()
    assert header.split("  ")[0] == "measurement"
    for part in (
        "784-64-10",
        "35.0×",
        "20.0 – 40.0×",
        "at least 30.0×",
        "yes",
        "typical 10.0 s, ours 0.31 s",
    ):
        assert part in row


def test_what_was_left_out_says_why():
    left_out = Measurement(
        "cuda graph", "", "×", Target("at least", 4), skipped="torch finds no CUDA device here"
    )
    assert (
        measurements_table([left_out]).splitlines()[1].endswith("left out: torch finds no CUDA device here")
    )
    assert left_out.as_json()["skipped"] == "torch finds no CUDA device here"
    assert left_out.as_json()["median"] is None
