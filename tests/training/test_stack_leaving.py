"""Members that leave a stack early, while the others go on."""

import math

import pytest
import torch

from explorer.errors import DivergedError
from explorer.records import StepMetrics
from explorer.training import epoch as epoch_module
from explorer.training.stack import Member, MemberEnd, train_stack
from explorer.training.trainee import Trainees
from tests.training.samples import CPU, Outcome, run, same_weights
from tests.training.stacked import SPLITS, assert_as_alone, end, made, stacked


def test_a_diverged_network_leaves_the_others_untouched() -> None:
    wild = {"optimizer": {"name": "sgd", "learning_rate": 10.0}, "regularisation": {"l2": 10.0}}
    tame = [
        made(optimizer={"name": "sgd", "learning_rate": rate}, training={"epochs": 4}) for rate in (0.1, 0.05)
    ]
    bad = made(**wild, training={"epochs": 4})
    first, failed, last = stacked([tame[0], bad, tame[1]])
    assert_as_alone(first, tame[0])
    assert_as_alone(last, tame[1])
    error = end(failed).error
    assert error is not None
    assert not math.isfinite(error.loss)
    with pytest.raises(DivergedError) as alone:
        run(bad, SPLITS)
    assert (error.epoch, error.step, str(error)) == (alone.value.epoch, alone.value.step, str(alone.value))
    assert len(failed.epochs) == error.epoch - 1


def test_a_network_that_its_last_step_breaks_is_told_at_the_epochs_end() -> None:
    # A factor of −199 a step from weights of 10: they leave float32 after 16 or 17 steps of one an epoch.
    breaking = {
        "optimizer": {"name": "sgd", "learning_rate": 10.0},
        "regularisation": {"l2": 10.0},
        "network": {"initialisation": "gaussian", "initialisation_sigma": 10.0, "activation": "tanh"},
    }
    long = {"epochs": 18, "batch_size": "full"}
    calm = made(optimizer={"name": "sgd"}, training=long)
    ended, other = stacked([made(**breaking, training=long), calm])
    assert end(ended).error is not None
    assert_as_alone(other, calm)


def test_a_frozen_row_computes_finite_numbers() -> None:
    trainees = Trainees({0: made(), 1: made()}, {0: SPLITS, 1: SPLITS}, CPU)
    trainees.parameters.values[0] = math.nan
    trainees.freeze(0)
    block = next(iter(trainees.batches.blocks(1)))
    trainees.steps.begin(block, 0)
    trainees.steps.run(0, observe=True)
    assert bool(trainees.steps.logits[0].isfinite().all())
    assert bool(trainees.parameters.values.isfinite().all())


def test_each_member_stops_early_by_its_own_patience_and_the_stack_shrinks() -> None:
    # With a rate of 0 to six digits nothing improves: the first epoch stays the best.
    still = {"optimizer": {"name": "sgd", "learning_rate": 1e-12}}
    configs = [
        made(
            **still,
            training={"epochs": 9, "patience": patience, "keep": "best", "minimum_change": 0.1, "seed": seed},
        )
        for seed, patience in enumerate((2, 5, 3))
    ]
    configs.append(made(optimizer={"name": "sgd", "learning_rate": 0.05}, training={"epochs": 9, "seed": 3}))
    outcomes = stacked(configs)
    assert [len(outcome.epochs) for outcome in outcomes] == [3, 6, 4, 9]
    for member, own in zip(outcomes, configs, strict=True):
        assert_as_alone(member, own)
    for outcome in outcomes[:3]:
        kept = outcome.states[-1].best_weights
        assert kept is not None
        assert same_weights(kept, outcome.states[0].weights)


def test_a_smaller_stack_has_fewer_rows_and_the_same_networks() -> None:
    configs = {
        index: made(network={"activation": activation}, optimizer={"name": "sgd", "momentum": momentum})
        for index, (activation, momentum) in enumerate((("relu", 0.9), ("prelu", 0.0), ("relu", 0.0)))
    }
    stack = Trainees(configs, dict.fromkeys(configs, SPLITS), CPU)
    smaller = stack.only([0, 2])
    assert smaller.parameters.stack == 2
    assert "hidden.0.slope" not in smaller.parameters.shapes
    for member in (0, 2):
        old, new = stack.members.index(member), smaller.members.index(member)
        for name in smaller.parameters.shapes:
            assert torch.equal(smaller.parameters.value(name)[new], stack.parameters.value(name)[old])


def test_a_dropped_member_ends_and_the_others_do_not_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    configs = [made(training={"seed": seed, "epochs": 3}) for seed in range(3)]
    gone: set[int] = set()
    outcomes = [Outcome() for _ in configs]
    for index, event in train_stack([Member(each, SPLITS) for each in configs], CPU, lambda: gone):
        outcomes[index].events.append(event)
        if isinstance(event, StepMetrics) and event.last_step == 7 and index == 1:  # in mid-epoch
            gone.add(1)
    assert end(outcomes[1]) == MemberEnd(dropped=True)
    assert len(outcomes[1].epochs) == 1
    assert outcomes[1].steps[-1].last_step == 7
    for index in (0, 2):
        assert_as_alone(outcomes[index], configs[index])


def test_when_all_are_dropped_nothing_is_trained_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    outcomes = stacked([made(), made()], drop=lambda: (0, 1))
    for outcome in outcomes:
        assert outcome.epochs == []
        assert end(outcome).dropped


def test_a_time_limit_ends_one_member_with_the_part_of_the_first_epoch() -> None:
    limited = made(training={"batch_size": 10, "time_limit_seconds": 1e-6})
    free = made(training={"batch_size": 10})
    short, whole = stacked([limited, free])
    [epoch], [state] = short.epochs, short.states
    assert (epoch.step, epoch.images_seen, state.step) == (1, 10, 1)
    assert end(short) == MemberEnd()
    assert_as_alone(whole, free)
