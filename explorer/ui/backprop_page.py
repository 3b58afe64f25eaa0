"""The Backprop page: one mini-batch steps through a small network, forward and back, number by number."""

from math import isfinite

import numpy as np
import streamlit as st

from explorer.config.run import Data, DatasetName
from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.data.words import figure
from explorer.plots.backprop_curve import draw_walk, walk_curves
from explorer.plots.backprop_flow import draw_flow, flow
from explorer.scratch.arrays import Array
from explorer.scratch.walk import StepRecord, Walk, shrink
from explorer.ui import cache, state
from explorer.ui.backprop_check import gradient_check
from explorer.ui.backprop_jacobians import jacobians
from explorer.ui.backprop_numbers import numbers
from explorer.ui.backprop_quantities import Quantity, quantities
from explorer.ui.backprop_settings import Setup, settings
from explorer.ui.backprop_stages import Stage, known, parameters, stages
from explorer.ui.backprop_words import stage_words

WALK, STOPPED = "backprop.walk", "backprop.stopped"
BATCH, STAGE, VIEW = "batch", "stage", "view"
MOST_BATCHES = 10_000
MOST_COUNTED = 1_000_000
RUNAWAY = 5  # times the loss of the untrained network
VIEWS = ("Numbers", "Jacobians", "Gradient check")
_CONFIG = {"displayModeBar": False}


def show() -> None:
    """Draw the page."""
    st.title("Backprop")
    st.caption(
        "How a network learns from one mini-batch: the images go forward, the error goes back, the weights "
        "take a step. All of it is computed here, in NumPy, and every number can be looked at."
    )
    setup = settings()
    st.caption(setup.in_words)
    walk = _walk(setup)
    all_stages = _stages(setup)
    record, stage = _position(walk, all_stages)
    if not record.is_sound:
        _diverged(record)
    else:
        _trouble(walk, record, setup)
    found = quantities(record, setup.config, setup.side)
    with st.container(border=True):
        st.markdown(stage_words(stage, record, setup))
    _finished_epoch(walk, record, stage)
    picture, curve = st.columns([13, 5], gap="medium")
    with picture:
        _picture(found, all_stages, stage, setup)
    with curve:
        _curve(walk, record, all_stages, stage)
    view = st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key=VIEW,
        bind="query-params",
        label_visibility="collapsed",
    )
    if view == "Jacobians":
        jacobians(record, setup)
    elif view == "Gradient check":
        gradient_check(record, setup, is_reached=all_stages.index(stage) >= len(all_stages) - 2)
    else:
        numbers(record, setup, found, stage)


def _walk(setup: Setup) -> Walk:
    """The tab's walk; a new one, at its first batch, where the settings are others."""
    kept = state.recall(WALK)
    if kept is not None and kept[0] == setup.key:
        walk: Walk = kept[1]
        return walk
    data = setup.config.data
    images, labels = cache.made_once(
        lambda: _training_images(data.dataset, data.train_size or 0, setup.side),
        "backprop images",
        data.dataset,
        data.train_size or 0,
        setup.side,
    )
    walk = Walk(setup.config, images, labels)
    state.keep(WALK, (setup.key, walk))
    if kept is not None:  # the address of a new tab names the batch, a change of settings starts anew
        state.keep(BATCH, 1)
    return walk


def _training_images(dataset: DatasetName, count: int, side: int) -> tuple[Array, np.ndarray]:
    arrays = load_arrays(dataset, cache.settings().data)
    chosen = partition(arrays.train_labels, arrays.test_labels, Data(dataset=dataset, train_size=count)).train
    return shrink(arrays.train_images[chosen], side), arrays.train_labels[chosen]


def _stages(setup: Setup) -> tuple[Stage, ...]:
    network = setup.config.network
    return stages(len(network.hidden) + 1, has_slope=network.activation == "prelu")


def _position(walk: Walk, all_stages: tuple[Stage, ...]) -> tuple[StepRecord, Stage]:
    """Draw the buttons and the stages; the step and the stage to be shown."""
    labels = [stage.label for stage in all_stages]
    if state.is_kept(STAGE) and state.recall(STAGE) not in labels:
        state.keep(STAGE, labels[0])
    stopped = state.take(STOPPED)
    if stopped is not None:
        state.keep(BATCH, stopped)
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    buttons = bar.container(horizontal=True, width="content")
    # The address is known to a control once it is drawn, so these come before the buttons that need them.
    batch = bar.number_input(
        "Batch", 1, MOST_BATCHES, 1, key=BATCH, bind="query-params", width=130,
        help=f"Counted from the start; an epoch has {walk.steps_per_epoch:,}.",
    )  # fmt: skip
    label = st.segmented_control(
        "Stage of this batch",
        labels,
        default=labels[0],
        required=True,
        key=STAGE,
        bind="query-params",
        help="How far the batch has come: forward, loss, backward, update.",
    )
    record = walk.step(int(batch))
    if record.number != batch:  # the numbers left all bounds on the way
        state.keep(STOPPED, record.number)
        st.rerun()
    bar.markdown(
        f"{record.step_of_epoch:,} of {walk.steps_per_epoch:,} in epoch {record.epoch:,}", width="content"
    )
    place = labels.index(str(label))
    with buttons:
        _buttons(labels, record, walk.steps_per_epoch, place)
    return record, all_stages[place]


def _buttons(labels: list[str], record: StepRecord, steps_per_epoch: int, place: int) -> None:
    is_first, is_last = place == 0, place == len(labels) - 1
    is_end = not record.is_sound or record.number == MOST_BATCHES
    st.button(
        "Back",
        icon=":material/chevron_left:",
        on_click=_back,
        args=(labels,),
        disabled=is_first and record.number == 1,
    )
    st.button(
        "Step",
        type="primary",
        icon=":material/chevron_right:",
        on_click=_step,
        args=(labels,),
        shortcut="S",
        disabled=is_last and is_end,
        help="To the next stage.",
    )
    st.button(
        "Whole batch",
        icon=":material/skip_next:",
        on_click=_whole_batch,
        args=(labels,),
        disabled=is_last and is_end,
        help="To the update at the end of this batch, or of the next one.",
    )
    st.button(
        "To the end of the epoch",
        icon=":material/last_page:",
        on_click=_epoch,
        args=(labels, steps_per_epoch),
        disabled=is_end,
        help="Trains on all batches that are left of the epoch.",
    )
    st.button("Reset", icon=":material/restart_alt:", on_click=_go, args=(1, labels[0]))


def _picture(found: dict[str, Quantity], all_stages: tuple[Stage, ...], stage: Stage, setup: Setup) -> None:
    depth = len(setup.config.network.hidden) + 1
    weights = parameters(depth, has_slope=False)
    done = {*known(all_stages, stage), *weights}
    now = set(stage.computed)
    values = {name: quantity.values for name, quantity in found.items() if not name.endswith("new")}
    if stage.kind == "update":
        now = {"update", *weights}
        values |= {name: found[f"{name}new"].values for name in weights}
    st.plotly_chart(
        draw_flow(flow(depth, values, done=done, now=now)),
        key="backprop.flow",
        config=_CONFIG,
        alt=f"The computation, at the stage {stage.label}: {', '.join(sorted(now))} in focus",
    )
    st.caption(
        "Each frame is a matrix, with its numbers as colours: blue below zero, orange above. Green frames "
        "are computed in this stage, dotted ones later. A superscript is the number of the layer."
    )


def _curve(walk: Walk, record: StepRecord, all_stages: tuple[Stage, ...], stage: Stage) -> None:
    place = [own.kind for own in all_stages].index("loss")
    has_loss = all_stages.index(stage) >= place
    batches = walk.history[: record.number - (not has_loss)]
    is_over = stage.kind == "update"
    epochs = walk.epochs[: (record.number - (not is_over)) // walk.steps_per_epoch + 1]
    curves = walk_curves(
        [(score.loss, score.accuracy) for score in batches],
        [(score.loss, score.accuracy) for score in epochs],
        walk.steps_per_epoch,
    )
    st.plotly_chart(
        draw_walk(curves), key="backprop.curve", config=_CONFIG, alt="Loss and accuracy, batch by batch"
    )
    newest = epochs[-1]
    when = (
        f"after {len(epochs) - 1} epoch{'s' * (len(epochs) != 2)}"
        if len(epochs) > 1
        else "before the first step"
    )
    st.caption(
        f"All {len(walk.labels):,} images {when}: loss {figure(round(newest.loss, 4))}, "
        f"{100 * newest.accuracy:.1f} % right."
    )


def _finished_epoch(walk: Walk, record: StepRecord, stage: Stage) -> None:
    if stage.kind != "update" or record.step_of_epoch != walk.steps_per_epoch or not record.is_sound:
        return
    before, after = walk.epochs[record.epoch - 1], walk.epochs[record.epoch]
    st.success(
        f"The network has seen all {len(walk.labels):,} images {_times(record.epoch)}. Asked about all of "
        f"them, its loss went from {before.loss:.3f} to {after.loss:.3f} in this epoch, and it classifies "
        f"{100 * after.accuracy:.1f} % correctly ({100 * before.accuracy:.1f} % before). "
        "Go on with **Step**, or with another epoch.",
        icon=":material/check_circle:",
        title=f"Epoch {record.epoch:,} is over",
    )


def _so_many(factor: float) -> str:
    return f"{factor:,.0f}" if factor < MOST_COUNTED else f"more than {MOST_COUNTED:,}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _diverged(record: StepRecord) -> None:
    what = "The loss is" if not isfinite(record.score.loss) else "After the update the weights are"
    st.error(
        f"{what} no finite number any more: the steps were so long that the numbers left all bounds. "
        "Choose a smaller learning rate above, or press Reset and watch the numbers grow batch by batch. "
        "Cells without a colour hold no number.",
        icon=":material/error:",
        title=f"The training diverged in batch {record.number:,}",
    )


def _trouble(walk: Walk, record: StepRecord, setup: Setup) -> None:
    """Say so where the loss has run away, or where a layer has fallen silent."""
    start, now = walk.epochs[0].loss, record.score.loss
    silent = [layer for layer, own in enumerate(record.trace.forward[:-1], 1) if not own.A.any()]
    reasons = []
    if now > RUNAWAY * start:
        reasons.append(
            f"The loss is {_so_many(now / start)} times what it was before the first step: the steps are too "
            "long for the slopes they follow. A smaller learning rate helps."
        )
    if silent and setup.config.network.initialisation != "zeros":
        layers = " and ".join(str(layer) for layer in silent)
        reasons.append(
            f"Every unit of layer {layers} answers 0 to every image of this batch, so no gradient gets "
            "through to the weights before it: they do not learn from it."
        )
    if reasons:
        st.warning(" ".join(reasons), icon=":material/trending_up:", title="This does not go well")


def _go(batch: int, stage: str) -> None:
    state.keep(BATCH, min(max(batch, 1), MOST_BATCHES))
    state.keep(STAGE, stage)


def _here(labels: list[str]) -> tuple[int, int]:
    """The batch and the place of its stage that the controls say now, which may not be drawn yet."""
    label = state.recall(STAGE)
    return int(state.recall(BATCH) or 1), labels.index(label) if label in labels else 0


def _step(labels: list[str]) -> None:
    batch, place = _here(labels)
    is_last = place == len(labels) - 1
    _go(batch + is_last, labels[0 if is_last else place + 1])


def _back(labels: list[str]) -> None:
    batch, place = _here(labels)
    _go(batch - (place == 0), labels[place - 1])


def _whole_batch(labels: list[str]) -> None:
    batch, place = _here(labels)
    _go(batch + (place == len(labels) - 1), labels[-1])


def _epoch(labels: list[str], steps_per_epoch: int) -> None:
    batch, place = _here(labels)
    epoch = -(-(batch + (place == len(labels) - 1)) // steps_per_epoch)
    _go(epoch * steps_per_epoch, labels[-1])
