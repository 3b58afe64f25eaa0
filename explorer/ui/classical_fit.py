"""Fit a classical method: its settings on the left, what became of it on the right."""

import streamlit as st

from explorer.classical.problems import problems
from explorer.config.baseline import BaselineConfig
from explorer.data.words import title_of
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.ui import address, cache, classical_controls, state
from explorer.ui import classical_form as form
from explorer.ui.classical_form import Reading
from explorer.ui.dataset_note import dataset_note
from explorer.ui.form import Values
from explorer.ui.run_panel import run_panel
from explorer.ui.screen import say_queued
from explorer.ui.wording import plain, problem_sentence

REFUSAL = "classical.refusal"
STARTED = "classical.started"
SHOWN_RUN = "classical.shown_run"
FIT = "classical.fit"

METHODS = {
    "knn": "Looks for the k training images most like a new one and lets them vote. Nothing is learned: "
    "all the work is done when an image is asked about.",
    "linear_svm": "Draws one flat border around each class, with as much room on either side as it can "
    "(squared hinge loss, one class against the rest).",
    "rbf_svm": "Like the linear one, but its borders may bend: alikeness to chosen training images decides.",
    "logistic": "One weight a feature and class, made into probabilities: a network without a hidden layer.",
    "forest": "Many decision trees, each grown on other images and features, which vote.",
}


def fit_view(current: Values, reading: Reading) -> None:
    """Draw the form and the run."""
    say_queued(STARTED)
    left, right = st.columns([5, 9], gap="medium")
    with left:
        _form(current, reading)
    with right:
        _run()


def newest_baseline() -> int | None:
    """The number of the newest run that is a baseline."""
    runs = (run for run in cache.store().runs() if isinstance(run.config, BaselineConfig))
    return next((run.id for run in runs), None)


def _form(current: Values, reading: Reading) -> None:
    classical_controls.draw(form.METHOD, current, reading)
    st.caption(METHODS[str(current[form.METHOD])])
    for path in form.parameters(current):
        classical_controls.draw(path, current, reading)
    classical_controls.draw(form.FEATURES, current, reading)
    if current[form.FEATURES] == "hog":
        for path in form.HOG:
            classical_controls.draw(path, current, reading)
    wrong = any(reading.problems_of(path) for path in (form.DATASET, *form.SIZES))
    mark = "  :red-badge[:material/error: to mend]" if wrong else ""
    label = f"Data :gray[· {plain(str(title_of(current[form.DATASET])))}]{mark}"
    with st.expander(label, key="classical.data", icon=":material/image:"):
        shown = [path for path in (form.DATASET, *form.SIZES) if form.applies(path, current)]
        for start in range(0, len(shown), 2):
            for column, path in zip(st.columns(2), shown[start : start + 2], strict=False):
                with column:
                    classical_controls.draw(path, current, reading)
    ready = dataset_note(current[form.DATASET])
    _button(reading, is_ready=ready)


def _button(reading: Reading, *, is_ready: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        # A callback: it runs before the script, and so also where a rerun cuts the script short.
        st.button(
            "Fit",
            key=FIT,
            type="primary",
            icon=":material/play_arrow:",
            shortcut="Ctrl+Enter",
            disabled=reading.config is None or not is_ready,
            on_click=_fit,
        )
        st.button("Back to defaults", icon=":material/restart_alt:", type="tertiary", on_click=_reset)
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")
    if reading.config is not None:
        st.caption(form.size_words(reading.config))
        return
    reasons = "\n".join(f"- {plain(problem_sentence(problem))}" for problem in reading.problems)
    st.warning(reasons, icon=":material/edit:", title="Before this can be fitted")


def _fit() -> None:
    """Queue what the form says now; where it says nothing sound, the page tells why."""
    config = form.read(classical_controls.values()).config
    if config is None:
        return
    try:
        found = problems(config, cache.settings().data)  # what only the images themselves can tell
        if found:
            state.keep(REFUSAL, "\n".join(problem_sentence(problem) for problem in found))
            return
        run = queue.submit(cache.store(), cache.settings(), config)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        address.show_run_in_address(run.id)
        state.keep(STARTED, run.name)


def _reset() -> None:
    classical_controls.set_values(form.default_values())


def _run() -> None:
    run_id = address.run_in_address()
    if run_id is None:
        if state.recall(SHOWN_RUN) is None:
            state.keep(SHOWN_RUN, newest_baseline())
        run_id = state.recall(SHOWN_RUN)
    if run_id is None:
        st.info(
            "Choose a method and what it sees of an image, then press Fit. Its accuracy and its mistakes "
            "appear here.",
            icon=":material/grid_on:",
            title="Nothing fitted yet",
        )
        return
    run_panel(run_id)
