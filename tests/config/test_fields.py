"""The flat list of fields says everything that forms, flags and addresses need."""

import json
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from explorer.config.fields import (
    FieldKind,
    all_fields,
    changed_values,
    config_to_query,
    field,
    section_names,
    values_by_path,
)
from explorer.config.parsing import config_from_paths, config_from_query
from explorer.config.run import RunConfig
from explorer.errors import ConfigError


def test_every_leaf_of_the_tree_is_listed_once():
    def leaves(tree: dict[str, Any], prefix: str = "") -> list[str]:
        found = []
        for name, value in tree.items():
            found += leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"]
        return found

    paths = [entry.path for entry in all_fields()]
    assert sorted(paths) == sorted(leaves(RunConfig().model_dump()))
    assert len(paths) == len(set(paths))


def test_every_field_has_a_title_and_a_one_line_help():
    for entry in all_fields():
        assert entry.title != entry.path, entry.path
        assert entry.help.endswith("."), entry.path
        assert "\n" not in entry.help


def test_every_number_has_both_bounds_and_its_default_lies_within():
    for entry in all_fields():
        if entry.kind in (FieldKind.INTEGER, FieldKind.NUMBER):
            assert entry.minimum is not None, entry.path
            assert entry.maximum is not None, entry.path
            if entry.default is not None:
                assert entry.minimum <= entry.default <= entry.maximum


def test_bounds_are_read_through_a_union():
    batch_size = field("training.batch_size")
    assert batch_size is not None
    assert (batch_size.minimum, batch_size.maximum, batch_size.words) == (1, 240_000, ("full",))
    assert batch_size.accepts == 'a whole number in [1, 240,000] or "full"'


def test_sections_come_in_the_order_of_the_tree():
    assert section_names()[:4] == ("data", "data.hog", "data.augmentation", "network")


def test_the_defaults_make_an_empty_address():
    assert config_to_query(RunConfig()) == {}


def test_an_address_holds_only_what_differs():
    config = config_from_paths({"network.preset": "lenet", "training.epochs": 3})
    assert config_to_query(config) == {"network.preset": "lenet", "training.epochs": "3"}


def test_changed_values_are_those_that_differ_between_two_configs():
    first = config_from_paths({"optimizer.learning_rate": 0.1, "training.seed": 1})
    second = config_from_paths({"optimizer.learning_rate": 0.1, "training.seed": 2})
    assert changed_values(second, first) == {"training.seed": 2}


def value_for(path: str) -> st.SearchStrategy[Any]:
    """Values that a field accepts by itself."""
    entry = field(path)
    assert entry is not None
    low, high = entry.minimum, entry.maximum
    if entry.kind is FieldKind.CHOICE:
        values: st.SearchStrategy[Any] = st.sampled_from(entry.choices)
    elif entry.kind is FieldKind.FLAG:
        values = st.booleans()
    elif entry.kind is FieldKind.TEXT:
        values = st.sampled_from(["auto", "cpu", "mps", "cuda", "cuda:3"])
    elif entry.kind is FieldKind.LABELS:
        values = st.sets(st.integers(0, 9), min_size=2, max_size=9).map(sorted)
    elif entry.kind is FieldKind.INTEGERS:
        values = st.lists(st.integers(1, 4096), min_size=1, max_size=8)
    elif entry.kind is FieldKind.BLOCKS:
        values = st.lists(st.fixed_dictionaries({"filters": st.integers(1, 512)}), max_size=3)
    elif entry.kind is FieldKind.INTEGER:
        assert low is not None
        assert high is not None
        values = st.integers(int(low), int(high))
    else:
        values = st.floats(low, high, exclude_min=entry.minimum_excluded)
    return values | st.none() if entry.optional else values


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_config_survives_its_address_and_its_json(data: st.DataObject):
    paths = data.draw(
        st.lists(st.sampled_from([entry.path for entry in all_fields()]), unique=True, max_size=8)
    )
    values = {path: data.draw(value_for(path), label=path) for path in paths}
    try:
        config = config_from_paths(values)
    except ConfigError:
        return  # the drawn fields contradict each other
    assert config_from_query(config_to_query(config)) == config
    assert RunConfig.model_validate(json.loads(json.dumps(config.model_dump(mode="json")))) == config
    assert config_from_paths(values_by_path(config)) == config
