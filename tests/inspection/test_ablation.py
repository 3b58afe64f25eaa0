import numpy as np
import pytest
import torch

from explorer.inspection.ablation import Ablation, right_by_class, switch_off_each
from explorer.inspection.subject import Subject
from tests.inspection.samples import config, linear, random_images, untrained


def finished(looked: Subject, images, labels, layer: int) -> Ablation:
    generator = switch_off_each(looked, images, labels, layer)
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_a_unit_that_alone_answers_one_class_takes_that_class_with_it():
    # Unit d sees the brightness of pixel d, and speaks for class d alone.
    looked = linear(np.eye(10, 784), np.zeros(10))
    images = torch.zeros(10, 1, 28, 28, dtype=torch.uint8)
    images.view(10, 784)[torch.arange(10), torch.arange(10)] = 255
    found = finished(looked, images, torch.arange(10), 0)
    assert found.intact.tolist() == [1] * 10
    for unit in range(1, 10):
        assert found.without[unit].tolist() == [int(digit != unit) for digit in range(10)]


@pytest.mark.parametrize(
    ("values", "layer"),
    [({"network__hidden": [6, 5]}, 0), ({"network__hidden": [6, 5]}, 1), ({"network__preset": "lenet"}, 1)],
)
def test_switching_a_unit_off_is_taking_its_outgoing_weights_away(values, layer: int):
    wanted = config(**values)
    images, labels = random_images(300), torch.arange(300) % 10
    found = finished(untrained(wanted), images, labels, layer)
    for unit in (0, len(found.without) - 1):
        looked = untrained(wanted)
        with torch.no_grad():
            if "network__preset" in values:
                side = looked.activations(images[:1])[1].shape[2]
                looked.network.hidden[0].weight.view(-1, len(found.without), side * side)[:, unit] = 0
            else:
                following = looked.network.hidden[1] if layer == 0 else looked.network.output
                following.weight[:, unit] = 0
        assert found.without[unit].tolist() == right_by_class(looked, images, labels).tolist()
    assert int(found.images.sum()) == 300


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="hidden layer 2"):
        finished(untrained(config(network__hidden=[4, 4])), random_images(3), torch.arange(3), 2)
