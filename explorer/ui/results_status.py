"""Where a run stands, in words: its badge, its place in the queue, its progress, why it ended."""

from collections.abc import Sequence

import streamlit as st

from explorer.config.kinds import wanted_device
from explorer.config.run import RunConfig
from explorer.data.words import duration, title_of
from explorer.jobs import queue
from explorer.jobs.placement import serves
from explorer.jobs.status import WorkerStatus
from explorer.records import EpochMetrics, Request, Run, RunStatus
from explorer.storage.checkpoints import Checkpoints
from explorer.ui import cache
from explorer.ui.run_controls import run_controls
from explorer.ui.wording import STATUS_COLOURS, STATUS_ICONS, in_titles, plain, runs_in_words, since


def header(run: Run) -> None:
    """Name, status, device and age of a run, and the buttons that its state allows, in one line."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run.name), anchor=False, width="content")
        st.badge(
            title_of(run.status),
            icon=STATUS_ICONS[run.status],
            color=STATUS_COLOURS[run.status],  # type: ignore[arg-type]
        )
        device = run.device or wanted_device(run.config)
        st.badge(title_of(device), icon=":material/memory:", color="gray")
        group = f" · group {plain(run.group)}" if run.group else ""
        st.caption(f"Run {run.id} · created {since(run.created_at)}{group}", width="content")
        run_controls(run)


def waiting(run: Run) -> None:
    """A queued run: its place, and which worker will take it."""
    place, waiting_runs = _place(run)
    where = "Next in the queue" if place == 1 else f"Place {place} of {waiting_runs} in the queue"
    st.info(f"{where}. {_worker_for(run)}", icon=":material/hourglass_top:")


def progress(run: Run, epochs: Sequence[EpochMetrics]) -> None:
    """A running run: a bar by steps, with epoch, speed and time left; then its newest numbers."""
    planned = run.network_config.training.epochs
    if run.stage and run.total_steps:
        told = f"{run.stage}, once for this dataset: {run.step:,} of {run.total_steps:,} images"
        st.progress(min(run.step / run.total_steps, 1.0), text=told)
        return
    if not run.total_steps:
        st.progress(0.0, text="The worker is getting the data ready …")
        return
    done = min(run.step / run.total_steps, 1.0)
    epoch = min(int(run.step * planned / run.total_steps) + 1, planned)
    parts = [f"Epoch {epoch:,} of {planned:,}"]
    if run.samples_per_second:
        parts.append(f"{run.samples_per_second:,.0f} images/s")
    left = _seconds_left(run, epochs)
    if left is not None:
        parts.append(f"{duration(left)} left" if left >= 1 else "a moment left")
    if run.request is not None:
        parts.append("pausing …" if run.request is Request.PAUSE else "stopping …")
    st.progress(done, text=" · ".join(parts))


def stage_in_words(run: Run) -> str:
    """How far a running run is, for a line among others: its epoch, or its stage."""
    if isinstance(run.config, RunConfig) and not run.stage:
        return f"epoch {run.epoch} of {run.config.training.epochs}"
    return run.stage or "starting"


def ended(run: Run, epochs: Sequence[EpochMetrics]) -> None:
    """Why a run is paused, stopped or failed, and what was kept; nothing for a finished one."""
    reason = plain(in_titles(run.reason))
    kept = _kept(run, epochs)
    if run.status is RunStatus.FAILED:
        st.error(f"{reason}\n\n{kept}", icon=":material/error:", title="This run failed")
    elif run.status is RunStatus.PAUSED:
        st.info(f"{reason}\n\n{kept}", icon=":material/pause_circle:", title="Paused")
    elif run.status is RunStatus.STOPPED:
        st.info(f"{reason}\n\n{kept}", icon=":material/stop_circle:", title="Stopped early")
    elif run.reason:
        st.info(reason, icon=":material/info:")


def _kept(run: Run, epochs: Sequence[EpochMetrics]) -> str:
    weights = Checkpoints(cache.settings(), run.id).epochs()
    if not epochs:
        return "No epoch was finished, so nothing was kept."
    finished = f"{len(epochs):,} finished epoch{'s' * (len(epochs) != 1)}"
    if not weights:
        return f"Kept: the curves of {finished}, but no weights."
    return f"Kept: {finished} and the weights of epoch {weights[-1]:,}."


def _seconds_left(run: Run, epochs: Sequence[EpochMetrics]) -> float | None:
    """By the images still to be seen at the newest speed; None before a speed is known."""
    if not run.samples_per_second:
        return None
    batch_size = run.network_config.training.batch_size
    if epochs:
        images_per_step = epochs[-1].images_seen / epochs[-1].step
    elif isinstance(batch_size, int):
        images_per_step = float(batch_size)
    else:
        return None
    return (run.total_steps - run.step) * images_per_step / run.samples_per_second


def _place(run: Run) -> tuple[int, int]:
    queued = cache.store().runs(statuses=(RunStatus.QUEUED,))
    return 1 + sum(other.id < run.id for other in queued), max(len(queued), 1)


def _worker_for(run: Run) -> str:
    workers = [worker for worker in queue.workers(cache.settings()) if worker.state != "dead"]
    if not workers:
        return "No worker is here yet: one is being started, which takes some seconds."
    wanted = wanted_device(run.config)
    devices = [worker.device for worker in workers]
    able = [worker for worker in workers if serves(worker.device, wanted, devices)]
    if not able:
        return (
            f"It asks for the device {title_of(wanted)}, but there are workers only for {', '.join(devices)}."
        )
    return _state_of(able)


def _state_of(able: Sequence[WorkerStatus]) -> str:
    if any(worker.state == "idle" for worker in able):
        return "A worker is free and about to take it."
    busy = [worker for worker in able if worker.state == "busy" and worker.run_ids]
    if busy:
        return f"The worker on {title_of(busy[0].device)} is busy with {runs_in_words(busy[0].run_ids)}."
    return "The worker is starting: it loads PyTorch, which takes some seconds."
