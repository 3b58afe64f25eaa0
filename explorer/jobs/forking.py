"""What a run that branches off begins with: its parent's weights, and the optimizer's memory if it fits."""

from dataclasses import dataclass

import numpy as np

from explorer.config.branching import branch_problems, restarts_schedule
from explorer.config.fields import values_by_path
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.errors import CheckpointError, ConfigError, RunStateError
from explorer.jobs.resumption import load_state, save_state
from explorer.models.architecture import parameter_shapes
from explorer.records import Parent, Run
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.training.state import TrainingState


@dataclass(frozen=True, slots=True)
class Branch:
    """Where a run is to branch off, and the state that it begins with."""

    parent: Parent
    state: TrainingState

    @property
    def keeps_memory(self) -> bool:
        """Whether its optimizer goes on with what the parent's remembered."""
        return self.parent.optimizer_steps > 0

    def prepare(self, checkpoints: Checkpoints) -> None:
        """Put its own copy of the weights, and the state, into the new run's folder; raises StoreError."""
        checkpoints.save_epoch(self.state.epoch, self.state.weights)
        save_state(checkpoints, self.state)


def settings_after(run: Run, epoch: int) -> RunConfig:
    """A run's settings as they held at the end of an epoch: with the learning rate that was changed last."""
    config = run.network_config
    changed = {change.field: change.value for change in run.changes if change.epoch <= epoch}
    return config_from_paths(values_by_path(config) | changed) if changed else config


def make_branch(store: Store, settings: Settings, parent: Run, epoch: int, config: RunConfig) -> Branch:
    """A branch after an epoch whose weights are kept, whatever the parent does meanwhile.

    The schedule goes on where it is the parent's, else begins at the fork. The optimizer goes on with the
    memory of its parent's where both have one name and the parent's newest state is of this epoch; it begins
    anew otherwise.

    Raises:
        RunStateError: the parent is a baseline.
        ConfigError: with every problem.
        CheckpointError: the weights of this epoch are not kept, or damaged.
    """
    if not isinstance(parent.config, RunConfig):
        raise RunStateError(f"Run {parent.id} is a baseline: it has no epochs to branch off from.")
    before = settings_after(parent, epoch)
    problems = branch_problems(before, epoch, config)
    if problems:
        raise ConfigError(problems)
    checkpoints = Checkpoints(settings, parent.id)
    if epoch not in checkpoints.epochs():
        kept = ", ".join(map(str, checkpoints.epochs())) or "none"
        raise CheckpointError(f"Run {parent.id} keeps no weights of epoch {epoch}, but those of: {kept}.")
    origin = parent.parent or Parent(None, 0)
    weights, memory, remembered = _fitting(checkpoints, epoch, config), {}, 0
    if config.optimizer.name == before.optimizer.name:
        newest = load_state(checkpoints)
        if newest is not None and newest.epoch == epoch and newest.optimizer:
            memory = newest.optimizer
            own_steps = newest.step - origin.epoch * _steps_per_epoch(parent) if epoch > origin.epoch else 0
            remembered = origin.optimizer_steps + own_steps
    recorded = [each for each in store.epochs(parent.id, epoch - 1, layers=False) if each.epoch == epoch]
    progress = {"best_value": 0.0, "best_epoch": 0.0, "stale_epochs": 0.0, "seconds": 0.0}
    progress["images_seen"] = float(recorded[0].images_seen) if recorded else 0.0
    return Branch(
        Parent(
            run_id=parent.id,
            epoch=epoch,
            schedule_from=epoch if restarts_schedule(before, config) else origin.schedule_from,
            optimizer_steps=remembered,
        ),
        TrainingState(
            epoch=epoch,
            step=recorded[0].step if recorded else 0,
            weights=weights,
            optimizer=memory,
            progress=progress,
            best_weights=None,
            is_best=False,
        ),
    )


def _fitting(checkpoints: Checkpoints, epoch: int, config: RunConfig) -> dict[str, np.ndarray]:
    """The weights of an epoch, if they are those of this network."""
    weights = checkpoints.load(epoch)
    wanted = parameter_shapes(config.network, inputs=inputs_of(config.data))
    if {name: array.shape for name, array in weights.items()} != wanted:
        raise CheckpointError(
            f"The weights of epoch {epoch} in {checkpoints.folder} are not those of this run's network, so "
            f"nothing can go on from them. Choose another epoch, or train the run again."
        )
    return weights


def _steps_per_epoch(run: Run) -> int:
    return run.total_steps // run.network_config.training.epochs
