from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from explorer.config.run import RunConfig
from explorer.data.splits import load_splits
from explorer.errors import ConfigError
from explorer.jobs import calibration as module
from explorer.jobs import service
from explorer.jobs.calibration import calibrate
from explorer.jobs.cost import (
    Calibration,
    calculate,
    estimate,
    likely_device,
    read_calibration,
    record_measured,
    speed_key,
    write_calibration,
)
from explorer.jobs.locks import hold
from explorer.jobs.orders import Orders
from explorer.jobs.status import WorkerStatus, now, worker_lock, write_status
from explorer.models.architecture import count_multiply_adds
from explorer.records import EpochMetrics
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.training.engine import steps_per_epoch
from tests.jobs.conftest import small

CALIBRATION = Calibration(step=1e-3, dense=1e-9, convolution=1e-8)


def test_a_machine_never_measured_promises_no_time(store: Store, settings: Settings):
    cost = estimate(store, settings, small())
    assert cost.seconds_per_epoch is None
    assert not cost.measured
    # 784·16 + 16 and 16·10 + 10 by hand
    assert (cost.parameters, cost.multiply_adds) == (12_730, 12_704)
    assert (cost.images, cost.steps) == (1_293, 21)


def test_the_model_counts_steps_and_multiply_adds():
    # 21 steps of 1 ms, 1,293 images of 12,704 multiply-adds of 1 ns
    assert calculate(CALIBRATION, small(), 1_293, 21, 12_704) == pytest.approx(0.021 + 0.016426272)
    cnn = small(network__kind="cnn")
    assert calculate(CALIBRATION, cnn, 1_000, 10, 1_000) == pytest.approx(0.01 + 0.01)


def test_a_calibrated_machine_calculates_and_a_measured_run_is_believed(store: Store, settings: Settings):
    write_calibration(store, "cpu", CALIBRATION)
    assert read_calibration(store, "cpu") == CALIBRATION
    calculated = estimate(store, settings, small())
    assert calculated.seconds_per_epoch == pytest.approx(0.037426, rel=1e-4)
    assert not calculated.measured
    record_measured(store, small(), "cpu", 0.5, 1_293)
    measured = estimate(store, settings, small(training__epochs=99, training__seed=5))
    assert measured.seconds_per_epoch == pytest.approx(0.5)
    assert measured.measured


def test_of_several_calibrations_the_fastest_of_each_is_kept(store: Store):
    for step, dense, convolution in ((3e-4, 1e-10, 2e-9), (1e-4, 2e-10, 1e-10), (2e-4, 3e-10, 3e-9)):
        write_calibration(store, "cpu", Calibration(step, dense, convolution))
    assert read_calibration(store, "cpu") == Calibration(step=1e-4, dense=1e-10, convolution=1e-10)


def test_an_idle_worker_measures_its_cpu_again_as_others_may_have_used_it_at_first(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    orders, busy, quiet = Orders(), Calibration(1e-4, 1e-10, 2e-9), Calibration(2e-4, 1e-10, 1e-10)
    found = [busy, quiet]

    def measure(*_: object) -> Calibration:
        if len(found) == 1:
            orders.give("stop")
        return found.pop(0)

    monkeypatch.setattr(service, "calibrate", measure)
    monkeypatch.setattr(service, "CALIBRATED_AFTER_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(service, "leave_in_time", lambda *_: None)  # it would end this process
    place = replace(settings, devices=("cpu",))
    service.Service(store, place, WorkerStatus("cpu", 1, "idle", now()), orders).run()
    assert read_calibration(store, "cpu") == Calibration(step=1e-4, dense=1e-10, convolution=1e-10)


def test_a_measured_speed_grows_with_the_images(store: Store, settings: Settings):
    record_measured(store, small(), "cpu", 0.5, 1_000)
    cost = estimate(store, settings, small(data__train_size=500, data__noisy_copies=1))
    assert cost.images == 1_000
    assert cost.seconds_per_epoch == pytest.approx(0.5)
    assert estimate(store, settings, small(data__train_size=500)).seconds_per_epoch == pytest.approx(0.25)


@pytest.mark.parametrize(
    "change",
    [
        {"network__hidden": [17]},
        {"network__activation": "gelu"},
        {"optimizer__name": "sgd"},
        {"training__batch_size": 32},
        {"data__augmentation": {"shift": 1.0}},
        {"loss": "mean_squared_error"},
    ],
)
def test_what_changes_the_work_is_measured_apart(change: dict[str, object]):
    values = small().model_dump()
    other = RunConfig.model_validate(_changed(values, change))
    assert speed_key(other, "cpu") != speed_key(small(), "cpu")
    assert speed_key(small(), "cuda:0") != speed_key(small(), "cpu")


def _changed(values: dict[str, object], change: dict[str, object]) -> dict[str, object]:
    for path, value in change.items():
        *sections, name = path.split("__")
        place: object = values
        for section in sections:
            assert isinstance(place, dict)
            place = place[section]
        assert isinstance(place, dict)
        place[name] = value
    return values


def test_what_does_not_change_the_work_is_measured_together():
    other = small(training__seed=3, training__epochs=50, optimizer__learning_rate=0.5, data__split_seed=4)
    assert speed_key(other, "cpu") == speed_key(small(), "cpu")


def test_a_size_that_the_dataset_does_not_have_is_refused(store: Store, settings: Settings):
    with pytest.raises(ConfigError, match="train_size"):
        estimate(store, settings, small(data__train_size=100_000))


def test_the_likely_device_is_that_of_a_living_worker(settings: Settings):
    assert likely_device(settings, "auto") == "cpu"
    write_status(settings, WorkerStatus("cuda:0", 1, "idle", now()))
    assert likely_device(settings, "auto") == "cpu"  # it is dead
    lock = hold(worker_lock(settings, "cuda:0"))
    assert lock is not None
    with lock:
        assert likely_device(settings, "auto") == "cuda:0"
        assert likely_device(settings, "cuda") == "cuda:0"
    assert likely_device(settings, "cuda:3") == "cuda:3"


def test_a_calibration_trains_for_a_moment_and_gives_way_to_work(settings: Settings):
    digits = load_splits(RunConfig().data, settings.data)
    device = torch.device("cpu")
    calibration = calibrate(digits, device, lambda: False)
    assert calibration is not None
    assert calibration.step >= 0
    assert calibration.convolution >= calibration.dense >= 0
    assert calibrate(digits, device, lambda: True) is None


def test_a_calibration_finds_the_speeds_of_a_machine(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    digits = load_splits(RunConfig().data, settings.data)

    def trained(config: RunConfig, *_: object) -> Iterator[EpochMetrics]:
        work = (
            len(digits.train_labels),
            steps_per_epoch(config, digits),
            count_multiply_adds(config.network),
        )
        for epoch, slowness in ((1, 3.0), (2, 1.0)):  # the first one warms up
            seconds = slowness * calculate(CALIBRATION, config, *work)
            yield EpochMetrics(epoch, 1, 1, 1.0, 0.5, None, None, None, None, 0.1, seconds, ())

    monkeypatch.setattr(module, "train", trained)
    found = calibrate(digits, torch.device("cpu"), lambda: False)
    assert found is not None
    assert (found.step, found.dense, found.convolution) == pytest.approx((1e-3, 1e-9, 1e-8))
