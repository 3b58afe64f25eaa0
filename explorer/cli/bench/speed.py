"""Our epoch against the typical loop's, side by side."""

from collections.abc import Callable

from explorer.cli.bench.cases import Case
from explorer.cli.bench.child import measure
from explorer.cli.bench.measurement import Measurement, Target
from explorer.settings import Settings

Say = Callable[[str], None]


def compare_speed(case: Case, settings: Settings, images: int, repetitions: int, say: Say) -> Measurement:
    """Ratio of the two epochs, each in a fresh process; who goes first changes with every repetition.

    An epoch in mid-run on both sides, without importing, reading files and setting up: the typical side after
    ten batches, ours after its first epoch. The typical side pays for starting its loader's workers, as it
    does in every epoch, ours for monitoring and for the state to resume from.
    """
    sides = (("typical", _typical), ("ours", _ours))
    done: dict[str, list[dict[str, float]]] = {"typical": [], "ours": []}
    for repetition in range(repetitions):
        for name, side in sides if repetition % 2 == 0 else reversed(sides):
            done[name].append(side(case, settings, images))
        say(f"{case.name}: " + ", ".join(f"{name} {done[name][-1]['seconds']:.2f} s" for name in done))
    typical, ours = done["typical"], done["ours"]
    return Measurement(
        name=case.name,
        meaning="seconds of a typical epoch / seconds of ours",
        unit="×",
        target=Target("at least", case.target),
        values=tuple(slow["seconds"] / fast["seconds"] for slow, fast in zip(typical, ours, strict=True)),
        sides={
            "typical": tuple(side["seconds"] for side in typical),
            "ours": tuple(side["seconds"] for side in ours),
            "typical process": tuple(side["process_seconds"] for side in typical),
            "our process": tuple(side["process_seconds"] for side in ours),
        },
    )


def _typical(case: Case, settings: Settings, images: int) -> dict[str, float]:
    arguments = [str(settings.data), case.name, str(case.batch_size), str(images)]
    return measure("explorer.cli.bench.typical", arguments, settings, environment={})


def _ours(case: Case, settings: Settings, images: int) -> dict[str, float]:
    return measure("explorer.cli.bench.ours", [str(settings.data), case.name, str(images)], settings)
