"""What came of a lab, as JSON for programs and as a table for people."""

from collections.abc import Sequence
from typing import Any

from explorer.cli.words import duration, table
from explorer.jobs.machine import machine_in_words
from explorer.labs.experiment import Lab
from explorer.labs.judged import Judged, judged_orders
from explorer.labs.time_taken import TimeTaken, time_taken

HEADER = ("id", "experiment", "where", "reported", "measured", "difference", "tolerance", "verdict")


def as_json(lab: Lab, lines: Sequence[Judged], *, quick: bool) -> dict[str, Any]:
    """A lab as ``--json`` tells it; shares are in [0, 1]."""
    taken = _taken(lines)
    return {
        "lab": lab.id,
        "quick": quick,
        "experiments": [_line_as_json(line) for line in lines],
        "seconds": {"training": taken.training, "clock": taken.clock},
        "machine": machine_in_words(),
    }


def in_words(lab: Lab, lines: Sequence[Judged], *, quick: bool) -> str:
    """A table with a line an experiment, what came of the orders that the report names, and the time."""
    rows = [
        (
            line.experiment.id,
            line.experiment.title,
            line.experiment.figure.where,
            line.reported,
            line.value,
            line.difference,
            line.tolerance,
            line.verdict.words,
        )
        for line in lines
    ]
    orders = [verdict.words for verdict in judged_orders(lab, tuple(lines), quick=quick)]
    taken = _taken(lines)
    time = f"Took {duration(taken.clock)} ({duration(taken.training)} of training) on {machine_in_words()}."
    return "\n".join(
        [table(HEADER, rows), *(["", *orders] if orders else []), *(["", time] if taken.clock else [])]
    )


def _line_as_json(line: Judged) -> dict[str, Any]:
    figure, measured = line.experiment.figure, line.measured
    return {
        "id": line.experiment.id,
        "title": line.experiment.title,
        "where": figure.where,
        "metric": figure.metric,
        "reported": figure.value,
        "statement": figure.statement,
        "between": figure.between,
        "measured": {"mean": measured.mean, "std": measured.std, "n": measured.n},
        "difference": line.verdict.difference,
        "tolerance": figure.tolerance,
        "verdict": line.verdict.words,
        "run_ids": [run.id for run in measured.runs],
    }


def _taken(lines: Sequence[Judged]) -> TimeTaken:
    return time_taken({run.id: run for line in lines for run in line.measured.runs}.values())
