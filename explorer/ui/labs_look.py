"""What this dashboard knows of a lab: the store is asked once for all parts of a page and all tabs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from explorer.config.kinds import AnyConfig
from explorer.labs.experiment import Experiment, Lab
from explorer.labs.judged import Judged, judged
from explorer.labs.measured import runs_of
from explorer.labs.running import Progress, find_lab, progress_of
from explorer.records import Run
from explorer.ui import cache, state

Made = TypeVar("Made")
LAB, QUICK = "labs.lab", "labs.quick"
FRESH_SECONDS = 0.4  # for which all tabs that show a lab are served by one look


@dataclass(frozen=True, slots=True)
class LabNow:
    """A lab's runs as they stand, how far it has come, and what was measured of each experiment."""

    lab: Lab
    quick: bool
    runs: Mapping[AnyConfig, Run]
    progress: Progress
    judged: Mapping[str, Judged]
    _made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def means(self) -> dict[str, float | None]:
        """The measured figure of each experiment."""
        return {name: line.measured.mean for name, line in self.judged.items()}

    def runs_of(self, experiment: Experiment) -> tuple[Run, ...]:
        """An experiment's runs, in the order of their seeds."""
        return self.judged[experiment.id].measured.runs

    def is_active(self, experiment: Experiment) -> bool:
        """Whether some of an experiment's runs wait or train."""
        return any(run.status.is_active for run in self.runs_of(experiment))

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What is made of it, made by the first tab that asks; by two where they ask at one moment."""
        if name not in self._made:
            self._made[name] = make()
        made: Made = self._made[name]
        return made


def asked_lab() -> tuple[Lab, bool]:
    """The lab and the version that the controls say; in a callback too, before they are drawn with it."""
    return find_lab(str(state.said(LAB))), bool(state.said(QUICK))


def look(lab: Lab, *, quick: bool) -> LabNow:
    """The lab as it stands, at most 0.4 s ago; where nothing has changed since, what was made of it stays."""
    return _look_of(lab, quick).look(FRESH_SECONDS)


def look_anew(lab: Lab, *, quick: bool) -> LabNow:
    """The lab as it stands at this moment, for whoever has just changed something."""
    return _look_of(lab, quick).look(0.0)


def _look_of(lab: Lab, quick: bool) -> "_Look":
    return cache.small_made_once(
        lambda: _Look(lab, quick), "look at a lab", cache.settings().database_url, lab.id, str(id(lab)), quick
    )


@dataclass(slots=True)
class _Look:
    """Shared between the threads of all tabs, which take turns."""

    lab: Lab
    quick: bool
    lock: Lock = field(default_factory=Lock)
    now: LabNow | None = None
    looked_at: float = 0.0

    def look(self, fresh_seconds: float) -> LabNow:
        with self.lock:
            if self.now is None or time.monotonic() - self.looked_at > fresh_seconds:
                runs = runs_of(cache.store(), self.lab, quick=self.quick)
                if self.now is None or runs != self.now.runs:
                    self.now = _made_of(self.lab, self.quick, runs)
                self.looked_at = time.monotonic()
            return self.now


def _made_of(lab: Lab, quick: bool, runs: Mapping[AnyConfig, Run]) -> LabNow:
    store = cache.store()
    lines = {line.experiment.id: line for line in judged(store, lab, quick=quick, found=runs)}
    return LabNow(lab, quick, runs, progress_of(store, cache.settings(), lab, runs, quick=quick), lines)
