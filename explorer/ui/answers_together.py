"""Several questions of one view at once: all drawn together as their answers grow, each failing in words."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.jobs.asking import ask, withdraw
from explorer.records import Analysis, AnalysisState
from explorer.storage.analyses import key_of
from explorer.storage.arrays import Arrays, unpack
from explorer.ui import answers, cache, guard, state
from explorer.ui.pace import live_fragment
from explorer.ui.wording import plain

ASKED = "answers.asked:"

DrawTogether = Callable[[Mapping[str, Arrays]], None]


@dataclass(frozen=True)
class Question:
    """One of several questions; ``title`` names it where it fails, the rest is as ``answer`` has it."""

    title: str
    kind: str
    request: Mapping[str, Any]
    run_id: int | None = None

    @property
    def key(self) -> str:
        """Equal questions have one key."""
        return key_of(self.kind, self.request)


def together(
    view: str,
    questions: Mapping[str, Question],
    draw: DrawTogether,
    *,
    waiting: str = "Looking inside the networks …",
) -> None:
    """Draw the answers to several questions, those that there are; the first is answered first.

    A tab's view has no other open questions than these: those it asked before and no more are withdrawn.

    Args:
        view: A name for this place on the page.
        questions: By names that ``draw`` knows them by.
        draw: Called again and again while answers grow, with what there is of each, in the order of the
            questions; also with none at all.
        waiting: What is going on, in a few words.
    """
    with guard.in_words():
        keys = [question.key for question in questions.values()]
        _withdraw_others(view, keys)
        cancelled = _cancelled(view)
        standing = cache.store().analyses.standing(keys)
        missing = [
            question
            for question in questions.values()
            if question.key not in standing and question.key not in cancelled
        ]
        if missing:
            if not _ask(view, missing):
                return
            standing = _patient(keys)
        _Together(view, questions, standing, draw, waiting).show()


def _ask(view: str, questions: Sequence[Question], *, again: bool = False) -> bool:
    """Put questions, the last first since the newest is answered first; whether that was possible."""
    state.keep(ASKED + view, (*state.recall(ASKED + view, ()), *(question.key for question in questions)))
    owner = _owner(view)
    for question in reversed(questions):
        try:
            ask(
                cache.store(),
                cache.settings(),
                question.kind,
                question.request,
                owner=f"{owner}:{question.key}",  # an owner has one open question
                run_id=question.run_id,
                again=again,
            )
        except ExplorerError as error:
            st.warning(plain(str(error)), icon=":material/error:")
            return False
    return True


def _owner(view: str) -> str:
    if not state.is_kept(answers.OWNER):
        state.keep(answers.OWNER, secrets.token_hex(8))
    return f"{state.recall(answers.OWNER)}:{view}"


def _withdraw_others(view: str, keys: Collection[str]) -> None:
    """Take back what this view asked and no more wants to know; of other tabs' questions, none."""
    asked: tuple[str, ...] = state.recall(ASKED + view, ())
    others = [key for key in asked if key not in keys]
    if others:
        _withdraw_own(view, others)
        state.keep(ASKED + view, tuple(key for key in asked if key in keys))


def _withdraw_own(view: str, keys: Collection[str]) -> None:
    owner = _owner(view)
    for key, question in cache.store().analyses.standing(keys).items():
        if question.owner == f"{owner}:{key}":
            withdraw(cache.store(), key)


def _patient(keys: Sequence[str]) -> dict[str, Analysis]:
    """The questions after the moment that quick answers take."""
    until = time.monotonic() + answers.AT_ONCE_SECONDS
    while True:
        standing = cache.store().analyses.standing(keys)
        if time.monotonic() >= until or not any(question.state.is_open for question in standing.values()):
            return standing
        time.sleep(answers.LOOK_SECONDS)  # another process answers, through the store


class _Together:
    """The view as a fragment that polls only while more is to come."""

    def __init__(
        self,
        view: str,
        questions: Mapping[str, Question],
        standing: Mapping[str, Analysis],
        draw: DrawTogether,
        waiting: str,
    ) -> None:
        self._view, self._questions, self._draw, self._waiting = view, questions, draw, waiting
        self._keys = [question.key for question in questions.values()]
        self._is_live = _is_any_open(standing)
        self._read: dict[str, tuple[int, Arrays]] = {}

    def show(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, answers.POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            standing, cancelled = cache.store().analyses.standing(self._keys), _cancelled(self._view)
            if any(key not in standing and key not in cancelled for key in self._keys):
                st.rerun()  # withdrawn by another tab that had asked the same, or forgotten: ask again
            if _is_any_open(standing) != self._is_live:
                st.rerun()
            self._look(standing)
            self._draw(
                {
                    name: self._read[question.key][1]
                    for name, question in self._questions.items()
                    if question.key in self._read
                }
            )
            self._refused(standing)
            if self._is_live:
                self._progress(standing)
            elif unknown := [key for key in self._keys if key in cancelled and key not in standing]:
                st.caption("What is not drawn was cancelled.")
                self._again("Ask again", unknown)

    def _look(self, standing: Mapping[str, Analysis]) -> None:
        """Read the answers that have grown, in one go."""
        grown = [
            key
            for key, question in standing.items()
            if question.version and self._read.get(key, (0,))[0] != question.version
        ]
        if grown:
            for key, answer in cache.store().analyses.answers(grown).items():
                self._read[key] = (standing[key].version, unpack(answer))

    def _refused(self, standing: Mapping[str, Analysis]) -> None:
        """Why some have no answer, those with one reason in one line; and a button."""
        failed: dict[str, list[Question]] = {}
        for question in self._questions.values():
            found = standing.get(question.key)
            if found is not None and found.state is AnalysisState.FAILED:
                failed.setdefault(found.reason, []).append(question)
        for reason, questions in failed.items():
            titles = ", ".join(dict.fromkeys(plain(question.title) for question in questions))
            st.warning(f"**{titles}**: {plain(reason)}", icon=":material/error:")
        if failed:
            keys = [question.key for questions in failed.values() for question in questions]
            self._again("Try again", keys)

    def _progress(self, standing: Mapping[str, Analysis]) -> None:
        asked = [standing[key] for key in self._keys if key in standing]
        done = sum(question.progress if question.state.is_open else 1.0 for question in asked)
        ended = sum(not question.state.is_open for question in asked)
        counted = f" {ended} of {len(asked)}" if len(asked) > 1 else ""
        still = [question.key for question in asked if question.state.is_open]
        answers.progress(self._view, done / len(asked), self._waiting + counted, _cancel, still)

    def _again(self, label: str, keys: Collection[str]) -> None:
        st.button(
            label,
            key=f"answers.again:{self._view}:{label}",
            icon=":material/refresh:",
            on_click=_ask_again,
            args=(self._view, [each for each in self._questions.values() if each.key in keys]),
        )


def _is_any_open(standing: Mapping[str, Analysis]) -> bool:
    return any(question.state.is_open for question in standing.values())


def _cancelled(view: str) -> frozenset[str]:
    kept: frozenset[str] = state.recall(answers.CANCELLED + view, frozenset())
    return kept


def _cancel(view: str, keys: Collection[str]) -> None:
    for key in keys:
        withdraw(cache.store(), key)
    state.keep(answers.CANCELLED + view, _cancelled(view).union(keys))


def _ask_again(view: str, questions: Sequence[Question]) -> None:
    state.keep(answers.CANCELLED + view, _cancelled(view).difference(question.key for question in questions))
    _ask(view, questions, again=True)
