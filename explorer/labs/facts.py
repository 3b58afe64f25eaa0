"""What the runs of an experiment say in a sentence: their answers, dead units, where they ended."""

from collections.abc import Sequence

from explorer.data.catalog import DATASETS
from explorer.data.words import setting_title, title_of
from explorer.evaluation.sweeps import is_diverged
from explorer.records import Evaluation, Run, RunResult, RunStatus

MANY = 0.1  # of the units: fewer dead ones are common
NEARLY_ALL = 0.99  # of the answers: from there on it is one answer for everything


def facts(runs: Sequence[Run]) -> tuple[str, ...]:
    """Sentences about the runs that have ended; what several say alike is said once, with their seeds."""
    found: dict[str, list[int]] = {}
    ended = [run for run in runs if run.status is RunStatus.FINISHED or is_diverged(run)]
    for run in ended:
        for fact in facts_of(run):
            found.setdefault(fact, []).append(getattr(getattr(run.config, "training", None), "seed", 0))
    return tuple(_whose(fact, seeds, len(ended)) for fact, seeds in found.items())


def facts_of(run: Run) -> tuple[str, ...]:
    """Those of one run, the most telling first."""
    if is_diverged(run):
        return (f"It diverged. {run.reason}",)
    result = run.network_result
    if result is None:
        return ()
    names = DATASETS[run.config.data.dataset].class_names
    told = (one_answer(result.test, names), dead_units(result), where_it_stopped(run, result))
    return tuple(fact for fact in told if fact)


def one_answer(evaluation: Evaluation, names: Sequence[str]) -> str:
    """That nearly all images are given one class, and what follows for the accuracy; else empty."""
    answered = [sum(column) for column in zip(*evaluation.confusion, strict=True)]
    most = max(range(len(answered)), key=answered.__getitem__)
    if not evaluation.images or answered[most] < NEARLY_ALL * evaluation.images:
        return ""
    of_this = sum(evaluation.confusion[most])
    every = "every test image" if answered[most] == evaluation.images else "nearly every test image"
    return (
        f"It answers “{names[most]}” to {every}: {of_this:,} of {evaluation.images:,} are of this class, "
        f"so {_percent(evaluation.accuracy)} are right."
    )


def dead_units(result: RunResult) -> str:
    """How many hidden units say the same of every image; empty where few do."""
    layers = [(layer.dead_share, layer.units) for layer in result.layers if layer.dead_share is not None]
    units = sum(count for _, count in layers)
    dead = round(sum((share or 0.0) * count for share, count in layers))
    if not dead or dead < MANY * units:
        return ""
    which = f"All {units:,}" if dead == units else f"{dead:,} of {units:,}"
    return f"{which} hidden units are dead: {'each says' if dead > 1 else 'it says'} the same of every image."


def where_it_stopped(run: Run, result: RunResult) -> str:
    """Why training ended where it did, of a run that could stop by itself; else empty."""
    training = run.network_config.training
    if training.patience is None:
        return ""
    watched = title_of(training.monitor)
    if result.epochs_run < training.epochs:
        return (
            f"It stopped after epoch {result.epochs_run} of at most {training.epochs}: no better "
            f"{watched.lower()} for {training.patience} epochs, the best was in epoch {result.best_epoch}."
        )
    return (
        f"It took all {training.epochs} epochs: {watched.lower()} was best in epoch {result.best_epoch} "
        f"({setting_title('training.patience').lower()} {training.patience})."
    )


def _whose(fact: str, seeds: Sequence[int], every: int) -> str:
    if every == 1:
        return fact
    if len(seeds) == every:
        return f"Each run: {fact}"
    named = ", ".join(str(seed) for seed in sorted(seeds))
    return f"Seed{'s' * (len(seeds) > 1)} {named}: {fact}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}\N{NO-BREAK SPACE}%"
