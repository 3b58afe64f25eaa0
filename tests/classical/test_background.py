import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from explorer.classical.background import completed

ROOT = Path(__file__).resolve().parents[2]


def drain(steps):
    counts = []
    while True:
        try:
            counts.append(next(steps))
        except StopIteration as end:
            return counts, end.value


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_the_order_of_the_tasks(workers):
    counts, results = drain(completed([partial(pow, 2, n) for n in range(10)], workers))
    assert results == [2**n for n in range(10)]
    assert counts == list(range(1, 11))


def test_no_tasks_have_no_results():
    assert drain(completed([], 2)) == ([], [])


def test_who_waits_looks_up_while_a_task_is_under_way():
    may_end = threading.Event()
    steps = completed([may_end.wait], 1)
    assert [next(steps), next(steps)] == [0, 0]
    may_end.set()
    assert drain(steps)[1] == [True]


def test_workers_work_at_the_same_time():
    meeting = threading.Barrier(2, timeout=60)
    _, results = drain(completed([meeting.wait, meeting.wait], 2))
    assert sorted(results) == [0, 1]


def test_what_a_task_raises_is_raised_to_who_waits():
    def fail() -> None:
        raise MemoryError("all of it")

    with pytest.raises(MemoryError, match="all of it"):
        drain(completed([fail], 1))


def test_who_stops_iterating_starts_no_task_any_more():
    started, may_end = threading.Event(), threading.Event()
    done, workers = [], []

    def first() -> None:
        workers.append(threading.current_thread())
        started.set()
        may_end.wait()

    steps = completed([first, lambda: done.append(1)], 1)
    next(steps)
    assert started.wait(60)
    (worker,) = workers
    steps.close()
    may_end.set()
    worker.join(60)
    assert not worker.is_alive()
    assert not done


def test_libraries_start_no_threads_within_a_task_and_may_again_afterwards():
    program = (
        "import sklearn.neighbors\n"
        "from threadpoolctl import threadpool_info\n"
        "from explorer.classical.background import completed\n"
        "def counts(): return {(l['user_api'], l['num_threads']) for l in threadpool_info()}\n"
        "inside = []\n"
        "list(completed([lambda: inside.append(counts())] * 3, 2))\n"
        "assert inside == [{('blas', 1), ('openmp', 1)}] * 3, inside\n"
        "assert counts() == {('blas', 2), ('openmp', 2)}, counts()\n"
    )
    threads = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | threads,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
