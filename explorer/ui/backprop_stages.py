"""The stages of one step of training, in order, and what each of them computes."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["images", "forward", "loss", "backward", "update"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; ``layer`` counts from 1 (0 where it is of all), ``computed`` names what it brings."""

    kind: Kind
    layer: int
    computed: tuple[str, ...]

    @property
    def label(self) -> str:
        """What it is called on its button: ``Forward 2``."""
        return f"{self.kind.capitalize()} {self.layer or ''}".rstrip()


def stages(depth: int, *, has_slope: bool) -> tuple[Stage, ...]:
    """The stages of a network with ``depth`` layers of weights; with a slope where PReLU learns one."""
    layers = range(1, depth + 1)
    return (
        Stage("images", 0, ("X", "Y")),
        *(Stage("forward", layer, _forward(layer, depth)) for layer in layers),
        Stage("loss", 0, ("L", "J")),
        *(Stage("backward", layer, _backward(layer, depth, has_slope)) for layer in reversed(layers)),
        Stage("update", 0, tuple(f"{name}new" for name in parameters(depth, has_slope=has_slope))),
    )


def parameters(depth: int, *, has_slope: bool) -> tuple[str, ...]:
    """The names of all parameters, layer by layer."""
    return tuple(
        f"{kind}{layer}"
        for layer in range(1, depth + 1)
        for kind in ("W", "b", "slope")
        if kind != "slope" or (has_slope and layer < depth)
    )


def known(all_stages: tuple[Stage, ...], stage: Stage) -> tuple[str, ...]:
    """What earlier stages computed."""
    place = all_stages.index(stage)
    return tuple(name for earlier in all_stages[:place] for name in earlier.computed)


def _forward(layer: int, depth: int) -> tuple[str, ...]:
    return (f"Z{layer}", f"A{layer}" if layer < depth else "P")


def _backward(layer: int, depth: int, has_slope: bool) -> tuple[str, ...]:
    slope = (f"dslope{layer}",) if has_slope and layer < depth else ()
    own = (f"dZ{layer}", f"dW{layer}", f"db{layer}", *slope)
    return (f"dA{layer}", *own) if layer < depth else own
