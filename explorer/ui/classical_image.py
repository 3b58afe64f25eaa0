"""One image of a dataset: what HOG sees of it, its nearest neighbours, and a linear SVM's scores for it."""

from typing import Any

import streamlit as st

from explorer.classical.illustration import HogIllustration, illustrate
from explorer.config.run import DatasetName, Hog
from explorer.plots.hog import draw_gradient, draw_image, gradient_picture
from explorer.plots.hog_cells import cell_stars, draw_cells
from explorer.plots.hog_numbers import draw_numbers, number_rows
from explorer.ui import cache, classical_controls
from explorer.ui import classical_form as form
from explorer.ui.classical_choice import ChosenImage, choose_image
from explorer.ui.classical_form import Reading
from explorer.ui.classical_neighbours import neighbours
from explorer.ui.classical_scores import scores
from explorer.ui.dataset_note import dataset_note
from explorer.ui.form import Values
from explorer.ui.wording import plain, problem_sentence

STILL = {"displayModeBar": False, "scrollZoom": False}


def image_view(current: Values, reading: Reading) -> None:
    """Draw the choice of the image and everything that is made of it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width=200):
            classical_controls.draw(form.DATASET, current, reading)
        dataset: DatasetName = current[form.DATASET]
        is_here = dataset_note(dataset)
        image = choose_image(dataset) if is_here else None
    if image is None:
        return
    hog = _sliders(current, reading)
    if hog is None:
        return
    _pictures(image, hog)
    neighbours(image, hog)
    scores(image)


def _sliders(current: Values, reading: Reading) -> Hog | None:
    """The HOG of the sliders; where the image has no room for it, a message and None."""
    for column, path in zip(st.columns(3, gap="medium"), form.HOG, strict=True):
        with column:
            classical_controls.draw(path, current, reading)
    fitting = form.read({**current, form.FEATURES: "hog"})
    problems = [problem for problem in fitting.problems if problem.field in form.HOG]
    if problems:
        lines = "\n".join(f"- {plain(problem_sentence(problem))}" for problem in problems)
        st.warning(lines, icon=":material/edit:", title="Such blocks do not fit into an image")
        return None
    orientations, cell_size, block_size = (current[path] for path in form.HOG)
    return Hog(orientations=orientations, cell_size=cell_size, block_size=block_size)


def _pictures(image: ChosenImage, hog: Hog) -> None:
    steps = illustrate(image.pixels, hog)
    of_pixels, of_gradient = _still_pictures(image, steps)
    name = image.names[image.label]
    first, second, third = st.columns(3, gap="medium")
    with first:
        st.markdown(f"**1 · The image**: a test image of class {plain(name)}")
        _show(of_pixels, "image", f"Image of class {name}")
        st.caption("28×28 = 784 pixels from 0 to 255: what a method on pixels sees.")
    with second:
        st.markdown("**2 · Its gradient**: how brightness changes")
        _show(of_gradient, "gradient", "Gradient of the image")
        st.caption(
            "Colour is the magnitude. Each stroke lies along the edge, at right angles to the gradient; "
            "hover for numbers. 0° is a change from left to right, 90° from top to bottom."
        )
    with third:
        st.markdown(f"**3 · Its cells**: {hog.cell_size}×{hog.cell_size} pixels each")
        stars = cell_stars(steps.histograms, hog.cell_size)
        _show(draw_cells(image.pixels, stars), "cells", "Histogram of directions of each cell")
        st.caption(_cells_words(steps.histograms.shape, hog))
    rows = number_rows(steps.blocks)
    st.markdown(
        f"**4 · The {rows.count:,} numbers** that stand for the image: "
        f"{len(rows.blocks)} {'block' if len(rows.blocks) == 1 else 'blocks'} × "
        f"{hog.block_size}×{hog.block_size} cells × {hog.orientations} directions"
    )
    _show(draw_numbers(rows), "numbers", f"The {rows.count:,} HOG features by block")
    shared = "Neighbouring blocks share cells. " if hog.block_size > 1 and len(rows.blocks) > 1 else ""
    st.caption(
        f"{shared}Each row is scaled to length 1, cut off at 0.2 and scaled again "
        "(L2-Hys; Dalal & Triggs, 2005), so that faint and strong ink count alike."
    )


def _still_pictures(image: ChosenImage, steps: HogIllustration) -> tuple[Any, Any]:
    """The figures that no slider changes."""

    def draw() -> tuple[Any, Any]:
        gradient = gradient_picture(steps.magnitude, steps.direction)
        return draw_image(image.pixels), draw_gradient(gradient)

    return cache.made_once(draw, "pictures", str(cache.settings().data), image.dataset, image.index)


def _show(figure: Any, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=f"classical.image.{key}", config=STILL, alt=alt)


def _cells_words(shape: tuple[int, ...], hog: Hog) -> str:
    down, across, orientations = shape
    covered = down * hog.cell_size
    left = 28 - covered
    which = "row and column are" if left == 1 else f"{left} rows and columns are"
    rest = f" The last {which} left out." if left else ""
    return (
        f"{down}×{across} cells. Each holds the mean magnitude in {orientations} directions of "
        f"{180 / orientations:.4g}° "
        f"(a histogram of oriented gradients). The length of a stroke is the root of its value.{rest}"
    )
