"""The tables that a report prints, beside what was measured, in the report of its lab."""

from collections.abc import Sequence

from explorer.data.catalog import DATASETS
from explorer.labs.experiment import Lab
from explorer.labs.judged import Judged
from explorer.labs.printed import ConfusionPair, ScorePair, confusion_pairs, score_pairs
from explorer.plots.confusion import confusion_matrix
from explorer.plots.paper_confusion import draw_matrix
from explorer.sharing.document import Block, Figures, Section, Table

SCORES = {"precision": "precision", "recall": "recall", "f1": "F1"}


def printed_sections(lab: Lab, lines: Sequence[Judged]) -> tuple[Section, ...]:
    """A section with a part for each experiment of which the report prints a table and a run has ended."""
    sections = []
    for line in lines:
        runs = line.measured.runs
        names = DATASETS[lab.configs_of(line.experiment)[0].data.dataset].class_names
        blocks: list[Block] = [
            *(_matrices(pair, names) for pair in confusion_pairs(lab, line.experiment, runs)),
            *(_scores(pair, names) for pair in score_pairs(lab, line.experiment, runs)),
        ]
        if blocks:
            sections.append(Section(line.experiment.title, tuple(blocks), level=3))
    return (Section("Tables of the report, beside the mean over the runs", ()), *sections) if sections else ()


def _matrices(pair: ConfusionPair, names: Sequence[str]) -> Figures:
    papers = tuple(
        draw_matrix(confusion_matrix(counts, names), title, as_percent=pair.as_shares)
        for counts, title in ((pair.reported, "Reported"), (pair.measured, "Measured"))
    )
    unit = "percent of the images of a row" if pair.as_shares else "test images"
    caption = f"{pair.printed.title} ({pair.printed.where}). Rows are the true class; in {unit}."
    return Figures(papers, caption)


def _scores(pair: ScorePair, names: Sequence[str]) -> Table:
    rows = tuple(
        (name, f"{reported:.3f}", f"{measured:.3f}", _signed(measured - reported))
        for name, reported, measured in zip(names, pair.reported, pair.measured, strict=True)
    )
    printed, near = pair.printed, len(rows) - pair.off
    caption = f"{printed.title} ({printed.where}): {near} of {len(rows)} within {printed.tolerance:g}"
    score = SCORES[pair.score]
    return Table(caption, ("Class", f"Reported {score}", "Measured", "Difference"), rows)


def _signed(difference: float) -> str:
    return f"{round(difference, 3) + 0.0:+.3f}".replace("-", "−")  # never a minus zero
