"""``sweep --budget``: an adaptive search in this process, batch by batch, and what it found."""

import argparse
import secrets
import sys
from collections.abc import Sequence

from explorer.cli.exit_codes import ExitCode
from explorer.cli.group_progress import GroupProgress
from explorer.cli.search_request import SearchRequest, read_search_request
from explorer.cli.sweep_outcome import cost_in_words, tell_outcome
from explorer.cli.sweep_request import label, steps_of
from explorer.cli.together import code_of_training, train_together
from explorer.config.run import RunConfig
from explorer.config.sweeping import group_name, repeated
from explorer.jobs.median_rule import switch_on
from explorer.jobs.search import search_here
from explorer.records import Run
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store


def search(arguments: argparse.Namespace) -> int:
    """Trains all batches of the search and says what came of it; all faults come before anything starts."""
    settings = read_settings()
    request = read_search_request(arguments, settings)
    store = open_store(settings)
    group = group_name("search", request.search.fields, secrets.token_hex(3))
    if request.is_rule:
        switch_on(store, group)
    code = _search(store, settings, request, group)
    tell_outcome(
        store, group, request.search.fields, request.json_path,
        quiet=request.quiet, objective=request.search.objective,
    )  # fmt: skip
    return code


def _search(store: Store, settings: Settings, request: SearchRequest, group: str) -> ExitCode:
    """Trains the batches one after the other; the worst code."""
    asked, done = request.search, list[Run]()
    progress: GroupProgress | None = None

    def say(line: str) -> None:
        if not request.quiet:
            print(line, file=sys.stderr)

    def train(configs: tuple[RunConfig, ...]) -> Sequence[Run]:
        nonlocal progress
        say(f"Runs {len(done) + 1} to {len(done) + len(configs)} of {asked.budget}:")
        labels = [label(config, asked.fields) for config in configs]
        steps = steps_of(configs, settings)
        progress = None if request.quiet else GroupProgress(sys.stderr, labels, steps)
        runs = train_together(store, settings, configs, group=group, progress=progress)
        done.extend(runs)
        return runs

    first = repeated(asked.base, min(asked.batch, asked.budget))
    say(cost_in_words(store, settings, first, asked.budget))

    def train_all() -> Sequence[Run]:
        search_here(store, asked, group, train)
        return done

    return code_of_training(train_all, lambda: progress)
