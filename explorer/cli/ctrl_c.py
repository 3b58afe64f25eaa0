"""Ctrl-C, or the end that another program asks for, at a moment when nothing is lost."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from explorer.records import EpochMetrics

# What ends a program that does not object: `kill`, a shutdown, a closed terminal.
ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class CtrlC:
    """Remembers a first Ctrl-C until ``pass_on`` is called at a good moment; a second one acts at once.

    ``is_waiting`` says that one came and was not passed on.
    """

    def __init__(self) -> None:
        self.is_waiting = False
        self._can_wait = False
        self._name = ""

    def pass_on(self, event: object) -> None:
        """Raises the KeyboardInterrupt that waits, unless ``event`` is an epoch whose weights come next."""
        self._can_wait = True
        if self.is_waiting and not isinstance(event, EpochMetrics):
            self.is_waiting = False
            raise KeyboardInterrupt(self._name)

    def take(self, number: int, _frame: FrameType | None) -> None:
        """The handler of the signals; before the first event there is nothing to lose by acting at once."""
        self._name = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        if self.is_waiting or not self._can_wait:
            raise KeyboardInterrupt(self._name)
        self.is_waiting = True


@contextmanager
def ctrl_c_between_events() -> Generator[CtrlC, None, None]:
    """While the block lasts, Ctrl-C waits for the next event once there was a first one.

    SIGTERM and SIGHUP do the same; the KeyboardInterrupt says which it was. A signal that is ignored
    (Ctrl-C by a job in the background, SIGHUP under ``nohup``) stays ignored.
    """
    waiting = CtrlC()
    ours = []
    if threading.current_thread() is threading.main_thread():
        ours = [
            (number, before)
            for number in (signal.SIGINT, *ENDINGS)
            if (before := signal.getsignal(number)) in (signal.default_int_handler, signal.SIG_DFL)
        ]
    for number, _ in ours:
        signal.signal(number, waiting.take)
    try:
        yield waiting
    finally:
        for number, before in ours:
            signal.signal(number, before)
