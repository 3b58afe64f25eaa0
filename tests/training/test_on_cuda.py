"""What only a CUDA device can show of the engine: captures succeed, and train as the steps themselves."""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.data.splits import load_splits
from explorer.settings import Settings
from explorer.training import epoch as epoch_module
from explorer.training import replay as replay_module
from explorer.training import trainee as trainee_module
from explorer.training.conclusion import Ended, conclude_together
from explorer.training.engine import train
from explorer.training.memory import release
from explorer.training.range_test import range_test
from explorer.training.replay import ReplayedSteps
from explorer.training.stack import Member, MemberEnd, train_stack
from explorer.training.stack_size import stack_bytes
from explorer.training.state import TrainingState
from tests.training.capturing import capture_on_tape, replaying
from tests.training.samples import CPU, Outcome, config, digits
from tests.training.test_capture import SPLITS, STACKS, assert_equal, made, several

pytestmark = pytest.mark.cuda
AS_ALONE = 1e-3  # relative, of weights after a few epochs: a stack multiplies by other kernels


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products in float32 proper, whichever kernel computes them."""
    monkeypatch.setattr(trainee_module, "use_tensor_cores", lambda: None)
    monkeypatch.setattr(torch.backends.cuda.matmul, "fp32_precision", "ieee")
    monkeypatch.setattr(torch.backends.cudnn.conv, "fp32_precision", "ieee")


def trained(
    configs: list[RunConfig],
    device: torch.device,
    monkeypatch: pytest.MonkeyPatch,
    *,
    capture: bool = True,
    state: TrainingState | None = None,
    rates: Callable[[], Mapping[int, float]] = dict,
) -> tuple[list[Outcome], list[ReplayedSteps]]:
    """What the members of a stack yielded, and what replayed its steps."""
    outcomes = [Outcome() for _ in configs]
    with replaying(monkeypatch, "ReplayedSteps", capture=capture) as (made_steps, _):
        members = [Member(each, SPLITS, state) for each in configs]
        for index, event in train_stack(members, device, rates=rates):
            outcomes[index].events.append(event)
    assert [each.problem for each in made_steps] == [""] * len(made_steps)
    return outcomes, made_steps


def assert_close(ours: Outcome, theirs: Outcome, tolerance: float = AS_ALONE) -> None:
    for name, weights in ours.weights.items():
        length = float(np.linalg.norm(theirs.weights[name])) or 1.0
        assert float(np.linalg.norm(weights - theirs.weights[name])) / length < tolerance, name
    for mine, its in zip(ours.epochs, theirs.epochs, strict=True):
        assert mine.train_loss == pytest.approx(its.train_loss, rel=tolerance)
        assert mine.validation_loss == pytest.approx(its.validation_loss, rel=10 * tolerance)


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.usefixtures("exact")
def test_captured_steps_train_as_the_steps_themselves(
    name: str, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours, steps), (theirs, _) = (
        trained(STACKS[name], cuda, monkeypatch, capture=capture) for capture in (True, False)
    )
    assert len(steps) == 1
    for mine, its in zip(ours, theirs, strict=True):
        assert_close(mine, its, 1e-4)


@pytest.mark.parametrize("name", ["adam 2", "noise", "own noise", "two lanes", "penalties"])
def test_two_captured_runs_with_one_seed_are_equal(
    name: str, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_equal(*(trained(STACKS[name], cuda, monkeypatch)[0] for _ in range(2)))


@pytest.mark.parametrize("name", ["own noise", "own everything", "two lanes, adam", "convolutions, several"])
@pytest.mark.usefixtures("exact")
def test_a_network_in_a_stack_is_what_it_is_alone(
    name: str, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, _ = trained(STACKS[name], cuda, monkeypatch)
    for own, member in zip(STACKS[name], together, strict=True):
        ((alone,), _) = trained([own], cuda, monkeypatch)
        assert_close(member, alone)


@pytest.mark.parametrize("name", ["sgd 1", "adam 2", "one cycle", "penalties", "convolutions, prelu"])
@pytest.mark.usefixtures("exact")
def test_a_run_without_chance_learns_what_it_learns_on_the_cpu(
    name: str, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((ours,), _) = trained(STACKS[name], cuda, monkeypatch)
    theirs = Outcome(list(train(STACKS[name][0], SPLITS, CPU)))
    assert_close(ours, theirs, 1e-2)


def test_a_resumed_run_equals_an_uninterrupted_one(
    cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = [made(network={"dropout": 0.3}, schedule={"name": "cosine"})]
    ((whole,), _) = trained(configs, cuda, monkeypatch)
    ((rest,), _) = trained(configs, cuda, monkeypatch, state=whole.states[0])
    assert [each.train_loss for each in rest.epochs] == [each.train_loss for each in whole.epochs[1:]]
    for name, weights in rest.weights.items():
        np.testing.assert_array_equal(weights, whole.weights[name])


@pytest.mark.usefixtures("exact")
def test_a_rate_that_is_changed_on_the_way_reaches_the_graph(
    cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = several()
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)  # after every step
    monkeypatch.setattr(epoch_module, "FIRST_STEPS", 1)
    found = []
    for capture in (True, False):
        asked = chain([{}, {0: 0.5, 3: 0.001}], repeat({}))
        found.append(trained(configs, cuda, monkeypatch, capture=capture, rates=asked.__next__)[0])
    plain, _ = trained(configs, cuda, monkeypatch)
    for ours, theirs, as_it_was, is_changed in zip(*found, plain, (True, False, False, True), strict=True):
        assert_close(ours, theirs, 1e-4)
        is_equal = np.array_equal(ours.weights["output.weight"], as_it_was.weights["output.weight"])
        assert is_equal is not is_changed


@pytest.mark.usefixtures("exact")
def test_a_network_that_diverges_leaves_the_others_as_they_are(
    cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = made(
        data={"scaling": "none"},
        network={"activation": "identity"},
        optimizer={"name": "sgd", "learning_rate": 10.0, "momentum": 0.9},
    )
    good = made(optimizer={"name": "sgd", "learning_rate": 0.05, "momentum": 0.9})
    ((gone, ours), steps), ((theirs,), _) = (
        trained([bad, good], cuda, monkeypatch),
        trained([good], cuda, monkeypatch),
    )
    assert isinstance(gone.events[-1], MemberEnd)
    assert gone.events[-1].error is not None
    assert len(steps) == 2  # the smaller stack was captured anew
    assert_close(ours, theirs)


@pytest.mark.usefixtures("exact")
def test_two_threads_capture_and_train_as_one_after_the_other(
    cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks = [several(), STACKS["convolutions"]]
    alone = [trained(configs, cuda, monkeypatch)[0] for configs in stacks]
    together: list[list[Outcome]] = [[], []]

    def work(place: int) -> None:
        outcomes = [Outcome() for _ in stacks[place]]
        for index, event in train_stack([Member(each, SPLITS) for each in stacks[place]], cuda):
            outcomes[index].events.append(event)
        together[place] = outcomes

    for _ in range(3):
        threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for ours, theirs in zip(together[0] + together[1], alone[0] + alone[1], strict=True):
            assert_close(ours, theirs, 1e-4)


@pytest.mark.usefixtures("exact")
def test_the_range_test_and_the_look_at_the_test_set_work_there_too(cuda: torch.device) -> None:
    settings = config(network={"hidden": [16]}, training={"epochs": 1})
    found = [list(range_test(settings, digits(), device)) for device in (cuda, CPU)]
    assert found[0][20].loss == pytest.approx(found[1][20].loss, rel=1e-3)
    (state,) = [each for each in train(settings, digits(), CPU) if isinstance(each, TrainingState)]
    ended = [Ended(settings, digits(), state, (), 1.0)] * 2
    (ours, _), (theirs, _) = (conclude_together(ended, device, 1) for device in (cuda, CPU))
    assert ours.test.loss == pytest.approx(theirs.test.loss, rel=1e-4)
    assert abs(ours.test.accuracy - theirs.test.accuracy) <= 1 / 360


@pytest.mark.parametrize(
    ("own", "stack"),
    [
        ({"network": {"hidden": [500, 250, 100]}, "optimizer": {"name": "sgd"}}, 32),
        ({"network": {"hidden": [64], "dropout": 0.5}, "training": {"batch_size": "full"}}, 4),
        ({"network": {"preset": "lenet"}, "training": {"batch_size": 256}}, 2),
        ({"network": {"hidden": [2048, 2048]}}, 8),
    ],
)
def test_the_memory_that_a_stack_takes_is_within_what_the_planner_leaves_it(
    own: dict[str, Any], stack: int, cuda: torch.device
) -> None:
    sections = own | {"training": {"epochs": 1, **own.get("training", {})}}
    settings = [
        config(**sections | {"training": sections["training"] | {"seed": seed}}) for seed in range(stack)
    ]
    release(cuda)
    torch.cuda.reset_peak_memory_stats(cuda)
    before = torch.cuda.memory_reserved(cuda)
    with closing(train_stack([Member(each, digits()) for each in settings], cuda)) as events:
        for _ in events:
            pass
    taken = torch.cuda.max_memory_reserved(cuda) - before
    # The planner puts stacks into half of what is free.
    assert taken <= 2 * stack_bytes(settings[0], len(digits().train_labels), stack)
    release(cuda)
    assert torch.cuda.memory_reserved(cuda) <= before + (256 << 20)  # the libraries' own


@pytest.mark.usefixtures("exact")
def test_the_second_device_is_used_alone(cuda: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    if torch.cuda.device_count() < 2:
        pytest.skip("needs two CUDA devices")
    second, before = torch.device("cuda:1"), torch.cuda.memory_allocated(cuda)
    (ours, _), (theirs, _) = (trained(STACKS["own noise"], device, monkeypatch) for device in (second, cuda))
    assert torch.cuda.memory_allocated(cuda) == before
    for mine, its in zip(ours, theirs, strict=True):
        assert_close(mine, its, 1e-4)


@pytest.mark.mnist
def test_on_real_mnist_a_stack_is_as_accurate_as_its_networks_alone(
    cuda: torch.device, mnist_settings: Settings
) -> None:
    settings = [
        config_from_paths(
            {
                "data.dataset": "mnist", "network.hidden": [64], "training.epochs": 3, "training.seed": seed,
                "optimizer.learning_rate": rate, "training.batch_size": 256,
            }
        )
        for seed in (0, 1)
        for rate in (0.0005, 0.001, 0.002)
    ]  # fmt: skip
    splits = load_splits(settings[0].data, Path(mnist_settings.data))
    events = train_stack([Member(each, splits) for each in settings], cuda)
    states = {index: event for index, event in events if isinstance(event, TrainingState)}
    for index, own in enumerate(settings):
        alone = [each for each in train(own, splits, cuda) if isinstance(each, TrainingState)][-1]
        results = conclude_together(
            [Ended(own, splits, state, (), 1.0) for state in (states[index], alone)], cuda, 1
        )
        assert abs(results[0].test.accuracy - results[1].test.accuracy) <= 0.001


def test_what_the_tests_on_a_device_train_with_works(monkeypatch: pytest.MonkeyPatch):
    """Without a device: trainees choose replayed steps here, too, and a recording stands for the graph."""
    with monkeypatch.context() as patched:
        patched.setattr(replay_module, "capture", capture_on_tape)
        late = lambda *values: trainee_module.ReplayedSteps(*values)  # noqa: E731, PLW0108 -- replaced later
        patched.setattr(trainee_module, "EagerSteps", late)
        (ours,), made_steps = trained(several(network={})[:1], CPU, monkeypatch)
    assert len(made_steps) == 1
    assert ours.epochs
