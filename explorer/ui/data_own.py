"""Datasets of one's own on the Data page: added after a look at them, and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.files import load_arrays
from explorer.data.own import NAME, PREFIX, OwnFacts, own_facts
from explorer.errors import ExplorerError
from explorer.plots.samples import class_samples
from explorer.plots.tiles import draw_tiles
from explorer.ui import cache, state
from explorer.ui.data_known import train_link
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

UPLOAD, NAME_FIELD = "data.files", "data.name"
READ, REFUSAL, MESSAGE = "data.read", "data.refusal", "data.message"
MOST_MEGABYTES = 100  # a file: Kaggle's train.csv has 77
NAMES_SHOWN = 5
ROWS, ROWS_OF_A_CARD = 4, 2
PITCH, ZOOM = 32, 2  # pixels of an image for a column, and on screen for a pixel of an image
NO_MODE_BAR = {"displayModeBar": False}
FORMS = (
    "**ZIP** of images in folders named 0, 1, … 9 (PNG, JPEG, WebP, BMP, GIF; a folder `test` above them is "
    "the test part); **CSV** as of Kaggle's *Digit Recognizer* (`label,pixel0,…,pixel783`: its train.csv, or "
    "its ZIP); **idx** files as of MNIST: images and labels, or two such pairs."
)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the chosen files hold (``OwnImages``), or why they hold nothing; ``files`` names the upload."""

    files: tuple[str, ...]
    images: Any
    problem: str = ""


def own_datasets() -> None:
    """A card for each dataset of one's own; nothing where there is none."""
    found = own_facts(cache.settings().data)
    if not found:
        return
    st.subheader("Your own datasets")
    with st.container(horizontal=True, gap="medium"):
        for facts in found:
            with st.container(border=True, width=616):
                _card(facts)


def _card(facts: OwnFacts) -> None:
    name = PREFIX + facts.name
    st.markdown(f"**{plain(facts.name)}** :green-badge[:material/check: ready] :gray-badge[{plain(name)}]")
    try:
        images, labels = cache.small_made_once(
            lambda: _first_images(name, cache.settings().data), "own samples", name, facts.digest
        )
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        counts = _counts(facts.train_counts, facts.test_counts)
        _samples(images, labels, counts, key=f"data.own.samples:{facts.name}", rows=ROWS_OF_A_CARD)
    st.caption(
        f"{facts.train_count:,} images to train on, {facts.test_count:,} to test with, "
        f"from {plain(facts.source)}. {plain(facts.preparation)} {plain(facts.split)}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        train_link(name)
        if st.button(
            "Delete", key=f"data.own.delete:{facts.name}", icon=":material/delete:", type="tertiary"
        ):
            _delete_dialog(facts)


def add_own() -> None:
    """The uploader, and what is in the files before they are kept."""
    st.subheader("Add your own")
    st.caption(FORMS)
    files = st.file_uploader(
        "Files",
        accept_multiple_files=True,
        key=state.key_of(UPLOAD),
        max_upload_size=MOST_MEGABYTES,
        label_visibility="collapsed",
    )
    if not files:
        state.forget(READ, REFUSAL)
        return
    read = _read(files)
    if read.problem:
        st.error(plain(read.problem), icon=":material/error:", title="This makes no dataset")
        return
    _preview(read, files[0].name)


def _read(files: Sequence[Any]) -> Read:
    """What is in the files, read once an upload."""
    from explorer.data.own_reading import Upload, read_own  # noqa: PLC0415 - image libraries

    named = tuple(file.file_id for file in files)
    known: Read | None = state.recall(READ)
    if known is not None and known.files == named:
        return known
    state.forget(REFUSAL)
    bar = st.progress(0.0, "Checking every image …")
    try:
        uploads = [Upload(file.name, file, file.size) for file in files]
        read = Read(named, read_own(uploads, lambda share: _tell(bar, share)))
    except ExplorerError as error:
        read = Read(named, None, str(error))
    bar.empty()
    state.keep(READ, read)
    return read


def _tell(bar: Any, share: float) -> None:
    bar.progress(min(share, 1.0), "Checking every image …")


def _preview(read: Read, file_name: str) -> None:
    images = read.images
    st.markdown(
        f"**{len(images.train):,} images to train on, {len(images.test):,} to test with.** "
        f"{plain(images.preparation)} {plain(images.split)}"
    )
    _samples(
        images.train.images, images.train.labels, _counts(images.train.counts, images.test.counts),
        key="data.preview", rows=ROWS,
    )  # fmt: skip
    missing = [str(digit) for digit, count in enumerate(images.train.counts) if not count]
    if missing:
        st.warning(
            f"There is no image to train on of {', '.join(missing)}: no network can learn it from these.",
            icon=":material/rule:",
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Name",
            value=state.said(NAME_FIELD, _suggested(file_name)),
            key=state.key_of(NAME_FIELD),
            max_chars=40,
            help="a…z, 0…9, - and _. Settings and links speak of the dataset as own:NAME; a name stays with "
            "its images for ever.",
            width=320,
        )
        st.button("Save", type="primary", icon=":material/save:", key="data.save", on_click=_save)
    refusal = state.recall(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")


def _save() -> None:
    """Keep what was read, under the name that is in the field."""
    from explorer.data.own_keeping import keep_own  # noqa: PLC0415 - only here

    read: Read | None = state.recall(READ)
    if read is None or read.images is None:
        return
    try:
        facts = keep_own(read.images, str(state.said(NAME_FIELD, "")), cache.settings().data)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
        return
    state.renew(UPLOAD, NAME_FIELD)
    state.forget(READ, REFUSAL)
    state.keep(MESSAGE, f"{facts.name} can be trained on now.")


@st.dialog("Delete dataset", icon=":material/delete:")
def _delete_dialog(facts: OwnFacts) -> None:
    runs = [run for run in cache.store().runs() if run.config.data.dataset == PREFIX + facts.name]
    images = facts.train_count + facts.test_count
    st.write(f"**{plain(facts.name)}** with its {images:,} images will be gone for good.")
    if runs:
        active = sum(run.status.is_active for run in runs)
        names = ", ".join(f"{run.id} · {plain(run.name)}" for run in runs[:NAMES_SHOWN])
        more = f" and {len(runs) - NAMES_SHOWN} more" if len(runs) > NAMES_SHOWN else ""
        st.warning(
            f"{len(runs)} run{'s' * (len(runs) != 1)} used it: {names}{more}. They stay with their curves "
            f"and numbers, and can't show its images any more."
            + (
                f" {active} of them wait or train: those that have not begun yet will fail." if active else ""
            ),
            icon=":material/warning:",
        )
    with st.container(horizontal=True):
        if st.button(
            "Delete for good", type="primary", icon=":material/delete:", on_click=_delete, args=(facts.name,)
        ):
            st.rerun()
        if st.button("Keep"):
            st.rerun()


def _delete(name: str) -> None:
    from explorer.data.own_keeping import delete_own  # noqa: PLC0415 - only here

    try:
        is_gone = delete_own(name, cache.settings().data)
        state.keep(MESSAGE, f"{name} is deleted." if is_gone else f"{name} was deleted already.")
    except ExplorerError as error:
        state.keep(MESSAGE, str(error))


def _samples(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], counts: Sequence[str], *, key: str, rows: int
) -> None:
    drawn = class_samples(images, labels, counts, rows=rows, columns=5 if is_phone() else 10)
    with st.container(width=drawn.columns * PITCH * ZOOM):
        st.plotly_chart(
            draw_tiles(drawn, zoom=ZOOM),
            key=key,
            config=NO_MODE_BAR,
            alt=f"Some images of each digit, and how many there are: {', '.join(counts)}",
        )


def _first_images(name: str, folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The first images of each digit that a card shows, and their labels; copies, so that the rest can go."""
    arrays = load_arrays(name, folder)
    chosen = [np.flatnonzero(arrays.train_labels == digit)[:ROWS_OF_A_CARD] for digit in range(10)]
    indices = np.concatenate(chosen)
    return arrays.train_images[indices], arrays.train_labels[indices]


def _counts(train: Sequence[int], test: Sequence[int]) -> list[str]:
    return [f"{one:,} + {other:,}" for one, other in zip(train, test, strict=True)]


def _suggested(file_name: str) -> str:
    """A name made of the file's, in the signs that a name may have."""
    stem = file_name.rpartition("/")[2].partition(".")[0].lower()
    found = "".join(sign if NAME.fullmatch(sign) else "-" for sign in stem).strip("-")[:40]
    return found or "our-digits"
