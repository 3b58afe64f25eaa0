"""What the first layer looks for: its weights as pictures, epoch by epoch."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.errors import CheckpointError
from explorer.plots.weights import draw_weight_tiles, weight_tiles
from explorer.records import Run
from explorer.storage.checkpoints import Arrays, Checkpoints
from explorer.ui import cache
from explorer.ui.scrubber import Moment
from explorer.ui.wording import plain

FIRST_LAYERS = ("convolution.0.weight", "hidden.0.weight", "output.weight")


@dataclass(frozen=True, slots=True)
class _Picture:
    """The tiles, and how many units they show, in words."""

    figure: Any
    shown: str


def weights(run: Run, moment: Moment | None) -> None:
    """Draw the first layer at a moment; a checkpoint that is missing or damaged is named in its place."""
    if run.config.data.features == "hog":
        st.info(
            "This network sees HOG features, and their weights make no image. Train one on pixels to see "
            "what its first layer looks for.",
            icon=":material/grid_off:",
            title="No pictures of these weights",
        )
        return
    if moment is None:
        st.info(_nothing_kept(run), icon=":material/grid_view:")
        return
    checkpoints, epoch = Checkpoints(cache.settings(), run.id), moment.epoch
    order = st.segmented_control(
        "Order",
        ["By number", "By norm"],
        default="By number",
        required=True,
        key=f"weights.order:{run.id}",
    )
    by_norm = order == "By norm"
    try:
        picture = cache.made_once(
            lambda: _picture(checkpoints.load(epoch), by_norm=by_norm),
            "first layer",
            str(checkpoints.folder),
            checkpoints.folder.stat().st_mtime_ns,  # a resumed run writes an epoch again
            epoch,
            by_norm,
        )
    except CheckpointError as error:
        st.warning(plain(str(error)), icon=":material/broken_image:", title="These weights can't be shown")
        return
    if picture is None:
        st.warning(
            "The checkpoint holds no first layer. Train the run again to see its weights.",
            icon=":material/broken_image:",
        )
        return
    st.caption(
        f"{picture.shown} of the first layer after epoch {epoch:,}. Orange pixels speak for the unit, blue "
        "ones against it; all tiles share one scale."
    )
    st.plotly_chart(
        picture.figure,
        key=f"weights.tiles:{run.id}",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=f"First-layer weights of {picture.shown}",
    )


def _picture(arrays: Arrays, *, by_norm: bool) -> _Picture | None:
    name = next((name for name in FIRST_LAYERS if name in arrays), None)
    if name is None:
        return None
    tiles = weight_tiles(arrays[name], by_norm=by_norm)
    what = "filters" if name.startswith("convolution") else "units"
    shown, every = len(tiles.units), len(tiles.units) + tiles.left_out
    return _Picture(
        draw_weight_tiles(tiles),
        f"{shown:,} {what}" if shown == every else f"{shown:,} of {every:,} {what}",
    )


def _nothing_kept(run: Run) -> str:
    if run.status.is_active:
        return "The first picture comes with the first finished epoch."
    return (
        "No weights were kept of this run: no epoch was finished, or its files were removed. Train it again."
    )
