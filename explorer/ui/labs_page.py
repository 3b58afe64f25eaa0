"""The Labs page: the experiments of five reports, what was reported beside what is measured here."""

import pandas as pd
import streamlit as st

from explorer.errors import ExplorerError
from explorer.labs import running
from explorer.labs.experiment import Experiment, Lab
from explorer.labs.guess import guesses, keep_guess, outcome_in_words
from explorer.labs.measured import Measured, measure, runs_of
from explorer.labs.running import Progress
from explorer.labs.verdict import Verdict, amount, difference_in_words, judge, judge_order
from explorer.ui import cache, guard, shell, state
from explorer.ui.dataset_note import dataset_note
from explorer.ui.wording import plain

LAB, QUICK = "labs.lab", "labs.quick"
WINNER, POINTS, REFUSAL = "labs.winner", "labs.points", "labs.refusal"
POLL_SECONDS = 2.0
MOST_COMPARED = 12
ROWS_SHOWN = 40
NAMES = {lab_id: f"{lab_id.capitalize()} report" for lab_id in running.LABS}
MARKS = {True: "✓", False: "✗", None: ""}
_COLUMNS = {
    "": st.column_config.TextColumn("", width=30, help="✓ as reported, ✗ not as reported."),
    "experiment": st.column_config.TextColumn("Experiment"),
    "where": st.column_config.TextColumn("Where in the report"),
    "reported": st.column_config.TextColumn("Reported"),
    "measured": st.column_config.TextColumn("Measured", help="Mean ± sample standard deviation (runs)."),
    "difference": st.column_config.TextColumn("Difference"),
    "tolerance": st.column_config.TextColumn("Tolerance", help="Stated before anything was run."),
    "verdict": st.column_config.TextColumn("Verdict"),
}


def show() -> None:
    """Draw the page."""
    st.title("Labs")
    st.caption(
        "Five student reports on MNIST, experiment by experiment: what each reported, and what comes out "
        "here. The quick version takes about a minute; the whole one can be left and come back to."
    )
    lab, quick = _choice()
    st.subheader(f"{NAMES[lab.id]}: {lab.title}", anchor=False)
    st.markdown(plain(lab.about))
    ready = dataset_note("mnist")
    _Live(lab, quick, is_ready=ready).draw()
    _gaps(lab)


def _choice() -> tuple[Lab, bool]:
    """The lab and the version, of the address where it names them."""
    if state.arrived() or state.said(LAB) is None:
        named = st.query_params.get("lab", "")
        if named in running.LABS or state.said(LAB) is None:
            state.put(LAB, named if named in running.LABS else next(iter(running.LABS)))
            state.put(QUICK, st.query_params.get("quick", "1") != "0")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Report",
            list(running.LABS),
            default=state.said(LAB),
            key=state.key_of(LAB),
            required=True,
            persist_state="session",
            format_func=NAMES.__getitem__,
            help="In the order of their files.",
        )
        quick = st.toggle(
            "Quick version",
            value=state.said(QUICK),
            key=state.key_of(QUICK),
            persist_state="session",
            help="Fewer images, epochs and repeats: shows the effect, and is not judged by the numbers.",
        )
    wanted = {"lab": str(chosen), "quick": "1" if quick else "0"}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
    return running.find_lab(str(chosen)), bool(quick)


class _Live:
    """Guess, buttons, progress and table as a fragment that polls while runs of the lab wait or train."""

    def __init__(self, lab: Lab, quick: bool, *, is_ready: bool) -> None:
        self._lab, self._quick, self._is_ready = lab, quick, is_ready
        self._is_active = running.progress(cache.store(), lab, quick=quick).is_active

    def draw(self) -> None:
        """Register the fragment."""
        st.fragment(self._body, run_every=POLL_SECONDS if self._is_active else None)()

    def _body(self) -> None:
        with guard.in_words():
            now = running.progress(cache.store(), self._lab, quick=self._quick)
            judged = _judged(self._lab, self._quick)
            with st.container():
                _standing(now)
                _guessing(self._lab, self._quick, now, judged)
                self._buttons(now, judged)
            _table(self._lab, judged)
            means = {name: measured.mean for name, (measured, _) in judged.items()}
            for order in self._lab.orders:
                verdict = judge_order(self._lab, order, means, quick=self._quick)
                st.markdown(f"{MARKS[verdict.is_met]} {plain(verdict.words)}".strip())
            if now.is_active != self._is_active:
                st.rerun()

    def _buttons(self, now: Progress, judged: dict[str, tuple[Measured, Verdict]]) -> None:
        arguments = (self._lab.id, self._quick)
        with st.container(horizontal=True, vertical_alignment="center"):
            if now.is_active:
                st.button("Pause", icon=":material/pause:", on_click=_pause, args=arguments, key="labs.pause")
            elif not now.is_done:
                st.button(
                    "Go on" if now.ended or now.paused else "Run",
                    type="primary",
                    icon=":material/play_arrow:",
                    on_click=_run,
                    args=arguments,
                    disabled=not self._is_ready,
                    key="labs.run",
                    help="Queues every run that is missing; what was measured stays.",
                )
            ids = [run.id for measured, _ in judged.values() for run in measured.runs]
            if ids and st.button(
                "Compare the runs", icon=":material/compare_arrows:", type="tertiary", key="labs.compare"
            ):
                shell.compare_runs(list(dict.fromkeys(ids))[:MOST_COMPARED])
        refusal = state.take(REFUSAL)
        if refusal:
            st.error(plain(refusal), icon=":material/error:")


def _standing(now: Progress) -> None:
    if now.is_active:
        words = f"{now.ended} of {now.wanted} runs ended · {now.training} training · {now.waiting} waiting"
        st.progress(min(now.share, 1.0), text=words)
    elif now.is_done:
        st.caption(f"All {now.wanted} runs have ended.")
    elif now.ended or now.paused:
        paused = f", {now.paused} paused" if now.paused else ""
        st.caption(f"{now.ended} of {now.wanted} runs have ended{paused}.")
    else:
        st.caption(f"{now.wanted} runs, none yet.")


def _guessing(lab: Lab, quick: bool, now: Progress, judged: dict[str, tuple[Measured, Verdict]]) -> None:
    """Before the first run a guess is asked for; afterwards guesses stand against what came out."""
    made = guesses(cache.store(), lab, quick=quick)
    means = {name: measured.mean for name, (measured, _) in judged.items()}
    for guess in made[-3:]:
        st.info(plain(outcome_in_words(lab, guess, means)), icon=":material/psychology:")
    if now.ended or now.is_active or made:
        return
    with st.container(border=True):
        st.markdown(f"**Predict first.** {plain(lab.question.words)}")
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
                args=(lab.id, quick),
                disabled=state.recall(f"{WINNER}:{lab.id}") is None,
                key="labs.guess",
            )


def _table(lab: Lab, judged: dict[str, tuple[Measured, Verdict]]) -> None:
    rows = []
    for experiment in lab.experiments:
        measured, verdict = judged[experiment.id]
        figure = experiment.figure
        value = "" if measured.mean is None else amount(measured.mean, experiment)
        if value and measured.n > 1 and measured.std is not None:
            value += f" ± {amount(measured.std, experiment)} ({measured.n})"
        rows.append(
            {
                "": MARKS[verdict.is_met],
                "experiment": experiment.title,
                "where": figure.where,
                "reported": figure.statement if figure.value is None else amount(figure.value, experiment),
                "measured": value,
                "difference": "" if verdict.difference is None else _signed(verdict.difference, experiment),
                "tolerance": ""
                if figure.tolerance is None
                else f"± {difference_in_words(figure.tolerance, experiment)}",
                "verdict": verdict.words,
            }
        )
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=_COLUMNS,
        height=35 * (min(len(rows), ROWS_SHOWN) + 1) + 3,
        alt=f"Reported and measured figures of the {lab.id} report",
    )  # fmt: skip


def _gaps(lab: Lab) -> None:
    readings = [experiment for experiment in lab.experiments if experiment.reading]
    st.markdown("**What the report leaves open, and how it was read here**")
    for gap in lab.gaps:
        with st.expander(plain(gap.unsaid), icon=":material/help_center:"):
            st.markdown(f"**{plain(gap.reading)}** {plain(gap.why)}")
    if readings:
        lines = [f"- {plain(experiment.title)}: {plain(experiment.reading)}" for experiment in readings]
        st.caption("\n".join(lines))


def _judged(lab: Lab, quick: bool) -> dict[str, tuple[Measured, Verdict]]:
    store = cache.store()
    found = runs_of(store, lab, quick=quick)
    judged = {}
    for experiment in lab.experiments:
        measured = measure(store, lab, experiment, found, quick=quick)
        judged[experiment.id] = measured, judge(experiment.figure, measured, quick=quick)
    return judged


def _signed(difference: float, experiment: Experiment) -> str:
    return f"{'+' if difference >= 0 else '−'}{difference_in_words(difference, experiment)}"


def _run(lab_id: str, quick: bool) -> None:
    try:
        running.start(cache.store(), cache.settings(), running.find_lab(lab_id), quick=quick)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))


def _pause(lab_id: str, quick: bool) -> None:
    try:
        running.stop(cache.store(), cache.settings(), running.find_lab(lab_id), quick=quick)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))


def _keep_guess(lab_id: str, quick: bool) -> None:
    winner, points = state.recall(f"{WINNER}:{lab_id}"), state.recall(f"{POINTS}:{lab_id}")
    if winner is not None:
        keep_guess(cache.store(), running.find_lab(lab_id), winner, float(points or 0.0), quick=quick)
