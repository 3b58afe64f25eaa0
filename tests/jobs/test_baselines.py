"""Baselines in the queue: fitted by real workers in real processes, and ended there in mid-fit."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from explorer.config.baseline import BaselineConfig
from explorer.config.parsing import baseline_from_paths
from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.errors import ConfigError, DatasetError
from explorer.jobs import queue
from explorer.jobs.endings import Interruption, claimed
from explorer.jobs.fit_execution import FitProgress, execute_fit, fit_here
from explorer.jobs.locks import is_held
from explorer.jobs.runner import child_environment, runner_lock
from explorer.records import BaselineResult, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.fitted import load_fitted
from explorer.storage.store import Store
from tests.jobs.conftest import processes_of, small, wait_for, wait_for_runs_in_hand, wait_for_status

FITTER = "-m explorer.jobs.fitter"
RAW = {"data__scaling": "none"}
Method = KNeighborsClassifier | LinearSVC | RandomForestClassifier
STOPPED = Interruption(RunStatus.STOPPED, "Stopped by the test.")


def baseline(model: str = "knn", **changes: object) -> BaselineConfig:
    """A fit of a second or less on the bundled digits."""
    values = {path.replace("__", "."): value for path, value in changes.items()}
    return baseline_from_paths({"baseline.model": model, **values})


def endless() -> BaselineConfig:
    """Classes that no plane can divide: each takes LIBLINEAR many seconds, in one call."""
    return baseline("linear_svm", baseline__C=1e6, data__noisy_copies=4, data__noisy_copies_sigma=1)


def submit_and_wait_for_the_fit(store: Store, settings: Settings) -> Run:
    run = queue.submit(store, settings, endless())
    wait_for(lambda: store.run(run.id).stage == "Fitting", "the fit to begin")
    wait_for_runs_in_hand(settings, run.id)
    assert len(processes_of(settings, FITTER)) == 1
    return store.run(run.id)


def wait_until_no_fit_goes_on(settings: Settings) -> None:
    wait_for(lambda: not processes_of(settings, FITTER), "the process of the fit to end")


def scikit_learns_answers(config: BaselineConfig, method: Method) -> tuple[list[list[int]], bytes]:
    """The test images' confusion matrix and the validation images' classes, by scikit-learn alone."""
    arrays = load_arrays("digits", None)  # type: ignore[arg-type]  # they are bundled
    parts = partition(arrays.train_labels, arrays.test_labels, config.data)
    assert config.data.scaling == "none"  # no rounding can then tell the two apart

    def rows(images: np.ndarray) -> np.ndarray:
        return images.reshape(-1, 784).astype(np.float64)

    method.fit(rows(arrays.train_images[parts.train]), arrays.train_labels[parts.train])
    answers = method.predict(rows(arrays.test_images))
    held_back = method.predict(rows(arrays.train_images[parts.validation]))
    return confusion_matrix(arrays.test_labels, answers).tolist(), held_back.astype(np.uint8).tobytes()


def test_submitted_baselines_give_the_numbers_of_the_estimators_called_directly(
    store: Store, swept: Settings
):
    methods = {
        baseline("knn", baseline__k=5, **RAW): KNeighborsClassifier(5, algorithm="brute"),
        baseline("linear_svm", baseline__C=1e-6, **RAW): LinearSVC(C=1e-6, dual=False),
        baseline("forest", baseline__trees=25, seed=3, **RAW): RandomForestClassifier(
            n_estimators=25, random_state=3
        ),
    }
    runs = queue.submit_group(store, swept, list(methods), "methods")
    assert [run.status for run in runs] == [RunStatus.QUEUED] * 3
    for run, (config, method) in zip(runs, methods.items(), strict=True):
        finished = wait_for_status(store, run.id, RunStatus.FINISHED)
        confusion, held_back = scikit_learns_answers(config, method)
        assert isinstance(finished.result, BaselineResult)
        assert [list(row) for row in finished.result.test.confusion] == confusion
        fitted = load_fitted(swept, run.id)
        assert fitted.predictions == held_back
        assert fitted.result == finished.result
        assert (finished.device, finished.reason) == ("cpu", "")
        assert finished.step == finished.total_steps > 0


def test_a_fit_is_stopped_in_the_middle_and_the_queue_goes_on(store: Store, swept: Settings):
    run = submit_and_wait_for_the_fit(store, swept)
    network, fitted = queue.submit(store, swept, small()), queue.submit(store, swept, baseline())
    queue.stop(store, swept, run.id)
    stopped = wait_for_status(store, run.id, RunStatus.STOPPED)
    wait_until_no_fit_goes_on(swept)
    assert stopped.reason == (
        "Stopped on request. A fit that did not finish leaves nothing behind. Resume starts it again."
    )
    assert stopped.result is None
    wait_for_status(store, network.id, RunStatus.FINISHED)
    wait_for_status(store, fitted.id, RunStatus.FINISHED)


def test_a_paused_fit_starts_again_from_the_beginning(store: Store, swept: Settings):
    run = submit_and_wait_for_the_fit(store, swept)
    queue.pause(store, swept, run.id)
    paused = wait_for_status(store, run.id, RunStatus.PAUSED)
    assert paused.reason == "Paused on request. Resume starts it again."
    wait_until_no_fit_goes_on(swept)
    assert queue.resume(store, swept, run.id).stage == ""
    wait_for(lambda: store.run(run.id).stage == "Fitting", "the fit to begin again")
    assert queue.stop_workers(swept)
    assert store.run(run.id).reason == "The workers were stopped. Resume starts it again."
    assert not processes_of(swept, FITTER)


def test_kill_9_of_the_worker_leaves_no_orphan_and_the_run_is_told_as_lost(store: Store, swept: Settings):
    run = submit_and_wait_for_the_fit(store, swept)
    os.kill(queue.workers(swept)[0].pid, signal.SIGKILL)
    failed = wait_for_status(store, run.id, RunStatus.FAILED)
    assert failed.reason == "worker lost: it was ended by SIGKILL. Resume starts it again."
    wait_until_no_fit_goes_on(swept)


def test_a_fit_that_is_killed_fails_in_words_and_the_worker_goes_on(store: Store, swept: Settings):
    run = submit_and_wait_for_the_fit(store, swept)
    worker = queue.workers(swept)[0].pid
    os.kill(processes_of(swept, FITTER)[0], signal.SIGKILL)
    failed = wait_for_status(store, run.id, RunStatus.FAILED)
    assert failed.reason == (
        "The process that fitted it was killed, as the system does where memory runs out. "
        "Lower data.train_size, or choose another method."
    )
    next_one = queue.submit(store, swept, baseline())
    wait_for_status(store, next_one.id, RunStatus.FINISHED)
    assert queue.workers(swept)[0].pid == worker


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        (baseline("knn", baseline__k=21, data__train_size=20), ["baseline.k"]),
        (
            baseline("knn", baseline__k=1000, data__train_size=900, data__test_size=1000),
            ["data.test_size", "baseline.k"],
        ),
        (
            baseline("knn", data__train_size=9_000, data__test_size=9_000),
            ["data.train_size", "data.test_size"],
        ),
    ],
)
def test_what_its_images_do_not_allow_is_refused_and_nothing_is_queued(
    store: Store, settings: Settings, config: BaselineConfig, fields: list[str]
):
    with pytest.raises(ConfigError) as caught:
        queue.submit(store, settings, config)
    assert [problem.field for problem in caught.value.problems] == fields
    with pytest.raises(ConfigError) as caught:
        queue.submit_group(store, settings, [baseline(), config, config], "several")
    assert [problem.field for problem in caught.value.problems] == fields
    with pytest.raises(DatasetError, match="MNIST"):
        queue.submit(store, settings, baseline(data__dataset="mnist"))
    assert store.runs() == ()
    assert not is_held(runner_lock(settings))


def test_the_stages_of_a_fit_are_told_in_their_order(store: Store, settings: Settings):
    told: list[FitProgress] = []
    started: list[Run] = []
    config = baseline("logistic", baseline__C=0.01, data__features="hog")
    run = fit_here(store, settings, config, on_start=started.append, on_progress=told.append)
    assert run.status is RunStatus.FINISHED
    assert [begun.status for begun in started] == [RunStatus.RUNNING]
    stages = list(dict.fromkeys(progress.stage for progress in told))
    order = [
        "Starting",
        "Computing HOG features",
        "Fitting",
        "Asking about the training images",
        "Asking about the validation images",
        "Asking about the test images",
    ]
    # A stage that is over between two looks is not seen; the first and the last one are.
    assert stages == [stage for stage in order if stage in stages]
    assert stages[0] == order[0]
    assert stages[-1] == order[-1]
    assert (told[-1].done, told[-1].total) == (360, 360)
    assert (store.run(run.id).stage, store.run(run.id).step) == (order[-1], 360)


def test_an_interruption_while_features_are_computed_leaves_no_unfinished_files(
    store: Store, settings: Settings
):
    seen: list[FitProgress] = []

    def interruption() -> Interruption | None:
        return STOPPED if seen and seen[-1].stage != "Starting" else None

    config = baseline("knn", data__features="hog")
    run = fit_here(store, settings, config, interruption=interruption, on_progress=seen.append)
    assert run.status is RunStatus.STOPPED
    assert not [path for path in settings.home.rglob(".*") if "hog" in path.name]
    again = store.resume(run.id)
    with claimed(store, settings, again.id, "cpu") as taken:
        assert taken is not None
        assert execute_fit(store, settings, taken).status is RunStatus.FINISHED


def test_ctrl_c_of_a_fit_from_here_stops_it(store: Store, settings: Settings):
    def press(progress: FitProgress) -> None:
        if progress.stage == "Fitting":
            raise KeyboardInterrupt("SIGTERM")

    run = fit_here(store, settings, endless(), on_progress=press)
    assert run.status is RunStatus.STOPPED
    assert run.reason.startswith("Stopped by SIGTERM. A fit that did not finish leaves nothing behind.")
    assert not processes_of(settings, FITTER)


def test_a_dataset_that_went_away_fails_in_words(store: Store, settings: Settings):
    run = fit_here(store, settings, baseline(data__dataset="mnist"))
    assert run.status is RunStatus.FAILED
    assert "MNIST" in run.reason
    assert "unexpected" not in run.reason


def test_a_store_that_can_no_longer_be_written_ends_the_fit(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    run = store.create_run(endless())
    with claimed(store, settings, run.id, "cpu") as taken:
        assert taken is not None
        recorded = store.record_stage

        def taken_away(*place: object) -> object:
            if place[1] == "Fitting":
                (claim,) = store.claims()
                store.end_lost(claim, "worker lost")
            return recorded(*place)  # type: ignore[arg-type]

        monkeypatch.setattr(store, "record_stage", taken_away)
        ended = execute_fit(store, settings, taken)
    assert (ended.status, ended.reason) == (RunStatus.FAILED, "worker lost")
    assert not processes_of(settings, FITTER)


def test_neither_the_fit_nor_whoever_waits_for_it_loads_torch(settings: Settings):
    program = (
        "import sys, explorer.jobs.fit_execution\n"
        "assert not {'torch', 'sklearn', 'skimage'} & set(sys.modules), 'here'\n"
        "import explorer.jobs.fitter\n"
        "assert not {'torch', 'streamlit'} & set(sys.modules), 'there'\n"
        "sys.exit(0 if 'sklearn' in sys.modules else 'no scikit-learn')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=child_environment(settings), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
