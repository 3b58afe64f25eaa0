"""What may differ between a run and one that branches off from it, and what is wrong with a branch."""

from collections.abc import Iterator

from explorer.config.fields import Field, all_fields, values_by_path
from explorer.config.run import RunConfig
from explorer.errors import Problem

# The images and the network are those of the weights that a branch begins with; how it learns is free.
FREE_SECTIONS = frozenset({"data.augmentation", "optimizer", "schedule", "regularisation"})
FREE_FIELDS = frozenset(
    {
        "network.dropout",
        "training.batch_size",
        "training.epochs",
        "training.patience",
        "training.monitor",
        "training.minimum_change",
        "training.keep",
        "training.seed",
        "training.device",
        "training.time_limit_seconds",
    }
)
HINT = "A branch goes on with its parent's weights, on the same images. Train a new run to change it."


def free_fields() -> tuple[Field, ...]:
    """The fields in which a branch may differ from its parent, in the order of the tree."""
    return tuple(
        entry for entry in all_fields() if entry.section in FREE_SECTIONS or entry.path in FREE_FIELDS
    )


def restarts_schedule(parent: RunConfig, config: RunConfig) -> bool:
    """Whether the branch's schedule begins at the fork; where it is the parent's, it goes on."""
    return config.schedule != parent.schedule


def branch_problems(parent: RunConfig, epoch: int, config: RunConfig) -> tuple[Problem, ...]:
    """Everything that keeps a config from going on with its parent's weights after an epoch."""
    return (*_strange(parent, config), *_too_short(parent, epoch, config))


def _strange(parent: RunConfig, config: RunConfig) -> Iterator[Problem]:
    free, of_parent = {entry.path for entry in free_fields()}, values_by_path(parent)
    for path, value in values_by_path(config).items():
        if path not in free and value != of_parent[path]:
            yield Problem(path, value, f"{of_parent[path]!r} as in the run it branches off from", HINT)


def _too_short(parent: RunConfig, epoch: int, config: RunConfig) -> Iterator[Problem]:
    epochs, warmup = config.training.epochs, config.schedule.warmup_epochs
    left = epochs - epoch
    if left <= 0:
        yield Problem(
            "training.epochs",
            epochs,
            f"more than {epoch}",
            f"The branch begins after epoch {epoch}, and counts on from there.",
        )
    elif restarts_schedule(parent, config) and warmup and warmup >= left:
        yield Problem("schedule.warmup_epochs", warmup, f"fewer than the {left} epochs of the branch")
