"""Where the digit comes from: the pad, a photo, or the camera."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.photo import MOST_BYTES, SUFFIXES, Photo, read_photo
from explorer.data.strokes import draw_strokes
from explorer.errors import DatasetError
from explorer.ui import state
from explorer.ui.drawing_pad import NOTHING, Drawing, drawing_now, drawing_pad
from explorer.ui.wording import plain

SOURCE = "draw.source"
DRAWN, PHOTO, CAMERA = "Draw", "Photo", "Camera"
ICONS = {DRAWN: ":material/draw:", PHOTO: ":material/photo:", CAMERA: ":material/photo_camera:"}
PAD, KEPT, CLEARED, CLEARED_AT = "draw.pad", "draw.drawing", "draw.cleared", "draw.cleared_at"
FILE, SHOT, READ = "draw.file", "draw.shot", "draw.photo"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """``raster`` (H, W) uint8, ink 255 on 0; ``picture`` the same, or the photo (H, W, 3) it was made of.

    ``words`` say where it comes from.
    """

    raster: NDArray[np.uint8]
    picture: NDArray[np.uint8]
    words: str


def source() -> Source | None:
    """Draw the choice and what was chosen; None where there is no picture yet."""
    chosen = st.segmented_control(
        "Where the digit comes from",
        list(ICONS),
        default=DRAWN,
        required=True,
        key=SOURCE,
        format_func=lambda name: f"{ICONS[name]} {name}",
        label_visibility="collapsed",
    )
    return _drawn() if chosen == DRAWN else _photographed(str(chosen))


def source_now() -> Source | None:
    """The picture that there is, in a callback too, where the page was not drawn with it yet.

    Raises:
        DatasetError: what the browser told is no drawing.
    """
    chosen = state.recall(SOURCE) or DRAWN
    if chosen == DRAWN:
        return _of_drawing(drawing_now(state.recall(KEPT, NOTHING), key=PAD))
    sent = state.recall(SHOT if chosen == CAMERA else FILE)
    return None if sent is None else _of_photo(_photo(sent))


def clear() -> None:
    """Empty the pad at its next drawing; what the browser told until now counts no more."""
    drawing: Drawing = state.recall(KEPT, NOTHING)
    state.keep(CLEARED, state.recall(CLEARED, 0) + 1)
    state.keep(CLEARED_AT, drawing.seq)
    state.keep(KEPT, Drawing(drawing.seq))


def _drawn() -> Source | None:
    return _of_drawing(drawing_pad(state.recall(KEPT, NOTHING), state.recall(CLEARED, 0), key=PAD))


def _of_drawing(drawing: Drawing) -> Source | None:
    if drawing.seq <= state.recall(CLEARED_AT, 0):
        drawing = Drawing(drawing.seq)
    state.keep(KEPT, drawing)
    if not drawing.strokes:
        return None
    raster = draw_strokes(drawing.strokes)
    return Source(raster, raster, "drawn on the pad")


def _photographed(chosen: str) -> Source | None:
    if chosen == CAMERA:
        sent = st.camera_input(
            "Photograph a digit", key=SHOT, help="One digit, in thick strokes and even light."
        )
    else:
        sent = st.file_uploader(
            "A photo of one digit",
            type=list(SUFFIXES),
            key=FILE,
            max_upload_size=MOST_BYTES // 1_000_000,
            help="Any colours, dark on light or light on dark, up to 10 MB. It stays on this machine.",
        )
    if sent is None:
        return None
    photo = _photo(sent)
    if isinstance(photo, DatasetError):
        st.warning(plain(str(photo)), icon=":material/broken_image:")
    return _of_photo(photo)


def _of_photo(photo: Photo | DatasetError) -> Source | None:
    return None if isinstance(photo, DatasetError) else Source(photo.ink, photo.picture, "from a photo")


def _photo(sent: Any) -> Photo | DatasetError:
    """What is in a file, read once."""
    known: tuple[str, Photo | DatasetError] = state.recall(READ, ("", DatasetError("")))
    if known[0] != sent.file_id:
        known = sent.file_id, _read(sent.getvalue())
        state.keep(READ, known)
    return known[1]


def _read(content: bytes) -> Photo | DatasetError:
    try:
        return read_photo(content)
    except DatasetError as error:
        return error
