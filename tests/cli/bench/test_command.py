import json

import pytest

from explorer.cli.bench import replayed, stacks
from explorer.cli.bench.cases import CASES
from explorer.cli.bench.child import BenchError, measure
from explorer.cli.bench.command import _is_asked_for, _tasks
from explorer.cli.bench.first_point import measure_first_point
from explorer.cli.bench.machine import describe_machine, machine_line
from explorer.cli.bench.measurement import Target, measurements_table
from explorer.cli.bench.replayed import GRAPHS, PLAIN
from explorer.cli.bench.stack_cases import STACKS
from explorer.cli.bench.stacks import whole_study

MEASUREMENT = [
    "name", "meaning", "unit", "median", "least", "greatest", "values", "sides", "sides_unit", "target",
    "met", "skipped", "device",
]  # fmt: skip


def test_a_short_comparison_prints_the_table_and_writes_the_same_as_json(explorer, tmp_path):
    target = tmp_path / "bench.json"
    ended = explorer(
        "bench",
        "--only",
        "784-10-10",
        "--only",
        "cuda graph 784-64-10 b64",
        "--images",
        "1000",
        "--repetitions",
        "1",
        "--json",
        str(target),
    )
    assert ended.code == 0
    written = json.loads(target.read_text())
    assert list(written) == ["machine", "images", "source", "repetitions", "measurements"]
    assert (written["images"], written["repetitions"]) == (1_000, 1)
    assert written["source"].startswith("random images")
    assert all(list(measurement) == MEASUREMENT for measurement in written["measurements"])
    ratio = written["measurements"][0]
    assert ratio["name"] == "784-10-10"
    assert ratio["target"] == {"at least": 40}
    (value,) = ratio["values"]
    typical, ours = ratio["sides"]["typical"][0], ratio["sides"]["ours"][0]
    assert value == pytest.approx(typical / ours)
    assert typical < ratio["sides"]["typical process"][0]
    header, first, *others = ended.out.splitlines()
    assert header.startswith("measurement")
    assert first.startswith("784-10-10 ")
    assert len(others) == 1
    assert written["machine"]["cpu"] in ended.err
    assert "about 0:" in ended.err


def test_the_issues_targets_are_all_measured(settings):
    names = [task.name for task in _tasks(settings, 60_000, 3)]
    assert names[:5] == [case.name for case in CASES]
    assert [case.target for case in CASES] == [8, 30, 40, 4, 1.3]
    for beginning in (
        "monitoring ",
        "recording ",
        "cuda graph ",
        "stack ",
        "stack activation study",
        "first point ",
        "dashboard",
    ):
        assert any(name.startswith(beginning) for name in names)


def test_every_bar_of_a_gpu_is_measured_by_one_word(settings):
    tasks = [task for task in _tasks(settings, 60_000, 3) if _is_asked_for(task, ["cuda"])]
    assert [task.name for task in tasks] == [
        "cuda graph 784-512-128-10 b64",
        "cuda graph 784-64-10 b64",
        "cuda graph 784-10-10 b64",
        "cuda graph plain",
        "cuda stack 64 rates 784-500-250-100-10 b64",
        "cuda activation study",
    ]
    assert {GRAPHS.value: GRAPHS.direction, PLAIN.value: PLAIN.direction} == {4: "at least", 10: "at most"}
    assert [stack.target for stack in STACKS if stack.device == "cuda"] == [15]


def test_figures_of_a_gpu_are_told_beside_their_bars_with_its_name(settings, monkeypatch):
    results = {
        "graphs": {"eager": [1.0, 0.9, 1.1], "graph": [0.1, 0.1, 0.1]},
        "plain_graph": {"ours": [0.12, 0.105, 0.1], "plain": [0.1, 0.1, 0.1]},
        "stacked": {"one after the other": [0.1] * 3, "stack": [0.005, 0.008, 0.006]},
        "studied": {"seconds": 9.0, "training": 8.5, "process_seconds": 14.0},
    }

    def measured(module, *_):
        return results[module.rpartition(".")[2]] | {"device": "NVIDIA H200"}

    monkeypatch.setattr(replayed, "measure", measured)
    monkeypatch.setattr(stacks, "measure", measured)
    tasks = [task for task in _tasks(settings, 60_000, 3) if _is_asked_for(task, ["cuda"])]
    figures = [figure for task in tasks for figure in task.measure()]
    assert [round(figure.median, 1) for figure in figures] == [10, 10, 10, 5, 16.7, 9]
    assert all(figure.is_met and figure.as_json()["device"] == "NVIDIA H200" for figure in figures)
    lines = measurements_table(figures).splitlines()
    assert len(lines) == 1 + 6 + 1
    assert lines[-1] == "Measured on NVIDIA H200: all whose names begin with cuda."


def test_the_whole_study_is_held_to_thirty_seconds_where_it_had_all_images():
    results = [
        {"device": "a GPU", "seconds": seconds, "training": seconds - 1, "process_seconds": seconds + 5}
        for seconds in (28.0, 31.0, 29.0)
    ]
    whole = whole_study(results, 60_000)
    assert (whole.median, whole.target, whole.is_met) == (29.0, Target("at most", 30), True)
    assert whole.sides == {"training": (27.0, 30.0, 28.0), "whole process": (33.0, 36.0, 34.0)}
    assert "15 runs of 15 epochs of 60,000 images" in whole.meaning
    assert whole.device == "a GPU"
    assert whole_study(results, 20_000).is_met is None
    left_out = whole_study([{"skipped": "torch finds no CUDA device here"}], 60_000)
    assert (left_out.skipped, left_out.median) == ("torch finds no CUDA device here", None)


def test_all_faults_are_named_at_once(explorer, tmp_path):
    ended = explorer(
        "bench",
        "--only",
        "vgg",
        "--images",
        "5",
        "--repetitions",
        "0",
        "--json",
        str(tmp_path / "absent" / "x"),
    )
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 4
    for part in (
        "'vgg'",
        "--images must be in [1,000, 60,000]",
        "--repetitions must be at least 1",
        "--json must be",
    ):
        assert part in ended.err


def test_a_process_that_fails_is_told_with_its_last_words(settings):
    with pytest.raises(BenchError, match="list index out of range"):
        measure("explorer.cli.bench.watcher", [], settings)


def test_the_machine_is_described_without_torch_being_loaded():
    machine = describe_machine()
    assert list(machine) == ["cpu", "cores", "system", "python", "torch", "torchvision", "load_average"]
    assert machine["cores"] >= 1
    assert machine["torch"][0].isdigit()
    assert machine["torch"] in machine_line(machine)


def test_the_first_point_comes_from_a_warm_worker(settings):
    measurement = measure_first_point("digits", settings, 2)
    assert len(measurement.values) == 2
    assert min(measurement.values) > 0
    assert measurement.target is not None
