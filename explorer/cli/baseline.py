"""``baseline``: one classical method, fitted beside this process."""

import argparse
import sys

from explorer.cli.baseline_request import BaselineRequest, read_baseline_request
from explorer.cli.ctrl_c import ctrl_c_between_events
from explorer.cli.exit_codes import ExitCode
from explorer.cli.fit_progress import FitReport
from explorer.cli.output import STDOUT, write_json
from explorer.cli.together import run_code
from explorer.cli.words import describe_end
from explorer.jobs.fit_execution import FitProgress, fit_here
from explorer.records import Run, RunStatus
from explorer.settings import Settings, read_settings
from explorer.sharing.outcome import outcome
from explorer.storage.store import Store, open_store


def baseline(arguments: argparse.Namespace) -> int:
    """Fits what was asked for and says how it went; all faults of a request come before anything starts."""
    settings = read_settings()
    request = read_baseline_request(arguments, settings)
    store = open_store(settings)
    run, is_interrupted = _fit(store, settings, request)
    if run.status is RunStatus.FAILED:
        print(describe_end(run), file=sys.stderr)
    elif not request.quiet:
        print(describe_end(run), file=sys.stderr if request.json_path == STDOUT else sys.stdout)
    if request.json_path is not None:
        write_json(request.json_path, outcome(run, ()))
    return ExitCode.STOPPED if is_interrupted else run_code(run)


def _fit(store: Store, settings: Settings, request: BaselineRequest) -> tuple[Run, bool]:
    """The run as it ended, and whether Ctrl-C was pressed, also when that was too late to stop it."""
    report = None if request.quiet else FitReport(sys.stderr)
    with ctrl_c_between_events() as ctrl_c:

        def follow(progress: FitProgress) -> None:
            ctrl_c.pass_on(progress)  # first: a terminal that was closed takes no more lines
            if report is not None:
                report.show(progress)

        try:
            run = fit_here(store, settings, request.config, on_progress=follow)
        finally:
            if report is not None:
                report.close()
    return run, ctrl_c.is_waiting
