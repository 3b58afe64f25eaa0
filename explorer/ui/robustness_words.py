"""What a robustness curve shows, in a sentence."""

from collections.abc import Sequence

from explorer.evaluation.change_levels import ChangeName
from explorer.plots.robustness import Robustness, most_telling

LEVELS: dict[ChangeName, str] = {
    "shift": "At {} of shift",
    "rotation": "At {}° of rotation",
    "scale": "At {} times the size",
    "noise": "With noise of σ {}",
    "blur": "With a blur of {}",
    "contrast": "At {} times the contrast",
    "stroke_width": "With strokes {}",
    "occlusion": "With a square of {0} × {0} pixels covered",
    "shuffling": "With {} % of the pixels shuffled",
}
EXPLAINED: dict[ChangeName, str] = {
    "shift": "Each image is moved in a direction of its own.",
    "rotation": "Each image is turned about its middle; positive is clockwise.",
    "scale": "Each digit is made smaller or larger about the middle.",
    "noise": "Gaussian noise is added to every pixel.",
    "blur": "A Gaussian blur runs over each image.",
    "contrast": "The ink is made fainter.",
    "stroke_width": "Strokes grow or shrink at their edges.",
    "occlusion": "A grey square covers a place of its own in each image.",
    "shuffling": "Pixels change places with one another, the same ones in every image: only a network that "
    "was trained on such images could read them all.",
}
ALIKE = 3.0  # percentage points within which runs are called alike


def level_words(change: ChangeName, level: float) -> str:
    """A level as one says it: ``At 3 pixels of shift``."""
    return LEVELS[change].format(_amount(change, level))


def caption(change: ChangeName, level: float) -> str:
    """A level as it stands under an image: ``3 pixels``, ``15°``, ``× 0.5``."""
    if change == "rotation":
        return f"{signed(level)}°"
    if change in ("scale", "contrast"):
        return f"× {level:g}"
    if change == "noise":
        return f"σ {level:g}"
    if change == "shuffling":
        return f"{level:g} %"
    return f"{signed(level)} pixel{'' if abs(level) == 1 else 's'}"


def signed(level: float) -> str:
    """A number with a minus sign as long as a plus sign."""
    return f"{level:g}".replace("-", "−")


def sentence(drawn: Robustness) -> str:
    """What is to be seen, with the figures of the level that tells most; empty before there are any."""
    level = most_telling(drawn)
    if level is None:
        return ""
    shares = drawn.accuracies_at(level)
    told = _told([curve.name for curve in drawn.curves], shares)
    usual = f" Unchanged: {_usual(drawn)}." if drawn.none in drawn.common_levels else ""
    if len(shares) > 1 and drawn.spread_at(level) <= ALIKE:
        return (
            f"These runs bear this alike: they are never more than {drawn.spread_at(level):.1f} points "
            f"apart. {level_words(drawn.change, level)} {told}.{usual}"
        )
    return f"{level_words(drawn.change, level)} {told}.{usual}"


def _told(names: Sequence[str], shares: Sequence[float]) -> str:
    first, *others = [f"{share:.0f} %" if share < 99.5 else f"{share:.1f} %" for share in shares]
    told = [f"{_run(names[0])} answers {first} rightly"]
    told += [f"{_run(name)} {share}" for name, share in zip(names[1:], others, strict=True)]
    return ", ".join(told)


def _run(name: str) -> str:
    """A run's name, ``7 · lenet``, within a sentence: ``run 7 (lenet)``."""
    number, _, own = name.partition(" · ")
    return f"run {number} ({own})"


def _usual(drawn: Robustness) -> str:
    shares = drawn.accuracies_at(drawn.none)
    if len(shares) == 1:
        return f"{shares[0]:.1f} %"
    return ", ".join(
        f"{share:.1f} % (run {curve.name.partition(' ')[0]})"
        for curve, share in zip(drawn.curves, shares, strict=True)
    )


def _amount(change: ChangeName, level: float) -> str:
    if change in ("shift", "blur"):
        return f"{level:g} pixel{'' if level == 1 else 's'}"
    if change == "stroke_width":
        how = "thicker" if level > 0 else "thinner"
        return f"{abs(level):g} pixel{'' if abs(level) == 1 else 's'} {how}"
    return signed(level)
