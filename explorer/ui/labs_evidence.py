"""What the runs of one experiment show: in sentences, as curves, and what the report shows of it."""

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.evaluation.sweeps import is_diverged
from explorer.labs import running
from explorer.labs.experiment import Experiment, Lab, Show
from explorer.labs.facts import facts
from explorer.labs.printed import has_printed
from explorer.records import Run, RunStatus
from explorer.ui import cache, shell, state
from explorer.ui.labs_look import LabNow, asked_lab, look_anew
from explorer.ui.labs_printed import printed
from explorer.ui.labs_standing import REFUSAL
from explorer.ui.labs_table import MARKS, chosen, chosen_control
from explorer.ui.labs_views import (
    confusion,
    curves,
    gallery,
    row_shares,
    squared_error,
    stopping,
    units,
    weights,
)
from explorer.ui.what_happened import symptoms
from explorer.ui.wording import STATUS_ICONS, plain

OfRuns = Callable[[Sequence[Run]], None]
TITLES: dict[Show, str] = {
    "curves": "Curves",
    "stopping": "Where it stopped",
    "confusion": "Confusion matrix",
    "row_shares": "Confusion matrix",
    "weights": "Weights",
    "units": "Dead and inactive",
    "gallery": "Gallery",
    "squared_error": "Squared error",
    "printed": "The report's tables",
}
OF_ALL: dict[Show, OfRuns] = {"curves": curves, "stopping": stopping}
OF_ONE: dict[Show, Callable[[Run], None]] = {
    "confusion": confusion,
    "row_shares": row_shares,
    "weights": weights,
    "units": units,
    "gallery": gallery,
    "squared_error": squared_error,
}


def evidence(now: LabNow, experiment: Experiment | None, *, is_ready: bool) -> Run | None:
    """Draw the choice of an experiment, and what the runs of the chosen one show; the run looked into."""
    _choice(now.lab)
    if experiment is None:
        st.caption("Choose a row of the table, or an experiment here, to see what its runs show.")
        return None
    _said(now, experiment)
    runs = now.runs_of(experiment)
    with st.container(horizontal=True, vertical_alignment="center"):
        _links(now, experiment, is_ready=is_ready)
    for fact in facts(runs):
        st.markdown(f":material/fact_check: {plain(fact)}")
    symptoms(runs)
    begun = [run for run in runs if run.epoch or run.result is not None or is_diverged(run)]
    if not begun:
        st.info(
            "Its runs wait for a worker." if runs else "None of its runs was started yet.",
            icon=":material/hourglass_empty:" if runs else ":material/science:",
        )
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        show = _show(now, experiment, begun)
        run = _run(now, experiment, begun) if show in OF_ONE else None
    if run is not None:
        OF_ONE[show](run)
    elif show == "printed":
        printed(now.lab, experiment, begun)
    else:
        OF_ALL[show](begun)
    return run


def shows_of(lab: Lab, experiment: Experiment, runs: Sequence[Run]) -> tuple[Show, ...]:
    """What is shown of these runs: of a classical method only its answers, as it has no epochs."""
    if any(isinstance(run.config, BaselineConfig) for run in runs):
        return ("confusion",)
    first, *others = experiment.shows
    return (first, "printed", *others) if has_printed(lab, experiment) else experiment.shows


def _choice(lab: Lab) -> None:
    names = [experiment.id for experiment in lab.experiments]
    said = state.said(chosen_control(lab))
    st.selectbox(
        "What its runs show",
        names,
        names.index(said) if said in names else None,
        key=state.key_of(chosen_control(lab)),
        format_func=lambda name: lab.find(name).title,
        placeholder="Choose an experiment",
        persist_state="session",
        width=460,
        help="A click on a row of the table chooses it too.",
    )


def _said(now: LabNow, experiment: Experiment) -> None:
    line = now.judged[experiment.id]
    parts = [f"{plain(experiment.figure.where)}"]
    if line.reported:
        parts.append(f"reported **{plain(line.reported)}**")
    if line.value:
        parts.append(f"measured **{plain(line.value)}**")
    if line.difference:
        parts.append(f"difference {plain(line.difference)}")
    if line.tolerance:
        parts.append(f"tolerance {plain(line.tolerance)}")
    mark = MARKS[line.verdict.is_met]
    parts.append(f"{mark} {plain(line.verdict.words)}".strip())
    st.markdown(" · ".join(parts))
    if experiment.reading:
        st.caption(plain(experiment.reading))


def _links(now: LabNow, experiment: Experiment, *, is_ready: bool) -> None:
    runs = now.runs_of(experiment)
    for run in runs:
        accuracy = f" · {100 * run.result.test.accuracy:.2f} %" if run.result is not None else ""
        seed = f" · seed {run.config.training.seed}" if isinstance(run.config, RunConfig) else ""
        st.page_link(
            "pages/run.py",
            label=f"Run {run.id}{seed}{accuracy}",
            icon=STATUS_ICONS[run.status],
            query_params={"run": str(run.id)},
            help="Opens all that there is of this run; the number is its accuracy on the test images.",
        )
    if len(runs) > 1 and st.button(
        "Compare them", icon=":material/compare_arrows:", type="tertiary", key="labs.compare_experiment"
    ):
        shell.compare_runs([run.id for run in runs])
    whole = now.judged[experiment.id].measured.is_whole
    if not whole and not now.is_active(experiment):
        st.button(
            "Run this one alone",
            icon=":material/play_arrow:",
            key="labs.run_experiment",
            on_click=_run_alone,
            disabled=not is_ready,
            help="Queues what is missing of this experiment and of no other.",
        )


def _run_alone() -> None:
    lab, quick = asked_lab()
    experiment = chosen(lab)
    if experiment is None:
        return
    try:
        running.start(cache.store(), cache.settings(), lab, quick=quick, experiments=(experiment.id,))
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    look_anew(lab, quick=quick)


def _show(now: LabNow, experiment: Experiment, runs: Sequence[Run]) -> Show:
    shows = shows_of(now.lab, experiment, runs)
    return st.segmented_control(
        "Evidence",
        shows,
        default=shows[0],
        required=True,
        key=f"labs.show:{now.lab.id}:{now.quick}:{experiment.id}",
        persist_state="session",
        format_func=TITLES.__getitem__,
        label_visibility="collapsed",
    )


def _run(now: LabNow, experiment: Experiment, runs: Sequence[Run]) -> Run:
    """The repeat that is looked at: the first that has ended, until another is chosen."""
    if len(runs) == 1:
        return runs[0]
    seeds = {run.network_config.training.seed: run for run in runs}
    ended = [seed for seed, run in seeds.items() if run.status is RunStatus.FINISHED]
    picked = st.segmented_control(
        "Seed",
        list(seeds),
        default=ended[0] if ended else next(iter(seeds)),
        required=True,
        key=f"labs.seed:{now.lab.id}:{now.quick}:{experiment.id}:{len(seeds)}",
        persist_state="session",
        format_func=lambda seed: f"Seed {seed}",
        label_visibility="collapsed",
    )
    return seeds[picked] if picked in seeds else runs[0]
