"""Runs that were paused because the dashboard was closed, and the button that lets them go on."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.records import Run, RunStatus
from explorer.ui import cache, state
from explorer.ui.wording import plain

REFUSAL = "paused_note.refusal"


def paused_note(shown_run: int | None) -> None:
    """Say which runs were paused by closing the dashboard.

    Nothing where there are none but the shown one, which says so itself and has its own button.
    """
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")
    runs = paused_by_closing()
    if all(run.id == shown_run for run in runs):
        return
    names = ", ".join(f"{run.id} ({run.name})" for run in runs[:5])
    more = f" and {len(runs) - 5} more" if len(runs) > 5 else ""
    st.info(
        f"{'Run' if len(runs) == 1 else 'Runs'} {plain(names)}{more} paused when the dashboard was closed. "
        f"Every finished epoch was kept.",
        icon=":material/pause_circle:",
    )
    label = "Resume it" if len(runs) == 1 else f"Resume all {len(runs)}"
    st.button(label, key="resume:paused", icon=":material/play_arrow:", on_click=_resume)


def paused_by_closing() -> tuple[Run, ...]:
    """The paused runs that nobody paused by hand."""
    paused = cache.store().runs(statuses=(RunStatus.PAUSED,))
    return tuple(run for run in paused if "dashboard" in run.reason)


def _resume() -> None:
    try:
        for run in reversed(paused_by_closing()):
            queue.resume(cache.store(), cache.settings(), run.id)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
