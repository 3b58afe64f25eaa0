"""Our handwriting on the Data page: the drawings that are kept, their labels, and their way in and out."""

from typing import Any

import numpy as np
import streamlit as st

from explorer.data.own_export import as_archive
from explorer.errors import ExplorerError
from explorer.plots.tiles import draw_tiles, tiles
from explorer.storage.handwriting import MOST_DRAWINGS, DrawnSet
from explorer.ui import cache, state
from explorer.ui.data_scores import scores_section
from explorer.ui.import_file import import_file
from explorer.ui.screen import is_phone

CHOSEN, TILES, UPLOAD, LABEL = "data.drawing", "data.drawings", "data.drawings.file", "data.drawing.label"
SAID = "data.message"
A_PAGE, PHONE_PAGE = 60, 20
MOST_MEGABYTES = 20
PITCH, ZOOM = 32, 2
NO_MODE_BAR = {"displayModeBar": False}


def handwriting_view() -> None:
    """Draw the view."""
    st.caption(
        "Digits that people drew here, each with its label: a test set of your own, shared by all who use "
        "this installation. No run learns from it; every run is scored on it."
    )
    drawn = cache.store().handwriting.all()
    if not len(drawn):
        st.info(
            "Draw a digit and keep it with its label, or import drawings from another installation.",
            icon=":material/signature:",
            title="No drawing yet",
        )
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
        _import()
        return
    scores_section(drawn)
    _drawings(drawn)
    _export(drawn)
    _import()


def _drawings(drawn: DrawnSet) -> None:
    counts = np.bincount(drawn.labels, minlength=10).tolist()
    st.subheader(f"{len(drawn):,} drawing{'s' * (len(drawn) > 1)}")
    st.caption(
        "How many of each digit: "
        + ", ".join(f"**{digit}** ({count:,})" for digit, count in enumerate(counts) if count)
        + ". The newest are first; click one to correct its label, or to delete it."
    )
    size = PHONE_PAGE if is_phone() else A_PAGE
    pages, number = -(-len(drawn) // size), 1
    if pages > 1:
        number = st.pagination(pages, key="data.drawings.page")
    newest = np.arange(len(drawn))[::-1][(number - 1) * size : number * size]
    chosen = state.recall(CHOSEN)
    shown = tiles(
        drawn.images[newest],
        [str(label) for label in drawn.labels[newest]],
        marked=[number == chosen for number in drawn.numbers[newest].tolist()],
        keys=drawn.numbers[newest].tolist(),
        columns=5 if is_phone() else 10,
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=shown.columns * PITCH * ZOOM):
            st.plotly_chart(
                draw_tiles(shown, zoom=ZOOM),
                key=TILES,
                config=NO_MODE_BAR,
                on_select=_take,
                selection_mode="points",
                alt=f"{len(newest)} drawings with their labels",
            )
        if chosen in drawn.numbers.tolist():
            with st.container(width=300):
                _detail(drawn, drawn.numbers.tolist().index(chosen))


def _detail(drawn: DrawnSet, index: int) -> None:
    number, label = int(drawn.numbers[index]), int(drawn.labels[index])
    raster = cache.store().handwriting.raster(number)
    st.markdown(f"**Drawing {number}**, kept as a {label}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if raster is not None:
            st.image(raster, caption="as it was drawn", width=128)
        st.image(drawn.images[index], caption="as it is seen", width=128)
    widget = f"{LABEL}:{number}"
    st.segmented_control(
        "It shows a",
        list(range(10)),
        default=state.said(widget, label),
        key=state.key_of(widget),
        required=True,
        on_change=_relabel,
        args=(number, widget),
        help="The label of the drawing: runs are right about it when they say this digit.",
    )
    with st.popover("Delete", icon=":material/delete:"):
        st.write("This drawing will be gone for good.")
        st.button(
            "Delete for good", key="data.drawing.delete", type="primary", on_click=_forget, args=(number,)
        )


def _take() -> None:
    selection: Any = state.recall(TILES)
    points = selection["selection"]["points"] if selection else []
    if points and points[0].get("customdata"):
        state.keep(CHOSEN, int(points[0]["customdata"][0]))


def _relabel(number: int, widget: str) -> None:
    label = state.said(widget)
    try:
        if label is not None and not cache.store().handwriting.relabel(number, int(label)):
            state.keep(SAID, "The drawing was deleted in the meantime.")
    except ExplorerError as error:
        state.keep(SAID, str(error))


def _forget(number: int) -> None:
    state.forget(CHOSEN)
    try:
        cache.store().handwriting.forget(number)
        state.keep(SAID, f"Drawing {number} is deleted.")
    except ExplorerError as error:
        state.keep(SAID, str(error))


def _export(drawn: DrawnSet) -> None:
    st.subheader("Take it along")
    facts = {"what": "our handwriting, of the MNIST Explorer", "drawings": len(drawn)}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Export as ZIP",
            lambda: as_archive(drawn.images, drawn.labels, facts),
            file_name="our-handwriting.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption(
            "Images in folders 0 … 9: another installation imports it here, or takes it as a dataset of its "
            "own to train on."
        )


def _import() -> None:
    with st.expander("Import drawings", icon=":material/upload:"):
        st.caption(
            f"The ZIP of an export, or any form that a dataset of your own comes in. Drawings that are "
            f"here already are left out; there is room for {MOST_DRAWINGS:,}."
        )
        import_file(UPLOAD, megabytes=MOST_MEGABYTES, take_in=_take_in, message=SAID)


def _take_in(file: Any) -> str:
    from explorer.data.own_reading import Upload, read_drawings  # noqa: PLC0415 - image libraries

    part = read_drawings(Upload(file.name, file, file.size))
    words = f"imported from {file.name[:200]}"
    come = cache.store().handwriting.keep_all(part.images, part.labels, words)
    left = len(part) - come
    return f"{come:,} drawings came in" + (f", {left:,} were here already." if left else ".")
