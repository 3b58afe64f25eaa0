import pytest
import torch

from explorer.config.parsing import config_from_paths
from explorer.data.preparation import measure_scaling, prepare
from explorer.errors import CheckpointError
from explorer.inspection.subject import subject
from explorer.models.initialisation import initial_parameters
from explorer.models.network import build

IMAGES = torch.randint(
    0, 256, (1_234, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)


@pytest.mark.parametrize("values", [{"network.hidden": [12, 9]}, {"network.preset": "lenet"}])
def test_a_subject_answers_as_the_network_it_was_saved_from(values: dict[str, object]):
    config = config_from_paths(values)
    weights = {name: tensor.numpy() for name, tensor in initial_parameters(config.network, 3).items()}
    looked = subject(config, weights, IMAGES)
    reference = build(config.network, torch.Generator().manual_seed(3)).eval()
    with torch.no_grad():
        expected = reference(prepare(IMAGES, measure_scaling(config.data, IMAGES)))
    torch.testing.assert_close(looked.logits(IMAGES), expected)
    torch.testing.assert_close(looked.probabilities(IMAGES).sum(1), torch.ones(len(IMAGES)))
    hidden = len(config.network.blocks) + len(config.network.hidden)
    assert len(looked.activations(IMAGES[:5])) == hidden


def test_no_images_have_no_logits():
    config = config_from_paths({"network.hidden": [4]})
    weights = {name: tensor.numpy() for name, tensor in initial_parameters(config.network, 0).items()}
    assert subject(config, weights, IMAGES).logits(IMAGES[:0]).shape == (0, 10)


def test_weights_of_another_network_are_refused_in_words():
    weights = {
        name: tensor.numpy()
        for name, tensor in initial_parameters(config_from_paths({"network.hidden": [4]}).network, 0).items()
    }
    with pytest.raises(CheckpointError, match="does not fit"):
        subject(config_from_paths({"network.hidden": [5]}), weights, IMAGES)
