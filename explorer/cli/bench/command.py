"""``bench``: all measurements, or some, as a table and as JSON."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from explorer.cli.bench.cases import ALL_IMAGES, CASES, find_case
from explorer.cli.bench.dashboard import measure_dashboard
from explorer.cli.bench.first_point import measure_first_point
from explorer.cli.bench.images import mnist_folder
from explorer.cli.bench.machine import describe_machine, machine_line
from explorer.cli.bench.measurement import Measurement, measurements_table
from explorer.cli.bench.overhead import SECONDS_A_SIDE, measure_monitoring, measure_recording
from explorer.cli.bench.pages import measure_live, measure_pages, measure_tabs
from explorer.cli.bench.replayed import measure_graphs, measure_plain_graph
from explorer.cli.bench.speed import compare_speed
from explorer.cli.bench.stack_cases import STACKS, STUDY
from explorer.cli.bench.stacks import (
    STUDY_SHARE,
    WHOLE_STUDY,
    measure_pair,
    measure_stack,
    measure_study,
    measure_whole_study,
)
from explorer.cli.errors import RequestError
from explorer.cli.exit_codes import ExitCode
from explorer.cli.output import STDOUT, target_problems, write_json
from explorer.cli.words import duration
from explorer.errors import ExplorerError
from explorer.settings import Settings, read_settings

FEWEST_IMAGES = 1_000
PROCESS_SECONDS = 5.0  # to start a process that imports torch
BUSY_LOAD = 0.5


@dataclass(frozen=True, slots=True)
class Task:
    """One measurement to be taken; ``seconds`` is what a repetition takes, about."""

    name: str
    seconds: float
    measure: Callable[[], list[Measurement]]


def bench(arguments: argparse.Namespace) -> int:
    """Takes the measurements; a target that is missed is told, and is no failure."""
    _refuse_faults(arguments)
    settings, machine = read_settings(), describe_machine()
    stream = sys.stderr if arguments.json_path == STDOUT else sys.stdout
    _say(machine_line(machine))
    if machine["load_average"] and machine["load_average"][0] > BUSY_LOAD:
        _say("Something else is computing here: read ratios rather than seconds, and look at the spread.")
    with mnist_folder(settings.data) as (folder, is_real):
        source = "real MNIST" if is_real else "random images of MNIST's size (MNIST is not in EXPLORER_DATA)"
        own = replace(settings, data=folder)
        if arguments.pages:
            tasks = _page_tasks(own, arguments.repetitions)
        else:
            tasks = _tasks(own, arguments.images, arguments.repetitions)
        chosen = [task for task in tasks if _is_asked_for(task, arguments.only)]
        total = arguments.repetitions * sum(task.seconds for task in chosen)
        _say(f"{arguments.images:,} training images, {source}; about {duration(total)} on two idle cores.")
        measurements, code = _measure(chosen)
    print(measurements_table(measurements), file=stream)
    if arguments.json_path is not None:
        write_json(
            arguments.json_path,
            {
                "machine": machine,
                "images": arguments.images,
                "source": source,
                "repetitions": arguments.repetitions,
                "measurements": [measurement.as_json() for measurement in measurements],
            },
        )
    return code


def _measure(tasks: list[Task]) -> tuple[list[Measurement], ExitCode]:
    """What was measured until the end, or until Ctrl-C; a task that fails does not keep the others back."""
    measurements: list[Measurement] = []
    code = ExitCode.DONE
    try:
        for number, task in enumerate(tasks, start=1):
            _say(f"[{number}/{len(tasks)}] {task.name}")
            try:
                measurements.extend(task.measure())
            except ExplorerError as error:
                code = ExitCode.FAILED
                _say(f"{task.name} could not be measured: {error}")
    except KeyboardInterrupt:
        code = ExitCode.STOPPED
    return measurements, code


def _tasks(settings: Settings, images: int, repetitions: int) -> list[Task]:
    share = images / ALL_IMAGES

    def one(function: Callable[..., Measurement], *values: Any) -> Callable[[], list[Measurement]]:
        return lambda: [function(*values)]

    wide, small, tiny = (find_case(name) for name in ("784-512-128-10", "784-64-10", "784-10-10"))
    speed = [
        Task(
            case.name,
            2 * PROCESS_SECONDS + share * (case.typical_seconds + case.our_seconds),
            one(compare_speed, case, settings, images, repetitions, _say),
        )
        for case in CASES
    ]
    monitoring = [
        Task(
            f"monitoring {case.name}",
            2 * max(SECONDS_A_SIDE, share * case.our_seconds),
            one(measure_monitoring, case, settings, images, repetitions),
        )
        for case in (wide, small, tiny, find_case("lenet"))
    ]
    recording = [
        Task(
            f"recording {case.name}",
            3 * SECONDS_A_SIDE,
            one(measure_recording, case, settings, images, repetitions),
        )
        for case in (wide, small)
    ]
    graphs = [
        Task(f"cuda graph {case.name} b64", 2.0, one(measure_graphs, case, settings, images, repetitions))
        for case in (wide, small, tiny)
    ]
    plain_graph = Task("cuda graph plain", 2.0, one(measure_plain_graph, settings, images, repetitions))
    stacks = [
        Task(
            stack.title,
            2 * share * stack.our_seconds,
            one(measure_stack, stack, settings, images, repetitions),
        )
        for stack in STACKS
    ]
    pair = Task(
        "stack pair of lenet",
        4 * PROCESS_SECONDS + share * 6 * find_case("lenet").our_seconds,
        one(measure_pair, "lenet", settings, images, repetitions),
    )
    study = Task(
        "stack activation study",
        2 * PROCESS_SECONDS + share * 2 * STUDY.our_seconds / STUDY_SHARE,
        one(measure_study, settings, images, repetitions),
    )
    whole_study = Task(
        WHOLE_STUDY,
        PROCESS_SECONDS,
        one(measure_whole_study, settings, images, repetitions),
    )
    first_points = [
        Task(f"first point {dataset}", 5.0, one(measure_first_point, dataset, settings, repetitions))
        for dataset in ("digits", "mnist")
    ]
    dashboard = Task("dashboard", 8.0, lambda: measure_dashboard(settings, repetitions))
    return [
        *speed,
        *monitoring,
        *recording,
        *graphs,
        plain_graph,
        *stacks,
        pair,
        study,
        whole_study,
        *first_points,
        dashboard,
    ]


def _page_tasks(settings: Settings, repetitions: int) -> list[Task]:
    return [
        Task("page", 15.0, lambda: measure_pages(settings, repetitions)),
        Task("live", 17.0, lambda: measure_live(settings, repetitions)),
        Task("tabs", 30.0, lambda: measure_tabs(settings, repetitions)),
    ]


def _is_asked_for(task: Task, only: list[str]) -> bool:
    """By its name, or by the beginning that it shares with its kind (``monitoring``)."""
    return not only or any(task.name == name or task.name.startswith(f"{name} ") for name in only)


def _refuse_faults(arguments: argparse.Namespace) -> None:
    faults = [str(problem) for problem in target_problems(arguments.json_path, "--json")]
    if not FEWEST_IMAGES <= arguments.images <= ALL_IMAGES:
        faults.append(f"--images must be in [{FEWEST_IMAGES:,}, {ALL_IMAGES:,}], got {arguments.images}.")
    if arguments.repetitions < 1:
        faults.append(f"--repetitions must be at least 1, got {arguments.repetitions}.")
    tasks = _page_tasks(read_settings(), 1) if arguments.pages else _tasks(read_settings(), ALL_IMAGES, 1)
    for name in arguments.only:
        if not any(_is_asked_for(task, [name]) for task in tasks):
            names = ", ".join(task.name for task in tasks)
            faults.append(f"--only must be one of {names}, or the first word of some; got {name!r}.")
    if faults:
        raise RequestError("\n".join(faults))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
