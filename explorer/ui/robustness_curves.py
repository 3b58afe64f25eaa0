"""Robustness curves of the chosen runs: one change with its images and numbers, or all nine small."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from explorer.evaluation.change_levels import CHANGE_LEVELS, ChangeLevels
from explorer.plots.robustness import (
    CLASSES,
    Robustness,
    draw_legend,
    draw_robustness,
    most_telling,
    robustness,
)
from explorer.storage.arrays import Arrays
from explorer.ui.answers import answer
from explorer.ui.answers_together import Question, together
from explorer.ui.robustness_runs import Subject
from explorer.ui.robustness_words import EXPLAINED, caption, sentence
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

PART = "validation"
VIEW = "robustness.curves"
SMALL_WIDTH = 410
LEVEL_WIDTH, NARROW = 140, 108  # eight levels, and ten, beside one another
ENLARGED, GAP, A_ROW = 3, 2, 4
WAITING = "Changing images and asking …"
TOOLS = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}


def one_change(subjects: Sequence[Subject], change: ChangeLevels, images: int | None) -> None:
    """Draw the runs' curves under one change, and what the change looks like; all images where None."""
    st.caption(EXPLAINED[change.name])
    together(
        VIEW,
        _questions(subjects, [change], images),
        lambda found: _one(_measured(subjects, change, found)),
        waiting=WAITING,
    )
    first = subjects[0]
    st.markdown("**What the network is asked to read**")
    answer(
        "robustness.images",
        "changed_images",
        {"run_id": first.run.id, "epoch": first.epoch, "part": PART, "change": change.name},
        lambda arrays: _pictures(change, arrays["images"], first),
        run_id=first.run.id,
        waiting="Changing images …",
        keeps_last=False,
    )


def overview(subjects: Sequence[Subject], images: int | None) -> None:
    """Draw the runs' curves under every change."""
    changes = list(CHANGE_LEVELS.values())
    together(
        VIEW,
        _questions(subjects, changes, images),
        lambda found: _all(subjects, [_measured(subjects, change, found) for change in changes]),
        waiting=WAITING,
    )


def _questions(
    subjects: Sequence[Subject], changes: Sequence[ChangeLevels], images: int | None
) -> dict[str, Question]:
    portion = {} if images is None else {"images": images}
    return {
        f"{subject.run.id}:{change.name}": Question(
            subject.name,
            "robustness",
            {
                "run_id": subject.run.id,
                "epoch": subject.epoch,
                "part": PART,
                "change": change.name,
                **portion,
            },
            subject.run.id,
        )
        for change in changes
        for subject in subjects
    }


def _measured(subjects: Sequence[Subject], change: ChangeLevels, found: Mapping[str, Arrays]) -> Robustness:
    classes = {len(subject.run.config.data.labels) or CLASSES for subject in subjects}
    return robustness(change, _shares(subjects, change, found), classes)


def _shares(
    subjects: Sequence[Subject], change: ChangeLevels, found: Mapping[str, Arrays]
) -> dict[str, Sequence[float]]:
    shares: dict[str, Sequence[float]] = {}
    for subject in subjects:
        arrays = found.get(f"{subject.run.id}:{change.name}")
        shares[subject.name] = () if arrays is None else arrays["accuracies"].tolist()
    return shares


def _one(drawn: Robustness) -> None:
    said = sentence(drawn)
    if said:
        st.markdown(plain(said))
    left, right = st.columns([5, 2], gap="medium")
    with left:
        st.plotly_chart(
            draw_robustness(drawn),
            key=f"robustness:{drawn.change}",
            config={"displayModeBar": False} if is_phone() else TOOLS,  # it would cover the legend
            alt=f"Accuracy over {drawn.axis}. {said}",
        )
    table = values_table(drawn)
    if not table.empty:
        with right:
            st.dataframe(
                table,
                hide_index=True,
                height=35 * (len(table) + 1) + 2,
                column_config={
                    name: st.column_config.NumberColumn(format="%.1f %%") for name in table.columns[1:]
                },
                placeholder="…",
                alt=f"Accuracy of each run at each level of {drawn.title.lower()}",
            )


def values_table(drawn: Robustness) -> pd.DataFrame:
    """One row a level that some run has reached, one column a run, in percent."""
    longest = max((curve.levels for curve in drawn.curves), key=len, default=())
    marks = {level: " (unchanged)" if level == drawn.none else "" for level in longest}
    rows = {drawn.title: [caption(drawn.change, level) + marks[level] for level in longest]}
    values = {
        f"Run {curve.name.partition(' ')[0]}": [
            *curve.accuracies,
            *[None] * (len(longest) - len(curve.accuracies)),
        ]
        for curve in drawn.curves
    }
    return pd.DataFrame(rows | values)


def _pictures(change: ChangeLevels, images: np.ndarray, subject: Subject) -> None:
    """The same digits at each level, (levels, N, 28, 28)."""
    factor = 100 if change.name == "shuffling" else 1
    wide = LEVEL_WIDTH if len(change.levels) <= 8 else NARROW
    with st.container(horizontal=True, gap="small"):
        for level, digits in zip(change.levels, images, strict=True):
            words = caption(change.name, factor * level)
            with st.container(width=wide, gap=None):
                st.image(sheet(digits), width="stretch", alt=f"{len(digits)} digits, {words}")
                st.caption(f"**{words}** · unchanged" if level == change.none else words)
    st.caption(f"{images.shape[1]} validation images of run {subject.run.id}, the same at every level.")


def sheet(digits: np.ndarray) -> np.ndarray:
    """Digits (N, height, width) uint8 side by side, four in a row, enlarged without smoothing."""
    count, height, width = digits.shape
    rows = -(-count // A_ROW)
    made = np.full((rows * (height + GAP) - GAP, A_ROW * (width + GAP) - GAP), 128, np.uint8)
    for number, digit in enumerate(digits):
        top, left = number // A_ROW * (height + GAP), number % A_ROW * (width + GAP)
        made[top : top + height, left : left + width] = digit
    return made.repeat(ENLARGED, 0).repeat(ENLARGED, 1)


def _all(subjects: Sequence[Subject], every: Sequence[Robustness]) -> None:
    said = _widest(every)
    if said:
        st.markdown(plain(said))
    names = [subject.name for subject in subjects]
    st.plotly_chart(
        draw_legend(names),
        key="robustness.legend",
        config={"displayModeBar": False},
        alt=f"The lines: {', '.join(names)}",
    )
    with st.container(horizontal=True, gap="small"):
        for drawn in every:
            with st.container(width=SMALL_WIDTH):
                st.plotly_chart(
                    draw_robustness(drawn, is_small=True),
                    key=f"robustness.small:{drawn.change}",
                    config={"displayModeBar": False},
                    alt=f"{drawn.title}: accuracy (%) over {drawn.axis}. {sentence(drawn)}",
                )
    flat = "" if any(drawn.guessing is None for drawn in every) else ", the flat one guessing"
    st.caption(f"Accuracy in percent; the dotted upright line is the unchanged image{flat}.")
    table = means_table(every)
    if not table.empty:
        st.markdown("**Mean accuracy over the levels of each change** (without the unchanged images)")
        st.dataframe(
            table,
            hide_index=True,
            column_config={
                "Change": st.column_config.TextColumn(width=140),
                **{
                    name: st.column_config.NumberColumn(format="%.1f %%", width=80)
                    for name in table.columns[1:]
                },
            },
            height=35 * (len(table) + 1) + 2,
            width="content",
            alt="Mean accuracy of each run under each change",
        )


def means_table(every: Sequence[Robustness]) -> pd.DataFrame:
    """One row a change of which every run has all levels, one column a run: mean over the changed levels."""
    rows = []
    for drawn in every:
        levels = drawn.common_levels
        if levels and levels[-1] == drawn.range[1]:
            means = np.mean([drawn.accuracies_at(level) for level in levels if level != drawn.none], axis=0)
            names = [f"Run {curve.name.partition(' ')[0]}" for curve in drawn.curves]
            rows.append({"Change": drawn.title} | dict(zip(names, means.tolist(), strict=True)))
    return pd.DataFrame(rows)


def _widest(every: Sequence[Robustness]) -> str:
    """Under which change the runs differ most, with its figures; of one run, under which it loses most."""
    found = [(drawn, level) for drawn in every if (level := most_telling(drawn)) is not None]
    if not found:
        return ""
    if len(found[0][0].curves) == 1:
        drawn, level = min(found, key=lambda pair: pair[0].accuracies_at(pair[1])[0])
        return f"Most is lost under {drawn.title.lower()}. {sentence(drawn)}"
    drawn, level = max(found, key=lambda pair: pair[0].spread_at(pair[1]))
    return f"The runs differ most under {drawn.title.lower()}. {sentence(drawn)}"
