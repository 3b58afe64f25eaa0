"""Configs of earlier and later versions do no harm."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from explorer.config.parsing import parse_config
from explorer.config.run import RunConfig
from explorer.errors import RunStateError
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.configs import read_config, write_config
from explorer.storage.store import Store, open_store
from tests.storage.samples import baseline, config

LENET = {"network": {"preset": "lenet"}, "optimizer": {"learning_rate": 0.1 + 0.2}}


def changed(values: dict[str, dict[str, Any]]) -> str:
    """A stored config with these fields put in its sections."""
    tree = json.loads(write_config(RunConfig()))
    for section, fields in values.items():
        tree[section] = {**tree.get(section, {}), **fields} if isinstance(fields, dict) else fields
    return json.dumps(tree)


@pytest.mark.parametrize("values", [{}, LENET, {"training": {"batch_size": "full", "seed": 7}}])
def test_a_config_comes_back_as_it_was(values: dict[str, Any]) -> None:
    whole = parse_config(values)
    stored = read_config(write_config(whole))
    assert stored.config == whole
    assert stored.lost == ()
    assert stored.complaint == ""


def test_a_baseline_comes_back_as_it_was() -> None:
    whole = baseline("rbf_svm", C=0.1 + 0.2, gamma=0.01)
    stored = read_config(write_config(whole))
    assert stored.config == whole
    assert stored.complaint == ""


def test_a_baseline_of_another_version_stays_a_baseline() -> None:
    tree = json.loads(write_config(baseline("knn", k=5)))
    tree["baseline"] |= {"metric": "cosine"}
    tree["training"] = {"epochs": 3}
    stored = read_config(json.dumps(tree))
    assert stored.config == baseline("knn", k=5)
    assert set(stored.lost) == {"baseline.metric", "training"}


def test_a_field_of_another_version_is_named_and_the_rest_kept() -> None:
    stored = read_config(changed({"training": {"epochs": 7, "mood": "good"}}))
    assert stored.config.training.epochs == 7
    assert stored.lost == ("training.mood",)
    assert "training.mood" in stored.complaint


def test_a_value_that_is_no_longer_accepted_takes_its_default() -> None:
    stored = read_config(changed({"network": {"activation": "maxout", "hidden": [64, 99_999]}}))
    assert stored.config == RunConfig()
    assert set(stored.lost) == {"network.activation", "network.hidden"}


def test_values_that_contradict_each_other_now_take_their_defaults() -> None:
    stored = read_config(
        changed({"optimizer": {"momentum": 0.9}, "training": {"seed": 3}})
    )  # adam takes none
    assert stored.config == parse_config({"training": {"seed": 3}})
    assert stored.lost == ("optimizer.momentum",)


@pytest.mark.parametrize("text", ["", "[]", "no json", '{"network": 3}', '"text"', changed({"network": 3})])  # type: ignore[dict-item]
def test_no_text_breaks_a_list_of_runs(text: str) -> None:
    assert read_config(text).lost


class TestInTheStore:
    """A row whose settings only another version understands."""

    @pytest.fixture
    def store(self, settings: Settings) -> Store:
        store = open_store(settings)
        for _ in range(3):
            store.create_run(config())
        with sa.create_engine(f"sqlite:///{settings.home / 'explorer.db'}").begin() as connection:
            strange = changed({"training": {"epochs": 7, "mood": "good"}})
            connection.execute(sa.text("UPDATE runs SET config = :text WHERE id = 1"), {"text": strange})
            connection.execute(sa.text("UPDATE runs SET result = 'no json', status = 'failed' WHERE id = 3"))
        return store

    def test_it_is_listed_and_says_what_is_wrong(self, store: Store) -> None:
        strange = store.runs()[-1]
        assert strange.id == 1
        assert strange.config.training.epochs == 7
        assert "training.mood" in strange.reason

    def test_it_fails_instead_of_training_something_else(self, store: Store) -> None:
        candidate = store.next_queued(lambda _device: True)
        assert candidate is not None
        assert candidate.id == 2
        assert store.run(1).status is RunStatus.FAILED
        assert "can't train" in store.run(1).reason

    def test_it_is_not_resumed(self, store: Store) -> None:
        store.next_queued(lambda _device: True)
        with pytest.raises(RunStateError, match=r"can't be resumed.*training\.mood"):
            store.resume(1)

    def test_an_unreadable_result_is_said(self, store: Store) -> None:
        assert store.run(3).result is None
        assert "can't be read" in store.run(3).reason

    def test_its_settings_stay_in_the_database_as_they_were(self, store: Store, settings: Settings) -> None:
        store.rename(1, "strange")
        with sa.create_engine(f"sqlite:///{settings.home / 'explorer.db'}").begin() as connection:
            text = connection.scalar(sa.text("SELECT config FROM runs WHERE id = 1"))
        assert json.loads(str(text))["training"]["mood"] == "good"
