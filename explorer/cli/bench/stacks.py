"""Sweeps and repeats: what training them together gains over one after the other."""

from concurrent.futures import ThreadPoolExecutor

from explorer.cli.bench.cases import find_case
from explorer.cli.bench.child import measure
from explorer.cli.bench.measurement import Measurement, Target
from explorer.cli.bench.stacked import StackCase
from explorer.settings import Settings

PAIR = Target("at least", 0.95)


def measure_stack(case: StackCase, settings: Settings, images: int, repetitions: int) -> Measurement:
    """How many times as many networks a stack trains in the same time as our engine one after the other."""
    arguments = [str(settings.data), case.name, str(images), str(repetitions)]
    result = measure("explorer.cli.bench.stacked", arguments, settings)
    name, target = f"stack {case.name}", Target("at least", case.target)
    meaning = "seconds of an epoch alone / of a network's epoch in the stack"
    if "skipped" in result:
        return Measurement(name, meaning, "×", target, skipped=result["skipped"])
    alone, stacked = tuple(result["one after the other"]), tuple(result["stack"])
    return Measurement(
        name=name,
        meaning=meaning,
        unit="×",
        target=target,
        values=tuple(slow / fast for slow, fast in zip(alone, stacked, strict=True)),
        sides={"one after the other": alone, "stack": stacked},
    )


def measure_pair(case_name: str, settings: Settings, images: int, repetitions: int) -> Measurement:
    """What two processes of one thread each, side by side, gain for a network that does not stack."""
    case, sides = find_case(case_name), {"one after the other": list[float](), "side by side": list[float]()}
    arguments = [str(settings.data), case.name, str(images)]
    for repetition in range(repetitions):
        for name in sorted(sides, reverse=repetition % 2 == 1):
            together = name == "side by side"
            environment = {"OMP_NUM_THREADS": "1"} if together else None
            with ThreadPoolExecutor() as pool:
                children = [
                    pool.submit(measure, "explorer.cli.bench.ours", arguments, settings, environment)
                    for _ in range(2 if together else 1)
                ]
                slowest = max(child.result()["seconds"] for child in children)
            sides[name].append(slowest / len(children))
    alone, together_seconds = (tuple(values) for values in sides.values())
    return Measurement(
        name=f"stack pair of {case.name}",
        meaning="seconds of an epoch alone / half of those of two side by side",
        unit="×",
        target=PAIR,
        values=tuple(slow / fast for slow, fast in zip(alone, together_seconds, strict=True)),
        sides={name: tuple(values) for name, values in sides.items()},
    )
