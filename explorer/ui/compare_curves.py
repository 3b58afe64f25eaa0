"""Loss and accuracy of the compared runs over one another, with what they are drawn over and how smoothly."""

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.evaluation.entries import Entry
from explorer.plots.comparison import Axis, Member, overlay
from explorer.plots.curves import Measure
from explorer.records import EpochMetrics
from explorer.ui.compare_chart import curves_chart
from explorer.ui.wording import plain

TRAINING = "Training"
PARTS: dict[str, tuple[Measure, ...]] = {
    "Validation": ("validation_loss", "validation_accuracy"),
    TRAINING: ("train_loss", "train_accuracy"),
    "Both": ("validation_loss", "validation_accuracy", "train_loss", "train_accuracy"),
}
AXES: dict[str, Axis] = {"Epochs": "epoch", "Steps": "step", "Seconds": "seconds", "Images seen": "images"}
MOST_REPEATS = 64  # of one entry whose curves are averaged


def curves(entries: Sequence[Entry], epochs: Mapping[int, Sequence[EpochMetrics]]) -> None:
    """Draw the networks' curves; baselines have none, and those that have none yet are named."""
    networks = [entry for entry in entries if not isinstance(entry.runs[0].config, BaselineConfig)]
    if not networks:
        st.caption("Baselines are fitted in one go, so there are no curves over epochs.")
        return
    is_validated = any(run.config.data.holds_back for entry in networks for run in entry.runs)
    part, axis, smoothing = _controls(is_validated)
    members = [
        Member(entry.name, tuple(epochs.get(run.id, ()) for run in entry.runs[:MOST_REPEATS]))
        for entry in networks
    ]
    overlays = [overlay(members, measure, axis, smoothing) for measure in part]
    curves_chart(overlays, axis, key="compare.curves")
    _said(entries, networks, is_validated, [line.name for line in overlays[0].lines if not line.places])


def _controls(is_validated: bool) -> tuple[tuple[Measure, ...], Axis, float]:
    """What to draw, over what, and how smoothly; the images can be chosen where some were held back."""
    part = TRAINING
    with st.container(horizontal=True, vertical_alignment="top"):
        if is_validated:
            part = _choice("Images", list(PARTS), "compare.part", "Which images loss and accuracy are of.")
        told = (
            "What lies to the right: seconds say which run is there first, images how much it needed to see."
        )
        axis = _choice("Over", list(AXES), "compare.axis", told)
        smoothing = st.slider(
            "Smoothing", 0.0, 0.95, 0.0, 0.05, key="compare.smoothing", persist_state="session", width=180,
            help="Exponential moving average over the epochs, debiased. The values stay as faint lines.",
        )  # fmt: skip
    return PARTS[part], AXES[axis], float(smoothing)


def _choice(label: str, options: Sequence[str], key: str, help_text: str) -> str:
    picked = st.segmented_control(
        label, options, default=options[0], required=True, key=key, persist_state="session", width="content",
        help=help_text,
    )  # fmt: skip
    return str(picked or options[0])


def _said(
    entries: Sequence[Entry], networks: Sequence[Entry], is_validated: bool, empty: Sequence[str]
) -> None:
    notes = [] if is_validated else ["No images are held back for validation, so training is drawn."]
    if any(len(entry.runs) > 1 for entry in networks):
        notes.append("Bands: mean ± standard deviation over the seeds.")
    if any(len(entry.runs) > MOST_REPEATS for entry in networks):
        notes.append(f"Of more than {MOST_REPEATS} seeds the first {MOST_REPEATS} are averaged.")
    if empty:
        notes.append(f"Nothing to draw of: {', '.join(plain(name) for name in empty)}.")
    if len(networks) < len(entries):
        fitted = [plain(entry.name) for entry in entries if entry not in networks]
        notes.append(f"Baselines have no epochs: {', '.join(fitted)}.")
    if notes:
        st.caption(" ".join(notes))
