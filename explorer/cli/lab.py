"""``lab``: the reports' experiments listed, shown beside what was measured, carried out, and reported on."""

import argparse
import sys
from pathlib import Path

from explorer.cli.errors import RequestError
from explorer.cli.exit_codes import ExitCode
from explorer.cli.lab_outcome import as_json, in_words
from explorer.cli.lab_progress import follow
from explorer.cli.output import STDOUT, target_problems, write_bytes, write_json
from explorer.cli.words import table
from explorer.errors import StoreError
from explorer.jobs.runner import attach_dashboard
from explorer.labs import running
from explorer.labs.experiment import Lab
from explorer.labs.judged import judged
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store


def lab_list(_: argparse.Namespace) -> int:
    """Prints one line a lab."""
    rows = [
        (lab.id, lab.title, str(len(lab.experiments)), str(len(lab.configs())))
        for lab in running.LABS.values()
    ]
    print(table(("lab", "title", "experiments", "runs"), rows))
    return ExitCode.DONE


def lab_show(arguments: argparse.Namespace) -> int:
    """Prints a lab's experiments, reported beside measured, and what the report leaves open."""
    lab = _asked(arguments)
    _tell(open_store(read_settings()), lab, arguments, with_gaps=True)
    return ExitCode.DONE


def lab_run(arguments: argparse.Namespace) -> int:
    """Queues what is missing, follows it until all has ended, and says what came of it.

    Ctrl-C pauses what trains; the next ``lab run`` goes on from there.
    """
    lab = _asked(arguments)
    settings = read_settings()
    store = open_store(settings)
    presence = attach_dashboard(settings)  # workers stay while somebody watches
    try:
        interrupted = _carry_out(store, settings, lab, arguments)
    except StoreError as error:
        again = running.command(lab, quick=arguments.quick, experiments=arguments.experiments)
        raise StoreError(f"{error}\n`{again}` goes on from what was measured.") from error
    finally:
        if presence is not None:
            presence.release()
    _tell(store, lab, arguments)
    if interrupted:
        if not arguments.quiet:
            again = running.command(lab, quick=arguments.quick, experiments=arguments.experiments)
            print(f"\nPaused. `{again}` goes on from what was measured.", file=sys.stderr)
        return ExitCode.STOPPED
    now = running.progress(store, settings, lab, quick=arguments.quick, experiments=arguments.experiments)
    return ExitCode.DONE if now.is_done else ExitCode.FAILED


def lab_report(arguments: argparse.Namespace) -> int:
    """Writes a lab as a report: what was reported and measured, and figures of its runs."""
    from explorer.labs.report import make_lab_report  # noqa: PLC0415 - it draws figures, which others do not need

    lab, settings, output = _asked(arguments), read_settings(), arguments.output
    suffix = ".md" if output == STDOUT else Path(output).suffix
    made = make_lab_report(
        open_store(settings), settings, lab, suffix, quick=arguments.quick, experiments=arguments.experiments
    )
    write_bytes(output, made)
    return ExitCode.DONE


def _asked(arguments: argparse.Namespace) -> Lab:
    """The lab that is meant; every fault of the request comes before anything is done."""
    lab = running.find_lab(arguments.lab)
    running.chosen(lab, arguments.experiments)
    targets = {"--json": "json_path", "--output": "output"}
    faults = [
        str(problem)
        for flag, name in targets.items()
        for problem in target_problems(getattr(arguments, name, None), flag)
    ]
    if faults:
        raise RequestError("\n".join(faults))
    return lab


def _carry_out(store: Store, settings: Settings, lab: Lab, arguments: argparse.Namespace) -> bool:
    """Runs what is missing; whether Ctrl-C ended it."""
    quick, experiments = arguments.quick, arguments.experiments
    try:
        running.start(store, settings, lab, quick=quick, experiments=experiments)
        stream = None if arguments.quiet else sys.stderr
        follow(store, settings, lab, stream, quick=quick, experiments=experiments)
    except KeyboardInterrupt:
        running.stop(store, settings, lab, quick=quick, experiments=experiments)
        return True
    return False


def _tell(store: Store, lab: Lab, arguments: argparse.Namespace, *, with_gaps: bool = False) -> None:
    """What came of it: words to people, JSON where it was asked for."""
    lines = judged(store, lab, quick=arguments.quick, experiments=arguments.experiments)
    if not arguments.quiet:
        stream = sys.stderr if arguments.json_path == STDOUT else sys.stdout
        if with_gaps:
            print(f"The {lab.id} report: {lab.title}\n{lab.about}\n", file=stream)
        print(in_words(lab, lines, quick=arguments.quick), file=stream)
        for gap in lab.gaps if with_gaps else ():
            print(f"\n{gap.unsaid}\n  {gap.reading} {gap.why}", file=stream)
    if arguments.json_path is not None:
        write_json(arguments.json_path, as_json(lab, lines, quick=arguments.quick))
