"""One image on its way through a network: the answer, what speaks for it, what each layer makes of it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.catalog import DATASETS
from explorer.plots.attribution import attribution_picture, draw_attribution
from explorer.plots.probabilities import draw_probabilities, probability_bars
from explorer.plots.tiles import draw_tiles, tiles
from explorer.records import Run
from explorer.storage.arrays import Arrays
from explorer.ui import cache, state
from explorer.ui.answers import answer
from explorer.ui.layer_figures import layer_figures
from explorer.ui.run_views import image_control
from explorer.ui.scrubber import Moment
from explorer.ui.wording import plain

METHODS = {
    "input_times_gradient": "Input × gradient",
    "integrated_gradients": "Integrated gradients",
    "occlusion": "Occlusion",
}
EXPLAINED = {
    "input_times_gradient": "Each pixel's ink times the slope of the logit (Shrikumar et al., 2016). Quick, "
    "but blind where the slope is flat.",
    "integrated_gradients": "Slopes summed on the way from a black image to this one (Sundararajan et al., "
    "2017). All pixels together make up the whole logit.",
    "occlusion": "How far the logit falls when a black square of 5 × 5 pixels covers the place (Zeiler & "
    "Fergus, 2014).",
}
PART = "validation"
NO_MODE_BAR = {"displayModeBar": False}


def image(run: Run, moment: Moment | None) -> None:
    """Draw one validation image and what the network of the moment makes of it."""
    images = cache.validation_images(run.config.data)
    if moment is None or not len(images):
        _nothing(run, has_images=bool(len(images)))
        return
    labels = cache.validation_labels(run.config.data)
    names = DATASETS[run.config.data.dataset].class_names
    index = _index(run, moment, labels)
    if index is None:
        return
    beside = st.container(horizontal=True, gap="medium")
    with beside.container(width=200):
        st.markdown(f"**Image {index}** · class {plain(names[labels[index]])}")
        picture = draw_tiles(tiles(images[index : index + 1], [""]), zoom=6)
        st.plotly_chart(picture, key=f"image.picture:{run.id}", config=NO_MODE_BAR, alt=f"Image {index}")
    request = {"run_id": run.id, "epoch": moment.epoch, "part": PART}
    with beside.container(width=330):
        st.markdown(f"**Answer after epoch {moment.epoch:,}**")
        answer(
            "image.answer", "probabilities", request,
            lambda arrays: _bars(run, arrays, index, names, int(labels[index])), run_id=run.id,
        )  # fmt: skip
    with beside.container(width=400):
        _attribution(run, {**request, "index": index}, images[index], names, _answered(run, moment, index))
    _layers(run, {**request, "index": index})


def _nothing(run: Run, *, has_images: bool) -> None:
    if has_images:
        text = (
            "The first epoch is not finished yet."
            if run.status.is_active
            else "No weights were kept of this run. Train it again to look inside."
        )
    else:
        text = "This run held no validation images back. Train one that does, to look at its answers."
    st.info(text, icon=":material/image_search:")


def _index(run: Run, moment: Moment, labels: NDArray[np.uint8]) -> int | None:
    name = image_control(run.id)
    predictions = np.frombuffer(cache.store().predictions(run.id, moment.epoch), np.uint8)
    wrong = np.flatnonzero(predictions != labels) if len(predictions) == len(labels) else np.zeros(0, int)
    if state.said(name) is None and not state.is_kept(state.key_of(name)):
        state.put(name, int(wrong[0]) if len(wrong) else 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Validation image",
            0,
            len(labels) - 1,
            state.said(name),
            key=state.key_of(name),
            width=170,
            help=f"0 to {len(labels) - 1:,}.",
        )
        st.button(
            "Next mistake",
            key=f"image.mistake:{run.id}",
            icon=":material/close:",
            disabled=not len(wrong),
            help=f"{len(wrong):,} validation images are misread after this epoch.",
            on_click=_next_mistake,
            args=(name, wrong.tolist()),
        )
        st.button(
            "Another image",
            key=f"image.another:{run.id}",
            icon=":material/shuffle:",
            on_click=_another,
            args=(name, len(labels)),
        )
    chosen = state.said(name)
    return int(chosen) if chosen is not None else None


def _next_mistake(name: str, wrong: Sequence[int]) -> None:
    now = state.said(name)
    now = -1 if now is None else now
    state.put(name, next((index for index in wrong if index > now), wrong[0]))


def _another(name: str, count: int) -> None:
    state.put(name, int(np.random.default_rng().integers(count)))


def _answered(run: Run, moment: Moment, index: int) -> int:
    """The class that the network answered, as it was recorded."""
    predictions = cache.store().predictions(run.id, moment.epoch)
    return int(predictions[index]) if index < len(predictions) else 0


def _bars(run: Run, arrays: Arrays, index: int, names: Sequence[str], truth: int) -> None:
    bars = probability_bars(arrays["probabilities"][index].tolist(), names, truth)
    st.plotly_chart(
        draw_probabilities(bars),
        key=f"image.probabilities:{run.id}",
        config=NO_MODE_BAR,
        alt=f"The network says {names[bars.answer]}, which is {'right' if bars.is_right else 'wrong'}",
    )


def _attribution(
    run: Run, request: dict[str, object], picture: NDArray[np.uint8], names: Sequence[str], answered: int
) -> None:
    if run.config.data.features == "hog":
        st.info(
            "What speaks for a class is drawn on pixels, and this network sees HOG features. The view "
            "Weights shows which edges a unit looks for.",
            icon=":material/grid_off:",
            title="No pixels to judge",
        )
        return
    digit = st.selectbox(
        "What speaks for the class",
        range(len(names)),
        index=answered,
        format_func=lambda number: names[number] + (" (its answer)" if number == answered else ""),
        key=f"image.digit:{run.id}:{request['index']}:{answered}",
        help="The pixels below are judged by what they do for this class.",
    )
    method = st.segmented_control(
        "Method",
        list(METHODS),
        default="integrated_gradients",
        required=True,
        format_func=METHODS.__getitem__,
        key=f"image.method:{run.id}",
        label_visibility="collapsed",
    )

    def draw(arrays: Arrays) -> None:
        made = attribution_picture(
            arrays["values"], picture, float(arrays["score"]), float(arrays["baseline_score"])
        )
        st.plotly_chart(
            draw_attribution(made),
            key=f"image.attribution:{run.id}",
            config=NO_MODE_BAR,
            alt=f"Pixels that speak for {names[digit]}",
        )
        adds_up = "" if method == "occlusion" else f" All pixels add up to {made.total:+.2f}."
        st.caption(
            f"{EXPLAINED[method]} Orange speaks for {plain(names[digit])}, blue against it. Its logit is "
            f"{made.score:.2f}, that of a black image {made.baseline_score:.2f}.{adds_up}"
        )

    answer(
        "image.attribution", "attribution", {**request, "digit": digit, "method": method}, draw,
        run_id=run.id, keeps_last=False,
    )  # fmt: skip


def _layers(run: Run, request: dict[str, object]) -> None:
    st.markdown("**What each layer makes of it**")

    def draw(arrays: Arrays) -> None:
        maps = [arrays[f"map.{number}"] for number in range(len(arrays))]
        layer_figures(run, maps, key="image.layer")

    answer("image.layers", "feature_maps", request, draw, run_id=run.id)
