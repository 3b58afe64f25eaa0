"""Norms, updates, inactive and dead units on built examples."""

from typing import Any

import pytest
import torch

from explorer.config.run import RunConfig
from explorer.records import LayerMetrics
from explorer.training.monitoring import observed_steps
from explorer.training.trainee import Trainees
from tests.training.samples import CPU, config, random_splits


def trainee(**sections: Any) -> tuple[Trainees, RunConfig]:
    run = config(**{"network": {"hidden": [4]}, "training": {"batch_size": 30}, **sections})
    made = Trainees({0: run}, {0: random_splits()}, CPU)
    made.start_epoch(1)
    return made, run


def one_epoch(made: Trainees) -> tuple[LayerMetrics, ...]:
    [block] = made.batches.blocks(1)
    made.steps.begin(block, 0)
    made.steps.run(0, observe=True)
    return made.observer.finish_epoch([(0.0,)])[0]


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 11, 25, 99, 100, 101, 938, 60_000])
def test_at_most_ten_steps_of_an_epoch_are_observed_the_last_among_them(steps: int) -> None:
    observed = observed_steps(steps)
    assert len(observed) == min(10, max(1, steps // 10))
    assert max(observed) == steps - 1
    assert min(observed) >= 0


def test_a_unit_that_never_fires_is_inactive_and_one_that_always_does_is_not() -> None:
    made, _ = trainee()
    made.parameters.value("hidden.0.weight").zero_()
    made.parameters.value("hidden.0.bias")[0] = torch.tensor([-1.0, 1.0, -1.0, -1.0])
    hidden, output = one_epoch(made)
    assert hidden.inactive_share == 0.75
    assert output.inactive_share == 0.0
    assert output.units == 10


def test_norms_and_ratio_are_those_of_one_plain_step() -> None:
    made, _ = trainee(optimizer={"name": "sgd", "learning_rate": 0.5})
    weights = made.parameters.value("output.weight").clone()
    layers = one_epoch(made)
    gradient, after = made.parameters.gradient("output.weight"), made.parameters.value("output.weight")
    output = layers[1]
    assert output.gradient_norm == pytest.approx(gradient.norm().item(), rel=1e-5)
    assert output.weight_norm == pytest.approx(after.norm().item(), rel=1e-5)
    assert output.update_ratio == pytest.approx(
        0.5 * gradient.norm().item() / weights.norm().item(), rel=1e-4
    )


def test_the_gradient_is_looked_at_before_it_is_clipped() -> None:
    free, _ = trainee()
    clipped, _ = trainee(regularisation={"clip_norm": 1e-6})
    assert one_epoch(clipped)[0].gradient_norm == one_epoch(free)[0].gradient_norm


def test_weights_of_norm_zero_have_no_ratio() -> None:
    made, _ = trainee(network={"hidden": [4], "initialisation": "zeros"})
    assert [layer.update_ratio for layer in one_epoch(made)] == [None, None]


def test_nothing_observed_is_none_and_an_epoch_forgets_the_last_one() -> None:
    made, _ = trainee()
    one_epoch(made)
    made.start_epoch(2)
    [(hidden, output)] = made.observer.finish_epoch([(0.25,)])
    assert (hidden.inactive_share, hidden.gradient_norm, hidden.update_ratio) == (None, None, None)
    assert (hidden.dead_share, output.dead_share) == (0.25, None)
    assert hidden.weight_norm > 0


def test_convolutions_are_observed_too() -> None:
    made, _ = trainee(network={"kind": "cnn", "blocks": [{"filters": 3}], "hidden": [5]})
    names = [(layer.name, layer.units) for layer in one_epoch_of(made)]
    assert names == [("convolution 1", 3), ("hidden 1", 5), ("output", 10)]


def one_epoch_of(made: Trainees) -> tuple[LayerMetrics, ...]:
    [block] = made.batches.blocks(1)
    made.steps.begin(block, 0)
    made.steps.run(0, observe=True)
    [layers] = made.observer.finish_epoch([(0.0, 0.0)])
    assert all(layer.gradient_norm is not None and layer.gradient_norm > 0 for layer in layers)
    assert all(layer.inactive_share is not None and 0 <= layer.inactive_share < 1 for layer in layers)
    return layers
