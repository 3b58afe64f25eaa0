"""The cost of what is not training: monitoring, and recording while a page watches."""

import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from explorer.cli.bench.cases import ALL_IMAGES, Case
from explorer.cli.bench.child import measure
from explorer.cli.bench.measurement import Measurement, Target
from explorer.settings import Settings

MONITORING = Target("at most", 10)
RECORDING = Target("at most", 5)
SECONDS_A_SIDE = 3.0  # of one repetition: many short epochs, or few long ones
MOST_EPOCHS = 200


def measure_monitoring(case: Case, settings: Settings, images: int, repetitions: int) -> Measurement:
    """By how much the engine's epoch exceeds the same steps with the losses and accuracy of training alone.

    The kinds of epoch take turns; steps with nothing read (``bare``) are there to compare with. A repetition
    compares the medians of some seconds of them.
    """
    epochs = epochs_a_repetition(case, images)
    arguments = [str(settings.data), case.name, str(images), str(epochs * repetitions)]
    result = measure("explorer.cli.bench.monitored", arguments, settings)
    sides = {
        side: tuple(
            median(result[side][first : first + epochs]) for first in range(0, epochs * repetitions, epochs)
        )
        for side in ("counted", "monitored", "bare")
    }
    meaning = "epoch with everything that is measured / the same with only loss and accuracy, less 1"
    return _overhead(f"monitoring {case.name}", meaning, MONITORING, sides)


def measure_recording(case: Case, settings: Settings, images: int, repetitions: int) -> Measurement:
    """By how much an epoch that is recorded, and watched once a second, exceeds one that is only trained."""
    epochs = max(3, epochs_a_repetition(case, images))
    with tempfile.TemporaryDirectory(prefix="explorer-bench-") as home:
        arguments = [case.name, str(images), str(epochs), str(repetitions)]
        result = measure("explorer.cli.bench.recorded", arguments, at_home(settings, Path(home)))
    sides = {side: tuple(result[side]) for side in ("alone", "recorded")}
    meaning = "epoch recorded to the store while a page polls once a second / epoch only trained, less 1"
    return _overhead(f"recording {case.name}", meaning, RECORDING, sides)


def epochs_a_repetition(case: Case, images: int) -> int:
    """As many epochs as last for some seconds."""
    seconds = case.our_seconds * images / ALL_IMAGES
    return min(MOST_EPOCHS, max(1, round(SECONDS_A_SIDE / seconds)))


def at_home(settings: Settings, home: Path) -> Settings:
    """The same data in another home, with a store of its own and the CPU alone."""
    return replace(settings, home=home, database_url=f"sqlite:///{home / 'explorer.db'}", devices=("cpu",))


def _overhead(name: str, meaning: str, target: Target, sides: dict[str, tuple[float, ...]]) -> Measurement:
    less, more, *_ = sides.values()
    return Measurement(
        name=name,
        meaning=meaning,
        unit="%",
        target=target,
        values=tuple(100 * (high / low - 1) for low, high in zip(less, more, strict=True)),
        sides=sides,
    )
