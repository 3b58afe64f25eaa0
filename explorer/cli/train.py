"""``train``: one run, or its repeats, in this process."""

import argparse
import os
import secrets
import sys
from typing import Any

from explorer.cli.ctrl_c import ctrl_c_between_events
from explorer.cli.exit_codes import ExitCode, exit_code
from explorer.cli.group_progress import GroupProgress
from explorer.cli.output import STDOUT, write_json
from explorer.cli.progress import Progress
from explorer.cli.request import TrainRequest, read_request
from explorer.cli.together import code_of_runs, run_code, train_together
from explorer.cli.words import describe_end, describe_repeats
from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.jobs.threads import brief_spinning
from explorer.records import Run, RunStatus
from explorer.settings import Settings, read_settings
from explorer.sharing.outcome import outcome, outcomes
from explorer.storage.store import Store, open_store


def train(arguments: argparse.Namespace) -> int:
    """Trains what was asked for and says how it went; all faults of a request come before anything starts."""
    settings = read_settings()
    request = read_request(arguments, settings)
    store = open_store(settings)
    objects: list[dict[str, Any]] = []
    code = _train_all(store, settings, request, objects)
    if request.is_several and objects:
        _tell(describe_repeats(outcomes(objects)), request)
    if request.json_path is not None and objects:
        write_json(request.json_path, outcomes(objects) if request.is_several else objects[0])
    return code


def _train_all(
    store: Store, settings: Settings, request: TrainRequest, objects: list[dict[str, Any]]
) -> ExitCode:
    """Trains one config, or all together, adding what came of it to ``objects``; the worst code."""
    try:
        if request.is_several:
            return _train_repeats(store, settings, request, objects)
        (config,) = request.configs
        progress = None if request.quiet else Progress(sys.stderr, config.training.epochs)
        run, is_interrupted = _train_one(
            store, settings, config, progress=progress, images_a_step=request.images_a_step
        )
        objects.append(outcome(run, store.epochs(run.id)))
        _tell(describe_end(run), request, is_error=run.status is RunStatus.FAILED)
    except KeyboardInterrupt:  # while torch was loading
        _tell("Stopped before the run began.", request)
        return ExitCode.STOPPED
    except ExplorerError as error:  # the store, most likely
        print(error, file=sys.stderr)
        return exit_code(error)
    return ExitCode.STOPPED if is_interrupted else run_code(run)


def _train_repeats(
    store: Store, settings: Settings, request: TrainRequest, objects: list[dict[str, Any]]
) -> ExitCode:
    group = f"repeats {secrets.token_hex(3)}"
    labels = [f"seed {config.training.seed}" for config in request.configs]
    steps = [request.steps] * len(labels)
    progress = None if request.quiet else GroupProgress(sys.stderr, labels, steps)
    runs = train_together(store, settings, request.configs, group=group, progress=progress)
    objects.extend(outcome(run, store.epochs(run.id)) for run in runs)
    return code_of_runs(runs)


def _train_one(
    store: Store,
    settings: Settings,
    config: RunConfig,
    *,
    progress: Progress | None,
    images_a_step: float,
) -> tuple[Run, bool]:
    """The run as it ended, and whether Ctrl-C was pressed, also when that was too late to stop it."""
    os.environ.update(brief_spinning(os.environ, has_company=False))
    # Loading torch takes seconds; a refused request must not wait for it.
    from explorer.jobs.execution import train_here  # noqa: PLC0415

    def start(run: Run) -> None:
        if progress is not None:
            progress.start(run.total_steps, images_a_step)

    with ctrl_c_between_events() as ctrl_c:

        def follow(event: object) -> None:
            ctrl_c.pass_on(event)  # first: a terminal that was closed takes no more lines
            if progress is not None:
                progress.show(event)

        try:
            run = train_here(store, settings, config, on_start=start, on_event=follow)
        finally:
            if progress is not None:
                progress.close()
    return run, ctrl_c.is_waiting


def _tell(text: str, request: TrainRequest, is_error: bool = False) -> None:
    """Words on stdout; on stderr where stdout is JSON only, or where they are an error."""
    if is_error:
        print(text, file=sys.stderr)
    elif not request.quiet:
        print(text, file=sys.stderr if request.json_path == STDOUT else sys.stdout)
