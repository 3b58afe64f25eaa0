"""Steps for replay: the same figures as eager ones, with everything that changes on the device."""

from typing import Any

import pytest
import torch

from explorer.config.run import RunConfig
from explorer.data.preparation import Scaling
from explorer.models.architecture import parameter_shapes, weight_layers
from explorer.models.initialisation import initial_parameters
from explorer.training import batches as batches_module
from explorer.training.batches import Batches, Lane, Source
from explorer.training.monitoring import Observer
from explorer.training.optimizers import Optimizer
from explorer.training.parameters import FlatParameters
from explorer.training.replay import ReplayedSteps
from explorer.training.step import EagerSteps, Step, Steps, make_network
from tests.training.samples import CPU, config, random_splits

CASES: list[dict[str, Any]] = [
    {},
    {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}, "schedule": {"name": "cosine"}},
    {"optimizer": {"name": "adamw", "weight_decay": 0.1}, "schedule": {"name": "one_cycle"}},
    {"optimizer": {"name": "rmsprop"}, "regularisation": {"l2": 1e-3, "l1": 1e-4, "clip_norm": 0.5}},
    {"optimizer": {"name": "adagrad"}, "loss": "mean_squared_error", "network": {"activation": "prelu"}},
    {"network": {"dropout": 0.3}, "regularisation": {"activation_noise": 0.1, "gradient_noise": 1e-3}},
    {"network": {"kind": "cnn", "blocks": [{"filters": 4}], "hidden": [8], "dropout": 0.2}},
    {
        # Adam would magnify the rounding of biases before batch norm, whose gradient is zero.
        "network": {"kind": "cnn", "blocks": [{"filters": 4}], "hidden": [8], "batch_norm": True},
        "optimizer": {"name": "sgd", "learning_rate": 0.01},
    },
]


def trained(
    run: RunConfig, device: torch.device, *, replay: bool
) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor], Steps]:
    """Values, observations and logits after two epochs of 5 full batches and a smaller one."""
    splits = random_splits(53)
    parameters = FlatParameters(parameter_shapes(run.network), 1, device, torch.float32)
    network = make_network([run], parameters)
    start = initial_parameters(run.network, 0)
    parameters.load(start)
    for name, buffer in network.buffers[0].items():
        buffer.copy_(start[name])
    observer = Observer(weight_layers(run.network), parameters)
    step = Step([run], network, Optimizer([run.optimizer], parameters, fused=False), observer)
    source = Source(splits.train_images.to(device), splits.train_labels.to(device), Scaling(0, 1 / 255))
    batches = Batches([Lane(source, run.training.seed)], run, network.image_shape)
    steps: Steps = (
        ReplayedSteps(step, batches.steps_per_epoch, capture=False)
        if replay
        else EagerSteps(step, batches.steps_per_epoch)
    )
    logits, number = [], 0
    for epoch in (1, 2):
        network.start_epoch(epoch)
        for block in batches.blocks(epoch):
            steps.begin(block, number)
            for index in range(block.batches):
                steps.run(index, observe=index == 1)
            number += block.batches
            logits.append(steps.logits[: block.batches].clone().cpu())
    return parameters.values.cpu(), observer.sums.cpu(), logits, steps


@pytest.mark.parametrize("sections", CASES)
def test_steps_for_replay_equal_eager_ones(sections: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(batches_module.BLOCK_IMAGES, "cpu", 30)  # blocks of 3, 2 and 1 batches
    run = config(training={"batch_size": 10, "epochs": 2}, **sections)
    eager, replayed = (trained(run, CPU, replay=each) for each in (False, True))
    torch.testing.assert_close(replayed[0], eager[0], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(replayed[1], eager[1], rtol=1e-3, atol=1e-5)
    assert [each.shape for each in replayed[2]] == [each.shape for each in eager[2]]
    for ours, theirs in zip(replayed[2], eager[2], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_block_elsewhere_is_refused() -> None:
    run = config(training={"batch_size": 10})
    _, _, _, steps = trained(run, CPU, replay=True)
    splits = random_splits(20)
    source = Source(splits.train_images, splits.train_labels, Scaling(0, 1))
    other = Batches([Lane(source, 0)], run, (784,))
    with pytest.raises(ValueError, match="where the captured one lay"):
        steps.begin(next(other.blocks(1)), 0)
