"""Answers of the inspector on a page: waited for, drawn as they grow, refused in words, asked again."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.jobs.asking import ask, withdraw
from explorer.records import Analysis, AnalysisState
from explorer.storage.analyses import key_of
from explorer.storage.arrays import Arrays, unpack
from explorer.ui import cache, guard, state
from explorer.ui.pace import live_fragment
from explorer.ui.wording import plain

OWNER = "answers.owner"
LAST = "answers.last:"
CANCELLED = "answers.cancelled:"
POLL_SECONDS = 0.3
AT_ONCE_SECONDS = 0.15  # what is answered in this time is drawn at once, without a flicker of waiting
LOOK_SECONDS = 0.01

Draw = Callable[[Arrays], None]


def answer(
    view: str,
    kind: str,
    request: Mapping[str, Any],
    draw: Draw,
    *,
    run_id: int | None = None,
    waiting: str = "Looking inside the network …",
    keeps_last: bool = True,
) -> None:
    """Draw the answer to a question about a run; where there is none yet, what is known of it.

    Args:
        view: A name for this place on the page. A tab has one open question a view: a newer one withdraws
            the older, and until it is answered the older answer stays, where ``keeps_last``.
        kind: Which question, and ``request`` its parameters (``explorer.jobs.answers``).
        request: Plain JSON values.
        draw: Draws an answer; called again and again while an answer grows.
        run_id: The run asked about; its answers go with it.
        waiting: What is going on, in a few words.
        keeps_last: Whether an older answer may stand in (not where it would be taken for the new one).
    """
    with guard.in_words():
        owner = _owner(view)
        if state.recall(CANCELLED + view) == key_of(kind, request):
            _cancelled(view, kind, request, run_id)
            return
        try:
            question = ask(cache.store(), cache.settings(), kind, request, owner=owner, run_id=run_id)
        except ExplorerError as error:
            st.warning(plain(str(error)), icon=":material/error:")
            return
        if question.state.is_open:
            question = _patient(question)
        _Answer(view, question, draw, waiting, run_id=run_id, keeps_last=keeps_last).show()


def known(kind: str, request: Mapping[str, Any]) -> Arrays | None:
    """The whole answer to a question if there is one by now; nothing is asked."""
    question = cache.store().analyses.find(key_of(kind, request))
    if question is None or question.state is not AnalysisState.DONE:
        return None
    return _arrays(question.key, question.version)


def _patient(question: Analysis) -> Analysis:
    """The question after the moment that a quick answer takes."""
    until = time.monotonic() + AT_ONCE_SECONDS
    while question.state.is_open and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)  # another process answers, through the store
        found = cache.store().analyses.find(question.key)
        if found is None:
            break
        question = found
    return question


class _Answer:
    """One view as a fragment that polls only while more of its answer is to come."""

    def __init__(
        self,
        view: str,
        question: Analysis,
        draw: Draw,
        waiting: str,
        *,
        run_id: int | None,
        keeps_last: bool,
    ) -> None:
        self._view, self._question, self._draw, self._waiting = view, question, draw, waiting
        self._run_id = run_id
        self._keeps_last = keeps_last
        self._is_live = question.state.is_open

    def show(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            question = cache.store().analyses.find(self._question.key)
            if question is None:  # cancelled here, or withdrawn by another tab that had asked the same
                st.rerun()
            if question.state.is_open != self._is_live:
                st.rerun()
            if question.state is AnalysisState.FAILED:
                st.warning(plain(question.reason), icon=":material/error:")
                _button("Try again", self._view, question.kind, question.request, self._run_id)
                return
            self._known(question)
            if question.state.is_open:
                self._progress(question)

    def _known(self, question: Analysis) -> None:
        """Draw what there is of the answer; before that, where it may stand in, the answer before."""
        name = LAST + self._view
        if question.version:
            state.keep(name, (question.key, question.version))
            self._draw(_arrays(question.key, question.version))
            return
        last: tuple[str, int] | None = state.recall(name)
        if last is not None and self._keeps_last and cache.store().analyses.find(last[0]) is not None:
            self._draw(_arrays(*last))

    def _progress(self, question: Analysis) -> None:
        progress(self._view, question.progress, self._waiting, _cancel, question.key)


def progress(view: str, share: float, words: str, cancel: Callable[..., None], asked: object) -> None:
    """How far an answer is, with a button that calls ``cancel(view, asked)``."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, plain(words), width=420)
        st.button(
            "Cancel",
            key=f"answers.cancel:{view}",
            icon=":material/close:",
            type="tertiary",
            on_click=cancel,
            args=(view, asked),
        )


def _button(label: str, view: str, kind: str, request: Mapping[str, Any], run_id: int | None) -> None:
    st.button(
        label,
        key=f"answers.again:{view}",
        icon=":material/refresh:",
        on_click=ask_anew,
        args=(view, kind, request, run_id),
    )


def _cancel(view: str, key: str) -> None:
    withdraw(cache.store(), key)
    state.keep(CANCELLED + view, key)


def _cancelled(view: str, kind: str, request: Mapping[str, Any], run_id: int | None) -> None:
    st.caption("This was cancelled.")
    _button("Ask again", view, kind, request, run_id)


def ask_anew(view: str, kind: str, request: Mapping[str, Any], run_id: int | None = None) -> None:
    """For a button that was pressed: ask, even what was cancelled or failed before."""
    state.forget(CANCELLED + view)
    ask(cache.store(), cache.settings(), kind, request, owner=_owner(view), run_id=run_id, again=True)


def _owner(view: str) -> str:
    """Who asks: this view of this tab."""
    if not state.is_kept(OWNER):
        state.keep(OWNER, secrets.token_hex(8))
    return f"{state.recall(OWNER)}:{view}"


def _arrays(key: str, version: int) -> Arrays:
    """The arrays of an answer; read from the store once for all tabs."""
    home = str(cache.settings().home)
    return cache.made_once(lambda: unpack(cache.store().analyses.answer(key)), "answer", home, key, version)
