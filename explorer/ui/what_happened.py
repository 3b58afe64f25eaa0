"""What happened in a run that has ended, and one run to try next; silent where all is well."""

from collections.abc import Sequence

import streamlit as st

from explorer.config.fields import changed_values, config_to_query
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.errors import ConfigError
from explorer.evaluation.diagnosis import Finding, diagnose
from explorer.records import EpochMetrics, Run
from explorer.ui import shell
from explorer.ui.wording import plain


def what_happened(run: Run, epochs: Sequence[EpochMetrics]) -> None:
    """Draw the gravest finding as a card, others below it; nothing for a run that waits or trains."""
    if run.status.is_active:
        return
    for number, finding in enumerate(diagnose(run, epochs)):
        if number == 0:
            with st.container(border=True, key=f"what_happened:{run.id}"):
                _card(run, finding)
        else:
            with st.expander(f"Also: {plain(finding.symptom.lower())}", icon=":material/troubleshoot:"):
                _card(run, finding, is_titled=False)


def next_config(run: Run, finding: Finding) -> RunConfig | None:
    """The run's settings with what the finding advises; None where they contradict each other."""
    try:
        return config_from_paths({**changed_values(run.network_config), **finding.changes})
    except ConfigError:
        return None


def _card(run: Run, finding: Finding, *, is_titled: bool = True) -> None:
    if is_titled:
        st.markdown(f":material/troubleshoot: **What happened: {plain(_begun(finding.symptom))}**")
    st.markdown(plain(finding.evidence))
    config = next_config(run, finding)
    if config is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"To try next: {plain(_begun(finding.advice))}", width="content")
        pressed = st.button(
            "Set it up",
            key=f"what_happened.next:{run.id}:{finding.name}",
            icon=":material/open_in_new:",
            help="Opens Train with this run's settings and this one change; nothing starts yet.",
        )
    if pressed:
        st.switch_page(shell.PAGES / "train.py", query_params=config_to_query(config))


def _begun(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[0].lower() + sentence[1:]
