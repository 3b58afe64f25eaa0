import numpy as np
import torch

from explorer.inspection.class_images import class_images
from tests.inspection.samples import config, linear, untrained


def finished(looked, **options):
    generator = class_images(looked, **options)
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_of_a_linear_model_the_class_image_is_where_the_class_has_its_weights():
    weight = np.zeros((10, 28, 28))
    for digit in range(10):
        weight[digit, 2 * digit : 2 * digit + 6, 8:20] = 1.0
    images = finished(linear(weight.reshape(10, 784), np.zeros(10)), steps=100, smooth=False)
    own = torch.from_numpy(weight[3] > 0)
    assert float(images[3][own].mean()) > 0.5
    assert float(images[3][own].mean()) > float(images[3][~own].mean()) + 0.3


def test_every_class_leads_by_more_in_its_own_image_than_in_any_other():
    looked = untrained(config(network__hidden=[32], network__activation="tanh"))
    images = finished(looked, steps=100)
    stored = (images * 255).round().to(torch.uint8).unsqueeze(1)
    logits = looked.logits(stored)
    own = torch.eye(10, dtype=torch.bool)
    leads = logits - torch.stack(
        [logits.masked_fill(own[digit], -torch.inf).logsumexp(1) for digit in range(10)], 1
    )
    assert leads.argmax(0).tolist() == list(range(10))


def test_images_are_pixels_and_depend_on_the_seed_alone():
    looked = untrained(config())
    first, again, other = (finished(looked, steps=5, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(first.min()) >= 0
    assert float(first.max()) <= 1
