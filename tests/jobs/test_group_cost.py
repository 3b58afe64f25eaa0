from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from explorer.config.run import RunConfig
from explorer.jobs import group_cost
from explorer.jobs.cost import Calibration, record_measured, write_calibration
from explorer.jobs.group_cost import estimate_group, is_worth_a_process, share_of_one
from explorer.settings import Settings
from explorer.storage import notes
from explorer.storage.store import Store
from tests.jobs.conftest import small

IMAGES = 1_293  # of the bundled digits, a tenth held back


@pytest.fixture(autouse=True)
def on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_cost, "usable_cores", lambda: 1)


def seeds(count: int, **changes: Any) -> list[RunConfig]:
    return [small(training__seed=seed, **changes) for seed in range(count)]


def test_nothing_is_known_before_the_machine_was_measured(store: Store, settings: Settings):
    cost = estimate_group(store, settings, seeds(5))
    assert (cost.runs, cost.stacks, cost.seconds, cost.one_alone, cost.times_one) == (5, 1, None, None, None)
    assert not cost.measured


def test_five_seeds_cost_little_more_than_one(store: Store, settings: Settings):
    record_measured(store, small(), "cpu", 0.1, IMAGES)
    one, five = (estimate_group(store, settings, seeds(count)) for count in (1, 5))
    assert (one.seconds, one.times_one, one.measured) == (pytest.approx(0.3), pytest.approx(1.0), True)
    # 5 · (0.3 + 0.7 / 5) of one run's three epochs, as each has its own order of images.
    assert five.times_one == pytest.approx(5 * 0.44)
    assert five.seconds == pytest.approx(0.3 * 2.2)
    assert not five.measured


def test_what_was_measured_of_a_stack_counts_more_than_the_rule(store: Store, settings: Settings):
    record_measured(store, small(), "cpu", 0.1, IMAGES)
    record_measured(store, small(), "cpu", 0.025, IMAGES, stack=5)
    cost = estimate_group(store, settings, seeds(5))
    assert cost.measured
    assert cost.times_one == pytest.approx(5 * 0.25)


def test_a_stack_that_was_trained_tells_the_time_of_its_like_though_none_was_alone(
    store: Store, settings: Settings
):
    record_measured(store, small(), "cpu", 0.025, IMAGES, stack=5)
    cost = estimate_group(store, settings, seeds(5))
    assert (cost.seconds, cost.one_alone, cost.times_one) == (pytest.approx(5 * 3 * 0.025), None, None)
    assert estimate_group(store, settings, seeds(1)).seconds is None


def test_a_stack_measured_to_be_slower_is_not_counted_on(store: Store, settings: Settings):
    record_measured(store, small(), "cpu", 0.1, IMAGES)
    record_measured(store, small(), "cpu", 0.2, IMAGES, stack=4)
    cost = estimate_group(store, settings, seeds(4))
    assert (cost.stacks, cost.times_one) == (4, pytest.approx(4.0))


@pytest.mark.parametrize("later", ["the stack", "the network alone"])
def test_a_stack_that_was_slower_at_another_time_is_tried_again(
    later: str, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def measured_at(moment: datetime, seconds: float, stack: int) -> None:
        monkeypatch.setattr(notes, "now", lambda _connection: moment)
        record_measured(store, small(), "cpu", seconds, IMAGES, stack=stack)

    measured_at(noon + timedelta(hours=later == "the stack"), 0.2, 4)  # the machine was busy
    measured_at(noon + timedelta(hours=later == "the network alone"), 0.1, 1)
    cost = estimate_group(store, settings, seeds(4))
    assert cost.stacks == 1
    assert not cost.measured
    measured_at(noon + timedelta(hours=3), 0.05, 4)  # not slower: it counts whenever it was measured
    assert estimate_group(store, settings, seeds(4)).times_one == pytest.approx(2.0)


def test_shapes_add_up_and_two_cores_share_what_does_not_stack(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    write_calibration(store, "cpu", Calibration(step=1e-4, dense=1e-9, convolution=1e-9))
    shapes = [small(network__hidden=[units]) for units in (100, 101)]
    each = [estimate_group(store, settings, [shape]).seconds for shape in shapes]
    both = estimate_group(store, settings, shapes)
    assert both.stacks == 2
    assert None not in each
    assert both.seconds == pytest.approx(sum(seconds or 0.0 for seconds in each))
    monkeypatch.setattr(group_cost, "usable_cores", lambda: 2)
    assert estimate_group(store, settings, shapes).seconds == pytest.approx((both.seconds or 0.0) * 0.7)


def test_one_order_of_images_for_all_is_cheaper_and_large_networks_gain_nothing():
    rates = [small(optimizer__learning_rate=0.001 * (number + 1)) for number in range(20)]
    assert share_of_one(rates, 20, "cpu") < share_of_one(seeds(20), 20, "cpu") < 0.4
    large = seeds(5, network__hidden=[800], training__batch_size=512)
    assert share_of_one(large, 5, "cpu") == 1.0
    assert share_of_one(large, 5, "cuda:0") < 0.3
    assert share_of_one(rates[:1], 1, "cpu") == 1.0


def test_a_process_starts_for_what_takes_long_as_measured_or_as_machines_typically_do(
    store: Store, settings: Settings
):
    short, long = (small(training__epochs=epochs, training__batch_size=4) for epochs in (10, 1000))
    assert not is_worth_a_process(store, settings, [short])
    assert is_worth_a_process(store, settings, [long])  # 324,000 steps
    assert not is_worth_a_process(store, settings, [small(data__train_size=60_000)])  # it will say so itself
    record_measured(store, short, "cpu", 1.0, IMAGES)
    assert is_worth_a_process(store, settings, [short])
    record_measured(store, short, "cpu", 0.001, IMAGES)
    assert not is_worth_a_process(store, settings, [long])
    record_measured(store, short, "cpu", 0.002, IMAGES, stack=8)
    eight = seeds(8, training__epochs=1000, training__batch_size=4)
    assert is_worth_a_process(store, settings, eight)
