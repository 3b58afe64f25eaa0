"""Where a layer puts the validation images: points that can be pointed at and selected."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.models.architecture import weight_layers
from explorer.plots.embedding import draw_point_cloud, point_cloud
from explorer.plots.tiles import draw_tiles, tiles
from explorer.records import Run
from explorer.storage.analyses import key_of
from explorer.storage.arrays import Arrays
from explorer.ui import cache
from explorer.ui.answers import answer
from explorer.ui.scrubber import Moment

PCA_IMAGES, TSNE_IMAGES = 1_500, 1_000
MOST_SHOWN = 40
METHODS = {"pca": "PCA", "tsne": "t-SNE"}
EXPLAINED = {
    "pca": "The directions along which the layer's answers differ most (Pearson, 1901). Distances are true.",
    "tsne": "Neighbours stay neighbours (van der Maaten & Hinton, 2008). Only nearness means something, not "
    "how far apart the groups lie.",
}


def embedding(run: Run, moment: Moment | None) -> None:
    """Draw the points of a layer at a moment."""
    images = cache.validation_images(run.config.data)
    if moment is None or not len(images):
        st.info(
            "The map needs validation images and a finished epoch whose weights were kept.",
            icon=":material/scatter_plot:",
        )
        return
    layers = layer_names(run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = st.selectbox(
            "Layer", range(len(layers)), index=len(layers) - 2, format_func=layers.__getitem__, width=220,
            key=f"embedding.layer:{run.id}",
            help="Whose answers to the images are laid out: later layers part the classes further.",
        )  # fmt: skip
        method = st.segmented_control(
            "Method", list(METHODS), default="pca", required=True, format_func=METHODS.__getitem__,
            key=f"embedding.method:{run.id}",
            help="PCA keeps large distances, and is straight; t-SNE keeps neighbours together.",
        )  # fmt: skip
        dimensions = st.segmented_control(
            "Dimensions", [2, 3], default=2, required=True, format_func=lambda number: f"{number}-D",
            key=f"embedding.dimensions:{run.id}",
            help="Three can be turned with the mouse, and show more of the spread.",
        )  # fmt: skip
    wanted = PCA_IMAGES if method == "pca" else TSNE_IMAGES
    request = {
        "run_id": run.id, "epoch": moment.epoch, "part": "validation", "layer": layer,
        "dimensions": dimensions, "method": method, "images": wanted,
    }  # fmt: skip
    st.caption(
        f"{EXPLAINED[str(method)]} {min(wanted, len(images)):,} validation images, epoch {moment.epoch:,}."
    )
    answer(
        "embedding", "embedding", request, lambda arrays: _draw(run, arrays, key_of("embedding", request)),
        run_id=run.id,
        waiting="Placing the images …",
    )  # fmt: skip


def layer_names(run: Run) -> tuple[str, ...]:
    """What can be mapped: the input, each hidden layer, the logits."""
    data = run.network_config.data
    hidden = [layer.name for layer in weight_layers(run.network_config.network)[:-1]]
    return ("HOG features" if data.features == "hog" else "pixels", *hidden, "logits")


def _draw(run: Run, arrays: Arrays, key: str) -> None:
    data, indices = run.config.data, arrays["indices"]
    images, labels = cache.validation_images(data), cache.validation_labels(data)
    if len(indices) and int(indices.max()) >= len(images):
        return
    names = DATASETS[data.dataset].class_names
    shares = arrays["shares"].tolist() if "shares" in arrays else None
    cloud = cache.made_once(  # each of its images is drawn in text
        lambda: point_cloud(
            arrays["points"], labels[indices], indices, images[indices], names=names, shares=shares
        ),
        "point cloud",
        str(cache.settings().home),
        key,
    )
    is_flat = arrays["points"].shape[1] == 2
    chosen: Any = st.plotly_chart(
        draw_point_cloud(cloud),
        key=f"embedding.points:{run.id}:{arrays['points'].shape[1]}",
        config={"displaylogo": False, "scrollZoom": not is_flat},
        on_select="rerun" if is_flat else "ignore",
        selection_mode=("lasso", "box", "points"),
        alt=f"{len(indices):,} validation images as points, coloured by class",
    )
    selected = [int(point["customdata"][0]) for point in chosen.selection.points] if is_flat else []
    if selected:
        _selected(run, selected, images, labels, names)
    elif is_flat:
        st.caption("Point at an image to see it; draw a line around some to see them side by side.")


def _selected(run: Run, selected: Sequence[int], images: Any, labels: Any, names: Sequence[str]) -> None:
    shown = np.array(selected[:MOST_SHOWN])
    counts = [f"{(labels[selected] == number).sum()} × {name}" for number, name in enumerate(names)
              if (labels[selected] == number).any()]  # fmt: skip
    st.caption(f"{len(selected):,} images: {', '.join(counts)}")
    captions = [f"{names[labels[index]]}" for index in shown]
    hovers = [f"image {index}, class {names[labels[index]]}" for index in shown]
    picture = draw_tiles(
        tiles(images[shown], captions, hovers=hovers, keys=shown.tolist(), columns=10), zoom=2
    )
    st.plotly_chart(
        picture,
        key=f"embedding.selected:{run.id}",
        config={"displayModeBar": False},
        alt="The selected images",
    )
