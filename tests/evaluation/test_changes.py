import numpy as np
import pytest
import torch

from explorer.evaluation.changes import CHANGES, Change, changed


def digit(count: int = 3) -> torch.Tensor:
    """A white bar, 4 pixels wide, in the middle."""
    images = torch.zeros(count, 1, 28, 28, dtype=torch.uint8)
    images[:, :, 6:22, 12:16] = 255
    return images


def ink(images: torch.Tensor) -> torch.Tensor:
    return images.float().sum(dim=(1, 2, 3)) / 255


@pytest.mark.parametrize("change", CHANGES.values(), ids=lambda change: change.name)
def test_no_change_gives_the_very_same_images(change: Change):
    images = torch.randint(0, 256, (5, 1, 28, 28), dtype=torch.uint8)
    assert change.none in change.levels
    assert torch.equal(changed(images, change, change.none), images)


@pytest.mark.parametrize("change", CHANGES.values(), ids=lambda change: change.name)
def test_every_other_level_changes_something_and_the_same_for_one_seed(change: Change):
    images = digit()
    assert list(change.levels) == sorted(change.levels)
    for level in change.levels:
        made = changed(images, change, level)
        assert made.dtype == torch.uint8
        assert made.shape == images.shape
        assert torch.equal(made, changed(images, change, level))
        assert torch.equal(made, images) == (level == change.none)


def test_a_shift_moves_the_middle_of_the_ink_by_its_pixels():
    made = changed(digit(50), CHANGES["shift"], 3)[:, 0].float()
    places = torch.arange(28) + 0.5
    down = (made.sum(2) @ places) / made.sum(dim=(1, 2)) - 14
    across = (made.sum(1) @ places) / made.sum(dim=(1, 2)) - 14
    np.testing.assert_allclose(torch.hypot(down, across).numpy(), 3.0, atol=0.02)
    assert float(across.std()) > 1, "each image goes its own way"


def test_a_turn_by_a_right_angle_is_that_of_numpy():
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    right = Change("rotation", "Rotation", "degrees", (0, 90), 0, CHANGES["rotation"].apply)
    expected = torch.rot90(images, -1, (2, 3))
    assert (changed(images, right, 90).int() - expected.int()).abs().max() <= 1


def test_twice_the_size_has_four_times_the_ink():
    small = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    small[:, :, 11:17, 11:17] = 255
    double = Change("scale", "Scale", "times", (1, 2), 1, CHANGES["scale"].apply)
    assert float(ink(changed(small, double, 2))) == pytest.approx(4 * 36, rel=0.02)


def test_noise_has_its_deviation():
    grey = torch.full((20, 1, 28, 28), 128, dtype=torch.uint8)
    made = changed(grey, CHANGES["noise"], 0.1).float() / 255
    assert float(made.std()) == pytest.approx(0.1, rel=0.03)


def test_blur_keeps_the_ink_and_spreads_it():
    images, made = digit(), changed(digit(), CHANGES["blur"], 2)
    np.testing.assert_allclose(ink(made).numpy(), ink(images).numpy(), rtol=0.02)
    assert int(made.max()) < 255


@pytest.mark.parametrize(("level", "width"), [(-2, 2), (-1, 3), (1, 5), (2, 6), (4, 8)])
def test_strokes_grow_and_shrink_by_whole_pixels(level: float, width: int):
    made = changed(digit(), CHANGES["stroke_width"], level)
    assert int((made[0, 0, 14] == 255).sum()) == width


def test_half_a_pixel_is_between_its_neighbours():
    made = [float(ink(changed(digit(1), CHANGES["stroke_width"], level))) for level in (-1, -0.5, 0)]
    assert made[1] == pytest.approx((made[0] + made[2]) / 2, rel=0.01)


def test_a_square_of_its_side_is_grey():
    made = changed(torch.zeros(30, 1, 28, 28, dtype=torch.uint8), CHANGES["occlusion"], 6)
    assert (made == 128).sum(dim=(1, 2, 3)).tolist() == [36] * 30
    assert len({tuple((each[0] > 0).nonzero()[0].tolist()) for each in made}) > 10


def test_shuffling_moves_pixels_and_loses_none():
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    made = changed(images, CHANGES["shuffling"], 0.5)
    assert torch.equal(made.flatten(1).sort(1).values, images.flatten(1).sort(1).values)
    moved = (made != images).flatten(1).any(0)
    assert int(moved.sum()) <= 392, "the same places in every image"
