"""The test image that the Classical page looks into: chosen by class and number, or by lot."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config.run import DatasetName
from explorer.data.catalog import DATASETS
from explorer.data.files import Arrays, load_arrays
from explorer.ui import cache, state

CLASS, NUMBER = "classical.image.class", "classical.image.number"
# An image of the bundled digits that pixels and HOG features see very differently.
FIRST_CLASS, FIRST_NUMBER = 8, 3


@dataclass(frozen=True, slots=True, eq=False)
class ChosenImage:
    """A test image (28, 28) uint8; ``index`` counts in the test files, ``label`` is its class."""

    dataset: DatasetName
    index: int
    pixels: NDArray[np.uint8]
    label: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the dataset's classes."""
        return DATASETS[self.dataset].class_names


def choose_image(dataset: DatasetName) -> ChosenImage:
    """Draw the controls of the choice; the image that they name."""
    arrays, names = arrays_of(dataset), DATASETS[dataset].class_names
    there = [int(label) for label in np.unique(arrays.test_labels)]  # of one's own data not every class
    if state.said(CLASS, FIRST_CLASS) not in there:
        state.put(CLASS, there[0])
    label = st.pills(
        "Class",
        there,
        default=state.said(CLASS, FIRST_CLASS),
        required=True,
        format_func=lambda label: names[label],
        key=state.key_of(CLASS),
        persist_state="session",
        width="content",
        help="What the test image shows.",
    )
    members = np.flatnonzero(arrays.test_labels == label)
    if int(state.said(NUMBER, FIRST_NUMBER) or 1) > len(members):
        state.put(NUMBER, len(members))
    number = st.number_input(
        f"Test image (1 to {len(members):,})",
        min_value=1,
        max_value=len(members),
        value=int(state.said(NUMBER, FIRST_NUMBER) or 1),
        step=1,
        key=state.key_of(NUMBER),
        persist_state="session",
        width=190,
        help="Test images are never learned from, so no neighbour is the image itself.",
    )
    st.button("Random", icon=":material/casino:", on_click=_draw_lots, args=(dataset,))
    index = int(members[int(number or 1) - 1])
    return ChosenImage(dataset, index, arrays.test_images[index], int(label or 0))


def image_fields() -> dict[str, str]:
    """The chosen image as parameters of the address."""
    label = state.said(CLASS)
    return {} if label is None else {"class": str(label), "number": str(state.said(NUMBER, FIRST_NUMBER))}


def take_image_fields(fields: dict[str, str]) -> dict[str, str]:
    """The parameters without those of an image, which is then chosen; what is no number is passed over."""
    left = dict(fields)
    label, number = left.pop("class", ""), left.pop("number", "")
    if label.isdecimal() and int(label) < 10:
        state.put(CLASS, int(label))
    if number.isdecimal() and 0 < int(number) < 1_000_000:
        state.put(NUMBER, int(number))
    return left


def arrays_of(dataset: DatasetName) -> Arrays:
    """The images and labels of a dataset, kept for all tabs.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    folder = cache.settings().data
    return cache.made_once(lambda: load_arrays(dataset, folder), "arrays", dataset, str(folder))


def _draw_lots(dataset: DatasetName) -> None:
    labels = arrays_of(dataset).test_labels
    index = int(np.random.default_rng().integers(len(labels)))
    label = int(labels[index])
    state.put(CLASS, label)
    state.put(NUMBER, int(np.count_nonzero(labels[: index + 1] == label)))
