import numpy as np
import pytest
import torch

from explorer.config.run import Optimizer as Rule
from explorer.scratch.optimizers import PIECE, Optimizer
from tests.scratch.samples import OPTIMIZERS

RATE = 0.01


def by_torch(rule: Rule, values: torch.Tensor) -> torch.optim.Optimizer:
    options: dict[str, object] = {"lr": RATE}
    if rule.name in ("sgd", "rmsprop"):
        options["momentum"] = rule.momentum
    if rule.name == "sgd":
        options["nesterov"] = rule.nesterov
    if rule.name == "adamw":
        options["weight_decay"] = rule.weight_decay
    kinds = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad"}
    return getattr(torch.optim, kinds[rule.name])([values], **options)


@pytest.mark.parametrize("options", OPTIMIZERS, ids=lambda options: "-".join(map(str, options.values())))
def test_twenty_steps_equal_those_of_torch_optim(options):
    rule, random = Rule.model_validate(options), np.random.default_rng(0)
    values, gradient = random.normal(size=PIECE + 100), np.empty(PIECE + 100)
    theirs = torch.tensor(values, requires_grad=True)
    ours, reference = Optimizer(rule, values, gradient), by_torch(rule, theirs)
    for step in range(1, 21):
        gradient[:] = random.normal(size=gradient.shape)
        ours.update(step, RATE)
        theirs.grad = torch.tensor(gradient)
        reference.step()
    np.testing.assert_allclose(values, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_moments_that_are_loaded_go_on_as_before():
    random = np.random.default_rng(0)
    values, gradient = random.normal(size=50), random.normal(size=50)
    first = Optimizer(Rule(name="adam"), values, gradient)
    first.update(1, RATE)
    copy = values.copy()
    second = Optimizer(Rule(name="adam"), copy, gradient)
    second.load(first.moments)
    first.update(2, RATE)
    second.update(2, RATE)
    np.testing.assert_array_equal(values, copy)
