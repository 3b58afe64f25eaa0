"""Branching off: a new run that goes on from the weights of an epoch, with some settings changed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import streamlit as st

from explorer.config.fields import Field, values_by_path
from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.jobs.cost import estimate
from explorer.jobs.forking import settings_after
from explorer.records import Run
from explorer.storage.checkpoints import MOST_KEPT, Checkpoints
from explorer.ui import cache, fork_form, form, guard, shell, state
from explorer.ui.controls import control, problems_beside, shown_value, typed_value
from explorer.ui.cost_line import cost_in_words
from explorer.ui.fork_form import EPOCHS, MOST_EPOCHS
from explorer.ui.form import Reading, Values
from explorer.ui.wording import field_label, in_titles, plain, problem_sentence

REFUSAL = "fork.refusal"
COLUMNS = 3


def fork_button(run: Run, epoch: int) -> None:
    """The button beside the epoch slider; it opens the panel for the epoch that is looked at."""
    st.button(
        f"Branch off from epoch {epoch:,}",
        key=f"fork.button:{run.id}",
        icon=":material/call_split:",
        on_click=_open,
        args=(run.id, epoch),
        disabled=epoch >= MOST_EPOCHS,
        help="A new run goes on from these weights with other settings; this run stays as it is.",
    )


def fork_panel(run: Run) -> None:
    """Draw the panel, if it was opened: as a fragment, so that a setting redraws nothing else."""
    if state.is_kept(_opened(run.id)) or state.is_kept(_started(run.id)):
        st.fragment(_Panel(run).draw)()


class _Panel:
    """The settings that a branch can change, what they amount to, and the button that starts it."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def draw(self) -> None:
        """Draw it, or nothing once it was closed."""
        epoch: int | None = state.recall(_opened(self._run.id))
        fork: int | None = state.take(_started(self._run.id))
        if fork is not None:
            shell.open_run(fork)
        if epoch is None:
            return
        with guard.in_words(), st.container(border=True, key=f"fork.panel:{self._run.id}"):
            self._draw(epoch)

    def _draw(self, epoch: int) -> None:
        run = self._run
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Branch off from run {run.id} after epoch {epoch:,}**", width="stretch")
            st.button(
                "Close",
                key=f"fork.close:{run.id}",
                icon=":material/close:",
                type="tertiary",
                on_click=_close,
                args=(run.id,),
            )
        wanted = state.recall(_wanted(run.id), epoch)
        if wanted != epoch:
            st.caption(
                f"The weights of epoch {wanted:,} were let go meanwhile, as training went on: at most "
                f"{MOST_KEPT} epochs are kept. Epoch {epoch:,} is the nearest of them."
            )
        before = settings_after(run, epoch)
        values = self._values(before, epoch)
        reading = fork_form.read(before, epoch, values)
        first, others = fork_form.fields_offered(values)
        length = partial(self._epochs, before, epoch, reading)
        _in_columns([length, *self._settings(before, epoch, first, (values, reading))])
        with st.expander("More settings", key=f"fork.more:{run.id}", icon=":material/tune:"):
            _in_columns(self._settings(before, epoch, others, (values, reading)))
        if reading.config is None:
            shown = {entry.path for entry in (*first, *others)} | {EPOCHS}
            for problem in reading.problems:
                if problem.field not in shown:
                    st.markdown(f":red[:material/error: {plain(problem_sentence(problem))}]")
        else:
            self._amounts_to(before, epoch, reading.config)
        self._start(epoch, is_sound=reading.config is not None)

    def _values(self, before: RunConfig, epoch: int) -> Values:
        """The parent's settings, with what was said here in their place."""
        values = values_by_path(before)
        for path in values:
            key = self._key(epoch, path)
            if state.is_kept(key):
                entry = fork_form.known(path)
                said = state.recall(key)
                values[path] = (said or 0) + epoch if path == EPOCHS else typed_value(entry, said)
        if not state.is_kept(self._key(epoch, EPOCHS)):
            values[EPOCHS] = epoch + _usual_length(before, epoch)
        return values

    def _epochs(self, before: RunConfig, epoch: int, reading: Reading) -> None:
        st.number_input(
            "Further epochs",
            1,
            MOST_EPOCHS - epoch,
            _usual_length(before, epoch),
            key=self._key(epoch, EPOCHS),
            help=f"How long the branch trains. Its epochs count on: the first is {epoch + 1:,}.",
        )
        problems_beside(EPOCHS, reading)

    def _settings(
        self, before: RunConfig, epoch: int, entries: Sequence[Field], current: tuple[Values, Reading]
    ) -> list[Callable[[], None]]:
        return [partial(self._setting, before, epoch, entry, current) for entry in entries]

    def _setting(self, before: RunConfig, epoch: int, entry: Field, current: tuple[Values, Reading]) -> None:
        """A control that begins with the parent's value, and is marked where it differs from that."""
        values, reading = current
        was = values_by_path(before)[entry.path]
        control(
            entry,
            shown_value(entry, was),
            label=field_label(entry, is_changed=values[entry.path] != was),
            key=self._key(epoch, entry.path),
            help=plain(entry.help),
        )
        problems_beside(entry.path, reading)

    def _amounts_to(self, before: RunConfig, epoch: int, config: RunConfig) -> None:
        changed = fork_form.differences(before, config)
        words = "; ".join(changed) if changed else "No setting is changed."
        newest = Checkpoints(cache.settings(), self._run.id).state_epoch()
        going_on = " ".join(fork_form.what_goes_on(before, config, epoch, newest))
        st.markdown(f":material/compare_arrows: {plain(words)}")
        if going_on:
            st.caption(plain(going_on))
        cost = estimate(cache.store(), cache.settings(), config)
        st.caption(cost_in_words(cost, config.training.epochs - epoch))

    def _start(self, epoch: int, *, is_sound: bool) -> None:
        st.button(
            "Train from here",
            key=f"fork.start:{self._run.id}",
            icon=":material/play_arrow:",
            type="primary",
            on_click=self._submit,  # a click is heard there also when the page is being drawn anew
            args=(epoch,),
            disabled=not is_sound,
        )
        refusal = state.recall(REFUSAL)  # until it is closed or pressed again: a run that trains is redrawn
        if refusal:
            st.warning(plain(in_titles(refusal)), icon=":material/info:", title="It can't branch off here")

    def _submit(self, epoch: int) -> None:
        """Queue what the panel says now, which the click may have come before it was drawn with."""
        run = self._run
        state.forget(REFUSAL)
        before = settings_after(run, epoch)
        config = fork_form.read(before, epoch, self._values(before, epoch)).config
        if config is None:
            state.keep(REFUSAL, form.NOT_COMPLETE)
            return
        try:
            fork = queue.submit_fork(cache.store(), cache.settings(), config, run.id, epoch)
        except ExplorerError as error:
            state.keep(REFUSAL, str(error))
            return
        _close(run.id)
        state.keep(_started(run.id), fork.id)

    def _key(self, epoch: int, path: str) -> str:
        return state.key_of(f"fork:{self._run.id}:{epoch}:{path}")


def _open(run_id: int, epoch: int) -> None:
    _close(run_id)
    held = epoch
    try:
        held = Checkpoints(cache.settings(), run_id).hold(epoch)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    state.keep(_opened(run_id), held)
    state.keep(_wanted(run_id), epoch)


def _close(run_id: int) -> None:
    epoch: int | None = state.take(_opened(run_id))
    state.forget(REFUSAL)
    if epoch is not None:
        with suppress(ExplorerError):  # a hold more does no harm
            Checkpoints(cache.settings(), run_id).release(epoch)


def _in_columns(controls: Sequence[Callable[[], None]]) -> None:
    for start in range(0, len(controls), COLUMNS):
        for column, draw in zip(st.columns(COLUMNS), controls[start : start + COLUMNS], strict=False):
            with column:
                draw()


def _usual_length(before: RunConfig, epoch: int) -> int:
    """As long as the parent still has to go, or as long as it was."""
    planned = before.training.epochs
    return min(planned - epoch if planned > epoch else planned, MOST_EPOCHS - epoch)


def _opened(run_id: int) -> str:
    return f"fork.epoch:{run_id}"


def _wanted(run_id: int) -> str:
    return f"fork.wanted:{run_id}"


def _started(run_id: int) -> str:
    return f"fork.started:{run_id}"
