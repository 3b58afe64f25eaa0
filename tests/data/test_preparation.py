from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms.functional import to_tensor

from explorer.config.run import Data
from explorer.data.preparation import Scaling, measure_scaling, prepare
from explorer.data.splits import load_splits
from explorer.settings import Settings


@pytest.fixture
def images() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (9_000, 1, 28, 28), generator=generator, dtype=torch.uint8)


def test_unit_scaling_is_torchvision_s(images: Tensor) -> None:
    prepared = prepare(images[:5], measure_scaling(Data(scaling="unit"), images))
    reference = torch.stack([to_tensor(image.permute(1, 2, 0).numpy()) for image in images[:5]])
    assert prepared.dtype == torch.float32
    assert prepared.shape == (5, 1, 28, 28)
    torch.testing.assert_close(prepared, reference, rtol=1e-6, atol=0)


def test_standard_scaling_gives_mean_0_and_deviation_1(images: Tensor) -> None:
    scaling = measure_scaling(Data(scaling="standard"), images)
    values = images.numpy().astype(np.float64)
    assert scaling.mean == pytest.approx(values.mean(), rel=1e-12)
    assert scaling.factor == pytest.approx(1 / values.std(), rel=1e-12)
    prepared = prepare(images, scaling)
    assert prepared.mean().item() == pytest.approx(0, abs=1e-4)
    assert prepared.std().item() == pytest.approx(1, abs=1e-4)


def test_standard_scaling_by_hand() -> None:
    images = torch.zeros(1, 1, 2, 2, dtype=torch.uint8)
    images[0, 0, 0, 0] = 40  # mean 10, variance (30² + 3·10²)/4 = 300
    scaling = measure_scaling(Data(scaling="standard"), images)
    assert scaling == Scaling(10.0, pytest.approx(300**-0.5))


def test_images_of_one_colour_become_zero() -> None:
    images = torch.full((3, 1, 28, 28), 17, dtype=torch.uint8)
    assert not prepare(images, measure_scaling(Data(scaling="standard"), images)).any()


def test_no_scaling_leaves_the_pixels_as_they_are(images: Tensor) -> None:
    prepared = prepare(images[:5], measure_scaling(Data(scaling="none"), images))
    assert torch.equal(prepared, images[:5].float())


@pytest.mark.parametrize("scaling", [Scaling(0.0, 1.0), Scaling(0.0, 1 / 255), Scaling(33.3, 0.0127)])
def test_a_given_tensor_is_filled_with_the_same_numbers(images: Tensor, scaling: Scaling) -> None:
    before = images[:5].clone()
    place = torch.full((5, 1, 28, 28), torch.nan)
    assert prepare(images[:5], scaling, out=place) is place
    assert torch.equal(place, prepare(images[:5], scaling))
    assert torch.equal(images[:5], before)


@pytest.mark.mnist
def test_mnist_s_mean_and_deviation_are_the_known_ones(mnist_settings: Settings) -> None:
    data = Data(dataset="mnist", scaling="standard", validation_fraction=0)
    scaling = measure_scaling(data, load_splits(data, mnist_settings.data).train_images)
    assert scaling.mean / 255 == pytest.approx(0.1307, abs=5e-5)
    assert 1 / scaling.factor / 255 == pytest.approx(0.3081, abs=5e-5)


def test_the_scaling_of_a_run_comes_from_its_training_images_alone(tmp_path: Path) -> None:
    data = Data(scaling="standard", train_size=100)
    splits = load_splits(data, tmp_path)
    scaling = measure_scaling(data, splits.train_images)
    assert prepare(splits.train_images, scaling).mean().item() == pytest.approx(0, abs=1e-5)
    assert prepare(splits.test_images, scaling).mean().item() != pytest.approx(0, abs=1e-5)
