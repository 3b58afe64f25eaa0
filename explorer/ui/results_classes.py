"""What each class looks like to a network: images that it would rather see than any other."""

import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.plots.tiles import draw_tiles, tiles
from explorer.records import Run
from explorer.storage.arrays import Arrays
from explorer.ui import state
from explorer.ui.answers import answer
from explorer.ui.scrubber import Moment

WIDE_COLUMNS = 5


def classes(run: Run, moment: Moment | None) -> None:
    """Draw one imagined image a class at a moment, while they grow."""
    if run.config.data.features == "hog":
        st.info(
            "This network sees HOG features, from which no image can be drawn. Train one on pixels to see "
            "what each class looks like to it.",
            icon=":material/grid_off:",
            title="No images of its classes",
        )
        return
    if moment is None:
        st.info("The first epoch whose weights are kept is still to come.", icon=":material/blur_on:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        smooth = st.toggle(
            "Smooth strokes",
            value=True,
            key=f"classes.smooth:{run.id}",
            help="Blurs a little after each step. Without it the image fills with the fine noise that "
            "networks react to as well.",
        )
        seed_key = f"classes.seed:{run.id}"
        st.button(
            "From another start", key=f"classes.again:{run.id}", icon=":material/casino:",
            on_click=lambda: state.keep(seed_key, int(state.recall(seed_key, 0)) + 1),
        )  # fmt: skip
    st.caption(
        "Faint noise is changed step by step, along the gradient, until the class's logit leads by far "
        f"(gradient ascent, Simonyan et al., 2014). Epoch {moment.epoch:,}."
    )
    request = {
        "run_id": run.id, "epoch": moment.epoch, "smooth": smooth, "seed": int(state.recall(seed_key, 0)),
    }  # fmt: skip
    answer(
        "classes", "class_images", request, lambda arrays: _draw(run, arrays), run_id=run.id,
        waiting="The images take shape …",
    )  # fmt: skip


def _draw(run: Run, arrays: Arrays) -> None:
    names = DATASETS[run.config.data.dataset].class_names
    images = (arrays["images"] * 255).round().astype("uint8")
    drawn = tiles(images, names, columns=WIDE_COLUMNS)
    st.plotly_chart(
        draw_tiles(drawn, zoom=4),
        key=f"classes.images:{run.id}",
        config={"displayModeBar": False},
        alt="What each class looks like to the network",
    )
