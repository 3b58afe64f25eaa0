import numpy as np
import pytest
import torch

from explorer.inspection.attribution import (
    Attribution,
    input_times_gradient,
    integrated_gradients,
    occlusion,
)
from explorer.inspection.subject import Subject
from tests.inspection.samples import config, linear, random_images, untrained

IMAGE = random_images(1, seed=5)[0]


def finished(looked: Subject, patch: int, digit: int = 3) -> Attribution:
    generator = occlusion(looked, IMAGE, digit, patch)
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


@pytest.fixture
def weight() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(10, 784))


@pytest.mark.parametrize("method", [input_times_gradient, integrated_gradients])
def test_of_a_linear_model_every_pixel_has_its_weight_times_its_ink(method, weight: np.ndarray):
    found = method(linear(weight, np.arange(10)), IMAGE, 3)
    by_hand = weight[3].reshape(28, 28) * IMAGE[0].numpy() / 255
    np.testing.assert_allclose(found.values.numpy(), by_hand, rtol=1e-4, atol=1e-6)
    assert found.baseline_score == pytest.approx(3.0)
    assert found.score == pytest.approx(3.0 + by_hand.sum(), rel=1e-4)


def test_occluding_single_pixels_of_a_linear_model_takes_away_their_shares(weight: np.ndarray):
    by_hand = weight[3].reshape(28, 28) * IMAGE[0].numpy() / 255
    found = finished(linear(weight, np.zeros(10)), patch=1)
    np.testing.assert_allclose(found.values.numpy(), by_hand, atol=2e-4)


def test_a_square_as_large_as_the_image_takes_away_all_that_ink_adds(weight: np.ndarray):
    found = finished(linear(weight, np.zeros(10)), patch=28)
    np.testing.assert_allclose(found.values.numpy(), found.score - found.baseline_score, rtol=1e-5)


@pytest.mark.parametrize(
    "values", [{"network__activation": "tanh"}, {"network__activation": "relu"}, {"network__preset": "lenet"}]
)
@pytest.mark.parametrize("scaling", ["standard", "unit"])
def test_integrated_gradients_add_up_to_what_sets_the_image_apart_from_black(values, scaling: str):
    looked = untrained(config(**values, data__scaling=scaling))
    found = integrated_gradients(looked, IMAGE, 7, steps=512)
    assert float(found.values.sum()) == pytest.approx(found.score - found.baseline_score, abs=5e-3)


def test_black_pixels_get_no_attribution():
    image = IMAGE.clone()
    image[:, :10] = 0
    looked = untrained(config(data__scaling="standard"))
    for method in (input_times_gradient, integrated_gradients):
        assert torch.count_nonzero(method(looked, image, 0).values[:10]) == 0


@pytest.mark.parametrize("patch", [0, 29])
def test_a_patch_that_does_not_fit_is_refused(patch: int):
    with pytest.raises(ValueError, match="does not fit"):
        finished(untrained(config()), patch)
