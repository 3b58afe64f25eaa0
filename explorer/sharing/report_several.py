"""What a lab report says of several runs beside one another."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from explorer.config.baseline import BaselineConfig
from explorer.data.features import inputs_of
from explorer.data.words import duration, setting_in_words, setting_title
from explorer.evaluation.differences import differing_paths, settings_in_effect
from explorer.evaluation.entries import Entry, by_accuracy, entries_of, latest_accuracy
from explorer.evaluation.repeats import reservation
from explorer.evaluation.sweeps import spread
from explorer.models.architecture import count_parameters
from explorer.plots.comparison import Member
from explorer.plots.curves import Measure
from explorer.records import EpochMetrics, Run
from explorer.sharing.document import Block, Figures, Paragraph, Section, Table
from explorer.sharing.report_figures import overlaid
from explorer.sharing.report_words import right_in_words

MOST_LINES = 10
MEASURES: tuple[Measure, ...] = (
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
)
Epochs = Mapping[int, tuple[EpochMetrics, ...]]


def several_sections(runs: Sequence[Run], epochs: Epochs) -> tuple[Section, ...]:
    """The comparison: what came out, what differs, and the curves; repeats stand as mean ± deviation."""
    accuracies = {run.id: latest_accuracy(run, epochs.get(run.id, ())) for run in runs}
    entries = by_accuracy(entries_of(runs, together=True), lambda run: accuracies[run.id])
    sections = [
        Section("In short", tuple(Paragraph(said) for said in _in_short(runs, accuracies))),
        Section("Comparison", tuple(_comparison(entries, epochs, accuracies))),
    ]
    differing = differing_paths(runs)
    if differing:
        sections.append(Section("What differs", (_differences(entries, differing),)))
    trained = [entry for entry in entries if any(epochs.get(run.id) for run in entry.runs)]
    if trained:
        sections.append(Section("Learning curves", tuple(_curves(trained, epochs))))
    return tuple(sections)


def best_run(runs: Sequence[Run]) -> Run | None:
    """The run with the greatest validation accuracy, the first of equals; never chosen by the test set."""
    known = [run for run in runs if run.result is not None and run.result.validation is not None]
    return max(known, key=lambda run: latest_accuracy(run) or 0.0, default=None)


def _in_short(runs: Sequence[Run], accuracies: Mapping[int, float | None]) -> Iterator[str]:
    best = best_run(runs)
    said = f"{len(runs):,} runs, {sum(run.result is not None for run in runs):,} of them with a result."
    if best is None or best.result is None:
        yield said
        return
    yield (
        f"{said} By validation accuracy ({100 * (accuracies[best.id] or 0.0):.2f} %) the best is "
        f"run {best.id}, {best.name}: {right_in_words(best.result.test, 'test')}."
    )
    if reserved := reservation([run for run in runs if accuracies[run.id] is not None]):
        yield reserved


def _comparison(
    entries: Sequence[Entry], epochs: Epochs, accuracies: Mapping[int, float | None]
) -> list[Block]:
    rows = tuple(
        (
            entry.name,
            f"{len(entry.runs):,}",
            _spread(entry, lambda run: accuracies[run.id]),
            _spread(entry, lambda run: run.result.test.accuracy if run.result is not None else None),
            _size(entry.runs[0]),
            _longest(entry, epochs),
        )
        for entry in entries
    )
    head = ("Run", "Runs", "Validation accuracy", "Test accuracy", "Parameters", "Time a run")
    blocks: list[Block] = [Table("Best validation accuracy first", head, rows)]
    if any(len(entry.runs) > 1 for entry in entries):
        note = "Runs that differ only in their seed are one row: mean ± sample standard deviation (n − 1)."
        blocks.append(Paragraph(note))
    return blocks


def _spread(entry: Entry, score: Callable[[Run], float | None]) -> str:
    found = spread([value for run in entry.runs if (value := score(run)) is not None])
    if found is None:
        return "—"
    deviation = "" if found.deviation is None else f" ± {100 * found.deviation:.2f}"
    counted = f" (n = {found.n})" if found.n < len(entry.runs) else ""
    return f"{100 * found.mean:.2f}{deviation} %{counted}"


def _size(run: Run) -> str:
    if isinstance(run.config, BaselineConfig):
        return "—"
    return f"{count_parameters(run.config.network, inputs=inputs_of(run.config.data)):,}"


def _longest(entry: Entry, epochs: Epochs) -> str:
    seconds = [
        run.result.duration_seconds
        if run.result is not None
        else sum(epoch.seconds for epoch in epochs.get(run.id, ()))
        for run in entry.runs
    ]
    return duration(sum(seconds) / len(seconds)) if any(seconds) else "—"


def _differences(entries: Sequence[Entry], paths: Sequence[str]) -> Table:
    """A row an entry, a column a setting; of repeats the seeds are all named."""
    rows = []
    for entry in entries:
        values = [settings_in_effect(run) for run in entry.runs]
        cells = [
            ", ".join(
                dict.fromkeys(
                    setting_in_words(path, value[path]) if path in value else "—" for value in values
                )
            )
            for path in paths
        ]
        rows.append((entry.name, *cells))
    head = ("Run", *(setting_title(path) for path in paths))
    return Table("", head, tuple(rows), texts=len(head))


def _curves(entries: Sequence[Entry], epochs: Epochs) -> list[Block]:
    shown = entries[:MOST_LINES]
    members = [Member(entry.name, tuple(epochs.get(run.id, ()) for run in entry.runs)) for entry in shown]
    papers = tuple(overlaid(members, measure) for measure in MEASURES)
    rest = f" The best {len(shown)} of {len(entries)} are drawn." if len(shown) < len(entries) else ""
    caption = f"The same colour is the same run in every figure; bands are ± a deviation over seeds.{rest}"
    return [Figures(papers, caption)]
