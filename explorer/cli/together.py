"""Several runs of one group, trained in this process as the planner sees fit."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from explorer.cli.ctrl_c import ctrl_c_between_events
from explorer.cli.exit_codes import ExitCode, exit_code
from explorer.cli.group_progress import GroupProgress
from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.jobs.median_rule import was_hopeless
from explorer.jobs.threads import brief_spinning
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

if TYPE_CHECKING:
    from explorer.jobs.company import ExecutionEvent


def train_together(
    store: Store,
    settings: Settings,
    configs: Sequence[RunConfig],
    *,
    group: str,
    progress: GroupProgress | None,
) -> tuple[Run, ...]:
    """The runs in the order of their configs, as they ended; Ctrl-C stops all, with what they learned.

    Raises:
        KeyboardInterrupt: before anything began (torch was loading), or a second time.
    """
    os.environ.update(brief_spinning(os.environ, has_company=False))
    # Loading torch takes seconds; a refused request must not wait for it.
    from explorer.jobs.plan_execution import train_stack_here  # noqa: PLC0415

    numbers: dict[int, int] = {}

    def create(runs: tuple[Run, ...]) -> None:
        numbers.update({run.id: number for number, run in enumerate(runs, start=1)})

    def follow(run: Run, event: "ExecutionEvent") -> None:
        if progress is not None:
            progress.show(numbers[run.id], event)

    def end(run: Run) -> None:
        if progress is not None:
            progress.end(numbers[run.id], run)

    # SIGTERM and SIGHUP do as Ctrl-C does, at once: this thread only waits for those that train.
    with ctrl_c_between_events():
        return train_stack_here(
            store, settings, configs, group=group, on_create=create, on_event=follow, on_end=end
        )


def code_of_runs(runs: Sequence[Run]) -> ExitCode:
    """The worst that a run's end asks for."""
    return max((run_code(run) for run in runs), default=ExitCode.DONE)


def code_of_training(
    train: Callable[[], Sequence[Run]], progress: Callable[[], GroupProgress | None]
) -> ExitCode:
    """Trains a sweep's runs; what its end asks for, told where it was not the runs' own."""
    try:
        return code_of_sweep(train())
    except KeyboardInterrupt:  # while torch was loading, or a second time
        shown = progress()
        if shown is not None:
            shown.interrupt()
        return ExitCode.STOPPED
    except ExplorerError as error:  # the store, most likely
        print(error, file=sys.stderr)
        return exit_code(error)


def code_of_sweep(runs: Sequence[Run]) -> ExitCode:
    """As ``code_of_runs``; what the median rule stopped has done what was asked for."""
    return code_of_runs([run for run in runs if not was_hopeless(run)])


def run_code(run: Run) -> ExitCode:
    """The exit code that a run's end asks for."""
    if run.status is RunStatus.FINISHED:
        return ExitCode.DONE
    return ExitCode.FAILED if run.status is RunStatus.FAILED else ExitCode.STOPPED
