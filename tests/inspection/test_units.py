import numpy as np
import pytest
import torch

from explorer.inspection.units import feature_maps, layer_activity, unit_activity
from tests.inspection.samples import config, linear, random_images, untrained


def test_the_images_that_drive_a_unit_most_come_first():
    activations = torch.tensor([[0.0, 1.0], [5.0, 0.0], [3.0, 0.0], [4.0, 2.0]])
    found = unit_activity(activations, torch.tensor([0, 1, 1, 2]), 0, drivers=3)
    assert found.drivers.tolist() == [1, 3, 2]
    assert found.driven.tolist() == [5.0, 4.0, 3.0]
    assert found.by_class[:3].tolist() == [0.0, 4.0, 4.0]
    assert torch.isnan(found.by_class[3:]).all()


def test_every_image_is_counted_once():
    activations = layer_activity(untrained(config(network__hidden=[7])), random_images(1_100), 0)
    found = unit_activity(activations, torch.arange(1_100) % 10, 2)
    assert int(found.counts.sum()) == 1_100
    assert float(found.edges[0]) == pytest.approx(float(activations[:, 2].min()))
    assert float(found.edges[-1]) == pytest.approx(float(activations[:, 2].max()))


def test_a_dead_unit_has_one_bar():
    found = unit_activity(torch.zeros(20, 1), torch.arange(20) % 10, 0)
    assert int(found.counts.sum()) == 20
    assert int((found.counts > 0).sum()) == 1


def test_the_activity_of_a_linear_unit_is_its_weights_times_the_image():
    weight = np.random.default_rng(0).normal(size=(10, 784))
    images = random_images(6)
    expected = images.view(6, 784).numpy() / 255 @ weight.T
    np.testing.assert_allclose(
        layer_activity(linear(weight, np.zeros(10)), images, 0).numpy(), expected, rtol=1e-4, atol=1e-4
    )


def test_a_filter_is_as_active_as_its_greatest_response():
    looked = untrained(config(network__preset="lenet"))
    images = random_images(3)
    maps = feature_maps(looked, images[1])
    assert maps[0].dim() == 3
    torch.testing.assert_close(layer_activity(looked, images, 0)[1], maps[0].flatten(1).amax(1))
    assert maps[-1].dim() == 1


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="hidden layer 1 of 1"):
        layer_activity(untrained(config(network__hidden=[4])), random_images(2), 1)
