"""The planner on queues made by hand: who is trained with whom, where, and who comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from explorer.config.baseline import BaselineConfig
from explorer.config.kinds import AnyConfig, wanted_device
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.jobs.planning import Job, Place, lanes_of, may_begin, plan, stack_size
from explorer.storage.stacks import Queued

START = datetime(2026, 3, 1, tzinfo=UTC)
GIB = 2**30
CPU = Place("cpu", 8 * GIB, 2)
GPU, SECOND_GPU = Place("cuda:0", 40 * GIB, 16), Place("cuda:1", 40 * GIB, 16)

TINY = {"network.hidden": [10]}  # 784-10-10, batch 64: up to 64 at once on a CPU
SMALL = {"network.hidden": [64], "training.batch_size": 256}  # up to 20
LARGE = {"network.hidden": [500, 250, 100], "training.batch_size": 512}  # one at a time
LENET = {"network.kind": "cnn", "network.preset": "lenet"}
NUMPY = {"network.hidden": [10], "training.engine": "numpy"}


def config(shape: Mapping[str, Any], **changes: Any) -> RunConfig:
    named = {path.replace("__", "."): value for path, value in changes.items()}
    return config_from_paths({**shape, "training.device": "cpu", **named})


class Queue:
    """A queue in which each run was asked for some seconds after the first."""

    def __init__(self) -> None:
        self.runs: list[Queued] = []

    def ask(self, wish: AnyConfig, group: str | None = None, *, at: float = 0.0, epoch: int = 0) -> "Queue":
        moment = START + timedelta(seconds=at)
        self.runs.append(Queued(len(self.runs) + 1, wish, wanted_device(wish), group, epoch, moment))
        return self

    def sweep(self, shape: Mapping[str, Any], count: int, group: str | None, **options: Any) -> "Queue":
        device = options.pop("device", "cpu")
        for number in range(count):
            rate = 0.001 * (number + 1)
            self.ask(config(shape, optimizer__learning_rate=rate, training__device=device), group, **options)
        return self

    def plan(self, *places: Place, **options: Any) -> list[tuple[int, ...]]:
        return [job.run_ids for job in plan(self.runs, places or (CPU,), **options)]


def numbers(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


NARROWER, OTHER_BATCH = {"network.hidden": [9]}, {**TINY, "training.batch_size": 32}
SVM = BaselineConfig()

CASES: dict[str, tuple[Queue, list[tuple[int, ...]]]] = {
    "an empty queue": (Queue(), []),
    "one run": (Queue().ask(config(TINY)), [(1,)]),
    "six of one shape are one job": (Queue().sweep(TINY, 6, "sweep"), [numbers(1, 6)]),
    "the same without a group": (Queue().sweep(TINY, 6, None), [numbers(1, 6)]),
    "five seeds": (
        Queue().ask(config(TINY)).ask(config(TINY, training__seed=1)).ask(config(TINY, training__seed=2)),
        [(1, 2, 3)],
    ),
    "two shapes are two jobs": (
        Queue().ask(config(TINY), "a").ask(config(NARROWER), "a").ask(config(TINY), "a"),
        [(1, 3), (2,)],
    ),
    "another batch size is another shape": (
        Queue().ask(config(TINY)).ask(config(OTHER_BATCH)),
        [(1,), (2,)],
    ),
    "activations stack": (
        Queue().ask(config(TINY)).ask(config(TINY, network__activation="tanh")),
        [(1, 2)],
    ),
    "runs that resume stack with those of their epoch": (
        Queue().ask(config(TINY)).ask(config(TINY), epoch=3).ask(config(TINY), epoch=3),
        [(1,), (2, 3)],
    ),
    "100 tiny ones are two even stacks": (Queue().sweep(TINY, 100, "a"), [numbers(1, 50), numbers(51, 100)]),
    "30 small ones are two even stacks": (Queue().sweep(SMALL, 30, "a"), [numbers(1, 15), numbers(16, 30)]),
    "large ones go one by one": (Queue().sweep(LARGE, 3, "a"), [(1,), (2,), (3,)]),
    "CNNs go one by one on a CPU": (Queue().sweep(LENET, 5, "a"), [(1,), (2,), (3,), (4,), (5,)]),
    "NumPy goes one by one": (Queue().sweep(NUMPY, 2, "a"), [(1,), (2,)]),
    "a baseline goes by itself": (Queue().ask(SVM, "a").ask(SVM, "a").ask(config(TINY)), [(1,), (3,), (2,)]),
    "single runs keep their order": (
        Queue().ask(config(TINY)).ask(config(NARROWER), at=1).ask(config(LARGE), at=2),
        [(1,), (2,), (3,)],
    ),
    "a single run comes before the rest of a sweep": (
        Queue().sweep(LENET, 4, "sweep").ask(config(NARROWER), at=5),
        [(1,), (5,), (2,), (3,), (4,)],
    ),
    "two sweeps take turns": (
        Queue().sweep(LENET, 3, "a").sweep(LARGE, 3, "b", at=1),
        [(1,), (4,), (2,), (5,), (3,), (6,)],
    ),
    "several single runs come before the rest of a sweep": (
        Queue().sweep(LENET, 2, "a").ask(config(TINY), at=1).ask(config(NARROWER), at=2),
        [(1,), (3,), (4,), (2,)],
    ),
    "a classmate's run of the same shape goes along": (
        Queue().sweep(TINY, 5, "a").ask(config(TINY, training__seed=9), at=1),
        [numbers(1, 6)],
    ),
    "its own group goes along first": (
        Queue().sweep(SMALL, 15, "a").sweep(SMALL, 15, "b").ask(config(SMALL), "a", at=9),
        [(*numbers(1, 15), 31), numbers(16, 30)],
    ),
    "a run whose device nobody here has is left out": (
        Queue().ask(config(TINY, training__device="cuda")).ask(config(TINY)),
        [(2,)],
    ),
    "a run that asks for too many images is left to say so": (
        Queue().ask(config(TINY, data__train_size=100_000)).ask(config(TINY, data__train_size=100_000)),
        [(1,), (2,)],
    ),
}


@pytest.mark.parametrize(("queue", "jobs"), CASES.values(), ids=CASES)
def test_the_plan_of_a_queue_on_one_cpu(queue: Queue, jobs: list[tuple[int, ...]]):
    assert queue.plan() == jobs


@pytest.mark.parametrize("name", CASES)
def test_every_run_that_can_be_served_is_planned_once(name: str):
    queue, _ = CASES[name]
    planned = [run_id for job in queue.plan() for run_id in job]
    assert sorted(planned) == [run.run_id for run in queue.runs if run.wanted == "cpu"]


@pytest.mark.parametrize(
    ("queue", "idle_lanes", "jobs"),
    [
        (Queue().sweep(TINY, 20, "a"), 2, [numbers(1, 10), numbers(11, 20)]),
        (Queue().sweep(TINY, 20, "a"), 4, [numbers(1, 5), numbers(6, 10), numbers(11, 15), numbers(16, 20)]),
        (Queue().sweep(TINY, 20, "a"), 1, [numbers(1, 20)]),
        (Queue().sweep(TINY, 20, "a"), 0, [numbers(1, 20)]),
        (Queue().sweep(TINY, 9, "a"), 2, [numbers(1, 9)]),
        (Queue().sweep(SMALL, 45, "a"), 2, [numbers(1, 15), numbers(16, 30), numbers(31, 45)]),
        (Queue().sweep(TINY, 9, "a").sweep(NARROWER, 9, "b"), 2, [numbers(1, 9), numbers(10, 18)]),
    ],
    ids=["two", "four", "one", "none", "too few to share", "no more than fit", "two sweeps"],
)  # fmt: skip
def test_idle_lanes_of_a_cpu_share_a_sweep(queue: Queue, idle_lanes: int, jobs: list[tuple[int, ...]]):
    assert queue.plan(replace(CPU, idle_lanes=idle_lanes)) == jobs


def test_a_group_that_was_served_waits_behind_those_that_were_not():
    queue = Queue().sweep(LENET, 2, "a").sweep(LARGE, 1, "b", at=10)
    assert queue.plan() == [(1,), (3,), (2,)]
    assert queue.plan(served={"a": START + timedelta(seconds=20)}) == [(3,), (1,), (2,)]
    # Asked for after the other group's last turn: nobody is overtaken for ever.
    assert queue.plan(served={"a": START + timedelta(seconds=5)}) == [(1,), (3,), (2,)]


def test_runs_on_any_device_go_to_the_gpu_where_there_is_one():
    queue = Queue().sweep(TINY, 2, "a", device="auto").sweep(TINY, 2, "b")
    assert [(job.device, job.run_ids) for job in plan(queue.runs, (CPU, GPU))] == [
        ("cuda:0", (1, 2)),
        ("cpu", (3, 4)),
    ]


def test_two_gpus_share_a_sweep_evenly():
    queue = Queue().sweep(LARGE, 9, "a", device="auto")
    assert [(job.device, job.run_ids) for job in plan(queue.runs, (GPU, SECOND_GPU))] == [
        ("cuda:0", numbers(1, 5)),
        ("cuda:1", numbers(6, 9)),
    ]


def test_a_gpu_stacks_what_a_cpu_does_not():
    large = Queue().sweep(LARGE, 40, "a", device="cuda")
    assert large.plan(GPU) == [numbers(1, 40)]
    assert stack_size(config(LARGE), CPU) == 1


@pytest.mark.parametrize(("free", "most"), [(40 * GIB, 64), (GIB, 32), (4_000_000, 1)])
def test_a_stack_fits_into_half_of_the_free_memory(free: int, most: int):
    size = stack_size(config({"network.hidden": [800]}), Place("cuda:0", free, 8))
    assert size <= most
    assert (size > 1) == (most > 1)


def test_networks_with_images_of_their_own_take_the_memory_of_each():
    shape = {**TINY, "data.dataset": "mnist", "data.train_size": 20_000, "data.validation_size": 5_000}
    place = replace(CPU, free_bytes=2 * GIB)
    alike, different = Queue().sweep(shape, 64, "a"), Queue()
    for number in range(64):
        different.ask(config(shape, data__split_seed=number), "a")
    assert alike.plan(place) == [numbers(1, 64)]
    assert different.plan(place) == [numbers(1, 32), numbers(33, 64)]


def test_a_stack_that_was_measured_to_be_slower_is_not_made_again():
    def measured(_config: RunConfig, device: str) -> Mapping[int, float]:
        return {"cpu": {1: 0.10, 8: 0.12}, "cuda:0": {1: 0.10, 8: 0.02}}[device]

    assert stack_size(config(TINY), CPU, measured) == 1
    assert stack_size(config(TINY), GPU, measured) == 64
    assert Queue().sweep(TINY, 3, "a").plan(measured=measured) == [(1,), (2,), (3,)]


def job(*run_ids: int, group: str = "", at: float = 0.0) -> Job:
    groups = frozenset({group or f"run {run_ids[0]}"})
    return Job("cpu", run_ids, groups, START + timedelta(seconds=at))


SWEEP, SINGLE = job(1, 2, 3, group="sweep"), job(8)
PART = job(1, group="large sweep")  # of which more waits
WAITING = Queue().sweep(LARGE, 3, "large sweep").runs

BEGINNINGS = {
    "nothing in hand": (job(9), [], 0.0, True),
    "beside a sweep, after a second": (job(9), [SWEEP], 1.0, True),
    "beside a sweep, at once": (job(9), [SWEEP], 0.5, False),
    "after a single run, not beside it": (job(9), [SINGLE], 100.0, False),
    "beside one of many large ones": (job(9), [PART], 1.0, True),
    "not beside a sweep and a single run that shares with it": (job(9), [SWEEP, SINGLE], 9.0, False),
    "beside two sweeps": (job(9), [SWEEP, job(4, 5, group="other")], 9.0, True),
    "a second sweep beside the first": (job(4, 5, group="other"), [SWEEP], 2.0, True),
    "more of the same sweep: later": (job(4, 5, group="sweep"), [SWEEP], 99.0, False),
    "a fifth job: later": (job(99), [job(n, n + 1, group=f"{n}") for n in range(1, 9, 2)], 99.0, False),
}  # fmt: skip


@pytest.mark.parametrize(("new", "in_hand", "seconds", "begins"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_which_job_begins_beside_those_in_hand(
    new: Job, in_hand: Sequence[Job], seconds: float, begins: bool
):
    assert may_begin(new, in_hand, WAITING, START + timedelta(seconds=seconds)) is begins


def test_two_lanes_take_two_jobs_whatever_they_are():
    assert may_begin(job(9), [SINGLE], WAITING, START, lanes=2)
    assert may_begin(job(4, 5, group="sweep"), [SWEEP], WAITING, START, lanes=2)
    later = START + timedelta(seconds=9)
    assert not may_begin(job(9), [SINGLE, job(7)], WAITING, later, lanes=2)
    assert may_begin(job(9), [SINGLE, SWEEP], WAITING, later, lanes=2)
    assert not may_begin(job(10), [SINGLE, SWEEP, job(9)], WAITING, later, lanes=2)


def test_a_cpu_has_a_lane_for_each_core_up_to_four_and_a_gpu_one():
    assert [lanes_of(Place("cpu", GIB, cores)) for cores in (1, 2, 4, 16)] == [1, 2, 4, 4]
    assert lanes_of(GPU) == 1


def test_a_long_queue_is_looked_at_in_a_moment():
    """The first job of 2,000 runs asks for the measurements of its own shape alone."""
    queue = Queue()
    for number in range(1_000):
        queue.ask(config({"network.hidden": [number % 500 + 1]}))
        queue.ask(config(TINY, optimizer__learning_rate=0.001 * (number % 9 + 1)))
    asked: list[str] = []

    def measured(_config: RunConfig, device: str) -> Mapping[int, float]:
        asked.append(device)
        return {}

    assert next(plan(queue.runs, [CPU], measured=measured)).run_ids[0] == 1
    assert asked == ["cpu"]
