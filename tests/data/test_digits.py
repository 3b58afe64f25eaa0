from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from explorer.data.digits import enlarge, read_digits
from explorer.data.files import load_arrays


def test_the_digits_are_those_of_scikit_learn() -> None:
    bunch = load_digits()
    images, labels = read_digits()
    np.testing.assert_array_equal(images, enlarge(bunch.images))
    np.testing.assert_array_equal(labels, bunch.target)


def test_digits_are_found_through_scikit_learn_when_its_file_has_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images, labels = read_digits()
    monkeypatch.setattr(Path, "is_file", lambda _: False)
    again = read_digits()
    np.testing.assert_array_equal(again[0], images)
    np.testing.assert_array_equal(again[1], labels)


def test_a_full_square_fills_the_box_of_20_pixels_in_the_middle() -> None:
    image = enlarge(np.full((1, 8, 8), 16.0))[0]
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert (image[7:21, 7:21] == 255).all()  # further than a kernel's reach from the edge of the square
    assert (image[:, [0, 1, 26, 27]] <= 1).all()
    assert (image[[0, 1, 26, 27]] <= 1).all()
    # The box's outermost pixels, 4 and 23, are still bright, the pixels outside it no longer.
    assert (image[4, 7:21] > 128).all()
    assert (image[3, 7:21] < 128).all()
    np.testing.assert_array_equal(image, image[::-1, ::-1])
    np.testing.assert_array_equal(image, image.T)


def test_one_pixel_becomes_the_kernel_of_cubic_convolution() -> None:
    source = np.zeros((1, 8, 8))
    source[0, 2, 5] = 16
    image = enlarge(source)[0]
    # Its mass is brought to 13.5, half a target pixel = 0.2 source pixels from the nearest:
    # (1.5·0.2 − 2.5)·0.2² + 1 = 0.912; squared and times 255: 212.1.
    assert image[13:15, 13:15].tolist() == [[212, 212], [212, 212]]
    # 2.5 target pixels from the middle are 1.0 source pixels: there the kernel is zero, beyond it below.
    assert image.astype(bool)[:, 13].nonzero()[0].tolist() == [12, 13, 14, 15]


def test_images_are_centred_and_use_the_full_range() -> None:
    images, _ = read_digits()
    floats = images.astype(np.float64)
    mass = floats.sum((1, 2))
    rows = (floats.sum(2) @ np.arange(28)) / mass
    columns = (floats.sum(1) @ np.arange(28)) / mass
    assert np.abs(rows - 13.5).max() < 0.75
    assert np.abs(columns - 13.5).max() < 0.75
    brightest = images.reshape(len(images), -1).max(1)
    assert brightest.min() > 200
    assert (brightest == 255).mean() > 0.9
    assert (images[:, 0] == 0).mean() > 0.99


def test_nearest_neighbours_tell_the_enlarged_digits_apart(tmp_path: Path) -> None:
    arrays = load_arrays("digits", tmp_path)
    knn = KNeighborsClassifier(3).fit(arrays.train_images.reshape(1_437, -1), arrays.train_labels)
    assert knn.score(arrays.test_images.reshape(360, -1), arrays.test_labels) > 0.97
