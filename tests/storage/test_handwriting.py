"""Drawings are kept with their labels, on every backend."""

import numpy as np
import pytest

from explorer.errors import DatasetError
from explorer.storage import handwriting
from explorer.storage.store import Store


def image(value: int) -> np.ndarray:
    return np.full((28, 28), value, np.uint8)


def test_kept_drawings_come_back_oldest_first(store: Store) -> None:
    numbers = [store.handwriting.keep(image(value), value) for value in (7, 3)]
    drawn = store.handwriting.all()
    assert drawn.numbers.tolist() == numbers
    assert drawn.labels.tolist() == [7, 3]
    np.testing.assert_array_equal(drawn.images, [image(7), image(3)])
    assert store.handwriting.counts() == (0, 0, 0, 1, 0, 0, 0, 1, 0, 0)
    assert len(drawn) == 2


def test_an_empty_set_has_the_shapes_of_a_full_one(store: Store) -> None:
    drawn = store.handwriting.all()
    assert drawn.images.shape == (0, 28, 28)
    assert (drawn.numbers.shape, drawn.labels.shape) == ((0,), (0,))
    assert store.handwriting.counts() == (0,) * 10


def test_every_change_makes_another_version(store: Store) -> None:
    kept = store.handwriting
    versions = [kept.version()]
    first = kept.keep(image(1), 1)
    versions.append(kept.version())
    assert kept.relabel(first, 2)
    versions.append(kept.version())
    kept.keep(image(1), 2)
    assert kept.forget(first)
    versions.append(kept.version())
    assert len(set(versions)) == 4
    assert kept.all().version == versions[-1]


def test_the_number_of_a_deleted_drawing_is_never_given_again(store: Store) -> None:
    first = store.handwriting.keep(image(1), 1)
    assert store.handwriting.forget(first)
    assert store.handwriting.keep(image(1), 1) > first


def test_what_is_gone_can_neither_change_nor_go(store: Store) -> None:
    assert not store.handwriting.relabel(99, 1)
    assert not store.handwriting.forget(99)
    assert store.handwriting.raster(99) is None


def test_the_raster_comes_back_as_it_was_drawn(store: Store) -> None:
    raster = np.arange(300 * 200, dtype=np.uint32).astype(np.uint8).reshape(300, 200)
    drawn = store.handwriting.keep(image(1), 1, raster=raster)
    plain = store.handwriting.keep(image(2), 2)
    np.testing.assert_array_equal(store.handwriting.raster(drawn), raster)
    assert store.handwriting.raster(plain) is None


def test_what_is_kept_already_is_not_kept_twice(store: Store) -> None:
    store.handwriting.keep(image(1), 1)
    images = np.stack([image(1), image(1), image(4), image(4)])
    assert store.handwriting.keep_all(images, np.array([1, 7, 4, 4], np.uint8)) == 2
    assert store.handwriting.all().labels.tolist() == [1, 7, 4]


def test_a_full_set_says_so_and_stays_as_it_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handwriting, "MOST_DRAWINGS", 2)
    store.handwriting.keep(image(1), 1)
    with pytest.raises(DatasetError, match=r"holds 1; 2 more do not fit"):
        store.handwriting.keep_all(np.stack([image(2), image(3)]), np.array([2, 3], np.uint8))
    store.handwriting.keep(image(2), 2)
    with pytest.raises(DatasetError, match="Data page"):
        store.handwriting.keep(image(3), 3)
    assert store.handwriting.all().labels.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("shape", "label", "raster_side", "words"),
    [
        ((27, 28), 1, 1, "28, 28"),
        ((28, 28), 10, 1, "0…9"),
        ((28, 28), -1, 1, "0…9"),
        ((28, 28), 1, 1025, "1024"),
    ],
)
def test_what_is_no_drawing_is_refused(
    store: Store, shape: tuple[int, int], label: int, raster_side: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        store.handwriting.keep(np.zeros(shape, np.uint8), label, raster=np.zeros((1, raster_side), np.uint8))
    assert len(store.handwriting.all()) == 0
