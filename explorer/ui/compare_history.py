"""The curves that this dashboard knows of any runs, so that the store is asked only for what is new."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from explorer.config.run import RunConfig
from explorer.records import EpochMetrics, Run
from explorer.ui import cache

MOST_KEPT = 50_000  # epochs of all runs together, about 15 MB

Epochs = tuple[EpochMetrics, ...]


def epochs_of(runs: Sequence[Run]) -> dict[int, Epochs]:
    """For each network, by its number, its epochs up to now; all tabs of this process share what was fetched.

    A run that was taken back to a checkpoint, or whose number was given to another, is fetched anew.
    """
    networks = [run for run in runs if isinstance(run.config, RunConfig)]
    return cache.made_once(_Histories, "compare histories", cache.settings().database_url).look(networks)


@dataclass(slots=True)
class _Known:
    identity: tuple[datetime, datetime | None]
    epochs: Epochs = ()

    @property
    def last(self) -> int:
        return self.epochs[-1].epoch if self.epochs else 0


@dataclass(slots=True)
class _Histories:
    """Shared between the threads of all tabs, which take turns; who was not asked for longest goes first."""

    lock: Lock = field(default_factory=Lock)
    known: OrderedDict[int, _Known] = field(default_factory=OrderedDict)

    def look(self, runs: Sequence[Run]) -> dict[int, Epochs]:
        with self.lock:
            for run in runs:
                identity = (run.created_at, run.started_at)
                known = self.known.get(run.id)
                if known is None or known.identity != identity or run.epoch < known.last:
                    self.known[run.id] = _Known(identity)
                self.known.move_to_end(run.id)
            after = {run.id: self.known[run.id].last for run in runs if run.epoch > self.known[run.id].last}
            if after:
                for number, new in cache.store().epochs_together(after).items():
                    self.known[number].epochs += new
            found = {run.id: self.known[run.id].epochs for run in runs}
            self._let_go()
            return found

    def _let_go(self) -> None:
        count = sum(len(known.epochs) for known in self.known.values())
        while count > MOST_KEPT and self.known:
            _, known = self.known.popitem(last=False)
            count -= len(known.epochs)
