"""The pictures of a lab in its report: curves and unit shares as figures, responses and grids as tables."""

from collections.abc import Mapping, Sequence

from explorer.labs.experiment import Lab
from explorer.labs.judged import Judged
from explorer.labs.pictures import Beside, Curves, Grid, Picture, Response, Units
from explorer.labs.verdict import amount
from explorer.plots.comparison import Member
from explorer.plots.paper import Paper
from explorer.plots.units import DEAD_MEANS, INACTIVE_MEANS, unit_shares
from explorer.records import EpochMetrics
from explorer.sharing.document import Block, Figures, Paragraph, Section, Table
from explorer.sharing.report_figures import overlaid, share_figure
from explorer.storage.store import Store

Lines = Mapping[str, Judged]
Epochs = Mapping[int, tuple[EpochMetrics, ...]]


def picture_sections(store: Store, lab: Lab, lines: Sequence[Judged]) -> tuple[Section, ...]:
    """A section a picture of which something was measured; those that repeat the table are left out."""
    known = {line.experiment.id: line for line in lines}
    shown = [picture for picture in lab.pictures if not isinstance(picture, Beside)]
    wanted = {
        run.id: 0
        for picture in shown
        if isinstance(picture, Curves)
        for name in picture.experiments
        if name in known
        for run in known[name].measured.runs
    }
    epochs = store.epochs_together(wanted) if wanted else {}
    sections = []
    for picture in shown:
        blocks = _blocks(store, picture, known, epochs)
        if blocks:
            about = Paragraph(f"{picture.where}. {picture.says}")
            sections.append(Section(picture.title, (about, *blocks)))
    return tuple(sections)


def _blocks(store: Store, picture: Picture, known: Lines, epochs: Epochs) -> list[Block]:
    match picture:
        case Curves():
            return _curves(picture, known, epochs)
        case Units():
            return _units(store, picture, known)
        case Response():
            return _response(picture, known)
        case Grid():
            return _grid(picture, known)
        case _:  # what is reported beside what is measured: the table tells it
            return []


def _curves(picture: Curves, known: Lines, epochs: Epochs) -> list[Block]:
    members = [
        Member(name, histories)
        for name, experiment in picture.lines.items()
        if experiment in known and (histories := _histories(known[experiment], epochs))
    ]
    if not members:
        return []
    papers = tuple(overlaid(members, measure) for measure in picture.measures)
    bands = " Bands are ± a deviation over seeds." if any(len(each.histories) > 1 for each in members) else ""
    return [Figures(papers, f"A line an experiment, over the epochs.{bands}")]


def _histories(line: Judged, epochs: Epochs) -> tuple[tuple[EpochMetrics, ...], ...]:
    found = (epochs.get(run.id, ()) for run in line.measured.runs)
    return tuple(history for history in found if history)


def _units(store: Store, picture: Units, known: Lines) -> list[Block]:
    papers: list[Paper] = []
    for name, experiment in picture.lines.items():
        runs = known[experiment].measured.runs if experiment in known else ()
        shares = unit_shares(store.epochs(runs[0].id)) if runs else None
        if shares is not None:
            histories = [history for history in (shares.dead, shares.inactive) if history.layers]
            papers += [share_figure(history, of=name) for history in histories]
    if not papers:
        return []
    means = " ".join(text.replace("*", "") for text in (DEAD_MEANS, INACTIVE_MEANS))
    return [Paragraph(means), Figures(tuple(papers), "Of the first repeat of each, a line a layer.")]


def _response(picture: Response, known: Lines) -> list[Block]:
    values = sorted({value for line in picture.lines.values() for value in line})
    rows = [
        (f"{value:g}", *(_measured(known, line.get(value, "")) for line in picture.lines.values()))
        for value in values
    ]
    if picture.without:
        rows.insert(0, ("none", *(_measured(known, picture.without) for _ in picture.lines)))
    if all(cell == "—" for _, *cells in rows for cell in cells):
        return []
    return [Table("", (picture.axis, *picture.lines), tuple(rows))]


def _grid(picture: Grid, known: Lines) -> list[Block]:
    rows = tuple(
        (name, *(_measured(known, experiment) for experiment in cells))
        for name, cells in zip(picture.rows, picture.cells, strict=True)
    )
    if all(cell == "—" for _, *cells in rows for cell in cells):
        return []
    return [Table(picture.column_title, ("", *picture.columns), rows)]


def _measured(known: Lines, experiment: str) -> str:
    """The mean, or that its runs diverged."""
    line = known.get(experiment)
    if line is None:
        return "—"
    if line.measured.mean is None:
        return "diverged" if line.measured.diverged else "—"
    return amount(line.measured.mean, line.experiment)
