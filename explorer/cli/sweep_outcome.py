"""What runs of a sweep will cost, and what they came to: a table, the best by validation, and JSON."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from explorer.cli.output import STDOUT, write_json
from explorer.cli.words import counted, table
from explorer.config.run import RunConfig
from explorer.config.searching import Objective
from explorer.data.features import inputs_of
from explorer.data.words import duration, in_short
from explorer.evaluation.repeats import reservation
from explorer.evaluation.sweeps import SCORES, Score, Spread, SweepPoint, best_point, summarise
from explorer.jobs.cost import likely_device
from explorer.jobs.group_cost import estimate_group
from explorer.jobs.median_rule import was_hopeless
from explorer.models.architecture import count_parameters
from explorer.records import Run
from explorer.settings import Settings
from explorer.sharing.outcome import outcome
from explorer.storage.store import Store

HEADER = ("runs", "validation accuracy", "test accuracy", "")


def cost_in_words(store: Store, settings: Settings, configs: Sequence[RunConfig], runs: int) -> str:
    """What so many runs like these will cost; each config is one of a batch that trains together."""
    cost = estimate_group(store, settings, configs)
    sizes = sorted({count_parameters(each.network, inputs=inputs_of(each.data)) for each in configs})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{in_short(sizes[0])} to {in_short(sizes[-1])}"
    line = f"{counted(runs, 'run')} of {size} parameters"
    if cost.seconds is None:
        return f"{line}; how long they take is not known before one has been trained here."
    device = likely_device(settings, configs[0].training.device)
    together = ", trained together" if cost.stacks < cost.runs else ""
    return f"{line}, about {duration(cost.seconds * runs / len(configs))} on {device}{together}."


def tell_outcome(
    store: Store,
    group: str,
    fields: Sequence[str],
    json_path: str | None,
    *,
    quiet: bool,
    objective: Objective = "validation_accuracy",
) -> None:
    """Prints and writes what the runs of the group came to, also when they were cut short."""
    runs = store.runs(group=group)[::-1]
    points = summarise(runs, fields)
    if runs and not quiet:
        said = (in_words(points, fields, objective), _hopeless(runs), reservation(runs))
        words = "\n".join(each for each in said if each)
        print(words, file=sys.stderr if json_path == STDOUT else sys.stdout)
    if runs and json_path is not None:
        objects = [outcome(run, store.epochs(run.id)) for run in runs]
        write_json(json_path, {"runs": objects, "summary": [summary_line(point) for point in points]})


def summary_line(point: SweepPoint) -> dict[str, Any]:
    """One value of the sweep (or pair of values) as ``--json`` tells it; scores that no run has are None."""
    return {
        "values": dict(point.values),
        "run_ids": list(point.run_ids),
        "n": point.n,
        "failed": point.failed,
        "diverged": point.diverged,
        **{name: _as_json(point.score(name)) for name in SCORES},
    }


def in_words(
    points: Sequence[SweepPoint], fields: Sequence[str], objective: Objective = "validation_accuracy"
) -> str:
    """A table with a line for each value, and which one is best by validation."""
    rows = [
        (
            *(_word(point.value(field)) for field in fields),
            str(len(point.run_ids)),
            _accuracy(point, "validation_accuracy"),
            _accuracy(point, "test_accuracy"),
            _failures(point),
        )
        for point in points
    ]
    return f"{table((*fields, *HEADER), rows)}\n{_best_in_words(points, objective)}"


def _best_in_words(points: Sequence[SweepPoint], objective: Objective) -> str:
    best = best_point(points, objective)
    if best is None:
        return "No best is named: no run has a validation accuracy to choose by."
    values = ", ".join(f"{field}={_word(value)}" for field, value in best.values)
    loss = best.score("validation_loss")
    told = f", loss {loss.mean:.4f}" if objective == "validation_loss" and loss is not None else ""
    return f"Best by validation: {values} ({_accuracy(best, 'validation_accuracy')}{told})."


def _hopeless(runs: Sequence[Run]) -> str:
    stopped = sum(was_hopeless(run) for run in runs)
    return f"{counted(stopped, 'run')} ended early: below the median of the others." if stopped else ""


def _accuracy(point: SweepPoint, name: Score) -> str:
    score = point.score(name)
    if score is None:
        return "–"
    return f"{score.mean:.2%}" + (f" ± {score.deviation:.2%}" if score.deviation is not None else "")


def _failures(point: SweepPoint) -> str:
    if not point.failed:
        return ""
    diverged = f", {point.diverged} of them diverged" if point.diverged < point.failed else " (diverged)"
    return f"{counted(point.failed, 'run')} failed{diverged if point.diverged else ''}"


def _as_json(score: Spread | None) -> dict[str, float | None] | None:
    return None if score is None else {"mean": score.mean, "std": score.deviation}


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
