from dataclasses import replace
from math import log10
from statistics import fmean

import pytest

from explorer.config.fields import value_at
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.config.searching import Range, Search
from explorer.errors import ConfigError
from explorer.jobs.locks import hold
from explorer.jobs.reconciliation import LOST
from explorer.jobs.runner import runner_lock
from explorer.jobs.search import (
    continue_searches,
    next_batch,
    read_search,
    score_of,
    search_here,
    start_search,
    stop_search,
)
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.evaluation.test_sweeps import result
from tests.evaluation.test_sweeps import run as run_of

RATE, DROPOUT = "optimizer.learning_rate", "network.dropout"
RANGES = (
    Range(RATE, "log", 1e-5, 1.0),
    Range(DROPOUT, "lin", 0.0, 0.8),
    Range("network.activation", "choice", choices=("relu", "tanh", "sigmoid")),
)
SEARCH = Search(RunConfig(), RANGES, budget=64)
GROUP = "search 3fa2b1 · learning rate"


def loss_at(config: RunConfig) -> float:
    """A bowl with its bottom at a learning rate of 0.01 without dropout and tanh."""
    rate, dropout = config.optimizer.learning_rate, config.network.dropout
    return (log10(rate) + 2) ** 2 + 4 * dropout**2 + (config.network.activation != "tanh")


def trained(number: int, config: RunConfig, status: RunStatus = RunStatus.FINISHED) -> Run:
    ended = result(0.5, loss=loss_at(config)) if status is RunStatus.FINISHED else None
    return replace(run_of(number, ended, status), config=config)


def searched(search: Search) -> list[Run]:
    """All runs of a search whose losses are those of the bowl."""
    runs: list[Run] = []
    while batch := next_batch(search, runs):
        runs += [trained(len(runs) + place, config) for place, config in enumerate(batch)]
    return runs


def test_proposals_lie_within_the_ranges_and_keep_the_base():
    base = config_from_paths({"training.epochs": 3, "training.seed": 5})
    batch = next_batch(replace(SEARCH, base=base), ())
    assert len(batch) == 8
    for config in batch:
        assert 1e-5 <= config.optimizer.learning_rate <= 1.0
        assert 0 <= config.network.dropout <= 0.8
        assert config.network.activation in ("relu", "tanh", "sigmoid")
        assert (config.training.epochs, config.training.seed) == (3, 5)
        assert float(f"{config.optimizer.learning_rate:.4g}") == config.optimizer.learning_rate


def test_the_budget_is_spent_to_the_last_run_and_no_further():
    runs = searched(replace(SEARCH, budget=20))
    assert len(runs) == 20
    assert next_batch(replace(SEARCH, budget=20), runs) == ()


def test_what_was_learned_guides_what_is_proposed():
    runs = searched(SEARCH)
    first = fmean(loss_at(run.network_config) for run in runs[:16])
    last = fmean(loss_at(run.network_config) for run in runs[-16:])
    assert last < first / 2
    best = min(runs, key=lambda run: loss_at(run.network_config)).network_config
    assert 0.002 < best.optimizer.learning_rate < 0.05
    assert best.network.activation == "tanh"


def test_accuracy_is_made_large():
    search = replace(SEARCH, objective="validation_accuracy", ranges=RANGES[:1])
    runs: list[Run] = []
    while batch := next_batch(search, runs):
        for config in batch:
            rate = config.optimizer.learning_rate
            runs.append(replace(run_of(len(runs), result(1 / (1 + (log10(rate) + 4) ** 2))), config=config))
    rates = [run.network_config.optimizer.learning_rate for run in runs[-16:]]
    assert fmean(map(log10, rates)) == pytest.approx(-4, abs=0.75)


def test_the_same_runs_give_the_same_proposals_so_a_search_outlives_a_restart():
    runs = searched(SEARCH)[:24]
    assert next_batch(SEARCH, runs) == next_batch(SEARCH, runs)
    assert next_batch(replace(SEARCH, seed=1), runs) != next_batch(SEARCH, runs)


def test_nothing_is_tried_twice_and_a_small_choice_is_exhausted():
    choices = (Range("network.activation", "choice", choices=("relu", "tanh", "elu")),)
    runs = searched(Search(RunConfig(), choices, budget=50))
    assert sorted(run.network_config.network.activation for run in runs) == ["elu", "relu", "tanh"]


def test_lists_whole_numbers_and_flags_can_be_searched():
    ranges = (
        Range("network.hidden", "choice", choices=([8], [16, 8], [4])),
        Range("training.batch_size", "log", 8, 256),
        Range("network.batch_norm", "choice", choices=(True, False)),
        Range("training.patience", "choice", choices=(None, 3)),
    )
    runs = searched(Search(RunConfig(), ranges, budget=24))
    assert len(runs) == 24
    assert {run.network_config.network.hidden for run in runs} <= {(8,), (16, 8), (4,)}
    assert all(isinstance(run.network_config.training.batch_size, int) for run in runs)


def test_values_that_contradict_one_another_are_not_proposed():
    ranges = (
        Range("optimizer.momentum", "lin", 0.1, 0.9),
        Range("optimizer.name", "choice", choices=("sgd", "adam")),
    )
    runs = searched(Search(RunConfig(), ranges, budget=16))
    assert len(runs) == 16
    assert {run.network_config.optimizer.name for run in runs} == {"sgd"}


def test_where_runs_diverged_fewer_are_proposed():
    search = replace(SEARCH, ranges=RANGES[:1])
    runs: list[Run] = []
    while batch := next_batch(search, runs):
        for config in batch:
            is_wild = config.optimizer.learning_rate > 0.1
            runs.append(trained(len(runs), config, RunStatus.FAILED if is_wild else RunStatus.FINISHED))
    failed = [run.status is RunStatus.FAILED for run in runs]
    assert sum(failed[:16]) > 2
    assert sum(failed[-16:]) < sum(failed[:16])


def test_a_run_is_judged_by_its_validation_images_alone():
    assert score_of(run_of(1, result(0.8, test=0.1, loss=0.3)), "validation_loss") == 0.3
    assert score_of(run_of(1, result(0.8, test=0.1)), "validation_accuracy") == 0.8
    assert score_of(run_of(1, result(None)), "validation_loss") is None
    assert score_of(run_of(1, None, RunStatus.FAILED), "validation_loss") is None


# ---- in the store -----------------------------------------------------------------------------------------


@pytest.fixture
def quiet(settings: Settings):
    """Settings under which no runner is started: the test holds its lock."""
    lock = hold(runner_lock(settings))
    assert lock is not None
    with lock:
        yield settings


def end(
    store: Store, runs: tuple[Run, ...], status: RunStatus = RunStatus.FINISHED, reason: str = ""
) -> None:
    for run in runs:
        if store.run(run.id).status is RunStatus.QUEUED:
            store.claim(run.id, device="cpu", host="here")
            ended = result(0.5, loss=loss_at(run.network_config)) if status is RunStatus.FINISHED else None
            store.end(run.id, status, reason, ended)


def test_a_search_is_kept_with_its_group_and_read_again(store: Store, quiet: Settings):
    layers = Range("network.hidden", "choice", choices=([8], [16, 8]))
    search = replace(SEARCH, base=config_from_paths({"training.epochs": 7}), ranges=(*RANGES, layers))
    runs = start_search(store, quiet, search, GROUP)
    assert len(runs) == 8
    assert {run.group for run in runs} == {GROUP}
    assert read_search(store, GROUP) == search
    assert read_search(store, "search other") is None
    assert read_search(store, "sweep 3fa2b1") is None


def test_a_wrong_search_queues_nothing(store: Store, quiet: Settings):
    with pytest.raises(ConfigError):
        start_search(store, quiet, replace(SEARCH, budget=0), GROUP)
    impossible = (Range("optimizer.momentum", "lin", 0.1, 0.9), Range("optimizer.name", "choice", choices=("adam", "adamw")))  # fmt: skip  # noqa: E501
    with pytest.raises(ConfigError, match="some combination can train"):
        start_search(store, quiet, replace(SEARCH, ranges=impossible), GROUP)
    assert store.runs() == ()
    assert read_search(store, GROUP) is None


def test_the_next_runs_are_queued_when_all_have_ended_until_the_budget_is_spent(
    store: Store, quiet: Settings
):
    first = start_search(store, quiet, replace(SEARCH, budget=20), GROUP)
    assert continue_searches(store, quiet) == 0
    end(store, first[:7])
    assert continue_searches(store, quiet) == 0
    end(store, first)
    assert continue_searches(store, quiet) == 8
    assert continue_searches(store, quiet) == 0
    end(store, store.runs(group=GROUP))
    assert continue_searches(store, quiet) == 4
    end(store, store.runs(group=GROUP))
    assert continue_searches(store, quiet) == 0
    assert len(store.runs(group=GROUP)) == 20
    tried = [value_at(run.network_config, RATE) for run in store.runs(group=GROUP)]
    assert len(set(tried)) == 20


def test_a_stopped_search_proposes_nothing_more(store: Store, quiet: Settings):
    runs = start_search(store, quiet, SEARCH, GROUP)
    stop_search(store, GROUP)
    stop_search(store, "sweep x")
    end(store, runs)
    assert continue_searches(store, quiet) == 0
    found = read_search(store, GROUP)
    assert found is not None
    assert found.is_stopped


def test_paused_runs_are_waited_for(store: Store, quiet: Settings):
    runs = start_search(store, quiet, SEARCH, GROUP)
    end(store, runs[:1], RunStatus.PAUSED)
    end(store, runs)
    assert continue_searches(store, quiet) == 0


def test_runs_whose_worker_was_lost_are_waited_for(store: Store, quiet: Settings):
    runs = start_search(store, quiet, SEARCH, GROUP)
    end(store, runs, RunStatus.FAILED, f"{LOST}: its process is gone. Resume goes on from epoch 2.")
    assert continue_searches(store, quiet) == 0
    for run in runs:
        store.resume(run.id)
    end(store, runs)
    assert continue_searches(store, quiet) == 8


def test_a_search_whose_runs_all_fail_for_another_reason_gives_up(store: Store, quiet: Settings):
    end(store, start_search(store, quiet, SEARCH, GROUP), RunStatus.FAILED, "MNIST is not here.")
    assert continue_searches(store, quiet) == 0
    found = read_search(store, GROUP)
    assert found is not None
    assert found.is_stopped


def test_a_search_whose_runs_all_diverged_goes_on(store: Store, quiet: Settings):
    why = "The loss became nan in epoch 1, step 2."
    end(store, start_search(store, quiet, SEARCH, GROUP), RunStatus.FAILED, why)
    assert continue_searches(store, quiet) == 8


def test_a_search_in_this_process_is_known_to_the_pages_and_left_alone_by_workers(
    store: Store, quiet: Settings
):
    search, batches = replace(SEARCH, budget=20), list[tuple[RunConfig, ...]]()

    def train(configs: tuple[RunConfig, ...]) -> list[Run]:
        batches.append(configs)
        assert read_search(store, GROUP) == replace(search, is_stopped=True)
        return [trained(100 * len(batches) + place, config) for place, config in enumerate(configs)]

    search_here(store, search, GROUP, train)
    assert [len(batch) for batch in batches] == [8, 8, 4]
    assert continue_searches(store, quiet) == 0


@pytest.mark.parametrize(
    ("reason", "batches"), [("Ctrl-C stopped it.", 1), ("Below the median: stopped after epoch 3.", 2)]
)
def test_a_search_in_this_process_ends_with_a_run_that_the_user_stopped(
    reason: str, batches: int, store: Store
):
    trained_batches = []

    def train(configs: tuple[RunConfig, ...]) -> list[Run]:
        trained_batches.append(configs)
        first, *others = [trained(100 * len(trained_batches) + n, each) for n, each in enumerate(configs)]
        return [*others, replace(first, status=RunStatus.STOPPED, reason=reason)]

    search_here(store, replace(SEARCH, budget=16), GROUP, train)
    assert len(trained_batches) == batches
