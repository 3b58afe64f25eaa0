"""Mini-batches: every image once, in a drawn order, prepared like everywhere else."""

import pytest
import torch

from explorer.data.augmentation import augment
from explorer.data.preparation import Scaling, measure_scaling, prepare
from explorer.training import batches as module
from explorer.training.batches import Batches, Block, Lane, Source
from tests.training.samples import config, random_splits


def made(
    size: int | str, images: int = 50, shape: tuple[int, ...] = (784,), **data: object
) -> tuple[Batches, torch.Tensor]:
    splits = random_splits(images)
    run = config(training={"batch_size": size, "seed": 4}, data=data)
    labels = torch.arange(images) % 10
    source = Source(splits.train_images, labels, measure_scaling(run.data, splits.train_images))
    return Batches([Lane(source, 4)], run, shape), splits.train_images


def copies(batches: Batches, epoch: int) -> list[Block]:
    return [
        Block(each.images.clone(), each.labels.clone(), each.targets.clone())
        for each in batches.blocks(epoch)
    ]


@pytest.mark.parametrize("size", [1, 7, 10, 50, 64, "full"])
def test_every_image_comes_once_an_epoch_with_its_label(size: int | str) -> None:
    batches, images = made(size)
    blocks = copies(batches, 1)
    seen = torch.cat([block.images.flatten(0, 2) for block in blocks])
    labels = torch.cat([block.labels.flatten() for block in blocks])
    prepared = prepare(images, batches.lanes[0].source.scaling).flatten(1)
    places = (seen[:, None] == prepared[None]).all(2).int().argmax(1)
    assert sorted(places.tolist()) == list(range(50))
    assert torch.equal(labels, places % 10)
    for block in blocks:
        assert torch.equal(block.targets.argmax(2), block.labels)
        assert bool((block.targets.sum(2) == 1).all())
    sizes = [block.batch_size for block in blocks for _ in range(block.batches)]
    assert len(sizes) == batches.steps_per_epoch
    full = 50 if size == "full" else min(int(size), 50)
    assert sizes == [full] * (50 // full) + ([50 % full] if 50 % full else [])


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    orders = []
    for epoch in (1, 2, 1):
        batches, _ = made(10)
        orders.append(torch.cat([block.images for block in copies(batches, epoch)]))
    assert torch.equal(orders[0], orders[2])
    assert not torch.equal(orders[0], orders[1])


def test_blocks_do_not_change_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = torch.cat([block.images for block in copies(made(10)[0], 1)])
    monkeypatch.setitem(module.BLOCK_IMAGES, "cpu", 20)
    blocks = copies(made(10)[0], 1)
    assert [block.batches for block in blocks] == [2, 2, 1]
    assert torch.equal(torch.cat([block.images for block in blocks]), whole)


def test_blocks_of_one_size_start_at_the_same_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.BLOCK_IMAGES, "cpu", 20)
    places = {block.images.data_ptr() for block in made(10)[0].blocks(1)}
    assert len(places) == 1


@pytest.mark.parametrize("scaling", ["unit", "standard", "none"])
def test_images_are_prepared_as_everywhere_else(scaling: str) -> None:
    batches, images = made("full", scaling=scaling)
    [block] = batches.blocks(1)
    expected = prepare(images, batches.lanes[0].source.scaling).flatten(1)
    assert torch.equal(block.images.flatten(0, 2).sort(0).values, expected.sort(0).values)


def test_augmentation_is_drawn_anew_every_epoch_from_the_seed() -> None:
    change = {"shift": 2.0, "rotation": 10.0, "elastic": 1.0}
    batches, _ = made(25, shape=(1, 28, 28), augmentation=change)
    plain, _ = made(25, shape=(1, 28, 28))
    first, again = copies(batches, 1), copies(batches, 1)
    assert torch.equal(first[0].images, again[0].images)
    before = copies(plain, 1)[0].images
    generator = torch.Generator().manual_seed(module.seed_for(4, module.Purpose.AUGMENTATION, 1))
    expected = augment(before.view(50, 1, 28, 28), batches.config.data.augmentation, generator, 25)
    assert torch.equal(first[0].images.view(50, 1, 28, 28), expected)


def test_images_are_changed_alike_however_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    change = {"shift": 2.0, "elastic": 1.0}
    together, _ = made(10, shape=(1, 28, 28), augmentation=change)
    whole = copies(together, 1)
    assert len(whole[0].images) > 2
    monkeypatch.setattr(module, "AUGMENTED_IMAGES", 25)
    for one, other in zip(copies(together, 1), whole, strict=True):
        assert torch.equal(one.images, other.images)


def test_an_image_is_changed_differently_in_every_epoch() -> None:
    images = random_splits(1).train_images.repeat(20, 1, 1, 1)  # all alike, so their order does not matter
    run = config(training={"batch_size": 20}, data={"augmentation": {"rotation": 10.0}})
    source = Source(images, torch.zeros(20).long(), Scaling(0.0, 1 / 255))
    batches = Batches([Lane(source, 0)], run, (784,))
    [first], [second] = copies(batches, 1), copies(batches, 2)
    assert not torch.equal(first.images, second.images)
    assert len(first.images.view(20, 784).unique(dim=0)) == 20
