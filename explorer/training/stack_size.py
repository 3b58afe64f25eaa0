"""How many networks to train together, and how much memory they take; without torch."""

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.models.architecture import count_multiply_adds, count_parameters, describe

MOST = 64
LEAST_WORK, MOST_WORK = 1_000_000, 20_000_000


def best_stack(config: RunConfig, images: int, cores: int) -> int:  # noqa: ARG001
    """The stack size from which on more networks gain nothing, on a CPU; 1 where stacking does not pay.

    A run on another device may be stacked as far as its memory goes: there it is the greatest size at all.
    """
    if config.training.engine == "numpy" or config.network.kind == "cnn" or config.network.batch_norm:
        return 1
    size = config.training.batch_size
    batch = images if size == "full" else min(size, images)
    work = batch * count_multiply_adds(config.network, inputs=inputs_of(config.data))
    if work <= LEAST_WORK:
        return MOST
    return 20 if work <= MOST_WORK else 1


def stack_bytes(config: RunConfig, images: int, stack: int) -> int:
    """About how much device memory the training of so many networks takes, in bytes, images included."""
    inputs = inputs_of(config.data)
    size = config.training.batch_size
    batch = images if size == "full" else min(size, images)
    pixels = inputs or 784
    stored = (4 * pixels if inputs else pixels) * images * 2
    units = 0
    for layer in describe(config.network, inputs=inputs):
        place = 1
        for side in layer.output_shape:
            place *= side
        units += place
    return stored + stack * 4 * (
        10 * count_parameters(config.network, inputs=inputs) + batch * (pixels + 8 * units)
    )
