"""Another run to hold a confusion matrix against: which there are, and what it answered."""

from collections.abc import Sequence

import streamlit as st

from explorer.data.partition import held_back_images
from explorer.records import Evaluation, Run, RunStatus
from explorer.ui import cache
from explorer.ui.results_numbers import evaluations
from explorer.ui.wording import plain

LOOKED_AT = 100  # of the newest ended runs
OFFERED = 20


def other_run(run: Run, part: str) -> tuple[Run, Evaluation] | None:
    """The run chosen to compare with, and its result on the part; None, said in words, without one."""
    offered = comparable(run, cache.store().runs(statuses=(RunStatus.FINISHED, RunStatus.STOPPED),
                                                 limit=LOOKED_AT), part)  # fmt: skip
    if not offered:
        st.caption(
            f"No other ended run was asked about the same {part.lower()} images: train one with the same "
            f"dataset and the same validation split to compare."
        )
        return None
    names = {other.id: f"{other.id} · {other.name}" for other, _ in offered}
    chosen = st.selectbox(
        "Less the row % of run",
        list(names),
        format_func=names.__getitem__,
        key=f"mistakes.other:{run.id}",
        width=300,
        label_visibility="collapsed",
        help="Runs on the same images, newest first.",
    )
    return next((pair for pair in offered if pair[0].id == chosen), offered[0])


def comparable(run: Run, others: Sequence[Run], part: str) -> list[tuple[Run, Evaluation]]:
    """The runs that answered the same images of a part, with what they came to, in the order given."""
    images, found = held_back_images(run.config.data), []
    for other in others:
        if other.id == run.id or other.result is None or held_back_images(other.config.data) != images:
            continue
        evaluation = evaluations(other.result).get(part)
        if evaluation is not None and (part != "Test" or _tests(other) == _tests(run)):
            found.append((other, evaluation))
    return found[:OFFERED]


def other_in_words(other: Run, evaluation: Evaluation, part: str) -> str:
    """What is subtracted."""
    return (
        f"Points of row %: this network less run {other.id} ({plain(other.name)}), whose result on the "
        f"{part.lower()} images is {evaluation.correct:,} of {evaluation.images:,} right. "
        f"Orange: more often here; blue: less often."
    )


def _tests(run: Run) -> int | None:
    return run.config.data.test_size
