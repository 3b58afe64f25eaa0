from math import inf, nan

from explorer.config.parsing import config_from_paths
from explorer.jobs.endings import Claims
from explorer.jobs.median_rule import (
    MedianRule,
    hopeless,
    is_switched_on,
    median_rule_for,
    reason,
    switch_on,
    was_hopeless,
)
from explorer.jobs.stack_execution import execute_stack
from explorer.records import EpochMetrics, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.jobs.conftest import small

# Means over two epochs: 1.5, 2.5, 3.5, 4.5; over one: 2, 3, 4, 5.
OTHERS = {1: [2.0, 1.0], 2: [3.0, 2.0], 3: [4.0, 3.0], 4: [5.0, 4.0]}


def judged(own: list[float], others: dict[int, list[float]] = OTHERS, **facts: int) -> bool:
    return hopeless({**others, 9: own}, [9], **{"grace_epochs": 1, **facts}) == {9}


def test_the_best_loss_is_held_against_the_median_of_the_others_means():
    # The median of 1.5, 2.5, 3.5 and 4.5 is 3.
    assert judged([9.0, 3.1])
    assert not judged([9.0, 3.0])
    assert not judged([2.9, 9.0])  # its best came first


def test_others_are_judged_up_to_the_same_epoch():
    # After one epoch the median of 2, 3, 4 and 5 is 3.5.
    assert not judged([3.4])
    assert judged([3.6])


def test_the_grace_period_spares_a_run():
    assert not judged([9.0, 9.0], grace_epochs=3)
    assert judged([9.0, 9.0, 9.0], grace_epochs=3)


def test_few_others_judge_nobody():
    few = {number: OTHERS[number] for number in (1, 2, 3)}
    assert not judged([9.0], few)
    assert judged([9.0], few, least_others=3)
    assert not judged([9.0], {**few, 4: []})  # which has not begun


def test_a_loss_that_is_no_number_is_the_worst():
    assert judged([nan, inf])
    # The means are 1.5, 2.5, infinite and infinite; with their median nobody is worse.
    assert not judged([9.0, 9.0], {**OTHERS, 3: [nan, 1.0], 4: [inf, 1.0]})


def test_only_running_runs_are_stopped():
    assert hopeless(OTHERS | {9: [9.0]}, [], grace_epochs=1) == frozenset()
    # Run 4: 4 against 3, the median of 1.5, 2.5, 3.5, 9; run 3: 3 against 3.5, that of 1.5, 2.5, 4.5, 9.
    assert hopeless(OTHERS | {9: [9.0, 9.0]}, [1, 2, 3, 4, 9], grace_epochs=1) == {4, 9}


def test_the_last_ones_are_never_all_stopped():
    losses = {number: [float(number)] * 5 for number in range(1, 20)}
    left = hopeless(losses, list(losses))
    assert 1 <= len(losses) - len(left) < 19


def epoch(number: int, loss: float | None) -> EpochMetrics:
    return EpochMetrics(number, number, number, 1.0, 0.5, loss, 0.5, None, None, 0.1, 1.0, ())


def test_a_group_is_judged_by_what_the_store_holds_and_by_what_was_seen(store: Store):
    runs = store.create_runs(
        [config_from_paths({"training.seed": seed}) for seed in range(6)], group="sweep a"
    )
    for run in runs:
        store.claim(run.id, device="cpu", host="here")
    assert median_rule_for(store, "sweep a") is None
    assert median_rule_for(store, None) is None
    switch_on(store, "sweep a")
    assert is_switched_on(store, "sweep a")
    assert not is_switched_on(store, "sweep b")
    ours, others = [run.id for run in runs[:2]], [run.id for run in runs[2:]]
    for place, number in enumerate(others):  # one, two, three and four in every epoch
        store.record(number, (), [epoch(count, 1.0 + place) for count in (1, 2, 3)])
    rule = median_rule_for(store, "sweep a")
    assert rule is not None
    for count in (1, 2, 3):
        for number, loss in zip(ours, (1.5, 3.5), strict=True):
            rule.see(number, count, loss)
            rule.see(number, count, 99.0)  # an epoch counts once
        # The median of 1, 2, 3, 4 and the other one of ours: 3 for the first, 2 for the second.
        assert rule.hopeless(ours) == ({ours[1]} if count == 3 else set())


def test_a_run_that_goes_on_is_judged_by_its_first_epochs_too(store: Store):
    runs = store.create_runs(
        [config_from_paths({"training.seed": seed}) for seed in range(5)], group="sweep a"
    )
    for place, run in enumerate(runs):
        store.claim(run.id, device="cpu", host="here")
        store.record(run.id, (), [epoch(count, 1.0 + place) for count in (1, 2)])
    rule = MedianRule(store, "sweep a")
    last = runs[-1].id
    rule.see(last, 3, 5.0)  # before the store was read: nothing to add it to yet
    assert rule.hopeless([last]) == set()
    rule.see(last, 3, 5.0)
    assert rule.hopeless([last]) == {last}


def test_why_a_run_was_stopped_is_told_and_recognised(store: Store):
    run = store.create_run(config_from_paths({}))
    store.claim(run.id, device="cpu", host="here")
    store.end(run.id, RunStatus.STOPPED, reason(4))
    assert was_hopeless(store.run(run.id))
    assert "after epoch 4" in store.run(run.id).reason
    assert not was_hopeless(store.create_run(config_from_paths({})))


def test_the_hopeless_of_a_stack_end_early_and_are_measured(store: Store, settings: Settings):
    configs = [
        small(optimizer__learning_rate=rate, training__epochs=60)
        for rate in (1e-6, 0.003, 0.005, 0.007, 0.01, 0.02)
    ]
    runs = store.create_runs(configs, group="sweep a")
    switch_on(store, "sweep a")
    with Claims(store, settings, [run.id for run in runs], "cpu") as claims:
        slow, *others = execute_stack(store, settings, claims.runs, "cpu")
    assert was_hopeless(slow)
    assert slow.epoch < 60
    assert slow.network_result is not None
    assert any(run.status is RunStatus.FINISHED and run.epoch == 60 for run in others)


def test_without_the_rule_nobody_is_stopped(store: Store, settings: Settings):
    configs = [small(optimizer__learning_rate=rate) for rate in (1e-6, 0.003, 0.005, 0.007, 0.01, 0.02)]
    runs = store.create_runs(configs, group="sweep a")
    with Claims(store, settings, [run.id for run in runs], "cpu") as claims:
        ended = execute_stack(store, settings, claims.runs, "cpu")
    assert {run.status for run in ended} == {RunStatus.FINISHED}
