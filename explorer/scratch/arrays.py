"""The array that all mathematics here is written in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Real numbers, float32 in training and float64 where gradients are checked; a column is an image."""
