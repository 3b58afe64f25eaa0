"""The images of the batch, each with its class and, once there is one, the network's answer."""

from math import isfinite

import numpy as np
import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.scratch.walk import StepRecord
from explorer.ui.backprop_settings import Setup

WIDTH = 84  # pixels on screen


def batch_images(record: StepRecord, setup: Setup, *, with_answers: bool) -> None:
    """Draw the images in the order of the columns of X, dark ink on light paper."""
    names = DATASETS[setup.config.data.dataset].class_names
    side = setup.side
    factor = WIDTH // side
    pictures = [
        (255 * (1 - column.reshape(side, side))).round().astype(np.uint8).repeat(factor, 0).repeat(factor, 1)
        for column in record.X.T
    ]
    labels, answers = record.Y.argmax(axis=0), record.P.argmax(axis=0)
    captions = [
        _caption(image, names[label], names[answers[image]], float(record.P[label, image]), with_answers)
        for image, label in enumerate(labels)
    ]
    st.image(pictures, caption=captions, width=WIDTH, output_format="PNG")


def _caption(image: int, name: str, answer: str, share: float, with_answers: bool) -> str:
    if not with_answers:
        return f"{image}: {name}"
    if not isfinite(share):
        return f"{image}: {name}, no answer"
    right = "right" if answer == name else f"read as {answer}"
    return f"{image}: {name}, {100 * share:.0f} %, {right}"
