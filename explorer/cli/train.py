"""``train``: one run, or its repeats, in this process."""

import argparse
import os
import secrets
import sys
from typing import Any

from explorer.cli.ctrl_c import ctrl_c_between_events
from explorer.cli.exit_codes import ExitCode, exit_code
from explorer.cli.outcome import outcome, outcomes
from explorer.cli.output import STDOUT, write_json
from explorer.cli.progress import Follows, Progress
from explorer.cli.request import TrainRequest, read_request
from explorer.cli.words import describe_end, describe_repeats
from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.jobs.threads import brief_spinning
from explorer.records import Run, RunStatus
from explorer.settings import Settings, read_settings
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
    """Trains one config after the other, adding to ``objects``, until the user stops it; the worst code."""
    group = f"repeats {secrets.token_hex(3)}" if request.is_several else None
    code = ExitCode.DONE
    try:
        for number, config in enumerate(request.configs, start=1):
            label = f"run {number}/{len(request.configs)}" if request.is_several else ""
            progress = None if request.quiet else Progress(sys.stderr, config.training.epochs, label)
            run, is_interrupted = train_one(
                store, settings, config, group=group, progress=progress, images_a_step=request.images_a_step
            )
            objects.append(outcome(run, store.epochs(run.id)))
            _tell(describe_end(run), request, is_error=run.status is RunStatus.FAILED)
            code = max(code, ExitCode.STOPPED if is_interrupted else run_code(run))
            if code is ExitCode.STOPPED:
                break
    except KeyboardInterrupt:  # between two runs, or while torch was loading
        _tell("Stopped before the next run began.", request)
        return ExitCode.STOPPED
    except ExplorerError as error:  # the store, most likely; what the other runs learned is still told
        print(error, file=sys.stderr)
        return exit_code(error)
    return code


def train_one(
    store: Store,
    settings: Settings,
    config: RunConfig,
    *,
    group: str | None,
    progress: Follows | None,
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
            run = train_here(store, settings, config, group=group, on_start=start, on_event=follow)
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


def run_code(run: Run) -> ExitCode:
    """The exit code that a run's end asks for."""
    if run.status is RunStatus.FINISHED:
        return ExitCode.DONE
    return ExitCode.FAILED if run.status is RunStatus.FAILED else ExitCode.STOPPED
