"""Where a lab stands: the guess before it, its progress and buttons, and what came of it in a sentence."""

from itertools import zip_longest

import streamlit as st

from explorer.data.words import duration
from explorer.errors import ExplorerError
from explorer.labs import running
from explorer.labs.experiment import Lab
from explorer.labs.guess import guesses, is_open, keep_guess, outcome_in_words, winner_in_words
from explorer.labs.judged import met
from explorer.labs.time_taken import time_taken
from explorer.ui import cache, compare_address, shell, state
from explorer.ui.labs_look import LabNow, asked_lab, look_anew
from explorer.ui.labs_report import lab_report_button
from explorer.ui.wording import plain

WINNER, POINTS, REFUSAL = "labs.winner", "labs.points", "labs.refusal"
SEEN = "labs.seen"
GONE = (
    "The runs of this lab, which stood here before, are gone: they were deleted, or the run store was moved "
    "away or replaced. Put it back, and the lab goes on from what was measured."
)
MOST_COMPARED = 20
GUESSES_SHOWN = 3


def standing(now: LabNow, *, is_ready: bool) -> None:
    """Draw how far the lab is, what to guess before it, and what to press; ``is_ready``: its dataset is."""
    if now.runs:
        state.keep(_seen(now), True)
    elif is_gone(now):
        st.warning(GONE, icon=":material/database_off:")
    _progress(now)
    _in_a_sentence(now)
    _guessing(now)
    _buttons(now, is_ready=is_ready)


def is_gone(now: LabNow) -> bool:
    """Whether this tab has seen runs of the lab in the store, and there are none any more."""
    return not now.runs and state.is_kept(_seen(now))


def _seen(now: LabNow) -> str:
    return f"{SEEN}:{now.lab.id}:{now.quick}"


def _progress(looked: LabNow) -> None:
    now = looked.progress
    left = f" · about {duration(now.seconds_left)} left" if now.seconds_left is not None else ""
    if now.is_active:
        words = f"{now.ended} of {now.wanted} runs ended · {now.training} training · {now.waiting} waiting"
        st.progress(min(now.share, 1.0), text=f"{words}{left}")
    elif now.is_done:
        took = time_taken(looked.runs.values())
        st.caption(
            f"All {now.wanted} runs have ended; they took {duration(took.clock)} "
            f"({duration(took.training)} of training)."
        )
    elif now.ended or now.paused:
        paused = f", {now.paused} paused" if now.paused else ""
        st.caption(f"{now.ended} of {now.wanted} runs have ended{paused}{left}.")
    else:
        takes = f"; they take about {duration(now.seconds_left)} here" if now.seconds_left is not None else ""
        st.caption(f"{now.wanted} runs, none yet{takes}.")


def _in_a_sentence(now: LabNow) -> None:
    """How many of the reported figures came out, where that was judged."""
    as_reported, judgeable = met(now.judged.values())
    if judgeable and not now.quick:  # what can be counted without training is no outcome of a quick lab
        st.markdown(f"**{as_reported} of {judgeable}** reported figures came out as reported.")


def _guessing(now: LabNow) -> None:
    """Before the first run a guess is asked for; afterwards guesses stand against what came out."""
    lab, quick = now.lab, now.quick
    made = guesses(cache.store(), lab, quick=quick)
    winner = winner_in_words(lab, {name: now.runs_of(lab.find(name)) for name in lab.question.experiments})
    if winner:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/balance: {plain(lab.question.words)} **{plain(winner)}**", width="content"
            )
            if "Cannot tell" in winner:
                asked = (run for name in lab.question.experiments for run in now.runs_of(lab.find(name)))
                st.page_link(
                    "pages/compare.py",
                    label="Add seeds",
                    icon=":material/add:",
                    query_params=compare_address.as_query([run.id for run in asked]),
                    help="Opens Compare with these runs; a button there trains them with further seeds.",
                )
    for guess in made[-GUESSES_SHOWN:]:
        words = outcome_in_words(lab, guess, now.means, is_done=now.progress.is_done)
        st.info(plain(words), icon=":material/psychology:")
    if now.progress.is_active or not is_open(cache.store(), lab, quick=quick):
        return
    with st.container(border=True):
        st.markdown(f"**Predict {'again' if made else 'first'}.** {plain(lab.question.words)}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                "The best",
                lab.question.experiments,
                index=None,
                format_func=lambda name: lab.find(name).title,
                placeholder="Your guess",
                key=f"{WINNER}:{lab.id}",
                width=320,
                help="Kept, and shown beside what comes out.",
            )
            st.number_input(
                "By how many points",
                0.0,
                100.0,
                1.0,
                0.5,
                key=f"{POINTS}:{lab.id}",
                width=180,
                help="Percentage points of test accuracy over the next best.",
            )
            st.button(
                "Keep my guess",
                icon=":material/psychology:",
                on_click=_keep_guess,
                args=(lab,),
                disabled=state.recall(f"{WINNER}:{lab.id}") is None,
                key="labs.guess",
            )


def _buttons(now: LabNow, *, is_ready: bool) -> None:
    arguments = (now.lab, now.quick)
    with st.container(horizontal=True, vertical_alignment="center"):
        if now.progress.is_active:
            st.button("Pause", icon=":material/pause:", on_click=_pause, args=arguments, key="labs.pause")
        elif not now.progress.is_done:
            st.button(
                "Go on" if now.progress.ended or now.progress.paused else "Run",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_run,  # what the controls say, not what the button was drawn with
                disabled=not is_ready,
                key="labs.run",
                help="Queues every run that is missing; what was measured stays.",
            )
        compared = runs_in_question(now)
        if compared and st.button(
            "Compare the runs",
            icon=":material/compare_arrows:",
            type="tertiary",
            key="labs.compare",
            help="Opens Compare with the runs that the lab's question is about.",
        ):
            shell.compare_runs(sorted(compared[:MOST_COMPARED]))
        lab_report_button(*arguments)
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")


def runs_in_question(now: LabNow) -> list[int]:
    """The numbers of the runs that the lab's question is about, each experiment's first seed first."""
    asked = [now.runs_of(now.lab.find(name)) for name in now.lab.question.experiments]
    return [run.id for runs in zip_longest(*asked) for run in runs if run is not None]


def _run() -> None:
    lab, quick = asked_lab()
    try:
        running.start(cache.store(), cache.settings(), lab, quick=quick)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    look_anew(lab, quick=quick)


def _pause(lab: Lab, quick: bool) -> None:
    try:
        running.stop(cache.store(), cache.settings(), lab, quick=quick)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    look_anew(lab, quick=quick)


def _keep_guess(lab: Lab) -> None:
    _, quick = asked_lab()
    winner, points = state.recall(f"{WINNER}:{lab.id}"), state.recall(f"{POINTS}:{lab.id}")
    if winner is not None:
        try:
            keep_guess(cache.store(), lab, winner, float(points or 0.0), quick=quick)
        except ExplorerError as error:
            state.keep(REFUSAL, str(error))
