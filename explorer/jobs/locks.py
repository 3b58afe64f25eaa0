"""Advisory file locks that the system frees when their process ends, however it ends."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

RETRY_SECONDS = 0.005


class Lock:
    """A held lock. It is freed by ``release``, at the end of a ``with`` block, or with its process.

    Child processes do not inherit it. The file stays: removing it would let two processes hold
    locks of one name.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor: int | None = descriptor
        self.path = path

    def release(self) -> None:
        """Free the lock; a second call does nothing."""
        if self._descriptor is not None:
            _unlock(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def write(self, text: str) -> None:
        """Replace what the lock file says (of who holds it) by ``text``."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, text.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold(path: Path, patience_seconds: float = 0.0) -> Lock | None:
    """The exclusive lock of this file, or None where another holder (also of this process) has it.

    With ``patience_seconds`` it tries again for that long: a probe by ``is_held`` takes the lock for
    some microseconds, which must not look like a holder to someone who asks only once.
    """
    return _acquire(path, shared=False, patience_seconds=patience_seconds)


def hold_shared(path: Path, patience_seconds: float = 1.0) -> Lock | None:
    """A shared lock of this file: any number of holders, none beside an exclusive one."""
    return _acquire(path, shared=True, patience_seconds=patience_seconds)


def is_held(path: Path) -> bool:
    """Whether someone holds this lock, shared or exclusive. A dead process holds nothing."""
    if not path.exists():
        return False
    lock = hold(path)
    if lock is None:
        return True
    lock.release()
    return False


def _acquire(path: Path, *, shared: bool, patience_seconds: float) -> Lock | None:
    deadline = time.monotonic() + patience_seconds
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _try_lock(descriptor, shared):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(RETRY_SECONDS)  # file locks either wait for ever or not at all
    except BaseException:
        os.close(descriptor)
        raise
    return Lock(descriptor, path)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int, shared: bool) -> bool:
        """Lock one byte far behind the content. Written from the documentation, never run on Windows.

        Windows has no shared form here: every shared holder takes a byte of its own.
        """
        first = 1 << 20
        places = range(first + 1, first + 64) if shared else range(first, first + 64)
        taken: list[int] = []
        for place in places:
            os.lseek(descriptor, place, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not shared:
                    for held in taken:
                        os.lseek(descriptor, held, os.SEEK_SET)
                        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
                    return False
                continue
            if shared:
                return True
            taken.append(place)
        return not shared

    def _unlock(descriptor: int) -> None:
        """Closing the file frees its bytes."""

else:
    import fcntl

    def _unlock(descriptor: int) -> None:
        # Closing alone would not do while a child that is just being started still has a copy.
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _try_lock(descriptor: int, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
