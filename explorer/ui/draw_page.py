"""The Draw page: a digit of one's own, on its way into the networks, and what each of them answers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config.run import RunConfig
from explorer.data.catalog import DATASETS
from explorer.data.drawing import prepare_drawing
from explorer.errors import ExplorerError
from explorer.plots.activation_pictures import activation_pictures
from explorer.records import Run
from explorer.ui import cache, guard
from explorer.ui.answer_bars import Card, answer_bars
from explorer.ui.draw_keep import keep_buttons, what_was_kept
from explorer.ui.draw_readers import Reading, can_read, reader_of
from explorer.ui.draw_source import source
from explorer.ui.draw_steps import show_steps, switches
from explorer.ui.first_run import ensure_first_run
from explorer.ui.pace import live_fragment
from explorer.ui.robustness_address import show_runs_in_address
from explorer.ui.robustness_runs import MOST_RUNS, Asking, Subject, choose_runs, no_epoch_yet
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

INSIDE = "draw.inside"
WAIT_SECONDS = 1.0


def why_not(run: Run) -> str:
    """Why a run can't read a drawing."""
    if isinstance(run.config, RunConfig):
        return no_epoch_yet(run)
    if run.result is None:
        return "is not fitted yet" if run.status.is_active else "was not fitted"
    return "gives no shares to its classes: of the baselines, kNN and logistic regression do"


DRAW = Asking(
    "draw",
    can_read,
    why_not,
    f"Networks that have finished an epoch, kNN and logistic regression; up to {MOST_RUNS}.",
)


class Answered(NamedTuple):
    """A run and what it makes of the drawing."""

    subject: Subject
    reading: Reading


def show() -> None:
    """Draw the page."""
    st.title("Draw")
    st.caption(
        "Draw a digit, and see what your networks make of it. On its way it is prepared as the digits of "
        "MNIST were: each step can be switched off, to see what it is good for."
    )
    store = cache.store()
    ensure_first_run(store, cache.settings())
    runs = store.runs()
    subjects: list[Subject] = []
    with st.container():  # the pad keeps its place, and a stroke its ear, when this changes
        if any(can_read(run) for run in runs):
            subjects = choose_runs(runs, DRAW)
            show_runs_in_address(DRAW.chosen(), {})
        waits = not subjects and _no_network(runs)
    st.fragment(lambda: _live(subjects))()
    if waits:
        live_fragment(_look_again, WAIT_SECONDS)


def _no_network(runs: Sequence[Run]) -> bool:
    """Say what is missing for an answer; whether it will come by itself."""
    if any(can_read(run) for run in runs):
        st.info("Choose a run above: each answers beside the others.", icon=":material/draw:")
        return False
    if any(run.status.is_active for run in runs):
        st.info(
            "The first network is being trained. Draw meanwhile: it answers after its first epoch.",
            icon=":material/hourglass_top:",
        )
        return True
    st.info("There is no network to answer yet. Train one, then come back.", icon=":material/draw:")
    st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")
    return False


def _look_again() -> None:
    if any(can_read(run) for run in cache.store().runs()):
        st.rerun()


def _live(subjects: Sequence[Subject]) -> None:
    """All that changes with the drawing: a fragment, so that a stroke redraws nothing else."""
    with guard.in_words():
        beside, right = st.columns((2, 3), gap="large")
        with beside:
            drawn = source()
        with right:
            shown = st.container()  # above the switches, which say what is shown
            st.subheader("What the networks see")
            steps = switches()
            prepared = None if drawn is None else prepare_drawing(drawn.raster, steps)
            with shown:  # before all else: it is waited for
                answers = _answers(subjects, None if prepared is None else prepared.image)
            show_steps(drawn, prepared, steps)
        with right if is_phone() else beside:  # on a phone the answers come next to the pad
            if prepared is not None:
                keep_buttons(prepared)
            what_was_kept()
        _inside(answers)


def _answers(subjects: Sequence[Subject], image: NDArray[np.uint8] | None) -> list[Answered]:
    """Draw a card for each run; what those answered that could."""
    cards, answered = [], []
    for subject in subjects:
        names = DATASETS[subject.run.config.data.dataset].class_names
        try:
            reader = reader_of(subject.run, subject.epoch)
        except ExplorerError as error:
            st.warning(f"**{plain(subject.name)}**: {plain(str(error))}", icon=":material/error:")
            continue
        if image is None:
            cards.append(Card(subject.name, names, note="waits for a digit"))
            continue
        reading = reader.read(image)
        cards.append(Card(subject.name, names, tuple(reading.probabilities.tolist())))
        answered.append(Answered(subject, reading))
    if cards:
        answer_bars(cards, key="draw.answers")
    return answered


def _inside(answers: Sequence[Answered]) -> None:
    """The hidden layers of one network, as pictures that follow the pen."""
    networks = {a.subject.run.id: a for a in answers if isinstance(a.subject.run.config, RunConfig)}
    if not networks:
        return
    st.subheader("What each layer makes of it")
    chosen = st.segmented_control(
        "Network",
        list(networks),
        default=next(iter(networks)),
        required=True,
        key=INSIDE,
        format_func=lambda run_id: networks[run_id].subject.name,
        label_visibility="collapsed",
    )
    shown = networks.get(chosen) or next(iter(networks.values()))
    network = shown.subject.run.network_config.network
    for picture in activation_pictures(network, shown.reading.activations):
        st.caption(picture.words)
        st.image(picture.address, width=picture.pixels.shape[1], alt=picture.words)
