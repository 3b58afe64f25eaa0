"""How many networks to train together, and how much memory they take; without torch."""

from math import prod

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.models.architecture import count_multiply_adds, describe, parameter_shapes

FLOAT = 4  # bytes
PIXELS = 28 * 28
BLOCK_IMAGES = 16_384  # that are prepared at once beside a batch for each network, at most
EXAMINED = 4_000  # answers in one pass over validation images, at most, or 100 for each network
LIBRARY_BYTES = 64 << 20  # what PyTorch and its libraries take for themselves beside it


def stack_bytes(config: RunConfig, images: int, stack: int) -> int:
    """About how much memory of a device the training of so many networks takes, never much less.

    ``images`` is the number of training images. Stored images count once: networks with other images than
    the rest of their stack (another ``data.split_seed``) bring their own.
    """
    inputs, batch = inputs_of(config.data), batch_of(config, images)
    pixels, each_pixel = (inputs, FLOAT) if inputs else (PIXELS, 1)
    stored = (images + _held_back(config, images)) * (pixels * each_pixel + 8)
    prepared = (stack * batch + BLOCK_IMAGES) * (pixels * (FLOAT + each_pixel) + 10 * FLOAT + 8)
    parameters = sum(prod(shape) for shape in parameter_shapes(config.network, inputs=inputs).values())
    # Values, gradients, two moments, two copies to observe a step by, one to compute with, one product.
    networks = stack * 8 * (parameters + pixels) * FLOAT
    units = sum(prod(layer.output_shape) for layer in describe(config.network, inputs=inputs))
    # Sums, activations, noise, masks, what is passed on, gradients: as where networks differ in all of it.
    layers = stack * batch * units * 6 * FLOAT
    examined = max(EXAMINED, 100 * stack) * 2 * (units + pixels) * FLOAT
    return stored + prepared + networks + layers + examined + LIBRARY_BYTES


def batch_of(config: RunConfig, images: int) -> int:
    """Images a step."""
    size = config.training.batch_size
    return images if size == "full" else min(size, images)


def _held_back(config: RunConfig, images: int) -> int:
    size, share = config.data.validation_size, config.data.validation_fraction
    return int(images * share / (1 - share)) if size is None else size


def best_stack(config: RunConfig, images: int, cores: int) -> int:  # noqa: ARG001
    """The stack size from which on more networks gain nothing, on a CPU; 1 where stacking does not pay.

    A run on another device may be stacked as far as its memory goes: there it is the greatest size at all.
    """
    if config.training.engine == "numpy" or config.network.kind == "cnn" or config.network.batch_norm:
        return 1
    work = batch_of(config, images) * count_multiply_adds(config.network, inputs=inputs_of(config.data))
    if work <= 1_000_000:
        return 64
    return 20 if work <= 20_000_000 else 1
