import numpy as np
import pytest

from explorer.cli.bench.images import mnist_folder, write_random_mnist
from explorer.data.files import load_arrays


def test_random_images_are_read_as_mnist_of_the_same_size(tmp_path):
    write_random_mnist(tmp_path / "data", 600, 100)
    arrays = load_arrays("mnist", tmp_path / "data")
    assert arrays.train_images.shape == (600, 28, 28)
    assert arrays.test_images.shape == (100, 28, 28)
    assert np.bincount(arrays.train_labels).tolist() == [60] * 10
    assert arrays.train_images.mean() == pytest.approx(127.5, abs=1)


def test_without_mnist_a_temporary_folder_takes_its_place_and_goes_again(tmp_path):
    with mnist_folder(tmp_path) as (folder, is_real):
        assert not is_real
        assert len(load_arrays("mnist", folder).train_images) == 60_000
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_mnist_that_is_here_is_used(tmp_path):
    write_random_mnist(tmp_path, 60, 10)
    with mnist_folder(tmp_path) as (folder, is_real):
        assert is_real
        assert folder == tmp_path
