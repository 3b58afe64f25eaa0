"""The very images behind the numbers: all mistakes or those of one cell, surest first, page by page."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.data.catalog import DATASETS
from explorer.plots.confusion import Cell
from explorer.plots.gallery import LONG_NAME, Gallery, gallery, gallery_tiles, percent
from explorer.plots.probabilities import draw_probabilities, probability_bars
from explorer.plots.tiles import GAP, draw_tiles, tiles
from explorer.records import Run
from explorer.ui import state
from explorer.ui.results_mistakes_answers import Answers
from explorer.ui.run_views import show_image
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

PAGE, PHONE_PAGE = 40, 20  # images; few enough that what a click opens is not far below
ANY = -1
NO_MODE_BAR = {"displayModeBar": False}
SIDE = 28
# Tiles in a row and pixels on screen for a pixel of an image, by whether names are short: (screen, phone).
SHORT = ((10, 2), (5, 2))
LONG = ((7, 3), (3, 3))


def chosen_cell(run: Run) -> Cell | None:
    """The cell whose images are shown; None while a class is left open."""
    true, answer = _chosen(run)
    return None if true is None or answer is None else (true, answer)


def is_chosen(run: Run) -> bool:
    """Whether a class or a cell was chosen."""
    return _chosen(run) != (None, None)


def choose_cell(run_id: int, true: int, answer: int) -> None:
    """Show the images of one cell; ``ANY`` leaves a class open."""
    state.put(_true(run_id), true)
    state.put(_answer(run_id), answer)


def mistakes_gallery(run: Run, answers: Answers) -> None:
    """Draw the chosen images as tiles, and the one that was clicked with its probabilities."""
    names = DATASETS[run.config.data.dataset].class_names
    _choice(run, names)
    true, answer = _chosen(run)
    found = gallery(answers.labels, answers.answers, answers.probabilities, true=true, answer=answer)
    st.caption(_in_words(found, answers, names, true, answer))
    if not found.count:
        return
    size = PHONE_PAGE if is_phone() else PAGE
    pages = -(-found.count // size)
    number = 1
    if pages > 1:
        number = st.pagination(pages, key=f"mistakes.page:{run.id}:{answers.part}:{true}:{answer}:{pages}")
    page = found.page(number, size)
    chosen = state.recall(_image(run.id))
    index = chosen[1] if chosen is not None and chosen[0] == answers.part else None
    if index not in page.indices:
        index = None
    with st.container(horizontal=True, gap="medium"):
        _tiles(run, answers, page, names, index)
        if index is not None:
            _detail(run, answers, index, names)


def _choice(run: Run, names: Sequence[str]) -> None:
    options = (ANY, *range(len(names)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, key, every, help_text in (
            ("True class", _true(run.id), "any class", "Leaves images of this class below."),
            ("Read as", _answer(run.id), "any other class", "Leaves images that the network took for it."),
        ):
            st.selectbox(
                label,
                options,
                options.index(state.said(key, ANY)),
                format_func=_named(names, every),
                key=state.key_of(key),
                width=160,
                persist_state="session",
                help=help_text,
            )
        st.button(
            "All mistakes",
            key=f"mistakes.all:{run.id}",
            icon=":material/grid_view:",
            disabled=not is_chosen(run),
            on_click=choose_cell,
            args=(run.id, ANY, ANY),
        )


def _named(names: Sequence[str], every: str) -> Callable[[int], str]:
    return lambda number: every if number == ANY else names[number]


def _chosen(run: Run) -> tuple[int | None, int | None]:
    """The true class and the answer that are looked at; None for any."""
    true, answer = (state.said(name(run.id), ANY) for name in (_true, _answer))
    return None if true == ANY else true, None if answer == ANY else answer


def _in_words(
    found: Gallery, answers: Answers, names: Sequence[str], true: int | None, answer: int | None
) -> str:
    images = f"{found.count:,} {answers.part} image{'' if found.count == 1 else 's'}"
    is_hits = true is not None and true == answer
    if is_hits:
        what = f"{names[true]} read rightly" if true is not None else ""
    elif true is None and answer is None:
        what = "misread"
    else:
        what = f"{'any class' if true is None else names[true]} misread"
        if answer is not None:
            what = f"{'other classes' if true is None else names[true]} read as {names[answer]}"
    order = (
        "in the order of the dataset"
        if found.confidences is None
        else "the least sure first"
        if is_hits
        else "the surest first"
    )
    ending = "." if found.count < 2 else f", {order}."
    hint = " Click one to see what else the network took it for." if found.count else ""
    return f"{images}: {plain(what)}{ending}{hint if answers.probabilities is not None else ''}"


def _tiles(run: Run, answers: Answers, page: Gallery, names: Sequence[str], index: int | None) -> None:
    columns, zoom = (LONG if max(map(len, names)) > LONG_NAME else SHORT)[is_phone()]
    drawn = gallery_tiles(page, answers.images, names, columns=columns, marked=index)
    key = f"mistakes.tiles:{run.id}"
    with st.container(width=drawn.columns * (SIDE + GAP) * zoom):
        st.plotly_chart(
            draw_tiles(drawn, zoom=zoom),
            key=key,
            config=NO_MODE_BAR,
            on_select=lambda: _take_tile(key, run.id, answers.part),
            selection_mode="points",
            alt=f"{page.count:,} images with their class, what they were read as, and how surely",
        )


def _take_tile(key: str, run_id: int, part: str) -> None:
    selection: Any = state.recall(key)
    points = selection["selection"]["points"] if selection else []
    if points and points[0].get("customdata"):
        state.keep(_image(run_id), (part, int(points[0]["customdata"][0])))


def _detail(run: Run, answers: Answers, index: int, names: Sequence[str]) -> None:
    """One image large, beside what the network took it for."""
    label, read = int(answers.labels[index]), int(answers.answers[index])
    with st.container(width=330):
        said = "" if answers.probabilities is None else f", {percent(answers.probabilities[index, read])}"
        st.markdown(
            f"**Image {index}** · class {plain(names[label])}, read as {plain(names[read])}{plain(said)}"
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container(width=128):
                st.plotly_chart(
                    draw_tiles(tiles(answers.images[index : index + 1], [""]), zoom=4),
                    key=f"mistakes.picture:{run.id}",
                    config=NO_MODE_BAR,
                    alt=f"Image {index}",
                )
            if answers.part == "validation" and not isinstance(run.config, BaselineConfig):
                st.button(
                    "Look closer",
                    key=f"mistakes.closer:{run.id}",
                    icon=":material/center_focus_strong:",
                    help="What speaks for each class, and what every layer makes of the image.",
                    on_click=show_image,
                    args=(run.id, index),
                )
        if answers.probabilities is not None:
            bars = probability_bars(answers.probabilities[index].tolist(), names, label)
            st.plotly_chart(
                draw_probabilities(bars),
                key=f"mistakes.probabilities:{run.id}",
                config=NO_MODE_BAR,
                alt=f"The network says {names[bars.answer]}; it is {names[label]}",
            )


def _true(run_id: int) -> str:
    return f"mistakes.true:{run_id}"


def _answer(run_id: int) -> str:
    return f"mistakes.answer:{run_id}"


def _image(run_id: int) -> str:
    return f"mistakes.image:{run_id}"
