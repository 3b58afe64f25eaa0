"""``sweep``: runs over the values of one or two fields, in this process, and what they amount to."""

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from typing import Any

from explorer.cli.exit_codes import ExitCode, exit_code
from explorer.cli.group_progress import GroupProgress
from explorer.cli.output import STDOUT, write_json
from explorer.cli.sweep_request import SweepRequest, read_sweep_request
from explorer.cli.together import code_of_runs, train_together
from explorer.cli.words import counted, table
from explorer.config.sweeping import group_name
from explorer.errors import ExplorerError
from explorer.evaluation.sweeps import SCORES, Score, Spread, SweepPoint, best_point, summarise
from explorer.settings import Settings, read_settings
from explorer.sharing.outcome import outcome
from explorer.storage.store import Store, open_store

SCORE_HEADER = ("runs", "validation accuracy", "test accuracy", "")


def sweep(arguments: argparse.Namespace) -> int:
    """Trains every run of the sweep and says what came of it; all faults come before anything starts."""
    settings = read_settings()
    request = read_sweep_request(arguments, settings)
    store = open_store(settings)
    group = group_name("sweep", request.fields, secrets.token_hex(3))
    code = _train_all(store, settings, request, group)
    runs = store.runs(group=group)[::-1]  # also those of a sweep that was cut short
    points = summarise(runs, request.fields)
    if runs and not request.quiet:
        print(
            in_words(points, request.fields), file=sys.stderr if request.json_path == STDOUT else sys.stdout
        )
    if runs and request.json_path is not None:
        objects = [outcome(run, store.epochs(run.id)) for run in runs]
        write_json(request.json_path, {"runs": objects, "summary": [summary_line(point) for point in points]})
    return code


def summary_line(point: SweepPoint) -> dict[str, Any]:
    """One value of the sweep (or pair of values) as ``--json`` tells it; scores that no run has are None."""
    return {
        "values": dict(point.values),
        "run_ids": list(point.run_ids),
        "n": point.n,
        "failed": point.failed,
        "diverged": point.diverged,
        **{name: _as_json(point.score(name)) for name in SCORES},
    }


def in_words(points: Sequence[SweepPoint], fields: Sequence[str]) -> str:
    """A table with a line for each value, and which one is best by validation."""
    rows = [
        (
            *(_word(point.value(field)) for field in fields),
            str(len(point.run_ids)),
            _accuracy(point, "validation_accuracy"),
            _accuracy(point, "test_accuracy"),
            _failures(point),
        )
        for point in points
    ]
    return f"{table((*fields, *SCORE_HEADER), rows)}\n{_best_in_words(points)}"


def _train_all(store: Store, settings: Settings, request: SweepRequest, group: str) -> ExitCode:
    """Trains the runs together; the worst code."""
    progress = None if request.quiet else GroupProgress(sys.stderr, request.labels, request.steps)
    try:
        runs = train_together(store, settings, request.sweep.configs(), group=group, progress=progress)
    except KeyboardInterrupt:  # while torch was loading, or a second time
        if progress is not None:
            progress.interrupt()
        return ExitCode.STOPPED
    except ExplorerError as error:  # the store, most likely
        print(error, file=sys.stderr)
        return exit_code(error)
    return code_of_runs(runs)


def _best_in_words(points: Sequence[SweepPoint]) -> str:
    best = best_point(points)
    if best is None:
        return "No best is named: no run has a validation accuracy to choose by."
    values = ", ".join(f"{field}={_word(value)}" for field, value in best.values)
    return f"Best by validation: {values} ({_accuracy(best, 'validation_accuracy')})."


def _accuracy(point: SweepPoint, name: Score) -> str:
    score = point.score(name)
    if score is None:
        return "–"
    return f"{score.mean:.2%}" + (f" ± {score.deviation:.2%}" if score.deviation is not None else "")


def _failures(point: SweepPoint) -> str:
    if not point.failed:
        return ""
    diverged = f", {point.diverged} of them diverged" if point.diverged < point.failed else " (diverged)"
    return f"{counted(point.failed, 'run')} failed{diverged if point.diverged else ''}"


def _as_json(score: Spread | None) -> dict[str, float | None] | None:
    return None if score is None else {"mean": score.mean, "std": score.deviation}


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
