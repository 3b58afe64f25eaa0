"""The validation images on which two runs disagree, as tiles to be clicked."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config.run import RunConfig
from explorer.data.catalog import DATASETS
from explorer.evaluation.agreement import Agreement, agreement, chance_of
from explorer.plots.tiles import draw_tiles, tiles
from explorer.records import Run
from explorer.ui import cache, state
from explorer.ui.compare_pair import Pair, answers_of, cannot_disagree, moment_of, named, pick_pair
from explorer.ui.run_views import show_image
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

NO_MODE_BAR = {"displayModeBar": False}
TILES = 24  # of a page
PICKED = "compare.image"

Answers = NDArray[np.uint8]


def images(runs: Sequence[Run]) -> None:
    """Let A and B be picked; count who is right, and show the images that one of them or both misread."""
    pair = pick_pair(runs)
    if pair is None:
        return
    reason = cannot_disagree(pair)
    if reason:
        st.info(reason, icon=":material/difference:")
        return
    labels = cache.validation_labels(pair.first.config.data)
    both = [answers_of(run) for run in pair.runs]
    without = [letter for letter, own in zip("AB", both, strict=True) if len(own) != len(labels)]
    if without:
        st.info(
            f"The answers of {' and '.join(without)} to the validation images are not there: the run ended "
            "before an epoch was finished, or its files are gone.",
            icon=":material/difference:",
        )
        return
    found = agreement(labels, both[0], both[1])
    _counts(pair, found)
    groups = {
        f"Only A right ({len(found.only_first):,})": found.only_first,
        f"Only B right ({len(found.only_second):,})": found.only_second,
        f"Both wrong ({len(found.both_wrong):,})": found.both_wrong,
    }
    labelled = dict(zip(("first", "second", "neither"), groups, strict=True))
    kind = st.segmented_control(
        "Images", list(labelled), default="first", required=True, key="compare.agreement",
        format_func=lambda name: labelled[name], label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    _gallery(pair, groups[labelled[str(kind)]], labels, both, str(kind))


def _counts(pair: Pair, found: Agreement) -> None:
    with st.container(horizontal=True):
        for label, indices in (
            ("Both right", found.both_right),
            ("Only A right", found.only_first),
            ("Only B right", found.only_second),
            ("Both wrong", found.both_wrong),
        ):
            st.metric(label, f"{len(indices):,}", border=True, width=150)
    first, second = len(found.only_first), len(found.only_second)
    moments = f"A answers {moment_of(pair.first)}, B {moment_of(pair.second)}."
    st.caption(f"{named(pair)} {moments} {_verdict(first, second)}")


def _verdict(first: int, second: int) -> str:
    if first == second:
        return "Neither is ahead." if first else "They are right about the very same images."
    chance = chance_of(first, second)
    ahead = "A" if first > second else "B"
    said = f"{chance:.2g}" if chance >= 1e-4 else "less than 0.0001"
    meaning = "so it is more than chance" if chance < 0.05 else "so it may well be chance"
    return (
        f"{ahead} is ahead by {abs(first - second):,}; were both equally good, a lead at least this large "
        f"would come with probability {said} (McNemar's exact test), {meaning}."
    )


def _gallery(
    pair: Pair, indices: NDArray[np.int64], labels: Answers, both: Sequence[Answers], kind: str
) -> None:
    if not len(indices):
        st.caption("There is no such image.")
        return
    pages = ceil(len(indices) / TILES)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=f"compare.page:{kind}:{pair.first.id}:{pair.second.id}")
    shown = indices[(page - 1) * TILES : page * TILES]
    names = DATASETS[pair.first.config.data.dataset].class_names
    pictures = cache.validation_images(pair.first.config.data)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width="content"):
            clicked: Any = st.plotly_chart(
                draw_tiles(
                    tiles(
                        pictures[shown],
                        [_caption(int(i), labels, both, names) for i in shown],
                        hovers=[
                            f"{_told(int(i), labels, both, names)}. Click to see it large." for i in shown
                        ],
                        keys=[int(i) for i in shown],
                        columns=3 if is_phone() else 8,
                    )
                ),
                key=f"compare.tiles:{kind}",
                config=NO_MODE_BAR,
                on_select="rerun",
                selection_mode="points",
                width="content",
                alt=f"{len(shown)} of {len(indices):,} validation images with both answers",
            )
        points = clicked.selection.points
        if points:
            state.keep(PICKED, int(points[0]["customdata"][0]))
        picked = state.recall(PICKED)
        if picked in shown:
            _large(pair, picked, pictures[picked], _told(picked, labels, both, names))


def _caption(index: int, labels: Answers, both: Sequence[Answers], names: Sequence[str]) -> str:
    first, second = (names[own[index]] for own in both)
    apart = " · " if len(first) == len(second) == 1 else "<br>"
    return f"is {names[labels[index]]}<br>A {first}{apart}B {second}"


def _told(index: int, labels: Answers, both: Sequence[Answers], names: Sequence[str]) -> str:
    first, second = (names[own[index]] for own in both)
    return f"Image {index} is {names[labels[index]]}: A says {first}, B says {second}"


def _large(pair: Pair, index: int, picture: Answers, told: str) -> None:
    with st.container(width=330):
        st.markdown(f"**{plain(told)}**")
        st.plotly_chart(
            draw_tiles(tiles(picture[None], [""]), zoom=8), key="compare.large", config=NO_MODE_BAR,
            width="content", alt=told,
        )  # fmt: skip
        for letter, run in zip("AB", pair.runs, strict=True):
            if isinstance(run.config, RunConfig) and st.button(
                f"What {letter} makes of it", key=f"compare.inside:{letter}", icon=":material/image_search:",
                help=f"Opens run {run.id} with this image.",
            ):  # fmt: skip
                show_image(run.id, index)
                st.switch_page("pages/run.py", query_params={"run": str(run.id)})
