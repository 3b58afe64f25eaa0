"""The inspector's loop, with answerers made for the test, and the inspector as a real process."""

import os
import signal
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from explorer.errors import CheckpointError
from explorer.jobs.answering import Answering
from explorer.jobs.answers import Answer, Part
from explorer.jobs.asking import ask
from explorer.jobs.looking import Looking
from explorer.jobs.orders import Orders
from explorer.jobs.queue import submit
from explorer.jobs.runner import asked_bell, ring_at
from explorer.jobs.status import read_status
from explorer.records import Analysis, AnalysisState, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import unpack
from explorer.storage.store import Store
from tests.jobs.conftest import processes_of, small, wait_for, wait_for_status


def double(request: Mapping[str, Any], looking: Looking) -> Answer:
    yield Part(0.5)
    return {"doubled": np.array(request["numbers"]) * 2}


def refuse(request: Mapping[str, Any], looking: Looking) -> Answer:
    yield Part(0.1)
    raise CheckpointError("Checkpoint 3 of run 7 is missing. Choose another epoch.")


def break_down(request: Mapping[str, Any], looking: Looking) -> Answer:
    yield Part(0.1)
    raise ZeroDivisionError("a fault of the program")


def answer_all(store: Store, settings: Settings, known: Mapping[str, Any]) -> None:
    """Run the loop until nothing was asked for a moment."""
    Answering(store, settings, Orders(), 1, known).run(idle_seconds=0.3)


def found(store: Store, question: Analysis) -> Analysis:
    analysis = store.analyses.find(question.key)
    assert analysis is not None
    return analysis


def test_a_question_is_answered(store: Store, settings: Settings):
    question = store.analyses.ask("double", {"numbers": [1, 2]})
    answer_all(store, settings, {"double": double})
    assert found(store, question).state is AnalysisState.DONE
    np.testing.assert_array_equal(unpack(store.analyses.answer(question.key))["doubled"], [2, 4])


def test_what_went_wrong_is_told_in_the_errors_words(store: Store, settings: Settings):
    question = store.analyses.ask("refuse", {})
    answer_all(store, settings, {"refuse": refuse})
    assert found(store, question).reason == "Checkpoint 3 of run 7 is missing. Choose another epoch."


def test_a_fault_of_the_program_fails_one_question_and_shows_no_stack_trace(store: Store, settings: Settings):
    broken, sound = store.analyses.ask("break", {}), store.analyses.ask("double", {"numbers": [3]})
    answer_all(store, settings, {"break": break_down, "double": double})
    assert found(store, sound).state is AnalysisState.DONE
    failed = found(store, broken)
    assert failed.state is AnalysisState.FAILED
    assert "log" in failed.reason
    assert "ZeroDivisionError" not in failed.reason


def test_an_unknown_question_is_refused_by_name(store: Store, settings: Settings):
    question = store.analyses.ask("horoscope", {})
    answer_all(store, settings, {})
    assert found(store, question).reason == "This version does not know the question 'horoscope'."


def test_a_newer_question_is_answered_while_an_older_one_waits_half_answered(
    store: Store, settings: Settings
):
    order: list[str] = []

    def long(request: Mapping[str, Any], looking: Looking) -> Answer:
        order.append("long begins")
        store.analyses.ask("short", {})
        ring_at(asked_bell(settings))
        yield Part(0.5)
        order.append("long ends")
        return {}

    def short(request: Mapping[str, Any], looking: Looking) -> Answer:
        order.append("short")
        yield Part(0.5)
        return {}

    store.analyses.ask("long", {})
    answer_all(store, settings, {"long": long, "short": short})
    assert order == ["long begins", "short", "long ends"]


def test_work_on_a_withdrawn_question_ends(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("explorer.jobs.answering.REPORT_SECONDS", 0.0)
    parts: list[int] = []

    def endless(request: Mapping[str, Any], looking: Looking) -> Iterator[Part]:
        while True:
            parts.append(1)
            if len(parts) == 3:
                store.analyses.withdraw(question.key)
            yield Part(0.0)

    question = store.analyses.ask("endless", {})
    answer_all(store, settings, {"endless": endless})
    assert len(parts) == 3
    assert store.analyses.find(question.key) is None


def test_an_inspector_that_is_told_to_leave_puts_its_question_back(store: Store, settings: Settings):
    orders = Orders()

    def leave(request: Mapping[str, Any], looking: Looking) -> Answer:
        orders.give("close")
        yield Part(0.5)
        return {}

    question = store.analyses.ask("leave", {})
    Answering(store, settings, orders, 1, {"leave": leave}).run()
    assert found(store, question).state is AnalysisState.WAITING


def test_the_first_question_brings_the_inspector_and_kill_9_only_delays_the_answer(
    store: Store, swept: Settings
):
    first = ask(store, swept, "horoscope", {"sign": 1}, again=True)
    wait_for(lambda: found(store, first).state is AnalysisState.FAILED, "the inspector to answer")
    status = read_status(swept, "inspector")
    assert status is not None
    os.kill(status.pid, signal.SIGKILL)
    second = ask(store, swept, "horoscope", {"sign": 2})
    wait_for(lambda: found(store, second).state is AnalysisState.FAILED, "another inspector to answer")
    assert len(processes_of(swept, "explorer.jobs.inspector")) == 1


def test_runs_are_trained_while_an_inspector_is_there(store: Store, swept: Settings):
    question = ask(store, swept, "horoscope", {"sign": 1}, again=True)
    wait_for(lambda: found(store, question).state is AnalysisState.FAILED, "the inspector to answer")
    run = submit(store, swept, small())
    wait_for_status(store, run.id, RunStatus.FINISHED)
