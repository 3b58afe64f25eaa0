import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from explorer.classical.neighbours import PORTION, nearest


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("k", [1, 7, 30])
def test_neighbours_are_those_of_scikit_learn(dtype, k):
    random = np.random.default_rng(k)
    features = (random.random((PORTION + 50, 12)) * 255).astype(dtype)
    query = (random.random(12) * 255).astype(dtype)
    expected, places = (
        NearestNeighbors(n_neighbors=k, algorithm="brute").fit(features).kneighbors(query[None])
    )
    found = nearest(query, features, k)
    assert np.array_equal(np.sort(found.indices), np.sort(places[0]))
    np.testing.assert_allclose(found.distances, expected[0], rtol=1e-5)


def test_an_image_is_its_own_nearest_neighbour_at_no_distance():
    features = np.random.default_rng(0).random((100, 5), np.float32)
    found = nearest(features[42], features, 3)
    assert found.indices[0] == 42
    assert found.distances[0] == 0
    assert np.array_equal(found.distances, np.sort(found.distances))


def test_of_equally_near_ones_the_first_come_first():
    features = np.zeros((20, 3), np.uint8)
    features[5] = 1
    assert nearest(np.zeros(3, np.uint8), features, 6).indices.tolist() == [0, 1, 2, 3, 4, 6]


def test_differences_of_bytes_do_not_wrap_around():
    features = np.array([[200], [10]], np.uint8)
    assert nearest(np.array([0], np.uint8), features, 2).distances.tolist() == [10.0, 200.0]


def test_all_rows_may_be_neighbours():
    features = np.arange(5, dtype=np.float32)[:, None]
    assert nearest(np.array([4.0], np.float32), features, 5).indices.tolist() == [4, 3, 2, 1, 0]


def test_features_in_a_file_are_searched_in_place(tmp_path):
    features = np.random.default_rng(0).random((300, 4), np.float32)
    np.save(tmp_path / "features.npy", features)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    assert np.array_equal(nearest(mapped[7], mapped, 4).indices, nearest(features[7], features, 4).indices)


@pytest.mark.parametrize("k", [0, 6])
def test_more_neighbours_than_rows_are_refused(k):
    with pytest.raises(ValueError, match=f"can't find {k} neighbours"):
        nearest(np.zeros(2), np.zeros((5, 2)), k)


def test_a_query_of_another_length_is_refused():
    with pytest.raises(ValueError, match="among"):
        nearest(np.zeros(3), np.zeros((5, 2)), 1)
