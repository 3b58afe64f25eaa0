"""``lab``: the reports' experiments listed, shown beside what was measured, and carried out."""

import argparse
import sys
import threading
from collections.abc import Iterator
from typing import Any, TextIO

from explorer.cli.exit_codes import ExitCode
from explorer.cli.output import STDOUT, write_json
from explorer.cli.words import bar, duration, table
from explorer.jobs.runner import attach_dashboard
from explorer.labs import running
from explorer.labs.experiment import Experiment, Lab
from explorer.labs.measured import Measured, measure, runs_of
from explorer.labs.verdict import Verdict, amount, judge, judge_order
from explorer.settings import read_settings
from explorer.storage.store import Store, open_store

LOOK_SECONDS = 1.0
LINE_SECONDS = 10.0  # between lines where there is no terminal
HEADER = ("experiment", "where", "reported", "measured", "verdict")


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
    lab = running.find_lab(arguments.lab)
    store = open_store(read_settings())
    print(f"The {lab.id} report: {lab.title}\n{lab.about}\n")
    print(in_words(store, lab, quick=arguments.quick))
    for gap in lab.gaps:
        print(f"\n{gap.unsaid}\n  {gap.reading} {gap.why}")
    return ExitCode.DONE


def lab_run(arguments: argparse.Namespace) -> int:
    """Queues what is missing, follows it until all has ended, and says what came of it.

    Ctrl-C pauses what trains; the next ``lab run`` goes on from there.
    """
    lab, quick = running.find_lab(arguments.lab), arguments.quick
    settings = read_settings()
    store = open_store(settings)
    presence = attach_dashboard(settings)  # workers stay while somebody watches
    interrupted = False
    try:
        running.start(store, settings, lab, quick=quick)
        _follow(store, lab, quick, None if arguments.quiet else sys.stderr)
    except KeyboardInterrupt:
        interrupted = True
        running.stop(store, settings, lab, quick=quick)
    finally:
        if presence is not None:
            presence.release()
    if not arguments.quiet:
        print(
            in_words(store, lab, quick=quick),
            file=sys.stderr if arguments.json_path == STDOUT else sys.stdout,
        )
    if arguments.json_path is not None:
        write_json(arguments.json_path, as_json(store, lab, quick=quick))
    if interrupted:
        return ExitCode.STOPPED
    return ExitCode.DONE if running.progress(store, lab, quick=quick).is_done else ExitCode.FAILED


def as_json(store: Store, lab: Lab, *, quick: bool) -> dict[str, Any]:
    """A lab as ``--json`` tells it; shares are in [0, 1]."""
    return {
        "lab": lab.id,
        "quick": quick,
        "experiments": [
            {
                "id": experiment.id,
                "title": experiment.title,
                "where": experiment.figure.where,
                "metric": experiment.figure.metric,
                "reported": experiment.figure.value,
                "measured": {"mean": measured.mean, "std": measured.std, "n": measured.n},
                "difference": verdict.difference,
                "tolerance": experiment.figure.tolerance,
                "verdict": verdict.words,
                "run_ids": [run.id for run in measured.runs],
            }
            for experiment, measured, verdict in _judged(store, lab, quick=quick)
        ],
    }


def in_words(store: Store, lab: Lab, *, quick: bool) -> str:
    """A table with a line an experiment, and what came of the orders that the report names."""
    rows, means = [], {}
    for experiment, measured, verdict in _judged(store, lab, quick=quick):
        means[experiment.id] = measured.mean
        figure = experiment.figure
        reported = figure.statement if figure.value is None else amount(figure.value, experiment)
        value = "" if measured.mean is None else amount(measured.mean, experiment)
        if value and measured.n > 1 and measured.std is not None:
            value += f" ± {amount(measured.std, experiment)} ({measured.n})"
        rows.append((experiment.title, figure.where, reported, value, verdict.words))
    orders = [judge_order(lab, order, means, quick=quick).words for order in lab.orders]
    return "\n".join([table(HEADER, rows), *(["", *orders] if orders else [])])


def _judged(store: Store, lab: Lab, *, quick: bool) -> Iterator[tuple[Experiment, Measured, Verdict]]:
    found = runs_of(store, lab, quick=quick)
    for experiment in lab.experiments:
        measured = measure(store, lab, experiment, found, quick=quick)
        yield experiment, measured, judge(experiment.figure, measured, quick=quick)


def _follow(store: Store, lab: Lab, quick: bool, stream: TextIO | None) -> None:
    """Until nothing of the lab waits or trains."""
    wait = threading.Event().wait
    seconds, begun = 0.0, running.progress(store, lab, quick=quick).share
    while (now := running.progress(store, lab, quick=quick)).is_active:
        if stream is not None and (stream.isatty() or seconds % LINE_SECONDS == 0):
            _say(stream, now, seconds, begun)
        wait(LOOK_SECONDS)  # the runs are in the hands of workers, and the store tells of them
        seconds += LOOK_SECONDS
    if stream is not None and stream.isatty():
        stream.write("\r\x1b[K")
    if now.paused and stream is not None:
        stream.write(
            f"{now.paused} runs were paused or stopped elsewhere; `lab run {lab.id}` goes on with them.\n"
        )


def _say(stream: TextIO, now: running.Progress, seconds: float, begun: float) -> None:
    gained = now.share - begun
    left = f", {duration(seconds * (1 - now.share) / gained)} left" if gained > 0.01 else ""
    words = f"{now.ended} of {now.wanted} runs ended, {now.training} training, {now.waiting} waiting{left}"
    line = f"{bar(now.share)} {now.share:4.0%} {words}"
    stream.write(f"\r\x1b[K{line}" if stream.isatty() else f"{line}\n")
    stream.flush()
