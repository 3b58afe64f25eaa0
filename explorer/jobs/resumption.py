"""The state that a run resumes from, as arrays of a checkpoint and back."""

from dataclasses import replace

import numpy as np

from explorer.errors import CheckpointError
from explorer.records import Run
from explorer.storage.checkpoints import Checkpoints
from explorer.training.state import TrainingState

SECTIONS = ("weights", "optimizer", "progress", "best_weights")


def save_state(checkpoints: Checkpoints, state: TrainingState) -> None:
    """Keep this state, in place of the one before; every number comes back exactly.

    Raises:
        StoreError: it could not be written; the state before is untouched.
    """
    sections: dict[str, dict[str, np.ndarray]] = {
        "weights": state.weights,
        "optimizer": state.optimizer,
        "progress": {name: np.asarray(value, np.float64) for name, value in state.progress.items()},
        "best_weights": state.best_weights or {},
    }
    arrays = {
        f"{section}/{name}": array for section, named in sections.items() for name, array in named.items()
    }
    facts = {"epoch": str(state.epoch), "step": str(state.step), "is_best": str(int(state.is_best))}
    checkpoints.save_state(arrays, facts)


def first_state(run: Run, checkpoints: Checkpoints, steps_per_epoch: int) -> TrainingState | None:
    """What a run goes on from: its newest state; that of its parent at first, or None if it has no parent.

    Raises:
        CheckpointError: the file is damaged, or the weights that the run was to begin with are gone.
    """
    state = load_state(checkpoints)
    if run.parent is None:
        return state
    if state is None:
        raise CheckpointError(
            f"The weights that run {run.id} branched off with are no longer in {checkpoints.folder}. "
            f"Branch off anew."
        )
    # The parent may have had batches of another size: the whole curve is counted in steps of this run.
    is_first = state.epoch == run.parent.epoch
    return replace(state, step=state.epoch * steps_per_epoch) if is_first else state


def load_state(checkpoints: Checkpoints) -> TrainingState | None:
    """The state that was kept last, or None before the first.

    Raises:
        CheckpointError: the file is damaged.
    """
    kept = checkpoints.load_state()
    if kept is None:
        return None
    arrays, facts = kept
    sections: dict[str, dict[str, np.ndarray]] = {section: {} for section in SECTIONS}
    try:
        for key, array in arrays.items():
            section, _, name = key.partition("/")
            sections[section][name] = array
        return TrainingState(
            epoch=int(facts["epoch"]),
            step=int(facts["step"]),
            weights=sections["weights"],
            optimizer=sections["optimizer"],
            progress={name: float(value) for name, value in sections["progress"].items()},
            best_weights=sections["best_weights"] or None,
            is_best=facts["is_best"] == "1",
        )
    except (KeyError, ValueError) as error:
        raise CheckpointError(
            f"The state in {checkpoints.folder} is not one that this version can resume from ({error}). "
            f"Train the run again."
        ) from error
