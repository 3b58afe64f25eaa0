"""What is compared: single runs, and runs that differ only in their seed as one entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.config.run import RunConfig
from explorer.records import EpochMetrics, Run

SEEDS_NAMED = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A run, or repeats in the order of their numbers, under a name that no other entry has."""

    name: str
    runs: tuple[Run, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The numbers of its runs."""
        return tuple(run.id for run in self.runs)

    @property
    def is_active(self) -> bool:
        """Whether one of its runs waits or trains."""
        return any(run.status.is_active for run in self.runs)


def run_name(run: Run) -> str:
    """A name that no other run has: its number and its own name."""
    return f"{run.id} · {run.name}"


def entries_of(runs: Sequence[Run], *, together: bool) -> tuple[Entry, ...]:
    """The runs as entries, in the order of their first runs; ``together`` makes one entry of repeats.

    Runs of equal settings and equal seeds are no repeats: each stands for itself.
    """
    if not together:
        return tuple(Entry(run_name(run), (run,)) for run in runs)
    found: dict[tuple[str, int], list[Run]] = {}
    times: dict[tuple[str, int], int] = {}
    for run in runs:
        settings, seed = _apart(run)
        times[settings, seed] = times.get((settings, seed), 0) + 1
        found.setdefault((settings, times[settings, seed]), []).append(run)
    return tuple(_entry(sorted(same, key=lambda run: run.id)) for same in found.values())


def latest_accuracy(run: Run, epochs: Sequence[EpochMetrics] = ()) -> float | None:
    """The validation accuracy of the weights that are kept; of a run without a result its newest epoch's."""
    if run.result is not None:
        return run.result.validation.accuracy if run.result.validation is not None else None
    return epochs[-1].validation_accuracy if epochs else None


def by_accuracy(entries: Sequence[Entry], accuracy_of: Callable[[Run], float | None]) -> list[Entry]:
    """The entries by their mean validation accuracy, best first; those that have none last, as they came."""

    def rank(entry: Entry) -> float:
        known = [value for run in entry.runs if (value := accuracy_of(run)) is not None]
        return -sum(known) / len(known) if known else 0.0

    return sorted(entries, key=rank)


def _apart(run: Run) -> tuple[str, int]:
    """All settings but the seed as one text, and the seed."""
    config = run.config
    if isinstance(config, RunConfig):
        return config.model_dump_json(exclude={"training": {"seed"}}), config.training.seed
    return config.model_dump_json(exclude={"seed"}), config.seed


def _entry(runs: Sequence[Run]) -> Entry:
    if len(runs) == 1:
        return Entry(run_name(runs[0]), tuple(runs))
    numbers = [str(run.id) for run in runs[:SEEDS_NAMED]] + ["…"] * (len(runs) > SEEDS_NAMED)
    return Entry(f"{runs[0].name} · {len(runs)} seeds (runs {', '.join(numbers)})", tuple(runs))
