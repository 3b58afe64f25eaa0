"""Sentences about runs whose results are written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.config.parsing import config_from_paths
from explorer.labs.facts import dead_units, facts, one_answer, where_it_stopped
from explorer.records import ClassMetrics, Evaluation, LayerMetrics, Run, RunStatus
from explorer.storage.store import Store
from tests.cli.samples import run_result

NAMES = tuple("0123456789")


def answered(digit: int, others: int = 0) -> Evaluation:
    """100 images a class, all but ``others`` of which are read as this digit, the others as the next one."""
    counts = np.zeros((10, 10), int)
    counts[:, digit] = 100
    counts[0, digit] -= others
    counts[0, digit + 1] += others
    zero = ClassMetrics(0.0, 0.0, 0.0, 100)
    return Evaluation(0.25, 0.1, tuple(tuple(map(int, row)) for row in counts), (zero,) * 10)


def layers(*dead: tuple[int, float | None]) -> tuple[LayerMetrics, ...]:
    return tuple(LayerMetrics(f"hidden {units}", units, share, 0.5, 1.0, 1.0, 1.0) for units, share in dead)


def ended(store: Store, seed: int, *, digit: int = 1, epochs: int = 7, **changes: object) -> Run:
    paths = {"training.epochs": 60, "training.patience": 5, "training.monitor": "validation_accuracy"}
    config = config_from_paths({**paths, "training.seed": seed, **changes})
    run = store.create_run(config)
    store.claim(run.id, device="cpu", host="here")
    result = replace(
        run_result(epochs), best_epoch=epochs - 5, test=answered(digit), layers=layers((10, 1.0), (10, None))
    )
    store.end(run.id, RunStatus.FINISHED, result=result)
    return store.run(run.id)


def test_one_answer_for_every_image_is_named_with_what_it_gets_right():
    assert one_answer(answered(1), NAMES) == (
        "It answers “1” to every test image: 100 of 1,000 are of this class, so 10.00\xa0% are right."
    )
    assert one_answer(answered(1, others=10), NAMES).startswith("It answers “1” to nearly every test image:")
    assert one_answer(answered(1, others=11), NAMES) == ""


@pytest.mark.parametrize(
    ("dead", "words"),
    [
        (((10, 1.0), (10, 1.0)), "All 20 hidden units are dead: each says the same of every image."),
        (((10, 0.5), (10, 0.0)), "5 of 20 hidden units are dead: each says the same of every image."),
        (((90, 0.0), (10, 0.9)), ""),  # 9 of 100: fewer than a tenth
        (((10, None),), ""),
    ],
)
def test_dead_units_are_counted_over_the_hidden_layers(
    dead: tuple[tuple[int, float | None], ...], words: str
):
    assert dead_units(replace(run_result(), layers=layers(*dead))) == words


def test_where_training_ended_and_why(store: Store):
    run = ended(store, 0)
    assert run.network_result is not None
    assert where_it_stopped(run, run.network_result) == (
        "It stopped after epoch 7 of at most 60: no better validation accuracy for 5 epochs, "
        "the best was in epoch 2."
    )
    whole = ended(store, 1, epochs=60)
    assert whole.network_result is not None
    assert where_it_stopped(whole, whole.network_result).startswith("It took all 60 epochs")
    free = ended(store, 2, **{"training.patience": None})
    assert free.network_result is not None
    assert where_it_stopped(free, free.network_result) == ""


def test_what_repeats_say_alike_is_said_once(store: Store):
    runs = [ended(store, 0), ended(store, 1), ended(store, 2, digit=7)]
    told = facts(runs)
    assert sum("It answers “1”" in fact and fact.startswith("Seeds 0, 1:") for fact in told) == 1
    assert sum("It answers “7”" in fact and fact.startswith("Seed 2:") for fact in told) == 1
    assert sum(fact.startswith("Each run: All 10 hidden units") for fact in told) == 1
    assert facts(runs[:1])[0].startswith("It answers")


def test_a_run_that_diverged_says_so_and_one_that_trains_says_nothing(store: Store):
    run = store.create_run(config_from_paths({}))
    assert facts([run]) == ()
    store.claim(run.id, device="cpu", host="here")
    store.end(run.id, RunStatus.FAILED, "The loss became infinite in epoch 1.")
    assert facts([store.run(run.id)]) == ("It diverged. The loss became infinite in epoch 1.",)
