"""The form of a branch without its controls: which settings it offers, and what their values amount to."""

from collections.abc import Mapping
from typing import Any

from explorer.config.branching import branch_problems, free_fields, restarts_schedule
from explorer.config.fields import Field, field, values_by_path
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.data.words import in_words, setting_title, title_of
from explorer.errors import ConfigError
from explorer.ui import form
from explorer.ui.form import Reading, Values

EPOCHS = "training.epochs"
MOST_EPOCHS = 1000
# What one asks "what if" about most; the others are folded away.
FIRST = (
    "optimizer.learning_rate",
    "optimizer.name",
    "optimizer.momentum",
    "optimizer.weight_decay",
    "training.batch_size",
    "schedule.name",
    "schedule.gamma",
    "schedule.step_epochs",
    "schedule.warmup_epochs",
    "regularisation.l2",
    "network.dropout",
)


def fields_offered(values: Values) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The settings that can be changed and have a say beside the other values: the first ones, the others."""
    first = [known(path) for path in FIRST]
    others = [entry for entry in free_fields() if entry.path not in (*FIRST, EPOCHS)]
    in_play = [[entry for entry in part if not form.why_not(entry.path, values)] for part in (first, others)]
    return tuple(in_play[0]), tuple(in_play[1])


def known(path: str) -> Field:
    """The field with this dotted path."""
    entry = field(path)
    if entry is None:
        raise KeyError(path)
    return entry


def read(before: RunConfig, epoch: int, values: Mapping[str, Any]) -> Reading:
    """The config of a branch after an epoch, or all problems.

    A setting that has no say any more is left out; one that had none before stays as it was.
    """
    was, free = values_by_path(before), {entry.path for entry in free_fields()}
    dropped = {
        path for path in free if form.why_not(path, dict(values)) and not form.why_not(path, dict(was))
    }
    try:
        config = config_from_paths({path: value for path, value in values.items() if path not in dropped})
    except ConfigError as error:
        return Reading(None, error.problems)
    problems = branch_problems(before, epoch, config)
    return Reading(None if problems else config, problems)


def differences(before: RunConfig, config: RunConfig) -> tuple[str, ...]:
    """What a branch changes, setting by setting: ``Learning rate 0.01 → 0.001``; its length left out."""
    was, now = values_by_path(before), values_by_path(config)
    paths = [entry.path for entry in free_fields() if entry.path != EPOCHS]
    changed = [path for path in paths if now[path] != was[path] and not form.why_not(path, now)]
    return tuple(f"{setting_title(path)} {in_words(was[path])} → {in_words(now[path])}" for path in changed)


def what_goes_on(before: RunConfig, config: RunConfig, epoch: int, newest: int | None) -> tuple[str, ...]:
    """In sentences, what becomes of the optimizer's memory and of the schedule.

    ``newest`` is the epoch of the state that the parent keeps.
    """
    rule, sentences = config.optimizer, []
    name = title_of(rule.name)
    remembers = rule.name != "sgd" or rule.momentum > 0
    if remembers and rule.name != before.optimizer.name:
        sentences.append(f"{name} begins anew, without a memory of earlier gradients.")
    elif remembers and newest != epoch:
        kept = f" The memory is kept of the newest epoch alone, {newest}." if newest else ""
        sentences.append(f"{name} begins anew, without a memory of earlier gradients.{kept}")
    elif remembers:
        sentences.append(f"{name} goes on with what it remembers of earlier gradients.")
    if restarts_schedule(before, config):
        if config.schedule.name != "constant" or config.schedule.warmup_epochs:
            sentences.append("The schedule begins with the branch.")
    elif config.schedule.name != "constant":
        sentences.append("The schedule is the parent's and goes on, over the epochs of the whole curve.")
    return tuple(sentences)
