"""HOG features of many images, computed by several processes at once."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Hog
from explorer.data.features import feature_count
from explorer.errors import ExplorerError

PORTION = 500  # images: a tenth of a second's work
COUNT_BYTES = 8

Report = Callable[[int], None]
Process = subprocess.Popen[bytes]


def hog_features(
    images: NDArray[np.uint8], hog: Hog, report: Report | None = None, processes: int | None = None
) -> NDArray[np.float32]:
    """The features (N, F) float32 of images (N, 28, 28) uint8, by scikit-image's ``hog``.

    Of pixels in [0, 1], with blocks normalised by L2-Hys. F is ``feature_count(hog)``. ``report`` is told
    after every portion how many images are done; what it raises ends the work. ``processes`` is one a core
    where it is not given.

    Raises:
        ExplorerError: a process that computes them died (too little memory, say).
    """
    features = np.empty((len(images), feature_count(hog)), np.float32)
    done = 0
    for portion in hog_portions(images, hog, processes):
        features[done : done + len(portion)] = portion
        done += len(portion)
        if report is not None:
            report(done)
    return features


def hog_portions(
    images: NDArray[np.uint8], hog: Hog, processes: int | None = None
) -> Iterator[NDArray[np.float32]]:
    """The same features, a few hundred images at a time, in their order. To stop the work, stop iterating."""
    starts = range(0, len(images), PORTION)
    wanted = min(processes or _cores(), len(starts))
    if not wanted:
        return
    idle: SimpleQueue[Process] = SimpleQueue()
    started = [_start(hog) for _ in range(wanted)]
    for process in started:
        idle.put(process)

    def ask(start: int) -> NDArray[np.float32]:
        process = idle.get()
        try:
            return _ask(process, images[start : start + PORTION], feature_count(hog))
        finally:
            idle.put(process)

    threads = ThreadPoolExecutor(wanted)
    waiting: deque[Future[Any]] = deque()
    try:
        for start in starts:
            # Two portions a process are under way, so that none waits for whoever takes the features.
            waiting.append(threads.submit(ask, start))
            if len(waiting) == 2 * wanted:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for process in started:
            process.kill()
        threads.shutdown(cancel_futures=True)
        for process in started:
            process.communicate()


def _start(hog: Hog) -> Process:
    settings = (hog.orientations, hog.cell_size, hog.block_size)
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-m", "explorer.classical.hog_process", *(str(number) for number in settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _search_path(), "OMP_NUM_THREADS": "1"},
        start_new_session=True,  # Ctrl-C is for the process that asked
    )


def _ask(process: Process, images: NDArray[np.uint8], width: int) -> NDArray[np.float32]:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 -- both are pipes
    length = len(images) * width * np.dtype(np.float32).itemsize
    try:
        process.stdin.write(len(images).to_bytes(COUNT_BYTES, "little") + images.tobytes())
        process.stdin.flush()
        answer = process.stdout.read(length)
    except (OSError, ValueError):  # the pipe broke, or was closed because nobody iterates any more
        answer = b""
    if len(answer) < length:
        raise ExplorerError(
            f"HOG features could not be computed: the process for it ended with code {process.wait()}. "
            "Its words are in the log; if it names none, there was too little memory. Try again."
        )
    return np.frombuffer(answer, np.float32).reshape(len(images), width)


def _search_path() -> str:
    package_home = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join([package_home, *filter(None, [os.environ.get("PYTHONPATH")])])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
