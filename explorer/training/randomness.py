"""Randomness as a function of (seed, purpose, epoch), so that no generator state is ever stored."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream of random numbers is for; the numbers are part of what a seed means."""

    ORDER = 1
    AUGMENTATION = 2
    NOISE = 3  # dropout, forward noise, backward noise


def seed_for(seed: int, purpose: Purpose, epoch: int) -> int:
    """A 63-bit seed, unrelated to that of any other seed, purpose or epoch."""
    return int(np.random.SeedSequence((seed, purpose, epoch)).generate_state(1, np.uint64)[0] >> 1)
