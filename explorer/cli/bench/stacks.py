"""Sweeps and repeats: what training them together gains over one after the other."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from explorer.cli.bench.cases import ALL_IMAGES, find_case
from explorer.cli.bench.child import measure
from explorer.cli.bench.measurement import Measurement, Target
from explorer.cli.bench.stack_cases import STUDY, STUDY_EPOCHS, STUDY_SECONDS, StackCase
from explorer.settings import Settings

PAIR = Target("at least", 0.95)
WHOLE_STUDY = "cuda activation study"
STUDY_SHARE = 5  # of the images: one part in so many is trained on


def measure_stack(case: StackCase, settings: Settings, images: int, repetitions: int) -> Measurement:
    """How many times as many networks a stack trains in the same time as our engine one after the other."""
    arguments = [str(settings.data), case.name, str(images), str(repetitions)]
    result = measure("explorer.cli.bench.stacked", arguments, settings)
    name, target = case.title, Target("at least", case.target)
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
        device=result.get("device", ""),
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


def measure_study(settings: Settings, images: int, repetitions: int) -> Measurement:
    """The fourth report's study of activations, all 15 runs of it, against 15 × the usual loop for one.

    Sigmoid, tanh and ReLU, five seeds each, of 784-500-250-100-10 from Glorot's uniform weights by SGD, 0.05,
    in batches of 64. Measured is one epoch on a fifth of the images in the place of 15 on all: the others
    take as long again. Ours are in stacks and lanes as planned; the loop is torchvision's MNIST in a
    DataLoader with two workers, whose start is part of its epoch.
    """
    fewer = max(1_000, images // STUDY_SHARE)
    sides: dict[str, list[float]] = {"loop": [], "ours": []}
    network = "784-500-250-100-10"
    for repetition in range(repetitions):
        for name in sorted(sides, reverse=repetition % 2 == 1):
            if name == "loop":
                words = [str(settings.data), network, str(STUDY.batch_size), str(fewer), "sgd"]
                result = measure("explorer.cli.bench.typical", words, settings, environment={})
                sides[name].append(result["seconds"])
            else:
                words = [str(settings.data), STUDY.name, str(fewer), "1"]
                sides[name].extend(measure("explorer.cli.bench.stacked", words, settings)["stack"])
    loop, ours = (tuple(values) for values in sides.values())
    return Measurement(
        name="stack activation study",
        meaning="seconds of an epoch of the DataLoader loop / of each of our 15, on a fifth of the images",
        unit="×",
        target=Target("at least", STUDY.target),
        values=tuple(slow / fast for slow, fast in zip(loop, ours, strict=True)),
        sides={"loop": loop, "ours, each": ours},
    )


def measure_whole_study(settings: Settings, images: int, repetitions: int) -> Measurement:
    """The same study with all its epochs on a GPU, each repetition in a fresh process."""
    results: list[Mapping[str, Any]] = []
    for _ in range(repetitions):
        results.append(measure("explorer.cli.bench.studied", [str(settings.data), str(images)], settings))
        if "skipped" in results[-1]:
            break
    return whole_study(results, images)


def whole_study(results: Sequence[Mapping[str, Any]], images: int) -> Measurement:
    """The figure of these repetitions; fewer images than all are no proof, so they have no target."""
    runs = f"{STUDY.stack} runs of {STUDY_EPOCHS} epochs of {images:,} images"
    target = Target("at most", STUDY_SECONDS) if images >= ALL_IMAGES else None
    meaning = f"seconds of the fourth report's study of activations, {runs}, from reading the images"
    skipped = next((result["skipped"] for result in results if "skipped" in result), "")
    if skipped:
        return Measurement(WHOLE_STUDY, meaning, "s", target, skipped=skipped)
    return Measurement(
        name=WHOLE_STUDY,
        meaning=meaning,
        unit="s",
        target=target,
        values=tuple(result["seconds"] for result in results),
        sides={
            "training": tuple(result["training"] for result in results),
            "whole process": tuple(result["process_seconds"] for result in results),
        },
        device=results[0]["device"],
    )
