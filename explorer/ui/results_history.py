"""What one tab already knows of a run's curves, so that the store is asked only for what is new."""

from dataclasses import dataclass, field
from datetime import datetime

from explorer.records import EpochMetrics, Run, StepMetrics
from explorer.ui import cache, state

PREFIX = "run_history:"
MOST_KEPT = 4


@dataclass(slots=True)
class RunHistory:
    """The curves of one run as far as they were fetched; epochs come without their predictions."""

    run_id: int
    identity: tuple[datetime, object]
    steps: list[StepMetrics] = field(default_factory=list)
    epochs: list[EpochMetrics] = field(default_factory=list)

    @property
    def last_step(self) -> int:
        """The newest step that is known, 0 if none."""
        return max(self.steps[-1].last_step if self.steps else 0, self.epochs[-1].step if self.epochs else 0)


def history_of(run: Run) -> RunHistory:
    """The curves of a run up to now; fetches what was recorded since the last look of this tab.

    A run that was taken back to a checkpoint, or whose number was given to another, is fetched anew.
    """
    name = f"{PREFIX}{run.id}"
    identity = (run.created_at, run.started_at)
    known: RunHistory | None = state.recall(name)
    if known is None or known.identity != identity or run.step < known.last_step:
        known = RunHistory(run.id, identity)
        others = [other for other in state.names_with(PREFIX) if other != name]
        state.forget(*others[: 1 - MOST_KEPT])
        state.keep(name, known)
    store = cache.store()
    known.steps.extend(store.steps(run.id, after_step=known.steps[-1].last_step if known.steps else 0))
    known.epochs.extend(store.epochs(run.id, after=known.epochs[-1].epoch if known.epochs else 0))
    return known
