"""Ctrl-C at a moment when nothing is lost: not between an epoch's figures and its weights."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from explorer.records import EpochMetrics


class CtrlC:
    """Remembers a first Ctrl-C until ``pass_on`` is called at a good moment; a second one acts at once.

    ``is_waiting`` says that one came and was not passed on.
    """

    def __init__(self) -> None:
        self.is_waiting = False
        self._can_wait = False

    def pass_on(self, event: object) -> None:
        """Raises the KeyboardInterrupt that waits, unless ``event`` is an epoch whose weights come next."""
        self._can_wait = True
        if self.is_waiting and not isinstance(event, EpochMetrics):
            self.is_waiting = False
            raise KeyboardInterrupt

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """The handler of the signal; before the first event there is nothing to lose by acting at once."""
        if self.is_waiting or not self._can_wait:
            raise KeyboardInterrupt
        self.is_waiting = True


@contextmanager
def ctrl_c_between_events() -> Generator[CtrlC, None, None]:
    """While the block lasts, Ctrl-C waits for the next event once there was a first one.

    Where Ctrl-C is ignored (a job in the background), it stays ignored.
    """
    waiting = CtrlC()
    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    before = signal.signal(signal.SIGINT, waiting.take) if is_ours else None
    try:
        yield waiting
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, before)
