"""``runs``: what is in the store — list, show, delete."""

import argparse

from explorer.cli.exit_codes import ExitCode
from explorer.cli.words import LIST_HEADER, describe_run, list_row, table
from explorer.jobs.queue import delete
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store


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
