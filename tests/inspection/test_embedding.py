import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer.inspection.embedding import (
    MOST_TSNE_IMAGES,
    layer_vectors,
    neighbour_map,
    principal_components,
)
from tests.inspection.samples import config, random_images, untrained


def test_principal_components_are_those_of_scikit_learn():
    vectors = torch.randn(80, 12, generator=torch.Generator().manual_seed(0)) * torch.arange(1, 13)
    points, shares = principal_components(vectors, 3)
    reference = PCA(3, svd_solver="full").fit(vectors.double().numpy())
    expected = reference.transform(vectors.double().numpy())
    np.testing.assert_allclose(np.abs(points.numpy()), np.abs(expected), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(shares.numpy(), reference.explained_variance_ratio_, rtol=1e-5)


def test_dimensions_that_there_are_not_are_zero():
    points, shares = principal_components(torch.randn(20, 2), 3)
    assert torch.count_nonzero(points[:, 2]) == 0
    assert shares[2] == 0
    assert float(shares.sum()) == pytest.approx(1.0)


def test_equal_vectors_lie_on_one_point():
    points, shares = principal_components(torch.ones(9, 4), 2)
    assert torch.count_nonzero(points) == 0
    assert torch.isfinite(shares).all()


@pytest.mark.parametrize(("layer", "width"), [(0, 784), (1, 6), (2, 5), (3, 10)])
def test_every_layer_has_its_vectors(layer: int, width: int):
    looked = untrained(config(network__hidden=[6, 5]))
    assert layer_vectors(looked, random_images(1_003), layer).shape == (1_003, width)


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="layer 4 of 4"):
        layer_vectors(untrained(config(network__hidden=[6, 5])), random_images(3), 4)


def test_neighbours_stay_together():
    random = torch.Generator().manual_seed(0)
    centres = torch.randn(3, 20, generator=random) * 30
    vectors = centres.repeat_interleave(15, 0) + torch.randn(45, 20, generator=random)
    points = neighbour_map(vectors, 2)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(1) // 15 == np.arange(45) // 15).all()
    np.testing.assert_array_equal(points, neighbour_map(vectors, 2))


@pytest.mark.parametrize("images", [4, MOST_TSNE_IMAGES + 1])
def test_too_few_and_too_many_images_are_refused(images: int):
    with pytest.raises(ValueError, match="t-SNE takes"):
        neighbour_map(torch.zeros(images, 3), 2)
