"""The figures of a report, from the same values as those on the screen."""

from collections.abc import Sequence

from explorer.plots.comparison import Member, overlay
from explorer.plots.confusion import ConfusionMatrix
from explorer.plots.curves import TITLES as MEASURES
from explorer.plots.curves import Measure
from explorer.plots.layers import TITLES, LayerHistory
from explorer.plots.paper import Paper
from explorer.plots.paper_confusion import draw_matrix
from explorer.plots.paper_curves import Curve, Plot, draw_plot
from explorer.plots.training import Trace, training_curves
from explorer.records import EpochMetrics
from explorer.sharing.document import Table
from explorer.sharing.report_material import Material

MOST_ROWS = 20


def learning_curves(material: Material) -> tuple[Paper, ...]:
    """Loss and accuracy over the epochs, after the curves of the runs that it branched off from."""
    run = material.run
    curves = training_curves(
        material.steps,
        material.epochs,
        total_steps=run.total_steps,
        planned_epochs=run.network_config.training.epochs,
        is_over=True,
        ancestors=material.ancestors,
        changes=run.changes,
    )
    steps = curves.steps_per_epoch or 1.0
    marked = tuple((mark.place / steps, mark.text) for mark in curves.marks)
    plots = (
        Plot(
            panel.title,
            "epoch",
            tuple(_curve(trace, steps) for trace in panel.traces),
            panel.summary,
            panel.is_share,
            marked=marked,
        )
        for panel in curves.panels
    )
    return tuple(draw_plot(plot) for plot in plots)


def _curve(trace: Trace, steps_per_epoch: float) -> Curve:
    return Curve(
        f"{trace.name}, {trace.of}" if trace.of else trace.name,
        tuple(place / steps_per_epoch for place in trace.places),
        trace.values,
        trace.low,
        trace.high,
        trace.color,
        has_dots=trace.is_dotted and not trace.of,
        is_quiet=bool(trace.of),
    )


def epoch_table(epochs: Sequence[EpochMetrics]) -> Table:
    """Loss and accuracy after each epoch; of many epochs some, evenly chosen, with the first and the last."""
    count = len(epochs)
    chosen = list(range(count))
    if count > MOST_ROWS:
        chosen = sorted({round(place * (count - 1) / (MOST_ROWS - 1)) for place in range(MOST_ROWS)})
    rows = tuple(
        (
            f"{epoch.epoch:,}",
            f"{epoch.train_loss:.4g}",
            _percent(epoch.train_accuracy),
            "—" if epoch.validation_loss is None else f"{epoch.validation_loss:.4g}",
            _percent(epoch.validation_accuracy),
            f"{epoch.learning_rate:.4g}",
        )
        for epoch in (epochs[place] for place in chosen)
    )
    left_out = f" ({len(rows)} of {count:,} epochs)" if len(rows) < count else ""
    head = (
        "Epoch", "Training loss", "Training accuracy", "Validation loss", "Validation accuracy",
        "Learning rate",
    )  # fmt: skip
    return Table(f"After each epoch{left_out}", head, rows, texts=0)


def matrix_figure(matrix: ConfusionMatrix, part: str, *, as_percent: bool = False) -> tuple[Paper, Table]:
    """The confusion matrix as a figure, and its counts, or percentages of each row, as a table."""

    def said(true: int, answer: int) -> str:
        count = matrix.counts[true][answer]
        if not count:
            return ""
        return f"{100 * matrix.shares[true][answer]:.1f}" if as_percent else f"{count:,}"

    places = range(len(matrix.names))
    rows = tuple((matrix.names[true], *(said(true, answer) for answer in places)) for true in places)
    head = ("true \\ predicted", *matrix.names)
    unit = ", percent of each row" if as_percent else ""
    title = f"Confusion matrix, {part} images{unit}"
    return draw_matrix(matrix, title, as_percent=as_percent), Table("", head, rows)


def share_figure(history: LayerHistory, of: str = "") -> Paper:
    """Dead or inactive shares, a line a layer; ``of`` whom, where several stand side by side."""
    lines = tuple(
        Curve(
            f"{layer.name} ({layer.units:,} units)",
            tuple(float(epoch) for epoch in layer.epochs),
            layer.values,
            color=number,
            has_dots=True,
        )
        for number, layer in enumerate(history.layers)
    )
    title = TITLES[history.measure]
    parts = "; ".join(f"{layer.name} {100 * layer.values[-1]:.1f} % at last" for layer in history.layers)
    title = f"{of}: {title}" if of else title[:1].upper() + title[1:]
    return draw_plot(Plot(title, "epoch", lines, parts, is_share=True, reach=(0.0, 1.0)))


def overlaid(members: Sequence[Member], measure: Measure) -> Paper:
    """One measure of several runs over the epochs; repeats are a mean with a band of ± a deviation."""
    made = overlay(members, measure, "epoch")
    lines = tuple(
        Curve(line.name, line.places, line.values, line.low, line.high, number, has_dots=True)
        for number, line in enumerate(made.lines)
        if line.values
    )
    title = MEASURES[measure]
    return draw_plot(
        Plot(title[:1].upper() + title[1:], "epoch", lines, made.summary, is_share=made.is_share)
    )


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.2f} %"
