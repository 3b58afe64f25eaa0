"""Where a sweep stands, in words: its header, its progress, its best values, and what went wrong."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from explorer.config.sweeping import within_a_sentence
from explorer.data.words import duration
from explorer.evaluation.repeats import reservation
from explorer.evaluation.sweeps import SweepPoint, best_point, is_diverged
from explorer.jobs.median_rule import was_hopeless
from explorer.jobs.reconciliation import is_interrupted, is_lost
from explorer.plots.responses import in_words
from explorer.records import Run, RunStatus
from explorer.ui.results_status import waiting
from explorer.ui.sweep_form import axis_title, say
from explorer.ui.sweep_history import GroupNow
from explorer.ui.wording import in_titles, plain, since

REASONS_SHOWN = 5


def header(now: GroupNow) -> None:
    """The sweep's name, how many runs of what it has, and whether it goes on."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(now.name), anchor=False, width="content")
        label, icon, colour = _state(now)
        st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]
        st.caption(f"{_counted(now)} · created {since(now.runs[0].created_at)}", width="content")


def progress(now: GroupNow, moment: datetime | None = None) -> None:
    """A bar over all epochs of all runs, with what is left; nothing once all runs have ended."""
    if not now.is_active:
        return
    running = now.with_status(RunStatus.RUNNING)
    queued = now.with_status(RunStatus.QUEUED)
    planned = now.search.budget if now.search is not None else len(now.runs)
    if not running and queued and len(queued) == len(now.runs):
        waiting(queued[0])
        return
    share = done_share(now.runs) * len(now.runs) / planned
    paused = now.with_status(RunStatus.PAUSED)
    ended = len(now.runs) - len(running) - len(queued) - len(paused)
    parts = [f"{ended:,} of {planned:,} runs ended"]
    parts.append("the next ones are being chosen" if now.is_between_batches else f"{len(running)} training")
    if queued:
        parts.append(f"{len(queued)} waiting")
    if paused:
        parts.append(f"{len(paused)} paused")
    begun = min((run.started_at for run in now.runs if run.started_at is not None), default=None)
    if begun is not None and share > 0:
        seconds = ((moment or datetime.now(UTC)) - begun).total_seconds()
        parts.append(f"{duration(seconds * (1 - share) / share)} left")
    st.progress(min(share, 1.0), text=" · ".join(parts))


def done_share(runs: Sequence[Run]) -> float:
    """The share of all planned epochs that are behind; a run that has ended leaves none to do."""
    planned = sum(run.network_config.training.epochs for run in runs)
    done = sum(run.network_config.training.epochs * _own_share(run) for run in runs)
    return done / planned if planned else 1.0


def _own_share(run: Run) -> float:
    if not (run.status.is_active or run.status is RunStatus.PAUSED):
        return 1.0
    return min(run.step / run.total_steps, 1.0) if run.total_steps else 0.0


def interrupted(now: GroupNow) -> tuple[Run, ...]:
    """The runs that can go on from their last epoch: paused, or left behind by a worker that is gone."""
    return tuple(run for run in now.runs if is_interrupted(run))


def best_in_words(now: GroupNow, points: Sequence[SweepPoint]) -> SweepPoint | None:
    """Name the best value, chosen by validation; the point, if there is one."""
    best = best_point(points, now.search.objective if now.search is not None else "validation_accuracy")
    if best is None:
        if not now.is_active and any(point.n for point in points):
            st.info(
                "These runs hold no validation images back, so no best is named: choosing by the test set "
                "would flatter it. Set a validation share under Data.",
                icon=":material/info:",
            )
        return None
    values = ", ".join(
        f"{within_a_sentence(axis_title(path))} **{plain(say(path, value))}**" for path, value in best.values
    )
    tested = best.score("test_accuracy")
    test = f"; on the test images {100 * tested.mean:.2f}\N{NO-BREAK SPACE}%" if tested is not None else ""
    so_far = " so far" if now.is_active else ""
    words = (
        f"Best by validation{so_far}: {values or 'the only value'} — {in_words(best, 'validation_accuracy')}"
    )
    loss = best.score("validation_loss")
    if now.search is not None and now.search.objective == "validation_loss" and loss is not None:
        words += f", loss {loss.mean:.4f}"
    st.success(f"{words}{test}.", icon=":material/star:")
    reserved = now.once("reservation", lambda: reservation(now.runs))
    if reserved:
        st.caption(f":material/difference: {plain(reserved)}")
    return best


def remarks(now: GroupNow) -> None:
    """Runs that were stopped by the median rule, and runs that failed, with their reasons."""
    hopeless = [run for run in now.runs if was_hopeless(run)]
    if hopeless:
        epochs = sorted(run.epoch for run in hopeless)
        when = f"epoch {epochs[0]}" if epochs[0] == epochs[-1] else f"epochs {epochs[0]} to {epochs[-1]}"
        were = "run was" if len(hopeless) == 1 else "runs were"
        st.info(
            f"{len(hopeless)} {were} stopped after {when}: below the median of the others.",
            icon=":material/content_cut:",
        )
    failed = now.with_status(RunStatus.FAILED)
    if not failed:
        return
    diverged = sum(is_diverged(run) for run in failed)
    title = f"{len(failed)} of {len(now.runs)} runs failed"
    if diverged:
        title += f", {diverged} of them diverged" if diverged < len(failed) else ": they diverged"
    told = Counter(run.reason for run in failed)
    lines = [
        f"- {plain(in_titles(reason))}{f' ({count} runs)' if count > 1 else ''}"
        for reason, count in told.most_common(REASONS_SHOWN)
    ]
    if len(told) > REASONS_SHOWN:
        lines.append(f"- and {len(told) - REASONS_SHOWN} other reasons; each run says its own")
    show = st.error if len(failed) == len(now.runs) else st.warning
    show("\n".join(lines), icon=":material/trending_up:", title=title)


def _state(now: GroupNow) -> tuple[str, str, str]:
    statuses = {run.status for run in now.runs}
    if RunStatus.RUNNING in statuses:
        return "Training", ":material/play_circle:", "blue"
    if RunStatus.QUEUED in statuses or now.is_between_batches:
        return "Waiting", ":material/hourglass_empty:", "gray"
    if interrupted(now):
        name = "Interrupted" if any(is_lost(run) for run in now.runs) else "Paused"
        return name, ":material/pause_circle:", "orange"
    if statuses == {RunStatus.FAILED}:
        return "Failed", ":material/error:", "red"
    if any(run.status is RunStatus.STOPPED and not was_hopeless(run) for run in now.runs):
        return "Stopped", ":material/stop_circle:", "orange"
    return "Finished", ":material/check_circle:", "green"


def _counted(now: GroupNow) -> str:
    titles = " × ".join(within_a_sentence(axis_title(path)) for path in now.fields)
    counted = runs_in_words(len(now.runs))
    if now.search is not None:
        counted = f"{len(now.runs)} of {now.search.budget} runs"
    others = " that differ in their seed" if len(now.runs) > 1 else ""
    return counted + (f" over {plain(titles)}" if titles else others)


def runs_in_words(count: int) -> str:
    """``1 run``, ``1,024 runs``."""
    return f"{count:,} run{'s' * (count != 1)}"
