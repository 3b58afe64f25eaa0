"""``runs``: what is in the store — list, show, export, delete."""

import argparse
import csv
import io
from collections.abc import Sequence

from explorer.cli.errors import RequestError
from explorer.cli.exit_codes import ExitCode
from explorer.cli.output import target_problems, write_json, write_text
from explorer.cli.words import LIST_HEADER, describe_run, list_row, no_such_run, table
from explorer.config.baseline import BaselineConfig
from explorer.errors import RunNotFoundError
from explorer.jobs.queue import delete
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.records import EpochMetrics
from explorer.settings import Settings, read_settings
from explorer.sharing.outcome import HISTORY_COLUMNS, history_row, outcome
from explorer.storage.store import Store, open_store

FORMATS = ("csv", "json")
LATER_FORMATS = ("script", "onnx", "report")


def list_runs(_arguments: argparse.Namespace) -> int:
    """Prints all runs, newest first."""
    runs = _open(read_settings()).runs()
    if not runs:
        print("There are no runs yet. `python -m explorer train` makes the first one.")
    else:
        print(table(LIST_HEADER, [list_row(run) for run in runs]))
    return ExitCode.DONE


def show_run(arguments: argparse.Namespace) -> int:
    """Prints one run: its settings, how it ended, its layers and its epochs."""
    store = _open(read_settings())
    print(describe_run(store.run(arguments.run_id), store.epochs(arguments.run_id)))
    return ExitCode.DONE


def export_run(arguments: argparse.Namespace) -> int:
    """Writes one run as a table of its epochs or as a JSON object."""
    settings = read_settings()
    faults = _export_faults(arguments)
    store = _open(settings)
    try:
        run = store.run(arguments.run_id)
    except RunNotFoundError:
        raise RequestError("\n".join([*faults, no_such_run(arguments.run_id)])) from None
    if arguments.format == "csv" and isinstance(run.config, BaselineConfig):
        faults.append(f"Run {run.id} is a baseline and has no epochs to tabulate; choose --format json.")
    if faults:
        raise RequestError("\n".join(faults))
    epochs = store.epochs(run.id)
    if arguments.format == "csv":
        write_text(arguments.output, _as_csv(epochs))
    else:
        write_json(arguments.output, outcome(run, epochs))
    return ExitCode.DONE


def delete_run(arguments: argparse.Namespace) -> int:
    """Deletes one run with its curves and checkpoints."""
    settings = read_settings()
    delete(_open(settings), settings, arguments.run_id)
    print(f"Run {arguments.run_id} is deleted.")
    return ExitCode.DONE


def _open(settings: Settings) -> Store:
    store = open_store(settings)
    mark_lost_runs(store, settings)
    return store


def _export_faults(arguments: argparse.Namespace) -> list[str]:
    faults = []
    if arguments.format in LATER_FORMATS:
        faults.append(f"--format {arguments.format} is not available in this version; choose csv or json.")
    elif arguments.format not in FORMATS:
        faults.append(f"--format must be csv or json, got {arguments.format!r}.")
    return faults + [str(problem) for problem in target_problems(arguments.output, "--output")]


def _as_csv(epochs: Sequence[EpochMetrics]) -> str:
    """One line an epoch; what was not measured is an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history_row(epoch) for epoch in epochs)
    return text.getvalue()
