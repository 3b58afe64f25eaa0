from dataclasses import replace
from datetime import UTC, datetime

import pytest

from explorer.config.kinds import AnyConfig
from explorer.config.parsing import baseline_from_paths
from explorer.config.run import RunConfig
from explorer.jobs import outlook as module
from explorer.jobs.cost import record_measured
from explorer.jobs.outlook import JOB_SECONDS, clock_seconds, outlook
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.cli.samples import run_result
from tests.jobs.conftest import small

IMAGES = 1_293  # of the bundled digits, a tenth held back
SMALL, LARGE = small(network__kind="cnn"), small(network__hidden=[800])  # three epochs each


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    """A machine of one core, on which an epoch of the small one takes 1 s, of the large one 100 s."""
    monkeypatch.setattr(module, "usable_cores", lambda: 1)
    record_measured(store, SMALL, "cpu", 1.0, IMAGES)
    record_measured(store, LARGE, "cpu", 100.0, IMAGES)


def a_run(store: Store, config: AnyConfig, status: RunStatus, **facts: object) -> Run:
    return replace(store.create_run(config), status=status, **facts)  # type: ignore[arg-type]


def finished(store: Store, config: RunConfig, epochs: int = 3) -> Run:
    return a_run(store, config, RunStatus.FINISHED, result=run_result(epochs))


def test_jobs_go_to_the_lane_that_is_free_first():
    assert clock_seconds([10, 1, 1, 1], 2) == 10
    assert clock_seconds([1, 1, 10], 2) == 11
    assert clock_seconds([1, 2, 3], 1) == 6
    assert clock_seconds([], 2) == 0


def test_the_many_small_ones_are_a_small_share(store: Store, settings: Settings):
    few = [small(network__kind="cnn", training__seed=seed) for seed in range(5)]
    found: dict[AnyConfig, Run] = {config: finished(store, config) for config in few}
    ahead = outlook(store, settings, [*few, LARGE], found)
    assert ahead.share == pytest.approx(15 / 315)
    assert ahead.seconds == pytest.approx(300 + JOB_SECONDS)
    assert outlook(store, settings, [LARGE], {}).seconds == pytest.approx(300 + JOB_SECONDS)


def test_what_trains_goes_on_as_fast_as_it_goes_now(store: Store, settings: Settings):
    running = a_run(
        store, LARGE, RunStatus.RUNNING,
        step=21, total_steps=63, samples_per_second=IMAGES / 50, started_at=datetime.now(UTC),
    )  # fmt: skip
    ahead = outlook(store, settings, [LARGE], {LARGE: running})
    assert ahead.share == pytest.approx(1 / 3)
    assert ahead.seconds == pytest.approx(100)  # two epochs of 50 s


def test_a_paused_run_has_only_its_rest_to_go(store: Store, settings: Settings):
    paused = a_run(store, LARGE, RunStatus.PAUSED, step=42, total_steps=63)
    assert outlook(store, settings, [LARGE], {LARGE: paused}).seconds == pytest.approx(100 + JOB_SECONDS)


def test_a_run_that_may_end_early_takes_what_its_siblings_took(store: Store, settings: Settings):
    first, second = (
        small(network__kind="cnn", training__patience=1, training__epochs=60, training__seed=seed)
        for seed in (0, 1)
    )
    ahead = outlook(store, settings, [first, second], {first: finished(store, first, epochs=8)})
    assert (ahead.share, ahead.seconds) == (pytest.approx(0.5), pytest.approx(8 + JOB_SECONDS))


def test_a_diverged_run_has_ended(store: Store, settings: Settings):
    diverged = a_run(store, LARGE, RunStatus.FAILED, epoch=1, reason="The loss became nan in epoch 2.")
    ahead = outlook(store, settings, [LARGE], {LARGE: diverged})
    assert (ahead.share, ahead.seconds) == (1.0, 0.0)


def test_classical_methods_and_what_was_never_measured_count_too(store: Store, settings: Settings):
    knn = baseline_from_paths({"baseline.model": "knn"})
    for config in (knn, small(network__hidden=[300])):
        assert outlook(store, settings, [config], {}).seconds > JOB_SECONDS
