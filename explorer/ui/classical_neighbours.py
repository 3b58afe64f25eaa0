"""The training images nearest to an image, by its pixels and by its HOG features, side by side."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.classical.feature_files import DatasetFeatures, open_features
from explorer.classical.neighbours import nearest
from explorer.config.run import DatasetName, Hog
from explorer.data.words import title_of
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.plots.hog_neighbours import NeighbourTiles, draw_neighbours, neighbour_tiles
from explorer.records import Run, RunStatus
from explorer.ui import cache, classical_controls, guard, state
from explorer.ui import classical_form as form
from explorer.ui.classical_choice import ChosenImage, arrays_of
from explorer.ui.pace import live_fragment
from explorer.ui.wording import plain

SHOWN = 8
POLL_SECONDS = 1.0
REFUSAL = "classical.neighbours.refusal"
# Drawn once with the search: a figure costs as much as finding what it shows.
Shown = tuple[NeighbourTiles, Any]
STILL = {"displayModeBar": False, "scrollZoom": False}


def neighbours(image: ChosenImage, hog: Hog) -> None:
    """Draw the neighbours in both spaces; where HOG features are not on disk, say how to get them."""
    st.subheader("Its nearest neighbours", anchor=False)
    count = len(arrays_of(image.dataset).train_labels)
    st.markdown(
        f"The {SHOWN} of {count:,} training images at the smallest Euclidean distance. kNN lets them vote; "
        "a frame and ✗ mark those of another class. One image proves nothing: the view All methods counts "
        "every test image."
    )
    left, right = st.columns(2, gap="large")
    with left:
        _space("pixels", "By pixels", pixel_neighbours(image))
    with right:
        _HogSpace(image, hog).draw()


def pixel_neighbours(image: ChosenImage) -> Shown:
    """The neighbours of an image with pixels in [0, 1]."""
    arrays = arrays_of(image.dataset)
    folder = str(cache.settings().data)

    def find() -> Shown:
        flat = arrays.train_images.reshape(len(arrays.train_images), -1)
        found = nearest(image.pixels.reshape(-1), flat, SHOWN)
        return _tiles(image, found.indices, found.distances / 255)

    return cache.made_once(find, "pixel neighbours", folder, image.dataset, image.index)


def hog_neighbours(image: ChosenImage, hog: Hog, features: DatasetFeatures) -> Shown:
    """The neighbours of an image with the HOG features that are on disk."""
    folder = str(cache.settings().data)

    def find() -> Shown:
        found = nearest(features.test[image.index], features.train, SHOWN)
        return _tiles(image, found.indices, found.distances)

    return cache.made_once(find, "HOG neighbours", folder, image.dataset, image.index, hog.model_dump_json())


def _tiles(image: ChosenImage, indices: NDArray[np.int64], distances: NDArray[np.floating]) -> Shown:
    arrays = arrays_of(image.dataset)
    tiles = neighbour_tiles(
        arrays.train_images[indices],
        [int(label) for label in arrays.train_labels[indices]],
        [float(distance) for distance in distances],
        own=image.label,
        names=image.names,
    )
    return tiles, draw_neighbours(tiles)


def _space(key: str, title: str, shown: Shown) -> None:
    tiles, figure = shown
    st.markdown(f"**{title}**: {plain(tiles.sentence)}")
    st.plotly_chart(
        figure,
        key=f"classical.neighbours.{key}",
        config=STILL,
        alt=f"Nearest training images {title.lower()}: {tiles.sentence}. {'; '.join(tiles.hovers)}",
    )


class _HogSpace:
    """The neighbours by HOG as a fragment that polls only while a fit computes the features."""

    def __init__(self, image: ChosenImage, hog: Hog) -> None:
        self._image, self._hog = image, hog
        self._is_live = bool(self._computing())

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            settings = cache.settings()
            features = open_features(self._image.dataset, self._hog, settings.data, settings.home)
            computing = () if features is not None else self._computing()
            if bool(computing) != self._is_live:
                st.rerun()
            if features is not None:
                _space("hog", "By HOG", hog_neighbours(self._image, self._hog, features))
            elif computing:
                _progress(computing[0])
            else:
                self._offer()

    def _computing(self) -> tuple[Run, ...]:
        return _computing(self._image.dataset, self._hog)

    def _offer(self) -> None:
        st.markdown("**By HOG**")
        failed = self._newest_failure()
        if failed is not None:
            st.error(
                f"Run {failed.id} was to compute them: {plain(failed.reason)}",
                icon=":material/error:",
                title="The HOG features are not there",
            )
        else:
            st.info(
                "Neighbours by HOG need the features of every training image. Fitting any method on HOG "
                "with these settings computes them once and keeps them; kNN is the quickest.",
                icon=":material/hourglass_empty:",
                title="These HOG features have not been computed yet",
            )
        st.button(
            "Fit kNN on these HOG features",
            key="classical.compute",
            icon=":material/play_arrow:",
            on_click=_compute,
        )
        refusal = state.take(REFUSAL)
        if refusal:
            st.error(plain(refusal), icon=":material/error:")

    def _newest_failure(self) -> Run | None:
        runs = [run for run in cache.store().runs() if _is_on(run, self._image.dataset, self._hog)]
        return runs[0] if runs and runs[0].status is RunStatus.FAILED else None


def _computing(dataset: DatasetName, hog: Hog) -> tuple[Run, ...]:
    """The active fits on these very features, the one in hand first."""
    active = cache.store().runs(statuses=(RunStatus.QUEUED, RunStatus.RUNNING))
    return tuple(run for run in reversed(active) if _is_on(run, dataset, hog))


def _is_on(run: Run, dataset: DatasetName, hog: Hog) -> bool:
    data = run.config.data
    return (data.dataset, data.features, data.hog) == (dataset, "hog", hog)


def _progress(run: Run) -> None:
    st.markdown("**By HOG**")
    if run.status is RunStatus.QUEUED:
        st.progress(0.0, f"Run {run.id} ({plain(run.name)}) waits for a worker …")
        return
    share = min(run.step / run.total_steps, 1.0) if run.total_steps else 0.0
    st.progress(share, f"Run {run.id} ({plain(run.name)}): {plain(run.stage) or 'starting'} …")


def _compute() -> None:
    """Queue a fit on the features that the form says now, unless one is queued already."""
    said = classical_controls.values()
    chosen = {path: said[path] for path in (form.DATASET, *form.HOG)}
    config = form.read({**form.default_values(), **chosen, form.METHOD: "knn", form.FEATURES: "hog"}).config
    if config is None or _computing(config.data.dataset, config.data.hog):
        return
    try:
        queue.submit(cache.store(), cache.settings(), config)
    except ExplorerError as error:
        state.keep(REFUSAL, f"{title_of('knn')} could not be queued: {error}")
