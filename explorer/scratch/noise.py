"""What is drawn at random within a step: dropout, and noise on the way forward and back."""

from dataclasses import dataclass

import numpy as np

from explorer.config.run import RunConfig
from explorer.scratch.arrays import Array


@dataclass(frozen=True, slots=True)
class Noise:
    """How much of each; ``random`` decides, and moves on with every draw."""

    dropout: float
    forward_sigma: float
    backward_sigma: float
    random: np.random.Generator
    disturbs_sums: bool = False  # of all layers, the output's too; else the hidden layers' activations

    def mask(self, A: Array) -> Array | None:
        """0 for a share ``dropout`` of the places, 1 / (1 − dropout) for the rest; None without dropout."""
        if not self.dropout:
            return None
        kept = self.random.random(A.shape, np.float32) >= self.dropout
        return kept * A.dtype.type(1 / (1 - self.dropout))

    def on_activations(self, A: Array) -> Array:
        """A plus Gaussian noise; A itself without any."""
        return A if self.disturbs_sums else self._disturbed(A, self.forward_sigma)

    def on_sums(self, Z: Array) -> Array:
        """Z plus Gaussian noise; Z itself without any."""
        return self._disturbed(Z, self.forward_sigma) if self.disturbs_sums else Z

    def on_gradients(self, dA: Array) -> Array:
        """dA plus Gaussian noise; dA itself without any."""
        return dA if self.disturbs_sums else self._disturbed(dA, self.backward_sigma)

    def on_sum_gradients(self, dZ: Array) -> Array:
        """dZ plus Gaussian noise; dZ itself without any."""
        return self._disturbed(dZ, self.backward_sigma) if self.disturbs_sums else dZ

    def _disturbed(self, values: Array, sigma: float) -> Array:
        return values + self._gaussian(values, sigma) if sigma else values

    def _gaussian(self, like: Array, sigma: float) -> Array:
        drawn: Array = self.random.standard_normal(like.shape, np.float32)
        return drawn.astype(like.dtype, copy=False) * like.dtype.type(sigma)


def noise_of(config: RunConfig, random: np.random.Generator) -> Noise:
    """The noise that a configuration asks for."""
    regularisation = config.regularisation
    return Noise(
        config.network.dropout,
        regularisation.activation_noise,
        regularisation.gradient_noise,
        random,
        regularisation.noise_on == "sums",
    )


def silence() -> Noise:
    """No noise at all: nothing is drawn."""
    return Noise(0.0, 0.0, 0.0, np.random.default_rng(0))
