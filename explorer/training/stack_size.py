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


def stack_bytes(config: RunConfig, images: int, stack: int, sources: int = 1) -> int:
    """About how much memory of a device the training of so many networks takes, never much less.

    ``images`` is the number of training images. Networks with the same ones share them in memory; there are
    up to ``sources`` different sets of them.
    """
    inputs, batch = inputs_of(config.data), batch_of(config, images)
    pixels, each_pixel = (inputs, FLOAT) if inputs else (PIXELS, 1)
    stored = (images + _held_back(config, images)) * (pixels * each_pixel + 8) * min(stack, sources)
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


# Throughput of a stack against one after the other, in CPU time of one thread on two busy cores, by size of
# the stack, networks with the same images / with images in an order of their own:
#   784-10-10 b64              5: 1.8 / 1.3   10: 2.5 / 1.5   20: 3.6 / 1.5   40: 4.4 / 1.4
#   784-64-10 b256             5: 1.6         20: 1.9
#   784-300-10 b64             5: 1.10        10: 0.95
#   784-500-250-100-10 b64     5: 1.09        10: 1.12
#   784-512-128-10 b512        5: 1.10
# So the larger the network, the sooner its stack leaves the cache. Beyond small ones two processes of one
# thread side by side gain more on two cores (1.4 to 1.7).
TINY_WORK, SMALL_WORK = 1_000_000, 20_000_000  # multiply-adds of a step of one network
SMALL_NETWORK = 100_000  # multiply-adds of one image
TINY, SMALL, LARGE = 64, 20, 5


def best_stack(config: RunConfig, images: int, cores: int) -> int:
    """The stack size from which on more networks gain nothing, on a CPU; 1 where stacking does not pay.

    With more than one core, large networks do better side by side. A run on another device may be stacked as
    far as its memory goes.
    """
    if config.training.engine == "numpy" or config.network.kind == "cnn" or config.network.batch_norm:
        return 1
    each = count_multiply_adds(config.network, inputs=inputs_of(config.data))
    work = batch_of(config, images) * each
    if work <= TINY_WORK:
        return TINY
    if work <= SMALL_WORK and each <= SMALL_NETWORK:
        return SMALL
    return LARGE if cores == 1 else 1
