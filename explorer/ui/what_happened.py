"""What happened in a run that has ended, and one run to try next; silent where all is well."""

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.config.fields import changed_values, config_to_query
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.errors import ConfigError, ExplorerError
from explorer.evaluation.diagnosis import Finding, diagnose
from explorer.jobs import queue
from explorer.records import EpochMetrics, Run
from explorer.ui import cache, shell, state
from explorer.ui.wording import plain

STARTED, REFUSAL = "what_happened.started", "what_happened.refusal"
MOST_ASKED, NAMED = 50, 5  # runs of a comparison; those named for each symptom


def what_happened(run: Run, epochs: Sequence[EpochMetrics]) -> None:
    """Draw the gravest finding as a card, others below it; nothing for a run that waits or trains."""
    started = state.take(STARTED)
    if started is not None:
        shell.open_run(started)
    if run.status.is_active:
        return
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")
    findings = diagnose(run, epochs)
    for number, finding in enumerate(findings):
        if number == 0:
            with st.container(border=True, key=f"what_happened:{run.id}"):
                st.markdown(f":material/troubleshoot: **What happened: {plain(_begun(finding.symptom))}**")
                _card(run, finding)
        elif finding.evidence not in findings[0].evidence:
            symptom = plain(_begun(finding.symptom))
            with st.expander(f"Also: {symptom}", icon=":material/troubleshoot:"):
                _card(run, finding, is_new=finding.changes != findings[0].changes)


def symptoms(runs: Sequence[Run]) -> None:
    """One line that names what happened in which of these runs, with links; nothing where all are well."""
    told = [(run, _told(run)) for run in runs[:MOST_ASKED] if not run.status.is_active]
    ill: dict[str, list[Run]] = {}
    for run, symptom in told:
        if symptom:
            ill.setdefault(symptom, []).append(run)
    if not ill:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":material/troubleshoot: **What happened**", width="content")
        for symptom, same in ill.items():
            numbers = ", ".join([*(str(run.id) for run in same[:NAMED]), *["…"] * (len(same) > NAMED)])
            st.page_link(
                "pages/run.py",
                label=f"{numbers}: {plain(_begun(symptom))}",
                query_params={"run": str(same[0].id)},
                help=f"Opens run {same[0].id}: the evidence, and a run to try next.",
            )


def next_config(run: Run, finding: Finding) -> RunConfig | None:
    """The run's settings with what the finding advises; None where they contradict each other."""
    try:
        return config_from_paths({**changed_values(run.network_config), **finding.changes})
    except ConfigError:
        return None


def _told(run: Run) -> str:
    """The gravest symptom of an ended run, or nothing; each run is looked at once."""

    def look() -> str:
        found = diagnose(run, cache.store().epochs(run.id))
        return found[0].symptom if found else ""

    return cache.small_made_once(look, "what happened", run.id, str(run.ended_at))


def _card(run: Run, finding: Finding, *, is_new: bool = True) -> None:
    st.markdown(plain(finding.evidence))
    config = next_config(run, finding)
    if config is None or not is_new:
        return
    advice = plain(_begun(finding.advice))
    key = f"{run.id}:{finding.name}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"To try next: {advice}", width="content")
        if not finding.changes:
            _button("Resume", f"what_happened.resume:{key}", _resume, run.id, "Goes on from its last epoch.")
            return
        _button(
            "Train it",
            f"what_happened.train:{key}",
            _train,
            config,
            "Queues a run with this run's settings and this change, from new weights, and opens it.",
        )
        pressed = st.button(
            "Set it up",
            key=f"what_happened.next:{key}",
            icon=":material/open_in_new:",
            type="tertiary",
            help="Opens Train with this run's settings and this change; nothing starts yet.",
        )
    if pressed:
        st.switch_page(shell.PAGES / "train.py", query_params=config_to_query(config))


def _button(label: str, key: str, act: Callable[..., None], argument: object, meaning: str) -> None:
    st.button(label, key=key, icon=":material/play_arrow:", on_click=act, args=(argument,), help=meaning)


def _train(config: RunConfig) -> None:
    try:
        state.keep(STARTED, queue.submit(cache.store(), cache.settings(), config).id)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))


def _resume(run_id: int) -> None:
    try:
        queue.resume(cache.store(), cache.settings(), run_id)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))


def _begun(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[0].lower() + sentence[1:]
