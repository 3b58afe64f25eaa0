"""How long the engine has worked, leaving out the time its caller takes between two events."""

import time


class Stopwatch:
    """Runs from the start; ``seconds`` is what it showed at the last look or pause."""

    def __init__(self) -> None:
        self._total = 0.0
        self._since = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Time worked so far, while running."""
        return self._total + time.perf_counter() - self._since

    def pause(self) -> None:
        """Stop counting."""
        self._total = self.seconds

    def resume(self) -> None:
        """Go on counting after a pause."""
        self._since = time.perf_counter()
