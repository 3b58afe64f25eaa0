"""Named arrays as one text of bytes, for the answers that the store keeps."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import load, save

from explorer.errors import StoreError

Arrays = dict[str, NDArray[Any]]


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays in the format of safetensors; any order of memory, numbers and truth values only."""
    # A scalar's ascontiguousarray would be one-dimensional.
    packed: bytes = save({name: np.array(array, order="C") for name, array in arrays.items()})
    return packed


def unpack(packed: bytes) -> Arrays:
    """The arrays that ``pack`` was given.

    Raises:
        StoreError: the bytes are no such arrays.
    """
    try:
        arrays: Arrays = load(packed)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise StoreError(f"A stored answer is damaged: {error}. Ask again.") from error
    return arrays
