from typing import get_args

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from explorer.config.run import Loss, Network
from explorer.data.preparation import Scaling, prepare
from explorer.evaluation.evaluate import evaluate, summarise
from explorer.evaluation.losses import mean_loss
from explorer.evaluation.units import UnitWatch
from explorer.models.network import DigitNetwork, build

UNIT = Scaling(0.0, 1 / 255)


def network(seed: int = 0, **settings: object) -> DigitNetwork:
    return build(Network(**settings), torch.Generator().manual_seed(seed)).eval()


def split(images: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(256, (images, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return pixels, torch.randint(10, (images,), generator=generator)


@pytest.mark.parametrize("loss", get_args(Loss))
@pytest.mark.parametrize("scaling", [UNIT, Scaling(33.3, 1 / 78.6)], ids=["unit", "standard"])
def test_loss_and_predictions_are_those_of_one_pass_over_all_images(loss, scaling):
    module, (images, labels) = network(hidden=(20,)), split(257, seed=1)
    answers = evaluate(module.answer, images, labels, scaling, loss, batch=100)
    with torch.no_grad():
        logits = module(prepare(images, scaling))
    assert answers.loss == pytest.approx(mean_loss(loss, logits, labels).item(), rel=1e-5)
    np.testing.assert_array_equal(answers.predictions, logits.argmax(1).numpy())
    assert answers.predictions.dtype == np.uint8
    assert answers.correct == (logits.argmax(1) == labels).sum().item()
    assert answers.accuracy == answers.correct / 257


def test_two_splits_give_two_losses_each_its_own():
    module, first, second = network(hidden=(20,)), split(300, seed=1), split(200, seed=2)
    losses = [evaluate(module.answer, *part, UNIT, "cross_entropy").loss for part in (first, second, first)]
    assert abs(losses[0] - losses[1]) > 1e-3
    assert losses[0] == losses[2]


@pytest.mark.parametrize("settings", [{"hidden": (20,)}, {"preset": "lenet"}], ids=["mlp", "lenet"])
@pytest.mark.parametrize("batch", [1, 7, 64, 150, 1000])
def test_the_size_of_batches_does_not_matter(settings, batch):
    module, (images, labels) = network(**settings), split(150, seed=3)
    watch, whole_watch = UnitWatch("relu"), UnitWatch("relu")
    answers = evaluate(module.answer, images, labels, UNIT, "cross_entropy", batch=batch, watch=watch)
    whole = evaluate(module.answer, images, labels, UNIT, "cross_entropy", batch=150, watch=whole_watch)
    assert answers.loss == pytest.approx(whole.loss, rel=1e-6)
    np.testing.assert_array_equal(answers.predictions, whole.predictions)
    assert watch.dead_shares() == whole_watch.dead_shares()


def test_the_network_never_sees_more_images_at_once_than_the_batch_nor_tracks_gradients():
    module, (images, labels) = network(hidden=(20,)), split(250, seed=4)
    seen = []

    def forward(batch: torch.Tensor) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        seen.append((batch.shape, batch.dtype, torch.is_grad_enabled()))
        return module.answer(batch)

    evaluate(forward, images, labels, UNIT, "cross_entropy", batch=100)
    expected = [(torch.Size([size, 1, 28, 28]), torch.float32, False) for size in (100, 100, 50)]
    assert seen == expected


def test_evaluating_changes_neither_weights_nor_running_statistics_nor_images():
    module, (images, labels) = network(hidden=(20,), batch_norm=True), split(60, seed=5)
    before, pixels = {name: value.clone() for name, value in module.state_dict().items()}, images.clone()
    evaluate(module.answer, images, labels, UNIT, "cross_entropy", batch=25)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert torch.equal(images, pixels)


def test_a_network_that_overflowed_has_a_loss_that_is_not_a_number():
    module, (images, labels) = network(hidden=(20,)), split(30, seed=6)
    with torch.no_grad():
        module.output.weight.fill_(float("nan"))
    answers = evaluate(module.answer, images, labels, UNIT, "cross_entropy", batch=7)
    assert np.isnan(answers.loss)


@pytest.mark.parametrize("labels", [0, 4])
def test_no_images_or_the_wrong_number_of_labels_are_refused(labels):
    images, _ = split(labels and 5, seed=0)
    with pytest.raises(ValueError, match=f"got {len(images)} and {labels}"):
        evaluate(network().answer, images, torch.zeros(labels, dtype=torch.int64), UNIT, "cross_entropy")


def test_the_summary_holds_the_figures_that_scikit_learn_counts():
    module, (images, labels) = network(hidden=(20,)), split(400, seed=7)
    answers = evaluate(module.answer, images, labels, UNIT, "mean_squared_error")
    summary = summarise(answers, labels)
    assert summary == summarise(answers, labels.numpy())
    assert summary.loss == answers.loss
    assert summary.accuracy == answers.accuracy
    assert (summary.images, summary.correct) == (400, answers.correct)
    expected = reference.confusion_matrix(labels, answers.predictions, labels=range(10))
    np.testing.assert_array_equal(summary.confusion, expected)
    recall = reference.recall_score(
        labels, answers.predictions, labels=range(10), average=None, zero_division=0
    )
    assert [one.recall for one in summary.per_class] == pytest.approx(list(recall))
    assert sum(one.support for one in summary.per_class) == 400
