"""Stacks of small networks, and what it is for one to be as it is alone."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import pytest

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.training.stack import Member, MemberEnd, train_stack
from explorer.training.state import Tick, TrainingState
from tests.training.samples import CPU, Outcome, config, random_splits, run

SPLITS = random_splits(70, 20, 20)
SMALL = {"hidden": [6, 5]}


def stacked(
    configs: Sequence[RunConfig],
    splits: Sequence[Splits] | None = None,
    states: Sequence[TrainingState | None] | None = None,
    drop: Callable[[], Collection[int]] | None = None,
) -> list[Outcome]:
    """What each member of a stack yielded."""
    outcomes = [Outcome() for _ in configs]
    members = [
        Member(each, splits[index] if splits else SPLITS, states[index] if states else None)
        for index, each in enumerate(configs)
    ]
    for index, event in train_stack(members, CPU, *([drop] if drop else [])):
        assert not any(isinstance(before, MemberEnd) for before in outcomes[index].events)
        outcomes[index].events.append(event)
    assert all(isinstance(outcome.events[-1], MemberEnd) for outcome in outcomes)
    return outcomes


def made(**sections: Any) -> RunConfig:
    sections["network"] = {**SMALL, **sections.get("network", {})}
    sections["training"] = {"epochs": 2, "batch_size": 16, **sections.get("training", {})}
    return config(**sections)


def end(outcome: Outcome) -> MemberEnd:
    last = outcome.events[-1]
    assert isinstance(last, MemberEnd)
    return last


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Relative to the length of the first; where that is zero, absolute."""
    return float(np.linalg.norm(one - other) / (np.linalg.norm(one) or 1.0))


def assert_as_alone(
    member: Outcome, config: RunConfig, splits: Splits = SPLITS, tolerance: float = 1e-5
) -> None:
    alone = run(config, splits)
    assert end(member) == MemberEnd()
    kinds = [
        [type(event) for event in outcome.events if not isinstance(event, Tick | MemberEnd)]
        for outcome in (member, alone)
    ]
    assert kinds[0] == kinds[1]
    assert [(bin_.first_step, bin_.last_step) for bin_ in member.steps] == [
        (bin_.first_step, bin_.last_step) for bin_ in alone.steps
    ]
    for ours, theirs in zip(member.steps, alone.steps, strict=True):
        assert ours.loss == pytest.approx(theirs.loss, rel=tolerance, abs=tolerance)
    for mine, its in zip(member.epochs, alone.epochs, strict=True):
        assert (mine.epoch, mine.step, mine.images_seen) == (its.epoch, its.step, its.images_seen)
        assert mine.learning_rate == its.learning_rate
        assert mine.train_loss == pytest.approx(its.train_loss, rel=tolerance, abs=tolerance)
        assert mine.validation_loss == pytest.approx(its.validation_loss, rel=tolerance, abs=tolerance)
        assert (mine.test_loss is None) == (its.test_loss is None)
        assert len(mine.predictions) == len(its.predictions) == len(splits.validation_labels)
        for layer, same in zip(mine.layers, its.layers, strict=True):
            assert (layer.name, layer.units, layer.dead_share) == (same.name, same.units, same.dead_share)
            assert layer.weight_norm == pytest.approx(same.weight_norm, rel=tolerance)
            assert layer.gradient_norm == pytest.approx(same.gradient_norm, rel=1e-3, abs=1e-6)
            assert layer.inactive_share == pytest.approx(same.inactive_share, abs=0.05)
            assert layer.update_ratio == pytest.approx(same.update_ratio, rel=1e-3, abs=1e-6)
    for state, expected in zip(member.states, alone.states, strict=True):
        for arrays, others in ((state.weights, expected.weights), (state.optimizer, expected.optimizer)):
            assert arrays.keys() == others.keys()
            for name, array in arrays.items():
                assert array.shape == others[name].shape
                assert array.flags.c_contiguous
        for name, array in expected.weights.items():
            assert distance(array, state.weights[name]) < tolerance, name
        assert {**state.progress, "seconds": 0, "best_value": 0} == {
            **expected.progress,
            "seconds": 0,
            "best_value": 0,
        }
        assert (state.best_weights is None) == (expected.best_weights is None)
