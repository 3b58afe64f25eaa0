"""What the first layer looks for: its weights as pictures, epoch by epoch, each to be clicked."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.catalog import DATASETS
from explorer.data.features import inputs_of
from explorer.errors import CheckpointError
from explorer.models.architecture import WeightLayer, weight_layers
from explorer.plots.weights import MOST_TILES, WIDTH, draw_weight_tiles, weight_tiles
from explorer.plots.weights_order import Order, pushes, unit_order
from explorer.records import Run
from explorer.storage.checkpoints import Arrays, Checkpoints
from explorer.ui import cache, state
from explorer.ui.answers import answer, known
from explorer.ui.results_weights_choice import UnitShown, choose, chosen_unit, unit_choice
from explorer.ui.results_weights_unit import unit_page
from explorer.ui.screen import is_phone
from explorer.ui.scrubber import Moment, is_playing
from explorer.ui.wording import plain

ORDERS: dict[str, Order] = {
    "By number": "number",
    "By norm": "norm",
    "By class": "class",
    "Dead first": "dead",
}
MOST_NAMED = 12
PHONE_TILES, PHONE_WIDTH = 128, 358


@dataclass(frozen=True, slots=True)
class _Picture:
    """The tiles, and what they show, in words."""

    figure: Any
    shown: str
    sorting: str


def weights(run: Run, moment: Moment | None) -> None:
    """Draw the first layer at a moment; a checkpoint that is missing or damaged is named in its place."""
    is_hog = run.config.data.features == "hog"
    if is_hog:
        st.info(
            "This network sees HOG features, and their weights make no image. Train one on pixels to see "
            "what its first layer looks for"
            + (", or look at one unit's edges below." if moment is not None else "."),
            icon=":material/grid_off:",
            title="No pictures of these weights",
        )
    if moment is None:
        if not is_hog:
            st.info(_nothing_kept(run), icon=":material/grid_view:")
        return
    config = run.network_config
    layers = weight_layers(config.network, inputs=inputs_of(config.data))
    read = _reader(Checkpoints(cache.settings(), run.id), moment.epoch)
    try:
        if not is_hog:
            _tiles(run, moment, layers, read)
        _one_unit(run, moment, layers, read)
    except CheckpointError as error:
        st.warning(plain(str(error)), icon=":material/broken_image:", title="These weights can't be shown")


def _reader(checkpoints: Checkpoints, epoch: int) -> Callable[[], Arrays]:
    """Reads the weights when they are first needed."""
    kept: list[Arrays] = []

    def read() -> Arrays:
        if not kept:
            kept.append(checkpoints.load(epoch))
        return kept[0]

    return read


def _tiles(run: Run, moment: Moment, layers: tuple[WeightLayer, ...], read: Callable[[], Arrays]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Order",
            list(ORDERS),
            default="By number",
            required=True,
            key=f"weights.order:{run.id}",
            help="Which unit comes first; it changes no weight.",
        )
        own_scales = st.toggle(
            "Each tile on its own scale",
            key=f"weights.own_scales:{run.id}",
            help="Shows the pattern of faint units too; how large weights are can no longer be compared.",
        )
    dead = _dead(run, moment, layers[0])
    chosen = chosen_unit(run.id)
    framed = chosen[1] if chosen is not None and chosen[0] == 0 else None
    how = ORDERS[str(order)]
    folder = Checkpoints(cache.settings(), run.id).folder
    picture = cache.made_once(
        lambda: _picture(run, layers, read(), how, own_scales=own_scales, dead=dead, framed=framed),
        "first layer", str(folder), Checkpoints(cache.settings(), run.id).written_at(moment.epoch),
        moment.epoch, how, own_scales, dead is not None, -1 if framed is None else framed, is_phone(),
    )  # fmt: skip
    if picture is None:
        st.warning(
            "The checkpoint holds no first layer. Train the run again to see its weights.",
            icon=":material/broken_image:",
        )
        return
    scale = "each tile has its own scale" if own_scales else "all tiles share one scale"
    st.caption(
        f"{picture.shown} of the first layer after epoch {moment.epoch:,}. Orange pixels speak for the unit, "
        f"blue ones against it; {scale}. {picture.sorting}"
        " **Click a tile** to see what drives its unit."
    )
    key = f"weights.tiles:{run.id}"
    st.plotly_chart(
        picture.figure,
        key=key,
        config={"displayModeBar": False, "scrollZoom": False},
        on_select=lambda: _clicked(run.id, key),
        selection_mode="points",
        alt=f"First-layer weights of {picture.shown}",
    )


def _clicked(run_id: int, key: str) -> None:
    points = state.recall(key, {}).get("selection", {}).get("points", [])
    if points:
        choose(run_id, 0, int(points[0]["customdata"][0]))


def _dead(run: Run, moment: Moment, layer: WeightLayer) -> NDArray[np.bool_] | None:
    """Which units of the first layer are dead, as soon as that is known; a line on the page says so."""
    request = {"run_id": run.id, "epoch": moment.epoch}

    def say(arrays: Arrays) -> None:
        units = np.flatnonzero(arrays["dead.0"])
        if not len(units):
            st.caption(f"No unit of {layer.name} is dead.")
            return
        named = ", ".join(str(unit) for unit in units[:MOST_NAMED])
        more = f" and {len(units) - MOST_NAMED:,} more" if len(units) > MOST_NAMED else ""
        st.caption(
            f"{len(units):,} of {layer.units:,} units of {layer.name} dead, crossed out: {named}{more}."
        )

    if not is_playing(run.id):
        answer(
            "weights.dead", "dead_units", request, say, run_id=run.id, waiting="Looking for dead units …",
            keeps_last=False,
        )  # fmt: skip
    found = known("dead_units", request)
    if found is None or len(found.get("dead.0", ())) != layer.units:
        return None
    return found["dead.0"].astype(bool)


def _picture(
    run: Run,
    layers: tuple[WeightLayer, ...],
    arrays: Arrays,
    how: Order,
    *,
    own_scales: bool,
    dead: NDArray[np.bool_] | None,
    framed: int | None,
) -> _Picture | None:
    name = f"{layers[0].prefix}.weight"
    if name not in arrays:
        return None
    values = arrays[name]
    what = "filters" if values.ndim == 4 else "units"
    names = DATASETS[run.config.data.dataset].class_names
    pushed = pushes(arrays, [layer.prefix for layer in layers], 0)
    norms = np.linalg.norm(values.reshape(len(values), -1), axis=1)
    notes = groups = None
    if pushed is not None:
        best = pushed.values.max(axis=0)
        notes = [
            f"pushes for {names[number]} ({best[unit]:+.3g})" for unit, number in enumerate(pushed.classes)
        ]
        groups = [names[number] for number in pushed.classes] if how == "class" else None
    most = PHONE_TILES if is_phone() else MOST_TILES
    tiles = weight_tiles(
        values,
        most=most,
        columns=ceil(sqrt(min(most, len(values)))) if is_phone() else None,
        order=unit_order(how, norms, pushed, dead),
        groups=groups,
        notes=notes,
        crossed=None if dead is None else dead.tolist(),
        own_scales=own_scales,
        noun=what[:-1],
    )
    shown, every = len(tiles.units), len(tiles.units) + tiles.left_out
    return _Picture(
        draw_weight_tiles(tiles, framed, PHONE_WIDTH if is_phone() else WIDTH),
        f"{shown:,} {what}"
        if shown == every
        else f"{shown:,} of {every:,} {what} ({tiles.left_out:,} left out)",
        _sorting(how, pushed is not None, pushed is not None and pushed.is_exact, dead is not None),
    )


def _sorting(
    how: Literal["number", "norm", "class", "dead"], has_pushes: bool, is_exact: bool, knows_dead: bool
) -> str:
    if how == "class" and not has_pushes:
        return "The checkpoint lacks the weights to the classes, so they stand by number."
    if how == "class":
        through = (
            "their weights to the outputs"
            if is_exact
            else "the product of the weights after them, bends left out"
        )
        return f"Each row: the units that push for that class most, by {through}."
    if how == "dead" and not knows_dead:
        return "Which are dead is not known yet."
    return ""


def _one_unit(run: Run, moment: Moment, layers: tuple[WeightLayer, ...], read: Callable[[], Arrays]) -> None:
    unit_choice(run.id, layers)
    chosen = chosen_unit(run.id)
    if chosen is None or chosen[0] >= len(layers) - 1 or chosen[1] >= layers[chosen[0]].units:
        return
    unit_page(UnitShown(run, moment.epoch, layers, read(), *chosen))


def _nothing_kept(run: Run) -> str:
    if run.status.is_active:
        return "The first picture comes with the first finished epoch."
    return (
        "No weights were kept of this run: no epoch was finished, or its files were removed. Train it again."
    )
