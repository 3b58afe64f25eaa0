"""What a worker was told: to stay, to leave, or to stop at once."""

import os
import signal
import threading
from typing import Literal

# finish: leave when there is nothing to do; close: the last dashboard is gone; stop: leave at once.
Order = Literal["stay", "finish", "close", "stop"]

LINES: dict[bytes, Order] = {b"stay": "stay", b"finish": "finish", b"close": "close", b"stop": "stop"}


class Orders:
    """What the worker was told last, by its runner's lines on the standard input or by a signal.

    The end of the input means that the runner is gone, and is an order to stop.
    """

    def __init__(self) -> None:
        self.current: Order = "stay"
        self.changed = threading.Event()

    def give(self, order: Order) -> None:
        """Set the order; one to stop stays."""
        if self.current != "stop":
            self.current = order
        self.changed.set()

    def heed_signals(self) -> None:
        """Take SIGTERM and Ctrl-C as orders to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.give("stop"))

    def heed_input(self) -> None:
        """Take lines on the standard input as orders, from a thread of its own."""
        threading.Thread(target=self._read_lines, name="orders", daemon=True).start()

    def _read_lines(self) -> None:
        # os.read: a thread blocked inside sys.stdin would keep its lock past the end of the program.
        words = b""
        while chunk := os.read(0, 1024):
            *lines, words = (words + chunk).split(b"\n")
            for line in lines:
                if line in LINES:
                    self.give(LINES[line])
        self.give("stop")
