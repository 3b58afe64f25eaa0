"""The median stopping rule: a run of a sweep that is worse than half of the others ends early."""

from collections.abc import Collection, Mapping, Sequence
from math import inf, isfinite
from statistics import fmean, median
from time import monotonic

from explorer.records import Run, RunStatus
from explorer.storage.store import Store

GRACE_EPOCHS = 3
LEAST_OTHERS = 4
FETCH_SECONDS = 1.0
MARK = "Below the median"


def hopeless(
    losses: Mapping[int, Sequence[float]],
    running: Collection[int],
    *,
    grace_epochs: int = GRACE_EPOCHS,
    least_others: int = LEAST_OTHERS,
) -> frozenset[int]:
    """The running runs to stop now, by Google Vizier's median stopping rule (Golovin et al., 2017, 3.2.2).

    ``losses`` holds each run's validation losses from epoch 1 on, by number. A run is stopped at epoch e if
    its least loss so far is greater than the median of the others' mean losses over their first e epochs.
    The first ``grace_epochs`` of a run are spared, and nobody is judged by fewer than ``least_others``.
    Losses that are infinite or NaN count as infinite; runs that ended early are judged by what they have.
    """
    stopped = set()
    for run_id in running:
        own = [_finite(value) for value in losses.get(run_id, ())]
        others = [
            fmean([_finite(value) for value in values[: len(own)]])
            for other, values in losses.items()
            if other != run_id and values
        ]
        if len(own) < grace_epochs or len(others) < least_others:
            continue
        if min(own) > median(others):
            stopped.add(run_id)
    return frozenset(stopped)


class MedianRule:
    """The rule for one group: what is told by ``see``, and what the store holds of the other runs."""

    def __init__(self, store: Store, group: str) -> None:
        self._store, self._group = store, group
        self._losses: dict[int, list[float]] = {}
        self._fetched_at = -inf

    def see(self, run_id: int, epoch: int, validation_loss: float | None) -> None:
        """Take in an epoch before the store has it."""
        known = self._losses.setdefault(run_id, [])
        if validation_loss is not None and epoch == len(known) + 1:
            known.append(validation_loss)

    def hopeless(self, running: Collection[int]) -> frozenset[int]:
        """Those of the running runs that should be stopped now; the store is read once a second at most.

        Raises:
            StoreError: the store can't be read.
        """
        if monotonic() - self._fetched_at >= FETCH_SECONDS:
            known = {run.id: len(self._losses.get(run.id, ())) for run in self._store.runs(group=self._group)}
            for run_id, epochs in self._store.epochs_together(known).items():
                for epoch in epochs:
                    self.see(run_id, epoch.epoch, epoch.validation_loss)
            self._fetched_at = monotonic()
        return hopeless(self._losses, running)


def median_rule_for(store: Store, group: str | None) -> MedianRule | None:
    """The rule of a group, if it was switched on when the group was made."""
    if group is None or not is_switched_on(store, group):
        return None
    return MedianRule(store, group)


def switch_on(store: Store, group: str) -> None:
    """Let hopeless runs of a group end early; before its runs are queued."""
    store.set_setting(_key(group), True)


def is_switched_on(store: Store, group: str) -> bool:
    """Whether hopeless runs of the group end early."""
    return bool(store.setting(_key(group), False))


def reason(epoch: int) -> str:
    """Why a run was stopped, in words."""
    return f"{MARK}: stopped after epoch {epoch}, as its best loss was above the median of the other runs."


def was_hopeless(run: Run) -> bool:
    """Whether the run was stopped by the rule."""
    return run.status is RunStatus.STOPPED and run.reason.startswith(MARK)


def _finite(value: float) -> float:
    return value if isfinite(value) else inf


def _key(group: str) -> str:
    return f"median_rule/{group}"
