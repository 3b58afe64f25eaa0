"""Values for every field of the form, and what must stand beside a field for it to apply."""

from typing import Any

from hypothesis import strategies as st

from explorer.config.fields import Field, FieldKind, block_fields
from explorer.config.run import Hog
from explorer.ui import form

COMPANIONS: dict[str, dict[str, Any]] = {
    "optimizer.momentum": {"optimizer.name": "sgd"},
    "optimizer.nesterov": {"optimizer.name": "sgd", "optimizer.momentum": 0.9},
    "optimizer.weight_decay": {"optimizer.name": "adamw"},
    "schedule.gamma": {"schedule.name": "step"},
    "schedule.step_epochs": {"schedule.name": "step"},
    "schedule.warmup_epochs": {"training.epochs": 200},
    "data.noisy_copies_sigma": {"data.noisy_copies": 1},
    **{f"data.hog.{name}": {"data.features": "hog"} for name in Hog.model_fields},
    "network.initialisation_sigma": {"network.initialisation": "gaussian"},
    "network.blocks": {"network.kind": "cnn"},
    "training.monitor": {"training.patience": 3},
    "training.minimum_change": {"training.patience": 3},
    # Large enough for any size in bounds, with nothing held back.
    "data.train_size": {"data.dataset": "emnist_digits", "data.validation_size": 0},
    "data.validation_size": {"data.dataset": "emnist_digits"},
    "data.test_size": {"data.dataset": "emnist_digits"},
}
MOST = {"data.test_size": 40_000}


def values_with(entry: Field, value: Any) -> form.Values:
    """The form's values with one field set, and its companions so that it applies."""
    values = form.default_values() | COMPANIONS.get(entry.path, {})
    if entry.path == "network.kind" and value == "cnn":
        values["network.blocks"] = [{"filters": 4, "kernel": 3, "padding": "same", "pooling": 2}]
    return values | {entry.path: value}


def valid_values(entry: Field) -> st.SearchStrategy[Any]:
    """Any value that a field accepts when its companions are there."""
    some = _some(entry)
    return st.one_of(st.none(), some) if entry.optional else some


def _some(entry: Field) -> st.SearchStrategy[Any]:
    if entry.kind in (FieldKind.INTEGER, FieldKind.NUMBER):
        return _some_number(entry)
    if entry.kind is FieldKind.CHOICE:
        return st.sampled_from(form.choices_of(entry.path) or entry.choices)
    if entry.kind is FieldKind.BLOCKS:
        facts = {name: _some(fact) for name, fact in block_fields().items()}
        facts |= {"kernel": st.integers(1, 5), "padding": st.just("same"), "pooling": st.integers(1, 2)}
        return st.lists(st.fixed_dictionaries(facts), min_size=1, max_size=4)
    return {
        FieldKind.FLAG: st.booleans(),
        FieldKind.TEXT: st.sampled_from(["auto", "cpu", "cuda", "cuda:3", "mps"]),
        FieldKind.LABELS: st.sets(st.integers(0, 9), min_size=2, max_size=9).map(sorted),
        FieldKind.INTEGERS: st.lists(st.integers(1, 4096), min_size=1, max_size=8),
    }[entry.kind]


def _some_number(entry: Field) -> st.SearchStrategy[Any]:
    assert entry.minimum is not None
    assert entry.maximum is not None
    if entry.kind is FieldKind.INTEGER:
        whole = st.integers(int(entry.minimum), MOST.get(entry.path, int(entry.maximum)))
        return st.one_of(whole, st.sampled_from(entry.words)) if entry.words else whole
    return st.floats(entry.minimum, entry.maximum, exclude_min=entry.minimum_excluded, allow_nan=False)
