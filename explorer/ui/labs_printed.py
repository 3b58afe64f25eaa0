"""The tables that a report prints, beside the mean of the runs: confusion matrices, scores of classes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.labs.experiment import Experiment, Lab
from explorer.labs.printed import ConfusionPair, Counts, ScorePair, confusion_pairs, score_pairs
from explorer.plots.confusion import ConfusionMatrix, confusion_matrix, draw_confusion
from explorer.records import Run
from explorer.ui.labs_pictures import CONFIG
from explorer.ui.wording import plain

WIDTH = 420  # pixels of a matrix
SCORES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


def printed(lab: Lab, experiment: Experiment, runs: Sequence[Run]) -> None:
    """Draw them; before a run has ended, say so."""
    matrices, scores = confusion_pairs(lab, experiment, runs), score_pairs(lab, experiment, runs)
    if not matrices and not scores:
        st.info(
            "They are set beside the means of its runs as soon as one has ended.", icon=":material/table:"
        )
        return
    names = DATASETS[runs[0].config.data.dataset].class_names
    for number, pair in enumerate(matrices):
        _matrices(pair, names, number)
    if scores:
        _scores(scores, names)


def _matrices(pair: ConfusionPair, names: Sequence[str], number: int) -> None:
    unit = "percent of each row" if pair.as_shares else "images"
    st.markdown(f"**{plain(pair.printed.title)}** · {plain(pair.printed.where)}, {unit}")
    with st.container(horizontal=True, gap="medium"):
        for title, counts in (("Reported", pair.reported), ("Measured, mean of the runs", pair.measured)):
            drawn = _matrix(counts, names, as_shares=pair.as_shares)
            with st.container(width=WIDTH):
                st.caption(title)
                st.plotly_chart(
                    draw_confusion(drawn, as_shares=pair.as_shares),
                    key=f"labs.printed:{number}:{title}",
                    config=CONFIG,
                    alt=f"{pair.printed.title}: {title.lower()}",
                )


def _matrix(counts: Counts, names: Sequence[str], *, as_shares: bool) -> ConfusionMatrix:
    """The matrix; of shares the sentences leave out how many images there were, which nobody printed."""
    drawn = confusion_matrix(counts, names)
    if not as_shares:
        return drawn
    sentences = tuple(
        tuple(
            f"{names[true]} read as {names[answer]}: {100 * share:.2f} %" for answer, share in enumerate(row)
        )
        for true, row in enumerate(drawn.shares)
    )
    return replace(drawn, sentences=sentences)


def _scores(pairs: Sequence[ScorePair], names: Sequence[str]) -> None:
    where = "; ".join(pair.printed.where for pair in pairs)
    st.markdown(f"**Scores of each class** · {plain(where)}")
    columns: dict[str, Any] = {"Class": list(names)}
    for pair in pairs:
        columns[f"{SCORES[pair.score]}, reported"] = pair.reported
        columns[f"{SCORES[pair.score]}, measured"] = pair.measured
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        column_config={"Class": st.column_config.TextColumn(pinned=True)}
        | {name: number for name in columns if name != "Class"},
        key="labs.printed.scores",
        alt="Reported and measured scores of each class",
    )
    told = [
        f"{SCORES[pair.score]}: {len(names) - pair.off} of {len(names)} classes within "
        f"{pair.printed.tolerance:g}"
        for pair in pairs
    ]
    st.caption(f"Tolerances were stated before anything was run. {plain('; '.join(told))}.")
