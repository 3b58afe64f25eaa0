"""The epochs of a run as a table of comma-separated values."""

import csv
import io
from collections.abc import Sequence

from explorer.config.baseline import BaselineConfig
from explorer.errors import ExportError
from explorer.records import EpochMetrics
from explorer.sharing.outcome import HISTORY_COLUMNS, history_row
from explorer.sharing.source import Source


def history_table(source: Source) -> str:
    """One line an epoch under a line of names; what was not measured is an empty cell.

    Raises:
        ExportError: the run is a baseline, which has no epochs.
    """
    if isinstance(source.run.config, BaselineConfig):
        raise ExportError(
            f"Run {source.run.id} is a baseline and has no epochs to tabulate; export it as JSON."
        )
    return _as_csv(source.epochs)


def _as_csv(epochs: Sequence[EpochMetrics]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history_row(epoch) for epoch in epochs)
    return text.getvalue()
