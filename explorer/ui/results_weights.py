"""What the first layer looks for: its weights as pictures, epoch by epoch."""

import streamlit as st

from explorer.errors import CheckpointError
from explorer.plots.weights import draw_weight_tiles, weight_tiles
from explorer.records import Run
from explorer.storage.checkpoints import Arrays, Checkpoints
from explorer.ui import cache
from explorer.ui.wording import plain

FIRST_LAYERS = ("convolution.0.weight", "hidden.0.weight", "output.weight")


def weights(run: Run) -> None:
    """Draw the first layer of a kept epoch; a checkpoint that is missing or damaged is named in its place."""
    checkpoints = Checkpoints(cache.settings(), run.id)
    epochs = checkpoints.epochs()
    if not epochs:
        st.info(_nothing_kept(run), icon=":material/grid_view:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        epoch = _epoch(run, epochs)
        order = st.segmented_control(
            "Order",
            ["By number", "By norm"],
            default="By number",
            required=True,
            key=f"weights.order:{run.id}",
        )
    try:
        arrays = checkpoints.load(epoch)
    except CheckpointError as error:
        st.warning(plain(str(error)), icon=":material/broken_image:", title="These weights can't be shown")
        return
    _draw(run, arrays, epoch, by_norm=order == "By norm")


def _epoch(run: Run, epochs: tuple[int, ...]) -> int:
    """The epoch that is asked for: by slider once nothing is added any more, before that the newest."""
    if run.status.is_active or len(epochs) < 2:
        return epochs[-1]
    kept = run.result.kept_epoch if run.result is not None else epochs[-1]
    chosen = st.select_slider(
        "Epoch",
        epochs,
        value=kept if kept in epochs else epochs[-1],
        key=f"weights.epoch:{run.id}:{epochs[-1]}",
        help="Move it to watch the weights take shape.",
        width=420,
    )
    return int(chosen)


def _draw(run: Run, arrays: Arrays, epoch: int, *, by_norm: bool) -> None:
    name = next((name for name in FIRST_LAYERS if name in arrays), None)
    if name is None:
        st.warning(
            "The checkpoint holds no first layer. Train the run again to see its weights.",
            icon=":material/broken_image:",
        )
        return
    tiles = weight_tiles(arrays[name], by_norm=by_norm)
    what = "filters" if name.startswith("convolution") else "units"
    shown = (
        f"{len(tiles.units):,} {what}"
        if not tiles.left_out
        else (f"{len(tiles.units):,} of {len(tiles.units) + tiles.left_out:,} {what}")
    )
    st.caption(
        f"{shown} of the first layer after epoch {epoch:,}. Orange pixels speak for the unit, blue ones "
        f"against it; all tiles share one scale."
    )
    st.plotly_chart(
        draw_weight_tiles(tiles),
        key=f"weights.tiles:{run.id}",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=f"First-layer weights of {shown}",
    )


def _nothing_kept(run: Run) -> str:
    if run.status.is_active:
        return "The first picture comes with the first finished epoch."
    return (
        "No weights were kept of this run: no epoch was finished, or its files were removed. Train it again."
    )
