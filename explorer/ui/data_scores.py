"""Every run on our handwriting, beside its test accuracy; and which drawings one of them misreads."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.data.words import title_of
from explorer.plots.tiles import draw_tiles, tiles
from explorer.records import Run
from explorer.storage.handwriting import DrawnSet
from explorer.ui import cache, guard, state
from explorer.ui.handwriting_scores import Score, score_together
from explorer.ui.looks_at_test import looks_line
from explorer.ui.pace import live_fragment
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

A_PAGE = 20  # runs
MOST_MISREAD = 60  # drawings
POLL_SECONDS = 0.3
RUN = "data.handwriting.run"
PITCH, ZOOM = 32, 2
NO_MODE_BAR = {"displayModeBar": False}


def scores_section(drawn: DrawnSet) -> None:
    """Draw the table, and the misread drawings of the chosen run."""
    st.subheader("How each run reads them")
    runs = [run for run in cache.store().runs() if run.result is not None]
    if not runs:
        st.info(
            "A run has its score here as soon as it has ended.",
            icon=":material/leaderboard:",
            title="No run yet",
        )
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")
        return
    pages, number = -(-len(runs) // A_PAGE), 1
    if pages > 1:
        number = st.pagination(pages, key="data.handwriting.page")
    shown = runs[(number - 1) * A_PAGE : number * A_PAGE]
    _Scores(shown, drawn, score_together(shown, drawn.images)).draw()


class _Scores:
    """The table as a fragment that counts on, a moment at a time, until every run has its score."""

    def __init__(self, runs: Sequence[Run], drawn: DrawnSet, found: dict[int, Score]) -> None:
        self._runs, self._drawn, self._is_whole = runs, drawn, len(found) == len(runs)
        self._first: dict[int, Score] | None = found

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, None if self._is_whole else POLL_SECONDS)

    def _body(self) -> None:
        with guard.in_words():
            found = score_together(self._runs, self._drawn.images) if self._first is None else self._first
            self._first = None
            if len(found) == len(self._runs) and not self._is_whole:
                st.rerun()
            st.dataframe(
                [_row(run, found.get(run.id), self._drawn) for run in self._runs],
                hide_index=True,
                key="data.handwriting.scores",
                column_config={
                    "run": "Run",
                    "test": st.column_config.NumberColumn("Test accuracy", format="%.2f %%"),
                    "our handwriting": "Our handwriting",
                    "learned from": "Learned from",
                    "share": st.column_config.ProgressColumn(
                        "Share", format="%.0f %%", min_value=0, max_value=100
                    ),
                },
            )
            looks_line(self._runs)
            if not self._is_whole:
                st.caption(f"{len(found)} of {len(self._runs)} runs have been asked …")
            for run in self._runs:
                if run.id in found and found[run.id].problem:
                    st.caption(f"{run.id} · {plain(run.name)}: {plain(found[run.id].problem)}")
            _misread(self._runs, found, self._drawn)


def _row(run: Run, score: Score | None, drawn: DrawnSet) -> dict[str, object]:
    words, share = "…", None
    if score is not None and score.answers is None:
        words = "can't be asked"
    elif score is not None:
        right = score.right(drawn.labels)
        words, share = f"{right:,} of {len(drawn):,}", 100 * right / len(drawn)
    return {
        "run": f"{run.id} · {run.name}",
        "test": 100 * run.result.test.accuracy if run.result is not None else None,
        "our handwriting": words,
        "share": share,
        "learned from": title_of(run.config.data.dataset),
    }


def _misread(runs: Sequence[Run], found: dict[int, Score], drawn: DrawnSet) -> None:
    named = {
        run.id: f"{run.id} · {run.name}"
        for run in runs
        if run.id in found and found[run.id].answers is not None
    }
    if not named:
        return
    chosen = state.said(RUN)
    run_id = st.selectbox(
        "What did it misread?",
        list(named),
        list(named).index(chosen) if chosen in named else 0,
        key=state.key_of(RUN),
        format_func=named.__getitem__,
        width=420,
        help="Which run's mistakes on these drawings are shown.",
    )
    answers = found[run_id].answers
    if answers is None:
        return
    wrong = np.flatnonzero(answers != drawn.labels)
    if not len(wrong):
        st.success("It reads every one of them.", icon=":material/check_circle:")
        return
    if len(wrong) > MOST_MISREAD:
        st.caption(f"The newest {MOST_MISREAD} of {len(wrong):,}.")
    newest = wrong[::-1][:MOST_MISREAD]
    captions = [f"{drawn.labels[index]} → {answers[index]}" for index in newest]
    shown = tiles(drawn.images[newest], captions, columns=5 if is_phone() else 10)
    with st.container(width=shown.columns * PITCH * ZOOM):
        st.plotly_chart(
            draw_tiles(shown, zoom=ZOOM),
            key="data.handwriting.misread",
            config=NO_MODE_BAR,
            alt=f"Drawings that {plain(named[run_id])} misreads: what they show, and what it says",
        )
