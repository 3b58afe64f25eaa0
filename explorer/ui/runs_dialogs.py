"""The dialogs of the Runs page: a new name, and are you sure."""

import streamlit as st

from explorer.errors import ExplorerError, RunNotFoundError
from explorer.jobs import queue
from explorer.ui import cache, state
from explorer.ui.wording import plain

MESSAGE = "runs.message"
NEW_NAME = "runs.new_name"
NAMES_SHOWN = 8


@st.dialog("Rename run", icon=":material/edit:")
def rename_dialog(run_id: int) -> None:
    """Ask for a new name; an empty one gives the run back the name it began with."""
    try:
        run = cache.store().run(run_id)
    except RunNotFoundError as error:
        st.info(str(error))
        return
    with st.form(f"rename:{run_id}", border=False):  # what was typed for another run is not its name
        st.text_input(
            "Name", value=run.name, max_chars=200, key=_box(run_id), help="Empty: the name it began with."
        )
        if st.form_submit_button("Rename", type="primary", on_click=_rename, args=(run_id,)):
            st.rerun()


@st.dialog("Delete runs", icon=":material/delete:")
def delete_dialog(run_ids: tuple[int, ...]) -> None:
    """Ask before runs and all they learned are gone."""
    wanted = set(run_ids)
    names = [f"{run.id} · {run.name}" for run in cache.store().runs() if run.id in wanted]
    counted = f"{len(names)} run{'s' * (len(names) != 1)}"
    st.write(f"**{counted}** with curves, results and weights will be gone for good:")
    more = [f"… and {len(names) - NAMES_SHOWN} more"] if len(names) > NAMES_SHOWN else []
    st.markdown("\n".join(f"- {plain(name)}" for name in [*names[:NAMES_SHOWN], *more]))
    with st.container(horizontal=True):
        if st.button(
            "Delete for good", type="primary", icon=":material/delete:", on_click=_delete, args=(run_ids,)
        ):
            st.rerun()
        if st.button("Keep"):
            st.rerun()


def _box(run_id: int) -> str:
    return f"{NEW_NAME}:{run_id}"


def _rename(run_id: int) -> None:
    try:
        cache.store().rename(run_id, str(state.recall(_box(run_id)) or ""))
    except ExplorerError as error:
        state.keep(MESSAGE, str(error))


def _delete(run_ids: tuple[int, ...]) -> None:
    """Delete what can be deleted; a run that can't be does not hold up the others."""
    deleted, refusals = 0, []
    for run_id in run_ids:
        try:
            queue.delete(cache.store(), cache.settings(), run_id)
            deleted += 1
        except ExplorerError as error:
            refusals.append(str(error))
    done = [f"{deleted} run{'s' * (deleted != 1)} deleted."] if deleted else []
    state.keep(MESSAGE, "\n".join([*done, *refusals]))
