"""The Workers page: who trains on what, what waits, and where everything is kept."""

from collections.abc import Sequence

import streamlit as st

from explorer.config.kinds import wanted_device
from explorer.data.words import title_of
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.jobs.locks import is_held
from explorer.jobs.runner import runner_lock
from explorer.jobs.status import WorkerStatus
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.ui import cache, guard, state
from explorer.ui.pace import live_fragment
from explorer.ui.places import logs, places
from explorer.ui.results_status import stage_in_words
from explorer.ui.wording import plain, runs_in_words, since

POLL_SECONDS = 2.0
MESSAGE = "workers.message"
KEEP_RUNNING = "keep_running_after_close"  # the name under which workers look it up in the store
KEEP_CONTROL = "workers.keep_running"

_STATES = {
    "starting": ("Starting", "orange", ":material/hourglass_top:"),
    "idle": ("Idle", "gray", ":material/bedtime:"),
    "busy": ("Training", "blue", ":material/play_circle:"),
    "dead": ("Gone", "red", ":material/cancel:"),
}


def show() -> None:
    """Draw the page."""
    st.title("Workers")
    with st.container():  # what stands below keeps its place when the message goes
        message = state.take(MESSAGE)
        if message:
            st.info(plain(message), icon=":material/info:")
    live_fragment(_live, POLL_SECONDS)
    _setting()
    places(cache.settings())
    logs(cache.settings())


def _live() -> None:
    with guard.in_words():
        settings = cache.settings()
        active = cache.store().runs(statuses=(RunStatus.QUEUED, RunStatus.RUNNING))
        _workers(settings, {run.id: run for run in active})
        _queue(tuple(run for run in reversed(active) if run.status is RunStatus.QUEUED))


def _workers(settings: Settings, runs: dict[int, Run]) -> None:
    workers = queue.workers(settings)
    runner_is_there = is_held(runner_lock(settings))
    with st.container(horizontal=True, vertical_alignment="center"):
        if runner_is_there:
            st.badge("Workers on", icon=":material/check_circle:", color="green")
            why = "Pauses what is training, with every finished epoch kept."
            st.button("Stop workers", icon=":material/stop:", on_click=_stop_workers, help=why)
        else:
            st.badge("Workers off", icon=":material/stop_circle:", color="gray")
            st.button("Start workers", icon=":material/play_arrow:", on_click=_start_workers)
    if not workers:
        st.info(
            "The first one is starting: PyTorch takes some seconds to load."
            if runner_is_there
            else "Press Start workers, or train a network: that starts them too.",
            icon=":material/memory:",
            title="No worker yet",
        )
    inspector = queue.inspector(settings)
    if inspector is not None and inspector.state != "dead":
        _inspector(inspector)
    for worker in workers:
        _worker(worker, [runs[run_id] for run_id in worker.run_ids if run_id in runs])


def _worker(worker: WorkerStatus, runs: Sequence[Run]) -> None:
    word, colour, icon = _STATES[worker.state]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(title_of(worker.device))}**", width="content")
            st.badge(word, color=colour, icon=icon)  # type: ignore[arg-type]
            threads = "1 thread" if worker.threads == 1 else f"up to {worker.threads} threads"
            st.caption(f"process {worker.pid} · {threads} · started {since(worker.since)}", width="content")
        if worker.problem:
            st.markdown(f":red[:material/error: {plain(worker.problem)}]")
        if worker.state == "busy" and runs:
            shares = [run.step / run.total_steps if run.total_steps else 0.0 for run in runs]
            text = f"{plain(runs[0].name)} · {stage_in_words(runs[0])}"
            what = runs_in_words([run.id for run in runs]).capitalize()
            st.progress(min(sum(shares) / len(shares), 1.0), f"{what} · {text}")


def _inspector(inspector: WorkerStatus) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown("**Inspector**", width="content")
        is_busy = inspector.state == "busy"
        word = "Answering" if is_busy else _STATES[inspector.state][0]
        st.badge(word, color="blue" if is_busy else "gray", icon=":material/visibility:")
        st.caption(
            f"process {inspector.pid} · looks inside networks where a page asks · leaves when none does",
            width="content",
        )


def _queue(waiting: tuple[Run, ...]) -> None:
    st.subheader("Queue")
    if not waiting:
        st.caption(
            "Nothing waits. Runs of one shape are trained together; groups and single runs take turns."
        )
    for place, run in enumerate(waiting, start=1):
        with st.container(horizontal=True, vertical_alignment="center"):
            wanted = title_of(wanted_device(run.config))
            st.markdown(f"{place}. **{plain(run.name)}** · run {run.id} · {plain(wanted)}", width="content")
            st.caption(f"asked for {since(run.created_at)}", width="content")
            st.button(
                "Stop", key=f"queue:{run.id}", icon=":material/stop:", on_click=_stop_run, args=(run.id,)
            )


def _setting() -> None:
    st.subheader("When the dashboard closes")
    st.toggle(
        "Keep training after the dashboard closes",
        bool(cache.store().setting(KEEP_RUNNING, default=False)),
        key=KEEP_CONTROL,
        on_change=_save_setting,
        help="Off: runs pause within seconds, with every finished epoch kept, and can be resumed. "
        "On: workers finish the queue and then leave.",
    )


def _save_setting() -> None:
    try:
        cache.store().set_setting(KEEP_RUNNING, bool(state.recall(KEEP_CONTROL)))
    except ExplorerError as error:
        state.keep(MESSAGE, str(error))


def _stop_workers() -> None:
    if not queue.stop_workers(cache.settings()):
        state.keep(MESSAGE, "The workers have not left yet; they were asked to.")


def _start_workers() -> None:
    queue.start_workers(cache.settings())


def _stop_run(run_id: int) -> None:
    try:
        queue.stop(cache.store(), cache.settings(), run_id)
    except ExplorerError as error:
        state.keep(MESSAGE, str(error))
