"""How far each change of an image goes, step by step; for pages too, which load no torch."""

from dataclasses import dataclass
from typing import Literal

ChangeName = Literal[
    "shift", "rotation", "scale", "noise", "blur", "contrast", "stroke_width", "occlusion", "shuffling"
]


@dataclass(frozen=True, slots=True)
class ChangeLevels:
    """One kind of change. ``levels`` go up in numbers and hold ``none``, which changes nothing."""

    name: ChangeName
    title: str
    unit: str
    levels: tuple[float, ...]
    none: float


CHANGE_LEVELS: dict[ChangeName, ChangeLevels] = {
    levels.name: levels
    for levels in (
        ChangeLevels("shift", "Shift", "pixels", (0, 1, 2, 3, 4, 5, 6, 8), 0),
        ChangeLevels("rotation", "Rotation", "degrees", (-60, -45, -30, -15, 0, 15, 30, 45, 60), 0),
        ChangeLevels("scale", "Scale", "times", (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4), 1),
        ChangeLevels("noise", "Noise", "σ", (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7), 0),
        ChangeLevels("blur", "Blur", "pixels", (0, 0.5, 1, 1.5, 2, 2.5, 3), 0),
        ChangeLevels("contrast", "Contrast", "times", (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1), 1),
        ChangeLevels("stroke_width", "Stroke width", "pixels", (-2, -1.5, -1, -0.5, 0, 1, 2, 3, 4), 0),
        ChangeLevels("occlusion", "Occlusion", "pixels", (0, 4, 6, 8, 10, 12, 14), 0),
        ChangeLevels("shuffling", "Pixel shuffling", "of the pixels", (0, 0.02, 0.05, 0.1, 0.2, 0.5, 1), 0),
    )
}
