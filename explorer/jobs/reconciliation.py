"""The end of runs whose worker is gone: whoever looks next marks them as failed."""

from explorer.errors import CheckpointError
from explorer.jobs.locks import is_held
from explorer.jobs.status import host, read_statuses, run_lock
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.runs import Claim
from explorer.storage.store import Store

SILENT_SECONDS = 15.0
LOST = "worker lost"


def mark_lost_runs(store: Store, settings: Settings) -> tuple[int, ...]:
    """Fail every running run whose worker is gone, with a reason in words; the numbers of these runs.

    Here a worker lives as long as it holds the run's lock; on another machine as long as it records
    something at least every 15 seconds. Cheap enough for every tick of a page: one query while nothing runs.
    """
    return tuple(
        claim.run_id
        for claim in store.claims()
        if _is_lost(claim, settings) and store.end_lost(claim, _reason(claim, settings))
    )


def is_lost(run: Run) -> bool:
    """Whether a run failed because its worker was gone, and not by a fault of its own."""
    return run.status is RunStatus.FAILED and run.reason.startswith(LOST)


def is_interrupted(run: Run) -> bool:
    """Whether the run waits for somebody to resume it: it was paused, or its worker was lost."""
    return run.status is RunStatus.PAUSED or is_lost(run)


def _is_lost(claim: Claim, settings: Settings) -> bool:
    if claim.host == host(settings):
        return not is_held(run_lock(settings, claim.run_id))
    return claim.silent_seconds > SILENT_SECONDS


def _reason(claim: Claim, settings: Settings) -> str:
    how = "its process is gone" if claim.host == host(settings) else f"nothing was heard of {claim.host}"
    for status in read_statuses(settings):
        if claim.run_id in status.run_ids and status.state == "dead" and status.problem:
            how = status.problem
    return f"{LOST}: {how}. {_remedy(claim, settings)}"


def _remedy(claim: Claim, settings: Settings) -> str:
    """What Resume would do; the epochs on record may be ahead of the state that was saved last."""
    try:
        kept = Checkpoints(settings, claim.run_id).load_state()
    except CheckpointError as error:
        return str(error)
    return "Resume starts it again." if kept is None else f"Resume goes on from epoch {kept[1].get('epoch')}."
