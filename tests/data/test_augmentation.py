import math
from pathlib import Path

import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import affine

from explorer.config.run import Augmentation, Data
from explorer.data.augmentation import augment, displacements, warp
from explorer.data.preparation import Scaling, prepare
from explorer.data.splits import load_splits

EVERYTHING = Augmentation(shift=2, rotation=15, scale=0.1, elastic=1.5)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Tensor:
    splits = load_splits(Data(), Path(tmp_path_factory.mktemp("none")))
    return prepare(splits.train_images[:64], Scaling(0.0, 1 / 255))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def moved(images: Tensor, x: float = 0, y: float = 0, degrees: float = 0, scale: float = 1) -> Tensor:
    every = torch.ones(len(images))
    return warp(
        images,
        shift_x=every * x,
        shift_y=every * y,
        radians=every * math.radians(degrees),
        scale=every * scale,
    )


def test_without_amounts_the_images_come_back_untouched(images: Tensor) -> None:
    assert augment(images, Augmentation(), generator()) is images


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 0), (0, 2), (-1, 4), (-5, -2)])
def test_a_shift_by_whole_pixels_moves_pixels(x: int, y: int) -> None:
    inner = torch.zeros(4, 1, 28, 28)
    inner[:, :, 6:22, 6:22] = torch.rand(4, 1, 16, 16, generator=generator())
    torch.testing.assert_close(moved(inner, x, y), inner.roll((y, x), (2, 3)), rtol=0, atol=1e-5)


def test_half_a_pixel_takes_the_mean_of_two(images: Tensor) -> None:
    halfway = (images[..., 1:] + images[..., :-1]) / 2
    torch.testing.assert_close(moved(images, x=0.5)[..., 1:], halfway, rtol=0, atol=1e-5)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarter_turns_are_those_of_rot90(images: Tensor, turns: int) -> None:
    reference = torch.rot90(images, turns, (2, 3))  # counter-clockwise
    torch.testing.assert_close(moved(images, degrees=90 * turns), reference, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("x", "y", "degrees", "scale"), [(0, 0, 17, 1), (0, 0, 0, 1.3), (0, 0, 0, 0.8), (2, -1, -25, 1.1)]
)
def test_all_together_is_torchvision_s_affine(
    images: Tensor, x: int, y: int, degrees: float, scale: float
) -> None:
    reference = affine(images, -degrees, [x, y], scale, [0.0], InterpolationMode.BILINEAR)
    torch.testing.assert_close(moved(images, x, y, degrees, scale), reference, rtol=0, atol=1e-4)


def test_what_comes_in_from_outside_is_black_in_every_scaling(images: Tensor) -> None:
    standardised = (images - 0.13) / 0.31
    reference = (moved(images, x=8, degrees=30) - 0.13) / 0.31
    torch.testing.assert_close(moved(standardised, x=8, degrees=30), reference, rtol=0, atol=1e-5)


def test_one_generator_gives_one_result_and_another_another(images: Tensor) -> None:
    first = augment(images, EVERYTHING, generator(4))
    assert torch.equal(first, augment(images, EVERYTHING, generator(4)))
    assert not torch.equal(first, augment(images, EVERYTHING, generator(5)))


def test_a_generator_goes_on_from_batch_to_batch(images: Tensor) -> None:
    random = generator(4)
    assert not torch.equal(augment(images, EVERYTHING, random), augment(images, EVERYTHING, random))


def test_portions_are_changed_together_as_one_after_the_other(images: Tensor) -> None:
    random = generator(4)
    alone = torch.cat([augment(part, EVERYTHING, random) for part in images.split(24)])
    together = augment(images, EVERYTHING, generator(4), 24)
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    assert not torch.allclose(together, augment(images, EVERYTHING, generator(4)), atol=0.1)


def test_an_image_does_not_see_how_dark_the_others_are(images: Tensor) -> None:
    grey = images[:2] / 2 + 0.5  # their background is the grey that comes in from outside, beside black ones
    changed = augment(torch.cat((grey, images)), EVERYTHING, generator())
    assert changed[:2].min() > 0.49


def test_every_image_is_changed_in_its_own_way(images: Tensor) -> None:
    same = images[:1].expand(32, -1, -1, -1).contiguous()
    changed = augment(same, EVERYTHING, generator())
    assert len({image.numpy().tobytes() for image in changed}) == 32


@pytest.mark.parametrize(
    "config",
    [
        Augmentation(shift=2),
        Augmentation(rotation=15),
        Augmentation(scale=0.2),
        Augmentation(elastic=1),
        EVERYTHING,
    ],
)
def test_each_amount_changes_the_images_and_keeps_their_ink_and_range(
    images: Tensor, config: Augmentation
) -> None:
    before = images.clone()
    changed = augment(images, config, generator())
    assert torch.equal(images, before)
    assert changed.shape == images.shape
    assert changed.dtype == torch.float32
    assert (changed - images).abs().mean() > 0.01
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert changed.mean().item() == pytest.approx(images.mean().item(), rel=0.05)


def centres(images: Tensor) -> tuple[Tensor, Tensor]:
    """Columns and rows of the centres of mass."""
    places = torch.arange(28.0)
    mass = images.sum((1, 2, 3))
    return (images.sum((1, 2)) @ places) / mass, (images.sum((1, 3)) @ places) / mass


def test_shifts_reach_the_amount_both_ways_and_no_further(images: Tensor) -> None:
    dots = torch.zeros(500, 1, 28, 28)
    dots[:, :, 13:15, 13:15] = 1
    for moves in (place - 13.5 for place in centres(augment(dots, Augmentation(shift=3), generator()))):
        assert moves.abs().max() <= 3 + 1e-3
        assert moves.max() > 2.9
        assert moves.min() < -2.9
        # Uniform: deviation 3/√3 = 1.73.
        assert moves.std().item() == pytest.approx(3 / math.sqrt(3), rel=0.1)


def test_displacements_have_the_length_asked_everywhere_and_are_smooth() -> None:
    field = displacements(torch.rand(4_000, 2, 28, 28, generator=generator()), 2.0)
    assert field.shape == (4_000, 28, 28, 2)
    lengths = field.square().sum(-1).mean(0).sqrt()
    torch.testing.assert_close(lengths, torch.full((28, 28), 2.0), rtol=0.05, atol=0)
    assert field.mean().item() == pytest.approx(0, abs=0.05)
    # White noise smoothed by a Gaussian of σ is correlated exp(−d²/4σ²) over a distance d: σ = 4, d = 4.
    middle, beside = field[:, 14, 12, 0], field[:, 14, 16, 0]
    correlation = torch.corrcoef(torch.stack((middle, beside)))[0, 1].item()
    assert correlation == pytest.approx(math.exp(-16 / 64), abs=0.03)


def test_an_amount_of_2_pixels_is_simard_s_alpha_of_34() -> None:
    noise = torch.rand(200, 2, 60, 60, generator=generator()).mul(2).sub(1).numpy()
    simard = 34 * gaussian_filter(noise, (0, 0, 4, 4))[..., 20:40, 20:40]
    assert math.sqrt((simard**2).sum(1).mean()) == pytest.approx(2, abs=0.1)
