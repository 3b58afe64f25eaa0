"""One slider over the epochs of a run, which moves everything on its page together."""

import time
from dataclasses import dataclass

import streamlit as st

from explorer.records import Run
from explorer.storage.checkpoints import Checkpoints
from explorer.ui import cache, state
from explorer.ui.fork_panel import fork_button

FRAME_SECONDS = 0.7
ECHO_SECONDS = 3.0  # for so long a browser may still send the epoch that the slider showed before


@dataclass(frozen=True, slots=True)
class Moment:
    """The epoch that is looked at, one of those whose weights are kept.

    ``is_result`` says that its weights are those the run's result was measured with.
    """

    epoch: int
    kept: tuple[int, ...]
    is_result: bool


def is_playing(run_id: int) -> bool:
    """Whether the slider moves by itself."""
    return bool(state.recall(_playing(run_id), default=False))


def scrubber(run: Run) -> Moment | None:
    """Draw the slider and its play button; None where no epoch's weights are kept.

    At its right end it follows a running run. Playing moves it by an epoch at each redraw.
    """
    # The weights that a branch began with are its parent's: there they are looked at.
    begun = run.parent.epoch if run.parent is not None else 0
    kept = tuple(epoch for epoch in Checkpoints(cache.settings(), run.id).epochs() if epoch > begun)
    if not kept:
        return None
    epoch = _epoch(run, kept)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if len(kept) > 1:
            playing = is_playing(run.id)
            st.button(
                "Pause" if playing else "Play",
                key=f"scrubber.play:{run.id}",
                icon=":material/pause_circle:" if playing else ":material/slideshow:",
                on_click=_toggle,
                args=(run.id, kept),
                help="Shows the training from the first epoch on, from noise to strokes.",
            )
            if playing or (run.status.is_active and not state.is_kept(_chosen(run.id))):
                # It moves by itself: told at each redraw, as the browser may not have heard the last one.
                state.keep(_slider(run.id), epoch)
            else:
                state.show_in(_slider(run.id), epoch)
            _note_move(run.id, epoch)
            st.select_slider(
                "Epoch",
                kept,
                value=epoch,
                key=_slider(run.id),
                on_change=_take,
                args=(run.id, kept[-1], run.status.is_active),
                help="Moves everything below to the end of this epoch."
                + (" At its right end it follows the training." if run.status.is_active else ""),
                width=460,
            )
        fork_button(run, epoch)
    return Moment(epoch, kept, is_result=epoch == _result_epoch(run))


def _epoch(run: Run, kept: tuple[int, ...]) -> int:
    """The epoch to look at: the one chosen; else the newest of a running run, or that of the result."""
    chosen: int | None = state.recall(_chosen(run.id))
    if chosen is None or (chosen not in kept and not is_playing(run.id)):
        result = _result_epoch(run)
        return result if result in kept and not run.status.is_active else kept[-1]
    if not is_playing(run.id):
        return chosen
    following = next((epoch for epoch in kept if epoch > chosen), None)
    if following is None:
        _end_of_play(run)
        return chosen
    state.keep(_chosen(run.id), following)
    return following


def _end_of_play(run: Run) -> None:
    state.forget(_playing(run.id))
    if run.status.is_active:
        state.forget(_chosen(run.id))  # and so it follows the training


def _result_epoch(run: Run) -> int | None:
    result = run.network_result
    return None if result is None else result.kept_epoch


def _toggle(run_id: int, kept: tuple[int, ...]) -> None:
    if is_playing(run_id):
        state.forget(_playing(run_id))
        return
    shown = state.recall(_slider(run_id))
    state.keep(_playing(run_id), True)
    state.keep(_chosen(run_id), 0 if shown == kept[-1] else shown)


def _note_move(run_id: int, epoch: int) -> None:
    """Remember where the slider stood before it last moved by itself, and when that was."""
    _, shown, _ = state.recall(_moved(run_id), (epoch, epoch, 0.0))
    if epoch != shown or not state.is_kept(_moved(run_id)):
        state.keep(_moved(run_id), (shown, epoch, time.monotonic()))


def _is_echo(run_id: int, epoch: int) -> bool:
    """Whether nobody moved the slider: what another fragment sends along may be older than its last move."""
    before, shown, when = state.recall(_moved(run_id), (None, None, 0.0))
    return bool(epoch == shown or (epoch == before and time.monotonic() - when < ECHO_SECONDS))


def _take(run_id: int, newest: int, is_active: bool) -> None:
    epoch = state.recall(_slider(run_id))
    if _is_echo(run_id, epoch):
        return
    if is_playing(run_id):
        state.forget(_playing(run_id))
        state.keep(_slider(run_id), epoch)  # a redraw under way may have put it back
    state.keep(_moved(run_id), (epoch, epoch, 0.0))
    if is_active and epoch == newest:
        state.forget(_chosen(run_id))
    else:
        state.keep(_chosen(run_id), epoch)


def _slider(run_id: int) -> str:
    return f"scrubber.slider:{run_id}"


def _moved(run_id: int) -> str:
    return f"scrubber.moved:{run_id}"


def _chosen(run_id: int) -> str:
    return f"scrubber.epoch:{run_id}"


def _playing(run_id: int) -> str:
    return f"scrubber.playing:{run_id}"
