"""Steps as CUDA graphs, without a GPU: they need nothing of the host, and a recording replays them right."""

from itertools import chain, repeat
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from explorer.config.run import RunConfig
from explorer.data.preparation import Scaling, prepare
from explorer.models.network import DigitNetwork
from explorer.training import batches as batches_module
from explorer.training import epoch as epoch_module
from explorer.training import replay as replay_module
from explorer.training import trainee as trainee_module
from explorer.training.batches import Batches, Lane, Source
from explorer.training.epoch import Unseen
from explorer.training.objectives import losses_and_hits
from explorer.training.replay import ReplayedSteps
from explorer.training.stack import Member, MemberEnd, train_stack
from explorer.training.trainee import Trainees
from tests.training.capturing import Capturing, NotCapturableError, capture_on_tape, replaying
from tests.training.samples import ACTIVATIONS, CPU, LOSSES, Outcome, config, random_splits

CUDA = torch.device("cuda:0")
SPLITS = random_splits(53, 12, 12)
SMALL: dict[str, Any] = {"hidden": [6, 5]}
CNN: dict[str, Any] = {"kind": "cnn", "blocks": [{"filters": 3}], "hidden": [5]}
NOISE: dict[str, Any] = {"activation_noise": 0.1, "gradient_noise": 1e-3}
RULES: list[dict[str, Any]] = [
    {"name": "sgd", "learning_rate": 0.05},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    {"name": "adam", "reduction": "sum"},
    {"name": "adamw", "weight_decay": 0.1},
    {"name": "rmsprop", "momentum": 0.5},
    {"name": "adagrad"},
]


def made(**sections: Any) -> RunConfig:
    data, training = sections.pop("data", {}), sections.pop("training", {})
    network = sections.pop("network", {})
    return config(
        data={"scaling": "unit", **data},
        network=network if "kind" in network else SMALL | network,
        training={"batch_size": 10, "epochs": 3, **training},
        **sections,
    )


def several(**sections: Any) -> list[RunConfig]:
    """Two seeds of two rates each: two networks a lane."""
    training, rule = sections.pop("training", {}), sections.pop("optimizer", {"name": "sgd"})
    return [
        made(training=training | {"seed": seed}, optimizer=rule | {"learning_rate": rate}, **sections)
        for seed in (0, 1)
        for rate in (0.02, 0.05)
    ]


STACKS: dict[str, list[RunConfig]] = {
    **{f"{rule['name']} {index}": [made(optimizer=rule)] for index, rule in enumerate(RULES)},
    **{name: [made(network={"activation": name})] for name in ACTIVATIONS if name != "identity"},
    **{name: [made(loss=name)] for name in LOSSES},
    "penalties": [made(regularisation={"l2": 1e-3, "l1": 1e-4, "clip_norm": 0.5})],
    "noise": [made(network={"dropout": 0.3}, regularisation=NOISE)],
    "noise on sums": [made(regularisation={**NOISE, "noise_on": "sums"})],
    "one cycle": [made(schedule={"name": "one_cycle"})],
    "two lanes": several(),
    "two lanes, adam": several(optimizer={"name": "adam"}, schedule={"name": "cosine"}),
    "own noise": several(network={"dropout": 0.2}, regularisation=NOISE),
    "own everything": [
        made(optimizer={"name": "sgd", "momentum": 0.9}, regularisation={"clip_norm": 1.0}),
        made(optimizer={"name": "sgd", "momentum": 0.5, "nesterov": True}, regularisation={"l1": 1e-3}),
        made(
            network={"activation": "prelu", "dropout": 0.5}, optimizer={"name": "sgd"}, training={"seed": 3}
        ),
        made(
            network={"activation": "gelu"},
            optimizer={"name": "sgd"},
            regularisation={"activation_noise": 0.3, "l2": 1e-2},
        ),
    ],
    "convolutions": [made(network=CNN | {"dropout": 0.2}, regularisation=NOISE)],
    "convolutions, noise on sums": [made(network=CNN, regularisation={**NOISE, "noise_on": "sums"})],
    "convolutions, prelu": [made(network=CNN | {"activation": "prelu"}, loss="mean_squared_error")],
    "convolutions, several": several(network=CNN | {"batch_norm": True}),
    "batch norm": [made(network={"batch_norm": True}, optimizer={"name": "sgd", "reduction": "sum"})],
}


class AheadBatches(Batches):
    """As on a GPU, where looking at a loss waits for the device."""

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.runs_ahead = True


class HostGenerator(torch.Generator):
    """One of the host, whichever device is asked for: without a GPU there are no others."""

    def __new__(cls, device: object = None) -> "HostGenerator":  # noqa: ARG004
        return super().__new__(cls)


def trainees(configs: list[RunConfig], device: torch.device) -> tuple[Trainees, dict[bool, Any]]:
    """A stack, and its steps as they are to be captured, kernel by kernel."""
    stack = Trainees(dict(enumerate(configs)), dict.fromkeys(range(len(configs)), SPLITS), device)
    stack.start_epoch(1)
    block = next(stack.batches.blocks(1))
    steps = ReplayedSteps(stack.steps.step, stack.batches.steps_per_epoch, capture=False)
    steps._first_step, steps._batches = 0, block.batches
    steps._prepare(block, steps._rows())
    for body in steps._launch.values():
        body()
    return stack, steps._launch


@pytest.mark.parametrize("name", STACKS)
def test_a_step_needs_nothing_from_the_host(name: str) -> None:
    stack, bodies = trainees(STACKS[name], CPU)
    for body in bodies.values():
        with Capturing("cpu", stack.network.generators) as capturing:
            body()
        assert capturing.operations > 10


@pytest.mark.parametrize(
    "name", [name for name in STACKS if "convolutions" not in name and name != "batch norm"]
)
def test_all_that_a_step_takes_lies_on_the_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "Generator", HostGenerator)
    monkeypatch.setattr(Trainees, "_prepare", lambda _: None)  # it reads answers, which are not there
    with FakeTensorMode(allow_non_fake_inputs=True):
        stack, bodies = trainees(STACKS[name], CUDA)
        for body in bodies.values():
            with Capturing("cuda", stack.network.generators) as capturing:
                body()
            assert capturing.operations > 10


def moved(module: DigitNetwork, *_: Any) -> DigitNetwork:
    """On the device: what ``to`` does, which refuses tensors that have no memory."""
    for part in module.modules():
        for name, parameter in part._parameters.items():
            part._parameters[name] = None if parameter is None else nn.Parameter(parameter.detach().to(CUDA))
        for name, buffer in part._buffers.items():
            part._buffers[name] = None if buffer is None else buffer.to(CUDA)
    return module


@pytest.mark.parametrize("name", STACKS)
def test_what_is_asked_between_steps_lies_on_the_device_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = STACKS[name]
    monkeypatch.setattr(torch, "Generator", HostGenerator)
    monkeypatch.setattr(Trainees, "_prepare", lambda _: None)
    monkeypatch.setattr(DigitNetwork, "to", lambda module, *_, **__: moved(module))
    change = {"augmentation": {"shift": 2.0, "rotation": 5.0, "scale": 0.1, "elastic": 1.0}}
    changed = [each.model_copy(update={"data": config(data=change).data}) for each in configs]
    with FakeTensorMode(allow_non_fake_inputs=True):
        stack = Trainees(dict(enumerate(configs)), dict.fromkeys(range(len(configs)), SPLITS), CUDA)
        images, labels = stack._rows[0].view.watched
        logits, strays = stack.network.answer(prepare(images, Scaling(33.0, 0.01)), 0, len(configs))
        losses, _ = losses_and_hits(configs[0].loss, logits, labels.expand(len(configs), -1))
        lanes = [Lane(Source(lane.source.images, lane.source.labels, Scaling(33.0, 0.01)), lane.seed)
                 for lane in stack.batches.lanes]  # fmt: skip
        block = next(Batches(lanes, changed[0], stack.network.image_shape).blocks(1))
        unseen = Unseen()
        unseen.keep(block.targets, block.labels)
        found = [logits, losses, *strays, block.images, block.labels, block.targets, *unseen.parts[0]]
        assert {tensor.device for tensor in found} == {CUDA}


@pytest.mark.parametrize(
    "careless",
    [
        lambda values: values.sum().item(),
        lambda values: values[values > 0],
        lambda values: values.new_tensor(0.5),
        lambda values: values * torch.tensor(0.5),
        lambda values: values.nonzero(),
        lambda values: values.normal_(),
        torch.nn.functional.dropout,
        lambda values: float(values[0]),
    ],
)
def test_what_a_graph_can_not_hold_is_noticed(careless: Any) -> None:
    with pytest.raises(NotCapturableError), Capturing("cpu", []):
        careless(torch.ones(3))


def trained(
    monkeypatch: pytest.MonkeyPatch, configs: list[RunConfig], *, tape: bool, **how: Any
) -> tuple[list[Outcome], list[ReplayedSteps]]:
    """What members of a stack yielded whose full batches were replayed, and what replayed them."""
    outcomes = [Outcome() for _ in configs]
    members = [Member(each, SPLITS, **how.get("members", {})) for each in configs]
    asked = {name: how[name] for name in ("drop", "rates") if name in how}
    with replaying(monkeypatch, "EagerSteps", capture=tape) as (made_steps, patched):
        patched.setattr(replay_module, "capture", capture_on_tape)
        patched.setitem(batches_module.BLOCK_IMAGES, "cpu", 30)  # blocks of 3, 2 and 1 batches
        for index, event in train_stack(members, CPU, **asked):
            outcomes[index].events.append(event)
    assert not any(each.problem for each in made_steps)
    return outcomes, made_steps


def assert_equal(ours: list[Outcome], theirs: list[Outcome]) -> None:
    for mine, its in zip(ours, theirs, strict=True):
        assert [each.train_loss for each in mine.epochs] == [each.train_loss for each in its.epochs]
        assert [each.layers for each in mine.epochs] == [each.layers for each in its.epochs]
        assert [each.loss for each in mine.steps] == [each.loss for each in its.steps]
        assert mine.weights.keys() == its.weights.keys()
        for name, weights in mine.weights.items():
            np.testing.assert_array_equal(weights, its.weights[name], err_msg=name)


@pytest.mark.parametrize("name", STACKS)
def test_a_recording_of_two_steps_trains_as_the_steps_themselves(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours, _), (theirs, _) = (trained(monkeypatch, STACKS[name], tape=tape) for tape in (True, False))
    assert len(ours[0].epochs) == 3
    assert_equal(ours, theirs)


@pytest.mark.parametrize("look_seconds", [0.0, 0.1])
def test_figures_are_the_same_however_far_the_host_runs_ahead(
    monkeypatch: pytest.MonkeyPatch, look_seconds: float
) -> None:
    plain, _ = trained(monkeypatch, several(), tape=False)
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", look_seconds)
    monkeypatch.setattr(epoch_module, "FIRST_STEPS", 2)
    monkeypatch.setattr(trainee_module, "Batches", AheadBatches)
    ahead, _ = trained(monkeypatch, several(), tape=False)
    assert_equal(ahead, plain)
    first_epoch = ahead[0].events[: ahead[0].events.index(ahead[0].epochs[0])]
    looks = [len(bins) for bins in (ahead[0].steps, ahead[0].ticks)]
    assert looks[0] == 18
    assert len(first_epoch) >= 6


def test_a_rate_that_is_changed_on_the_way_reaches_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = [{}, {}, {0: 0.5}, {}, {1: 0.001}]
    configs = [
        made(optimizer={"name": "sgd", "learning_rate": 0.05}, training={"seed": seed}) for seed in (0, 1)
    ]
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(epoch_module, "FIRST_STEPS", 1)
    monkeypatch.setattr(trainee_module, "Batches", AheadBatches)
    found = []
    for tape in (True, False):
        asked = chain(wishes, repeat({}))
        outcomes, _ = trained(monkeypatch, configs, tape=tape, rates=asked.__next__)
        found.append(outcomes)
    plain, _ = trained(monkeypatch, configs, tape=False)
    assert_equal(*found)
    for changed, as_it_was in zip(found[0], plain, strict=True):
        assert not np.array_equal(changed.weights["output.weight"], as_it_was.weights["output.weight"])


def test_a_network_that_diverges_under_replay_leaves_the_others_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = made(
        data={"scaling": "none"},
        network={"activation": "identity"},
        optimizer={"name": "sgd", "learning_rate": 10.0, "momentum": 0.9},
    )
    good = made(optimizer={"name": "sgd", "learning_rate": 0.05, "momentum": 0.9})
    ((gone, ours), steps), ((theirs,), _) = (
        trained(monkeypatch, [bad, good], tape=True),
        trained(monkeypatch, [good], tape=True),
    )
    assert isinstance(gone.events[-1], MemberEnd)
    assert gone.events[-1].error is not None
    assert len(steps) == 2  # the smaller stack is captured anew
    for name, weights in ours.weights.items():
        np.testing.assert_allclose(weights, theirs.weights[name], rtol=1e-4, atol=1e-6, err_msg=name)


def test_a_resumed_recording_equals_an_uninterrupted_one(monkeypatch: pytest.MonkeyPatch) -> None:
    configs = [made(network={"dropout": 0.3}, schedule={"name": "cosine"})]
    (whole,), _ = trained(monkeypatch, configs, tape=True)
    (rest,), _ = trained(monkeypatch, configs, tape=True, members={"resume_from": whole.states[0]})
    assert len(rest.epochs) == 2
    assert_equal([rest], [Outcome([each for each in whole.events if _epoch(each) > 1])])


def _epoch(event: Any) -> float:
    return getattr(event, "epoch", float("inf"))


def test_want_of_memory_for_a_capture_is_told_before_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_memory(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(trainee_module, "EagerSteps", ReplayedSteps)
    monkeypatch.setattr(replay_module, "capture", without_memory)
    with pytest.raises(torch.OutOfMemoryError):
        next(train_stack([Member(each, SPLITS) for each in several()], CPU))


@pytest.mark.parametrize("falls_back", [True, False])
def test_where_a_capture_fails_steps_run_kernel_by_kernel(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, falls_back: bool
) -> None:
    def failing(bodies: Any, device: Any, generators: Any, rewind: Any) -> Any:
        rewind()
        bodies[True]()
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing")

    configs = several(network={"dropout": 0.2}, optimizer={"name": "adam"})
    plain, _ = trained(monkeypatch, configs, tape=False)
    monkeypatch.setattr(ReplayedSteps, "falls_back", falls_back)
    monkeypatch.setattr(trainee_module, "EagerSteps", ReplayedSteps)
    monkeypatch.setattr(replay_module, "capture", failing)
    monkeypatch.setitem(batches_module.BLOCK_IMAGES, "cpu", 30)
    events = train_stack([Member(each, SPLITS) for each in configs], CPU)
    if not falls_back:
        with pytest.raises(RuntimeError, match="not permitted"):
            next(events)
        return
    outcomes = [Outcome() for _ in configs]
    for index, event in events:
        outcomes[index].events.append(event)
    assert_equal(outcomes, plain)
    assert "run kernel by kernel" in caplog.text
