import pytest
import torch

from explorer.evaluation.changes import CHANGES, Change
from explorer.evaluation.robustness import accuracies, examples

IMAGES = torch.randint(
    0, 256, (2_300, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)
LABELS = (IMAGES.float().mean(dim=(1, 2, 3)) > 127.5).long()


def by_brightness(images: torch.Tensor) -> torch.Tensor:
    """A classifier that tells bright images from dark ones without fault."""
    mean = images.float().mean(dim=(1, 2, 3))
    return torch.stack([127.5 - mean, mean - 127.5], 1)


def finished(change: Change, answer=by_brightness) -> list[float]:
    generator, shares = accuracies(answer, IMAGES, LABELS, change), []
    while True:
        try:
            shares.append(next(generator)[0])
        except StopIteration as end:
            assert shares == sorted(shares)
            assert shares[-1] == 1
            return end.value


@pytest.mark.parametrize("change", CHANGES.values(), ids=lambda change: change.name)
def test_without_a_change_it_is_the_plain_accuracy(change: Change):
    wrong_once = torch.cat([1 - LABELS[:23], LABELS[23:]])
    generator = accuracies(by_brightness, IMAGES, wrong_once, change)
    while True:
        try:
            next(generator)
        except StopIteration as end:
            found = dict(zip(change.levels, end.value, strict=True))
            break
    assert found[change.none] == pytest.approx(1 - 23 / 2_300)


def test_a_classifier_by_brightness_does_not_mind_shuffled_pixels():
    assert finished(CHANGES["shuffling"]) == [1.0] * len(CHANGES["shuffling"].levels)


def test_a_classifier_by_brightness_minds_contrast():
    found = finished(CHANGES["contrast"])
    assert found[0] == pytest.approx(float((LABELS == 0).float().mean()))
    assert found[-1] == 1


def test_no_images_are_refused():
    with pytest.raises(ValueError, match="needs images"):
        next(accuracies(by_brightness, IMAGES[:0], LABELS[:0], CHANGES["shift"]))


def test_examples_show_every_level():
    shown = examples(IMAGES[:4], CHANGES["blur"])
    assert shown.shape == (len(CHANGES["blur"].levels), 4, 28, 28)
    assert torch.equal(shown[0], IMAGES[:4, 0])
