"""Records survive as text."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.records import BaselineResult, ClassMetrics, Evaluation, LayerMetrics, RunResult
from explorer.storage.codec import read_layers, read_result, write_layers, write_result

numbers = st.floats()  # infinities and NaN as well
counts = st.integers(0, 2**60)
layers = st.builds(
    LayerMetrics,
    name=st.text(),
    units=counts,
    dead_share=st.none() | numbers,
    inactive_share=st.none() | numbers,
    weight_norm=numbers,
    gradient_norm=st.none() | numbers,
    update_ratio=st.none() | numbers,
)
classes = st.builds(ClassMetrics, numbers, numbers, numbers, counts)
evaluations = st.builds(
    Evaluation,
    loss=st.none() | numbers,
    accuracy=numbers,
    confusion=st.lists(st.tuples(counts, counts), max_size=3).map(tuple),
    per_class=st.lists(classes, max_size=3).map(tuple),
)
results = st.builds(
    RunResult,
    parameters=counts,
    epochs_run=counts,
    best_epoch=counts,
    kept_epoch=counts,
    train=evaluations,
    validation=st.none() | evaluations,
    test=evaluations,
    layers=st.lists(layers, max_size=3).map(tuple),
    duration_seconds=numbers,
    samples_per_second=numbers,
    threads=counts,
)
baseline_results = st.builds(
    BaselineResult,
    features=counts,
    train=st.none() | evaluations,
    validation=st.none() | evaluations,
    test=evaluations,
    feature_seconds=numbers,
    fit_seconds=numbers,
    predict_seconds=numbers,
    model_bytes=counts,
    duration_seconds=numbers,
    threads=counts,
)


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit and in type; repr, since NaN is unequal to itself."""
    return repr(one) == repr(other)


@settings(deadline=None, max_examples=60)
@given(results | baseline_results)
def test_a_result_comes_back_as_it_was_and_of_its_kind(result: RunResult | BaselineResult) -> None:
    assert same(read_result(write_result(result)), result)


@settings(deadline=None, max_examples=60)
@given(st.lists(layers, max_size=8).map(tuple))
def test_layers_come_back_as_they_were(metrics: tuple[LayerMetrics, ...]) -> None:
    assert same(read_layers(write_layers(metrics)), metrics)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"parameters": 1}', "no json"])
def test_a_text_that_is_no_result_is_none(text: str) -> None:
    assert read_result(text) is None
