"""Work in threads, so that whoever waits for it can look up from time to time."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from threadpoolctl import threadpool_limits

PATIENCE_SECONDS = 0.2

Result = TypeVar("Result")


def completed(tasks: Sequence[Callable[[], Result]], workers: int) -> Generator[int, None, list[Result]]:
    """Do tasks in ``workers`` threads; yields how many are done at least every 0.2 s, returns their results.

    Libraries start no threads of their own meanwhile: those would wait for each other without sleeping, and
    sum in another order. To stop, stop iterating: no task is started any more; one in hand can't be
    interrupted, and goes on in its thread until the process ends. What a task raises is raised here.
    """
    results: dict[int, Result] = {}
    answers: SimpleQueue[tuple[int, Result | None, Exception | None]] = SimpleQueue()
    left: Iterator[tuple[int, Callable[[], Result]]] = iter(list(enumerate(tasks)))
    stopped, turn = threading.Event(), threading.Lock()

    def work() -> None:
        threadpool_limits(1, "openmp")  # known to each thread for itself, and gone with it
        while not stopped.is_set():
            with turn:
                number, task = next(left, (-1, None))
            if task is None:
                return
            try:
                answers.put((number, task(), None))
            except Exception as error:  # noqa: BLE001 -- raised again where it is waited for
                answers.put((number, None, error))

    with threadpool_limits(1, "blas"):
        try:
            for _ in range(min(workers, len(tasks))):
                threading.Thread(target=work, daemon=True).start()
            while len(results) < len(tasks):
                try:
                    number, result, error = answers.get(timeout=PATIENCE_SECONDS)
                except Empty:
                    pass
                else:
                    if error is not None:
                        raise error
                    results[number] = result  # type: ignore[assignment]
                yield len(results)
        finally:
            stopped.set()
    return [results[number] for number in range(len(tasks))]
