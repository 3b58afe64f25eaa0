"""Training at walking pace: the same steps as the engine's, at any number, forward and back."""

import numpy as np
import pytest

from explorer.config.run import RunConfig
from explorer.scratch.arrays import Array
from explorer.scratch.initialisation import initialise
from explorer.scratch.losses import COSTS, sigmoid, softmax
from explorer.scratch.noise import silence
from explorer.scratch.optimizers import Optimizer
from explorer.scratch.parameters import Parameters
from explorer.scratch.step import take_step
from explorer.scratch.walk import Walk, shrink
from tests.scratch.samples import LOSSES, OPTIMIZERS, config


def images(count: int = 45, inputs: int = 16, seed: int = 0) -> tuple[Array, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count).astype(np.uint8)
    return random.random((inputs, 10))[:, labels] + random.normal(0, 0.1, (inputs, count)), labels


def walk(**sections: object) -> Walk:
    sections.setdefault("optimizer", {"name": "sgd", "learning_rate": 0.3})
    sections.setdefault("training", {"batch_size": 8})
    sections.setdefault("network", {"hidden": [6, 5], "activation": "tanh"})
    return Walk(config(**sections), *images())


def by_the_engine(run: RunConfig, steps: int, chosen: list[np.ndarray]) -> tuple[Array, list[float]]:
    """The weights after some steps of the engine on these batches, and the loss of each."""
    X, labels = images()
    parameters = Parameters(run.network, np.float64, inputs=len(X))
    initialise(parameters, run.network, run.training.seed)
    optimizer = Optimizer(run.optimizer, parameters.values, parameters.gradient)
    losses = []
    for number in range(1, steps + 1):
        batch, Y = chosen[number - 1], np.eye(10)[labels].T
        trace = take_step(
            run, parameters, optimizer, X[:, batch], Y[:, batch],
            noise=silence(), step=number, rate=run.optimizer.learning_rate,
        )  # fmt: skip
        losses.append(float(COSTS[run.loss].per_image(trace.logits, Y[:, batch]).mean()))
    return parameters.values.copy(), losses


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_an_epoch_equals_the_engines_steps(optimizer: dict[str, object]):
    stepped = walk(optimizer={"learning_rate": 0.05, **optimizer})
    count = stepped.steps_per_epoch
    assert count == 6
    records = [stepped.step(number) for number in range(1, count + 1)]
    values, losses = by_the_engine(stepped.config, count, [record.images for record in records])
    np.testing.assert_array_equal(stepped.parameters.values, values)
    assert [record.score.loss for record in records] == losses
    assert [score.loss for score in stepped.history] == losses
    last = np.concatenate([records[-1].after[0].W.ravel(), records[-1].after[2].b.ravel()])
    layers = stepped.parameters.layers
    np.testing.assert_array_equal(last, np.concatenate([layers[0].W.ravel(), layers[2].b.ravel()]))


def test_an_epoch_sees_every_image_once_in_an_order_of_its_own():
    stepped = walk()
    epochs = [[stepped.step(6 * epoch + n).images for n in range(1, 7)] for epoch in (0, 1)]
    orders = [np.concatenate(batches) for batches in epochs]
    assert [len(batch) for batch in epochs[0]] == [8, 8, 8, 8, 8, 5]
    for order in orders:
        assert sorted(order) == list(range(45))
    assert orders[0].tolist() != orders[1].tolist()


def test_a_jump_shows_what_walking_there_shows_and_so_does_a_step_back():
    walked, jumped = walk(), walk()
    records = [walked.step(number) for number in range(1, 10)]
    far = jumped.step(9)
    np.testing.assert_array_equal(far.trace.logits, records[8].trace.logits)
    back = jumped.step(4)
    assert (back.number, back.epoch, back.step_of_epoch) == (4, 1, 4)
    np.testing.assert_array_equal(back.before[1].W, records[3].before[1].W)
    np.testing.assert_array_equal(back.after[1].W, records[4].before[1].W)
    assert jumped.history == walked.history
    assert jumped.epochs == walked.epochs


def test_another_seed_starts_elsewhere():
    one, other = walk().step(1), walk(training={"batch_size": 8, "seed": 1}).step(1)
    assert one.images.tolist() != other.images.tolist()
    assert not np.array_equal(one.before[0].W, other.before[0].W)


def test_a_record_is_not_written_over_by_the_next_step():
    stepped = walk(optimizer={"name": "adam"})
    record = stepped.step(1)
    kept = [
        record.trace.backward[0].dW.copy(),
        record.after[0].W.copy(),
        record.moments_after["mean"][0].W.copy(),
    ]
    stepped.step(2)
    shown = [record.trace.backward[0].dW, record.after[0].W, record.moments_after["mean"][0].W]
    for before, now in zip(kept, shown, strict=True):
        np.testing.assert_array_equal(before, now)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_answer_is_what_the_loss_judges(loss: str):
    record = walk(loss=loss).step(2)
    bend = sigmoid if loss == "binary_cross_entropy" else softmax
    np.testing.assert_array_equal(record.P, bend(record.trace.logits))
    assert record.losses.mean() == pytest.approx(record.score.loss)


def test_a_batch_asked_again_has_a_smaller_loss_and_epochs_teach():
    stepped = walk()
    record = stepped.step(120)
    assert record.score_after.loss < record.score.loss
    assert len(stepped.epochs) == 21
    assert stepped.epochs[-1].loss < stepped.epochs[0].loss / 2
    assert stepped.epochs[-1].accuracy > 0.8


def test_scores_of_all_images_are_taken_before_the_first_step_and_after_each_epoch():
    stepped = walk()
    assert len(stepped.epochs) == 1
    stepped.step(5)
    assert len(stepped.epochs) == 1
    stepped.step(6)
    assert len(stepped.epochs) == 2


def test_a_walk_stops_where_the_numbers_leave_all_bounds():
    sections = {
        "network": {"hidden": [6, 6], "activation": "identity"},
        "optimizer": {"name": "sgd", "learning_rate": 10.0},
    }
    wrong = walk(**sections).step(500)
    assert 1 < wrong.number < 500
    assert not wrong.is_sound
    jumped = walk(**sections)
    assert jumped.step(wrong.number - 1).is_sound
    assert jumped.step(400).number == wrong.number
    assert jumped.step(wrong.number + 1).number == wrong.number
    assert jumped.step(1).is_sound
    assert jumped.step(400).number == wrong.number
    assert len(jumped.history) == wrong.number


def test_a_full_batch_is_one_step_an_epoch():
    stepped = walk(training={"batch_size": "full"})
    assert stepped.steps_per_epoch == 1
    assert stepped.step(2).X.shape == (16, 45)


def test_small_images_are_means_of_squares():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, :4, :4] = 255
    image[0, 24:, 27] = 51
    small = shrink(image, 7)
    assert small.shape == (49, 1)
    assert small[0, 0] == 1
    assert small[48, 0] == pytest.approx(51 / 255 / 4)
    assert np.count_nonzero(small) == 2
    np.testing.assert_allclose(shrink(image, 28)[:, 0], image.ravel() / 255)
    assert shrink(image, 4).mean() == pytest.approx(image.mean() / 255)


def test_a_side_that_does_not_divide_28_is_refused():
    with pytest.raises(ValueError, match="must divide 28, got 5"):
        shrink(np.zeros((1, 28, 28), np.uint8), 5)
