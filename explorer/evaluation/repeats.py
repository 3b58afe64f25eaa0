"""Two sets of repeats made comparable: by which images, on which seeds, and which runs are missing."""

from collections.abc import Sequence
from typing import Literal

from explorer.config.run import RunConfig
from explorer.data.partition import held_back_images
from explorer.data.words import title_of
from explorer.evaluation.paired import Comparison, compare_pairs
from explorer.records import Evaluation, Run

Part = Literal["validation", "test"]

OTHER_LABELS = (
    "These runs learned different labels, and were validated on those alone: their validation accuracies "
    "tell which labels are easier, not which network is better."
)
OTHER_IMAGES = (
    "These runs were validated on different images: small differences of their validation accuracy may be "
    "those of the images."
)


def part_of(runs: Sequence[Run]) -> Part:
    """What runs are compared by: their validation images, or the test images where none hold any back."""
    results = [run.result for run in runs if run.result is not None]
    return "test" if results and all(result.validation is None for result in results) else "validation"


def answers(run: Run, part: Part) -> Evaluation | None:
    """Its answers on that part; None where it has not ended or holds none back."""
    if run.result is None:
        return None
    return run.result.test if part == "test" else run.result.validation


def compare_repeats(first: Sequence[Run], second: Sequence[Run], part: Part) -> Comparison | None:
    """The accuracies of two networks seed by seed; None where they share no seed that has ended in both."""
    ours, theirs = (
        {_seed(run): said for run in runs if (said := answers(run, part))} for runs in (first, second)
    )
    sizes = [said.images for said in (*ours.values(), *theirs.values())]
    return compare_pairs(
        {seed: said.accuracy for seed, said in ours.items()},
        {seed: said.accuracy for seed, said in theirs.items()},
        step=1 / min(sizes) if sizes else 0.0,
    )


def reservation(runs: Sequence[Run]) -> str:
    """Why the validation accuracies of these runs say little beside one another, or nothing."""
    datasets = dict.fromkeys(run.config.data.dataset for run in runs)
    if len(datasets) > 1:
        names = ", ".join(title_of(name) for name in datasets)
        return f"These runs learn from different images ({names}): their accuracies can't be compared."
    if len({run.config.data.labels for run in runs}) > 1:
        return OTHER_LABELS
    return OTHER_IMAGES if len({held_back_images(run.config.data) for run in runs}) > 1 else ""


def why_not(first: Sequence[Run], second: Sequence[Run], part: Part) -> str:
    """Why these accuracies can't be held against each other, in a sentence; empty where they can."""
    if not all(isinstance(run.config, RunConfig) for run in (*first, *second)):
        return "Only networks are trained with several seeds."
    if len({run.config.data.dataset for run in (*first, *second)}) > 1:
        return "They learn from different datasets, so their accuracies can't be compared."
    if len({_images(run, part) for run in (*first, *second)}) > 1:
        return f"They are asked about different {part} images, so their accuracies can't be compared."
    if any(run.parent is not None for run in (*first, *second)):
        return "A branch began where another run had come, not at a seed of its own."
    return ""


def missing(first: Sequence[Run], second: Sequence[Run], more: int) -> list[RunConfig]:
    """What to train so that both have the seeds of either, and at least ``more`` beyond those they share.

    A run that failed is not wanted again.
    """
    seeds = [{_seed(run) for run in runs} for runs in (first, second)]
    every, shared = seeds[0] | seeds[1], seeds[0] & seeds[1]
    start = max(every) + 1
    wanted = [*sorted(every), *range(start, start + max(0, more - len(every - shared)))]
    return [
        with_seed(runs[0].network_config, seed)
        for runs, own in zip((first, second), seeds, strict=True)
        for seed in wanted
        if seed not in own
    ]


def with_seed(config: RunConfig, seed: int) -> RunConfig:
    """The same settings with another seed."""
    return config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})


def _seed(run: Run) -> int:
    return run.network_config.training.seed


def _images(run: Run, part: Part) -> tuple[object, ...]:
    """What decides which images are asked about."""
    data = run.config.data
    if part == "test":
        return data.dataset, data.test_size, data.split_seed if data.test_size is not None else None
    return held_back_images(data)
