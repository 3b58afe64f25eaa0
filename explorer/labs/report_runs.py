"""What a lab's report shows of its main runs: the matrix, the weights, misread images, dead units."""

from collections.abc import Callable, Sequence

from explorer.data.catalog import DATASETS
from explorer.labs.experiment import Lab, Show
from explorer.labs.judged import Judged
from explorer.labs.pictures import Units
from explorer.plots.confusion import confusion_matrix
from explorer.records import Run
from explorer.settings import Settings
from explorer.sharing.document import Block, Figures, Paragraph, Section
from explorer.sharing.report_figures import matrix_figure
from explorer.sharing.report_material import Material, gather
from explorer.sharing.report_run import curves, first_layer, misread_images, unit_shares_over_epochs
from explorer.sharing.report_words import curves_in_words, headline
from explorer.storage.store import Store

MOST_SHOWN = 8  # experiments: a report is to be read
OVER_EPOCHS: dict[Show, Callable[[Material], list[Block]]] = {
    "curves": curves,
    "units": unit_shares_over_epochs,
}
ACCURACIES = ("test_accuracy", "validation_accuracy")


def run_sections(store: Store, settings: Settings, lab: Lab, lines: Sequence[Judged]) -> tuple[Section, ...]:
    """A part for each main experiment that was measured, with what the lab shows of it."""
    are_explained = any(isinstance(picture, Units) for picture in lab.pictures)
    sections = []
    for line in main_lines(lab, lines):
        run = next(run for run in line.measured.runs if run.result is not None)
        sections.append(_section(gather(store, settings, run), line, are_explained=are_explained))
    if not sections:
        return ()
    about = Paragraph("The first repeat of each; of all runs there is more on the pages of the dashboard.")
    return (Section("The main runs", (about,)), *sections)


def main_lines(lab: Lab, lines: Sequence[Judged]) -> tuple[Judged, ...]:
    """The measured experiments that the lab's question asks about, then those with a reported accuracy.

    At most eight, and none twice whose runs are those of another.
    """
    known = {line.experiment.id: line for line in lines}
    asked = [known[name] for name in lab.question.experiments if name in known]
    told = [
        line
        for line in lines
        if line.experiment.figure.metric in ACCURACIES and line.experiment.figure.value is not None
    ]
    chosen: dict[int, Judged] = {}
    for line in (*asked, *told):
        ended = [run.id for run in line.measured.runs if run.result is not None]
        if ended:
            chosen.setdefault(ended[0], line)
    return tuple(chosen.values())[:MOST_SHOWN]


def _section(material: Material, line: Judged, *, are_explained: bool) -> Section:
    """``are_explained``: what dead and inactive mean stands elsewhere in the report."""
    run = material.run
    blocks: list[Block] = [Paragraph(f"Run {run.id}. {' '.join(headline(run))}")]
    for show in line.experiment.shows:
        shown = _shown(show, material)
        blocks += shown[1:] if show == "units" and are_explained else shown
    if material.epochs and "curves" not in line.experiment.shows:
        blocks.append(Paragraph(" ".join(curves_in_words(material.epochs))))
    return Section(line.experiment.title, tuple(blocks), level=3)


def _shown(show: Show, material: Material) -> list[Block]:
    if show in ("confusion", "row_shares"):
        return _matrix(material.run, as_percent=show == "row_shares")
    if show == "weights" and material.weights is not None:
        return first_layer(material)
    if show == "gallery":
        return misread_images(material)
    over_epochs = OVER_EPOCHS.get(show)
    return over_epochs(material) if over_epochs is not None and material.epochs else []


def _matrix(run: Run, *, as_percent: bool) -> list[Block]:
    if run.result is None:
        return []
    matrix = confusion_matrix(run.result.test.confusion, DATASETS[run.config.data.dataset].class_names)
    drawn, table = matrix_figure(matrix, "test", as_percent=as_percent)
    unit = "percent of the images of a row" if as_percent else "test images"
    return [Figures((drawn,), f"Rows are the true class, columns what was answered; in {unit}.", (table,))]
