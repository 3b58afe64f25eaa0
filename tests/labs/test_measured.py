from dataclasses import replace

import pytest

from explorer.config.run import RunConfig
from explorer.labs.experiment import Figure
from explorer.labs.measured import group_of, measure, runs_of
from explorer.labs.running import LABS, configs_of
from explorer.records import EpochMetrics, Run, RunStatus
from explorer.storage.store import Store
from tests.cli.samples import epoch_metrics, run_result

from .conftest import SMALL


def record(store: Store, config: RunConfig, accuracy: float, *, first: float = 0.5) -> Run:
    """A finished run of the lab with this test accuracy, and this validation accuracy after one epoch."""
    run = store.create_run(config, group=group_of(SMALL, quick=False))
    store.claim(run.id, device="cpu", host="here")
    metrics: EpochMetrics = replace(epoch_metrics(1), validation_accuracy=first)
    store.record(run.id, (), (metrics,), 1.0)
    result = run_result()
    store.end(
        run.id,
        RunStatus.FINISHED,
        result=replace(result, test=replace(result.test, accuracy=accuracy, loss=0.25)),
    )
    return store.run(run.id)


def test_mean_and_deviation_are_those_of_the_repeats(store: Store):
    relu = SMALL.find("relu")
    runs = [
        record(store, config, accuracy)
        for config, accuracy in zip(SMALL.configs_of(relu), (0.91, 0.93), strict=True)
    ]
    found = runs_of(store, SMALL, quick=False)
    measured = measure(store, SMALL, relu, found, quick=False)
    assert measured.mean == pytest.approx(0.92)
    assert measured.std == pytest.approx(0.0141421356)  # sqrt(2 * 0.01^2 / (2 - 1))
    assert (measured.n, measured.wanted, measured.is_whole) == (2, 2, True)
    assert measured.runs == tuple(runs)
    assert measure(store, SMALL, SMALL.find("relu-loss"), found, quick=False).mean == pytest.approx(0.25)
    assert measure(store, SMALL, SMALL.find("relu-first"), found, quick=False).mean == pytest.approx(0.5)


def test_what_stands_over_another_is_measured_seed_by_seed(store: Store):
    relu, tanh = SMALL.find("relu"), SMALL.find("tanh")
    lead = replace(relu, id="lead", figure=Figure("table 1", over="tanh"))
    lab = replace(SMALL, experiments=(*SMALL.experiments, lead))
    for config, accuracy in zip(SMALL.configs_of(relu), (0.91, 0.93), strict=True):
        record(store, config, accuracy)
    other, _ = SMALL.configs_of(tanh)
    record(store, other, 0.90)
    measured = measure(store, lab, lead, runs_of(store, SMALL, quick=False), quick=False)
    assert (measured.mean, measured.n, measured.is_whole) == (pytest.approx(0.01), 1, False)
    assert set(configs_of(lab, experiments=["lead"])) == {*SMALL.configs_of(relu), *SMALL.configs_of(tanh)}


def test_the_features_of_hog_are_counted(store: Store):
    lab = LABS["fourth"]
    features = lab.find("hog-features")
    run = store.create_run(lab.configs_of(features)[0], group=group_of(lab, quick=False))
    measured = measure(store, lab, features, {run.config: run}, quick=False)
    assert measured.mean == features.figure.value == 324


def test_nothing_is_measured_of_what_was_not_run(store: Store):
    measured = measure(store, SMALL, SMALL.find("tanh"), runs_of(store, SMALL, quick=False), quick=False)
    assert (measured.mean, measured.std, measured.n, measured.runs) == (None, None, 0, ())


def test_a_run_that_still_trains_has_no_final_value(store: Store):
    config = SMALL.configs_of(SMALL.find("relu"))[0]
    run = store.create_run(config, group=group_of(SMALL, quick=False))
    store.claim(run.id, device="cpu", host="here")
    measured = measure(store, SMALL, SMALL.find("relu"), runs_of(store, SMALL, quick=False), quick=False)
    assert (measured.n, [run.id for run in measured.runs]) == (0, [run.id])


def test_of_two_runs_of_one_config_the_finished_one_counts(store: Store):
    config = SMALL.configs_of(SMALL.find("relu"))[0]
    finished = record(store, config, 0.9)
    store.create_run(config, group=group_of(SMALL, quick=False))
    assert runs_of(store, SMALL, quick=False)[config].id == finished.id


def test_quick_runs_are_kept_apart(store: Store):
    record(store, SMALL.configs_of(SMALL.find("relu"))[0], 0.9)
    assert runs_of(store, SMALL, quick=True) == {}


def test_parameters_are_counted_as_the_fifth_report_counts_them(store: Store):
    lab = LABS["fifth"]
    experiment = lab.find("parameters")
    store.create_run(lab.configs_of(experiment)[0], group=group_of(lab, quick=False))
    assert measure(store, lab, experiment, runs_of(store, lab, quick=False), quick=False).mean == 421_642
