"""What this dashboard knows of a group's runs and curves, so that the store is asked only for what is new."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from explorer.config.run import RunConfig
from explorer.config.searching import Search
from explorer.config.sweeping import slowest_first, swept_fields
from explorer.jobs.reconciliation import is_interrupted
from explorer.jobs.search import read_search
from explorer.records import EpochMetrics, Run, RunStatus
from explorer.ui import cache

Made = TypeVar("Made")

FRESH_SECONDS = 0.4  # for which all tabs that show a group are served by one look


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group's runs, oldest first, their epochs by run, and the dotted fields in which they differ."""

    name: str
    runs: tuple[Run, ...]
    epochs: Mapping[int, tuple[EpochMetrics, ...]]
    fields: tuple[str, ...]
    search: Search | None = None
    _made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What is made of it, made by the first tab that asks; by two where they ask at one moment."""
        if name not in self._made:
            self._made[name] = make()
        made: Made = self._made[name]
        return made

    @property
    def is_active(self) -> bool:
        """Whether some run waits or trains, or a search has runs to come."""
        return self.is_between_batches or any(run.status.is_active for run in self.runs)

    @property
    def is_between_batches(self) -> bool:
        """Whether a worker is to propose the next runs of a search."""
        is_over = not any(run.status.is_active or is_interrupted(run) for run in self.runs)
        return is_over and self.search is not None and self.search.goes_on(len(self.runs))

    def with_status(self, *statuses: RunStatus) -> tuple[Run, ...]:
        """The runs in one of these states."""
        return tuple(run for run in self.runs if run.status in statuses)


def look(group: str) -> GroupNow:
    """The group as it stands, at most 0.4 s ago; all tabs of this process share what was fetched."""
    return _history(group).look(FRESH_SECONDS)


def look_anew(group: str) -> GroupNow:
    """The group as it stands at this moment, for whoever has just changed something."""
    return _history(group).look(0.0)


def _history(group: str) -> "_History":
    return cache.made_once(lambda: _History(group), "group history", cache.settings().database_url, group)


@dataclass(slots=True)
class _Known:
    identity: tuple[datetime, datetime | None]
    epochs: tuple[EpochMetrics, ...] = ()

    @property
    def last(self) -> int:
        return self.epochs[-1].epoch if self.epochs else 0


@dataclass(slots=True)
class _History:
    """Shared between the threads of all tabs, which take turns."""

    group: str
    lock: Lock = field(default_factory=Lock)
    known: dict[int, _Known] = field(default_factory=dict)
    now: GroupNow | None = None
    looked_at: float = 0.0

    def look(self, fresh_seconds: float) -> GroupNow:
        with self.lock:
            if self.now is None or time.monotonic() - self.looked_at > fresh_seconds:
                self.now = self._fetch()
                self.looked_at = time.monotonic()
            return self.now

    def _fetch(self) -> GroupNow:
        store = cache.store()
        runs = tuple(run for run in store.runs(group=self.group) if isinstance(run.config, RunConfig))[::-1]
        for run in runs:
            identity = (run.created_at, run.started_at)
            known = self.known.get(run.id)
            if known is None or known.identity != identity or run.epoch < known.last:
                self.known[run.id] = _Known(identity)
        after = {run.id: self.known[run.id].last for run in runs if run.epoch > self.known[run.id].last}
        for number, new in store.epochs_together(after).items() if after else ():
            self.known[number].epochs += new
        same = self.now is not None and [run.id for run in self.now.runs] == [run.id for run in runs]
        fields = self.now.fields if same and self.now is not None else _fields(runs)
        epochs = {run.id: self.known[run.id].epochs for run in runs}
        search = read_search(store, self.group)
        return GroupNow(self.group, runs, epochs, search.fields if search is not None else fields, search)


def _fields(runs: tuple[Run, ...]) -> tuple[str, ...]:
    configs = [run.network_config for run in runs]
    return slowest_first(configs, swept_fields(configs))
