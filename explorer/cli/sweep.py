"""``sweep``: runs over the values of one or two fields, in this process, and what they amount to."""

import argparse
import secrets
import sys

from explorer.cli.exit_codes import ExitCode
from explorer.cli.group_progress import GroupProgress
from explorer.cli.search import search
from explorer.cli.sweep_outcome import cost_in_words, tell_outcome
from explorer.cli.sweep_request import SweepRequest, read_sweep_request
from explorer.cli.together import code_of_training, train_together
from explorer.config.sweeping import group_name
from explorer.jobs.median_rule import switch_on
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store


def sweep(arguments: argparse.Namespace) -> int:
    """Trains every run of the sweep and says what came of it; all faults come before anything starts."""
    if arguments.budget is not None:
        return search(arguments)
    settings = read_settings()
    request = read_sweep_request(arguments, settings)
    store = open_store(settings)
    group = group_name("sweep", request.fields, secrets.token_hex(3))
    if arguments.stop_hopeless:
        switch_on(store, group)
    code = _train_all(store, settings, request, group)
    tell_outcome(store, group, request.fields, request.json_path, quiet=request.quiet)
    return code


def _train_all(store: Store, settings: Settings, request: SweepRequest, group: str) -> ExitCode:
    """Trains the runs together; the worst code."""
    configs = request.sweep.configs()
    progress = None
    if not request.quiet:
        print(cost_in_words(store, settings, configs, len(configs)), file=sys.stderr)
        progress = GroupProgress(sys.stderr, request.labels, request.steps)
    return code_of_training(
        lambda: train_together(store, settings, configs, group=group, progress=progress), lambda: progress
    )
