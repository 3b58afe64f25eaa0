import pytest

from explorer.config.run import RunConfig
from explorer.records import AnalysisState
from explorer.storage import analyses
from explorer.storage.analyses import Analyses
from explorer.storage.store import Store


@pytest.fixture
def asked(store: Store) -> Analyses:
    return store.analyses


def test_a_new_question_waits(asked: Analyses):
    question = asked.ask("embedding", {"run_id": 7, "layer": "hidden 1"})
    assert question.state is AnalysisState.WAITING
    assert question.request == {"run_id": 7, "layer": "hidden 1"}
    assert (question.progress, question.version, question.reason) == (0.0, 0, "")
    assert asked.is_waited_for()


def test_equal_questions_are_one_whatever_the_order_of_their_parameters(asked: Analyses):
    first = asked.ask("embedding", {"run_id": 7, "layer": "hidden 1"})
    assert asked.ask("embedding", {"layer": "hidden 1", "run_id": 7}).key == first.key
    assert asked.ask("embedding", {"layer": "hidden 2", "run_id": 7}).key != first.key
    assert asked.ask("saliency", {"layer": "hidden 1", "run_id": 7}).key != first.key


def test_the_question_asked_last_is_taken_first_and_only_once(asked: Analyses):
    first, second = asked.ask("a", {}), asked.ask("b", {})
    asked.ask("a", {})
    keys = []
    while (taken := asked.take()) is not None:
        keys.append(taken.key)
    assert sorted(keys) == sorted([first.key, second.key])
    assert not asked.is_waited_for()


def test_an_answer_comes_in_parts_and_then_whole(asked: Analyses):
    key = asked.ask("a", {}).key
    taken = asked.take()
    assert taken is not None
    assert taken.state is AnalysisState.RUNNING
    assert asked.answer(key) == b""
    assert asked.report(taken, 0.25)
    assert asked.report(taken, 0.5, b"half")
    half = asked.find(key)
    assert half is not None
    assert (half.progress, half.version, asked.answer(key)) == (0.5, 1, b"half")
    assert asked.end(taken, b"whole")
    done = asked.find(key)
    assert done is not None
    assert (done.state, done.progress, done.version) == (AnalysisState.DONE, 1.0, 2)
    assert asked.answer(key) == b"whole"


def test_an_answered_question_is_not_worked_out_again(asked: Analyses):
    asked.ask("a", {})
    taken = asked.take()
    assert taken is not None
    asked.end(taken, b"whole")
    assert asked.ask("a", {}).state is AnalysisState.DONE
    assert asked.take() is None


def test_a_failed_question_says_why_until_it_is_asked_again(asked: Analyses):
    key = asked.ask("a", {}).key
    taken = asked.take()
    assert taken is not None
    asked.fail(taken, "Checkpoint 3 is damaged.")
    failed = asked.find(key)
    assert failed is not None
    assert (failed.state, failed.reason) == (AnalysisState.FAILED, "Checkpoint 3 is damaged.")
    assert asked.ask("a", {}).state is AnalysisState.FAILED
    again = asked.ask("a", {}, again=True)
    assert (again.state, again.reason, again.attempt) == (AnalysisState.WAITING, "", 0)


def test_whoever_works_on_a_withdrawn_question_hears_of_it(asked: Analyses):
    key = asked.ask("a", {}).key
    taken = asked.take()
    assert taken is not None
    asked.withdraw(key)
    assert not asked.report(taken, 0.5)
    assert not asked.end(taken, b"whole")
    assert asked.find(key) is None


def test_a_done_answer_is_not_withdrawn(asked: Analyses):
    key = asked.ask("a", {}).key
    taken = asked.take()
    assert taken is not None
    asked.end(taken, b"whole")
    asked.withdraw(key)
    assert asked.answer(key) == b"whole"


def test_an_owners_new_question_withdraws_the_open_one_of_that_kind_only(asked: Analyses):
    old = asked.ask("preview", {"rate": 0.1}, owner="tab 1")
    other_tab = asked.ask("preview", {"rate": 0.2}, owner="tab 2")
    other_kind = asked.ask("saliency", {}, owner="tab 1")
    new = asked.ask("preview", {"rate": 0.3}, owner="tab 1")
    assert asked.find(old.key) is None
    assert all(asked.find(question.key) for question in (other_tab, other_kind, new))


def test_the_answer_goes_with_its_run(store: Store, asked: Analyses):
    run = store.create_run(RunConfig())
    key = asked.ask("a", {"run_id": run.id}, run_id=run.id).key
    store.delete(run.id)
    assert asked.find(key) is None


def test_the_question_of_a_process_that_died_is_taken_again_but_not_a_third_time(asked: Analyses):
    key = asked.ask("a", {}).key
    first = asked.take()
    assert first is not None
    asked.give_back()
    second = asked.take()
    assert second is not None
    assert not asked.report(first, 0.5), "the first process no longer has the question"
    assert asked.report(second, 0.5)
    asked.give_back()
    assert asked.take() is None
    failed = asked.find(key)
    assert failed is not None
    assert failed.state is AnalysisState.FAILED


def test_a_question_that_is_put_back_waits_as_if_it_had_never_been_taken(asked: Analyses):
    key = asked.ask("a", {}).key
    for _ in range(5):
        taken = asked.take()
        assert taken is not None
        asked.put_back(taken)
        waiting = asked.find(key)
        assert waiting is not None
        assert (waiting.state, waiting.attempt) == (AnalysisState.WAITING, 0)


def test_the_answers_asked_for_longest_ago_make_room(asked: Analyses, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(analyses, "MOST_BYTES", 250)
    keys = []
    for name in ("a", "b", "c"):
        keys.append(asked.ask(name, {}).key)
        taken = asked.take()
        assert taken is not None
        asked.end(taken, b"x" * 100)
    assert [asked.find(key) is None for key in keys] == [True, False, False]


def test_several_questions_are_looked_up_together(asked: Analyses):
    first, second, gone = (asked.ask("a", {"number": number}) for number in range(3))
    asked.withdraw(gone.key)
    taken = asked.take()
    assert taken is not None
    asked.report(taken, 0.5, b"half")
    keys = [first.key, second.key, gone.key]
    standing = asked.standing(keys)
    assert standing == {key: asked.find(key) for key in (first.key, second.key)}
    assert asked.answers(keys) == {taken.key: b"half"}
    assert asked.standing([]) == {}
