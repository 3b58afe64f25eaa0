"""What is asked of a baseline is read and refused as what is asked of a network."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config.baseline import PARAMETERS, Baseline, BaselineConfig
from explorer.config.fields import (
    FieldKind,
    all_fields,
    changed_values,
    config_to_query,
    field,
    field_of_either,
    values_by_path,
)
from explorer.config.kinds import wanted_device
from explorer.config.parsing import (
    baseline_from_paths,
    parse_baseline,
    parse_baseline_assignments,
    parse_config,
    parse_either,
    read_value,
)
from explorer.config.run import RunConfig
from explorer.errors import ConfigError


def problems_of(*assignments: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse_baseline_assignments(assignments)
    return {problem.field: str(problem) for problem in caught.value.problems}


def test_an_empty_request_is_the_default_baseline():
    assert parse_baseline({}) == BaselineConfig()


def test_every_fault_is_listed_at_once_contradictions_too():
    problems = problems_of(
        "baseline.k=0",
        "baseline.C=-1",
        "baseline.gama=1",
        "baseline.trees=20",
        "data.train_size=5",
        "data.augmentation.shift=2",
        "nonsense",
    )
    assert set(problems) == {
        "baseline.k",
        "baseline.C",
        "baseline.gama",
        "baseline.trees",
        "data.train_size",
        "data.augmentation",
        "--set",
    }
    assert problems["baseline.k"] == "baseline.k must be a whole number in [1, 1,000], got 0. Try 3."
    assert problems["baseline.gama"].endswith("Did you mean baseline.gamma?")
    assert problems["baseline.trees"].endswith("It belongs to forest.")


def test_a_field_of_networks_is_none_of_a_baselines():
    problems = problems_of("network.hidden=[64]", "training.epochs=3")
    assert problems["training.epochs"] == (
        "training.epochs must be one of the known fields, got 3. "
        "`python -m explorer baseline --help` lists the fields."
    )
    assert set(problems) == {"network.hidden", "training.epochs"}


def test_a_number_or_a_word_is_taken_for_gamma():
    rbf = "baseline.model=rbf_svm"
    assert parse_baseline_assignments([rbf, "baseline.gamma=scale"]).baseline.gamma == "scale"
    assert parse_baseline_assignments([rbf, "baseline.gamma=0.01"]).baseline.gamma == 0.01
    said = problems_of(rbf, "baseline.gamma=auto")["baseline.gamma"]
    assert said == "baseline.gamma must be in (0, 1,000] or \"scale\", got 'auto'. Try scale."


@pytest.mark.parametrize("values", [{}, {"training": {"seed": 3}}, {"data": {"dataset": "mnist"}}])
def test_values_without_a_baseline_are_those_of_a_network(values: dict[str, object]):
    assert parse_either(values) == parse_config(values)


@pytest.mark.parametrize("values", [{"baseline": {}}, {"baseline": {"model": "forest"}, "seed": 3}])
def test_values_with_a_baseline_are_those_of_one(values: dict[str, object]):
    assert parse_either(values) == parse_baseline(values)


def test_the_device_of_either_kind():
    assert wanted_device(BaselineConfig()) == "cpu"
    assert wanted_device(parse_config({"training": {"device": "cuda:1"}})) == "cuda:1"


def test_every_field_is_described_and_those_of_the_data_are_shared():
    fields = {entry.path: entry for entry in all_fields(BaselineConfig)}
    assert {path for path in fields if not path.startswith("data.")} == {
        "seed",
        *(f"baseline.{name}" for name in Baseline.model_fields),
    }
    assert all(entry.title and entry.help for entry in fields.values())
    assert all(field(path) == entry for path, entry in fields.items() if path.startswith("data."))
    gamma = fields["baseline.gamma"]
    assert (gamma.kind, gamma.words, gamma.minimum, gamma.minimum_excluded) == (
        FieldKind.NUMBER,
        ("scale",),
        0,
        True,
    )
    assert fields["baseline.model"].choices == tuple(PARAMETERS)


def test_a_field_is_found_in_the_tree_that_has_it():
    assert field("baseline.k") is None
    assert field_of_either("baseline.k") == field("baseline.k", BaselineConfig)
    assert field_of_either("network.hidden") == field("network.hidden")
    assert field_of_either("nonsense") is None


def test_changed_values_are_held_against_the_defaults_of_the_same_kind():
    config = baseline_from_paths({"baseline.model": "linear_svm", "baseline.C": 0.5, "seed": 2})
    assert changed_values(config) == {"baseline.model": "linear_svm", "baseline.C": 0.5, "seed": 2}
    assert changed_values(BaselineConfig()) == {}
    assert set(changed_values(BaselineConfig(), RunConfig())) == {
        path for path in values_by_path(BaselineConfig()) if not path.startswith("data.")
    }


@given(
    st.sampled_from(sorted(PARAMETERS)),
    st.integers(1, 1000),
    st.floats(1e-6, 1e6),
    st.sampled_from(["pixels", "hog"]),
    st.integers(0, 2**31 - 1),
)
def test_an_address_carries_the_whole_config(model: str, whole: int, number: float, features: str, seed: int):
    own = {"k": whole, "C": number, "gamma": max(min(number, 1000.0), 1e-6), "trees": whole}
    values = {f"baseline.{name}": own[name] for name in PARAMETERS[model]}  # type: ignore[index]
    config = baseline_from_paths({"baseline.model": model, "data.features": features, "seed": seed, **values})
    query = config_to_query(config)
    assert baseline_from_paths({path: read_value(text) for path, text in query.items()}) == config
    assert parse_either(json.loads(config.model_dump_json())) == config
