"""A page that watches the newest run: asks for what is new every so many seconds, until its input closes."""

import os
import select
import sys

from explorer.settings import read_settings
from explorer.storage.store import Store, open_store


class Watcher:
    """Remembers what was seen, as the live part of a page does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._run_id = self._epoch = self._step = 0

    def look(self) -> int:
        """Asks once; the step of the newest run up to which its curve is known."""
        newest = self._store.runs(limit=1)
        if not newest:
            return 0
        if newest[0].id != self._run_id:
            self._run_id, self._epoch, self._step = newest[0].id, 0, 0
        run = self._store.run(self._run_id)
        steps = self._store.steps(run.id, self._step)
        epochs = self._store.epochs(run.id, self._epoch)
        self._step = steps[-1].last_step if steps else self._step
        self._epoch = epochs[-1].epoch if epochs else self._epoch
        return self._step


def main(seconds: float) -> None:
    """Looks until the standard input is closed."""
    watcher = Watcher(open_store(read_settings()))
    while True:
        print(watcher.look(), flush=True)
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if ready and not os.read(sys.stdin.fileno(), 1):
            return


if __name__ == "__main__":
    main(float(sys.argv[1]))
