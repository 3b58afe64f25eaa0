"""Why runs of networks ended, and what comes next, in words."""

from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.jobs.devices import memory_advice
from explorer.jobs.journal import journal_path
from explorer.training.memory import is_out_of_memory
from explorer.training.state import TrainingState

NOTHING_LEARNED = "No epoch was finished, so nothing was learned."


def resumption(state: TrainingState | None) -> str:
    """What Resume would do, in words."""
    return "Resume starts it again." if state is None else f"Resume goes on from epoch {state.epoch}."


def why_early(config: RunConfig, state: TrainingState) -> str:
    """Why a run ended before its last epoch, in words; empty if it did not."""
    training = config.training
    if state.epoch >= training.epochs:
        return ""
    if training.patience is not None and state.progress.get("stale_epochs", 0) >= training.patience:
        watched = training.monitor.replace("_", " ")
        return f"Ended early: {watched} had not improved for {training.patience} epochs."
    return f"Ended after epoch {state.epoch} of {training.epochs}: the time limit was reached."


def in_words(error: Exception, device: str) -> str:
    """What went wrong, for the screen."""
    if isinstance(error, ExplorerError):
        return str(error)
    if is_out_of_memory(error):
        return memory_advice(device)
    place = journal_path() or "the standard error output"
    return f"unexpected error: {type(error).__name__}: {error}; the log is at {place}"
