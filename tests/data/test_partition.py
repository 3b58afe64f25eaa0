from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.config.parsing import parse_config
from explorer.config.run import Data, DatasetName
from explorer.data.catalog import DATASETS
from explorer.data.files import load_arrays
from explorer.data.partition import PartSizes, data_of_sizes, held_back_images, part_sizes, partition
from explorer.data.stratified import draw, quotas
from explorer.errors import ConfigError, Problem

LABELS = np.repeat(np.arange(10, dtype=np.uint8), 100)
TEST_LABELS = np.tile(np.arange(10, dtype=np.uint8), 20)

label_arrays = st.lists(st.integers(0, 9), min_size=30, max_size=300).map(lambda xs: np.array(xs, np.uint8))
seeds = st.integers(0, 2**31 - 1)


def assert_within_one(sample: NDArray[np.uint8], whole: NDArray[np.uint8]) -> None:
    share = len(sample) / len(whole)
    fair = np.bincount(whole, minlength=10) * share
    assert (np.abs(np.bincount(sample, minlength=10) - fair) < 1 + 1e-9).all()


@settings(deadline=None)
@given(label_arrays, label_arrays, st.data(), seeds)
def test_parts_are_disjoint_ascending_stratified_and_of_the_sizes_asked(
    labels: NDArray[np.uint8], test_labels: NDArray[np.uint8], data: st.DataObject, seed: int
) -> None:
    held_back = data.draw(st.integers(0, len(labels) - 10))
    trained = data.draw(st.none() | st.integers(10, len(labels) - held_back))
    tested = data.draw(st.none() | st.integers(10, len(test_labels)))
    config = Data(validation_size=held_back, train_size=trained, test_size=tested, split_seed=seed)
    parts = partition(labels, test_labels, config)
    assert len(parts.validation) == held_back
    assert len(parts.train) == (len(labels) - held_back if trained is None else trained)
    assert len(parts.test) == (len(test_labels) if tested is None else tested)
    assert not set(parts.train) & set(parts.validation)
    for part, whole in ((parts.train, labels), (parts.validation, labels), (parts.test, test_labels)):
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
        assert set(part) <= set(range(len(whole)))
    assert_within_one(labels[parts.validation], labels)
    assert_within_one(labels[parts.train], np.delete(labels, parts.validation))
    assert_within_one(test_labels[parts.test], test_labels)


@settings(deadline=None)
@given(seeds)
def test_one_seed_gives_one_partition_whatever_the_training_seed(seed: int) -> None:
    first, second = (
        partition(
            LABELS,
            TEST_LABELS,
            parse_config(
                {"data": {"split_seed": seed, "test_size": 50}, "training": {"seed": training}}
            ).data,
        )
        for training in (1, 2)
    )
    np.testing.assert_array_equal(first.train, second.train)
    np.testing.assert_array_equal(first.validation, second.validation)
    np.testing.assert_array_equal(first.test, second.test)


@settings(deadline=None)
@given(seeds, st.integers(10, 900), st.integers(10, 900))
def test_the_validation_images_do_not_depend_on_the_train_size(seed: int, few: int, many: int) -> None:
    one, other = (
        partition(LABELS, TEST_LABELS, Data(train_size=size, split_seed=seed)).validation
        for size in (few, many)
    )
    np.testing.assert_array_equal(one, other)


some_labels = st.sets(st.integers(0, 9), min_size=2).map(lambda labels: tuple(sorted(labels)))


@settings(deadline=None)
@given(label_arrays, some_labels, st.data(), seeds)
def test_with_labels_named_only_theirs_train_and_validate_in_the_numbers_asked(
    labels: NDArray[np.uint8], chosen: tuple[Any, ...], data: st.DataObject, seed: int
) -> None:
    there_are = int(np.isin(labels, chosen).sum())
    assume(there_are >= 10)
    held_back = data.draw(st.integers(0, there_are - 10))
    trained = data.draw(st.none() | st.integers(10, there_are - held_back))
    config = Data(labels=chosen, validation_size=held_back, train_size=trained, split_seed=seed)
    parts = partition(labels, TEST_LABELS, config)
    assert len(parts.validation) == held_back
    assert len(parts.train) == (there_are - held_back if trained is None else trained)
    assert not set(parts.train) & set(parts.validation)
    assert set(labels[parts.train]) | set(labels[parts.validation]) <= set(chosen)
    assert_within_one(labels[parts.validation], labels[np.isin(labels, chosen)])
    left = np.delete(labels, parts.validation)
    assert_within_one(labels[parts.train], left[np.isin(left, chosen)])
    assert parts.test.tolist() == list(range(200))


def test_naming_all_labels_leaves_every_image_where_it_is() -> None:
    every, named = (
        partition(LABELS, TEST_LABELS, Data(labels=labels, train_size=300)) for labels in ((), range(10))
    )
    np.testing.assert_array_equal(every.train, named.train)
    np.testing.assert_array_equal(every.validation, named.validation)


def test_labels_that_have_too_few_images_are_said_to_be_at_fault() -> None:
    with pytest.raises(ConfigError) as caught:
        partition(np.repeat(np.array([0, 1, 2], np.uint8), (50, 4, 5)), TEST_LABELS, Data(labels=(1, 2)))
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("data.labels", [1, 2])
    assert str(problem).endswith("Digits, bundled with labels 1, 2 has 9.")


def test_sizes_of_labels_said_in_advance_are_those_of_the_partition() -> None:
    for labels in ((3, 8), (0, 1, 2, 3, 4)):
        config = Data(labels=labels, validation_fraction=0.15)
        sizes = part_sizes(config)
        assert sizes == _sizes(config)
        assert (
            sizes.train + sizes.validation
            == np.isin(load_arrays("digits", Path()).train_labels, labels).sum()
        )
    too_many = Data(labels=(3, 8), train_size=600)
    assert answer_or_problems(lambda: part_sizes(too_many)) == answer_or_problems(lambda: _sizes(too_many))


def _sizes(config: Data) -> PartSizes:
    arrays = load_arrays(config.dataset, Path())
    parts = partition(arrays.train_labels, arrays.test_labels, config)
    return PartSizes(len(parts.train), len(parts.validation), len(parts.test))


def test_what_decides_which_images_are_held_back() -> None:
    base = Data()
    assert held_back_images(base) == held_back_images(Data(train_size=100, scaling="unit"))
    assert held_back_images(base) == held_back_images(Data(validation_size=144))  # a tenth of 1,437
    others = [Data(split_seed=1), Data(validation_fraction=0.2), Data(labels=(3, 8)), Data(dataset="mnist")]
    assert len({held_back_images(data) for data in [base, *others]}) == 5


def test_two_split_seeds_give_two_partitions() -> None:
    one, other = (partition(LABELS, TEST_LABELS, Data(split_seed=seed, test_size=50)) for seed in (0, 1))
    assert set(one.validation) != set(other.validation)
    assert set(one.test) != set(other.test)


def test_a_share_of_the_training_images_is_held_back_and_the_rest_trains() -> None:
    parts = partition(LABELS, TEST_LABELS, Data(validation_fraction=0.2))
    assert np.bincount(LABELS[parts.validation]).tolist() == [20] * 10
    assert np.bincount(LABELS[parts.train]).tolist() == [80] * 10
    assert parts.test.tolist() == list(range(200))


def test_a_size_goes_before_a_share() -> None:
    parts = partition(LABELS, TEST_LABELS, Data(validation_size=30, validation_fraction=0.5))
    assert (len(parts.validation), len(parts.train)) == (30, 970)


def test_nothing_is_held_back_when_nothing_is_asked() -> None:
    parts = partition(LABELS, TEST_LABELS, Data(validation_fraction=0))
    assert len(parts.validation) == 0
    assert parts.train.tolist() == list(range(1_000))


def test_places_go_to_the_largest_remainders() -> None:
    # 7 of 15: 6·7/15 = 2.8, 5·7/15 = 2.33, 4·7/15 = 1.87 → 2 + 2 + 1 and the remainders .8 and .87.
    assert quotas(np.array([6, 5, 4]), 7).tolist() == [3, 2, 2]
    assert quotas(np.array([0, 0]), 0).tolist() == [0, 0]


def test_a_draw_takes_each_image_of_a_class_about_equally_often() -> None:
    times = np.zeros(100)
    for seed in range(400):
        times[draw(np.zeros(100, np.uint8), 25, (seed,))] += 1
    # Binomial, 400 draws of 1/4: mean 100, deviation 8.7; five deviations.
    assert times.sum() == 10_000
    assert np.abs(times - 100).max() < 44


def test_sizes_that_are_too_large_are_all_named_with_what_there_is() -> None:
    with pytest.raises(ConfigError) as caught:
        partition(LABELS, TEST_LABELS, Data(dataset="mnist", train_size=950, test_size=201))
    train, test = caught.value.problems
    assert (train.field, train.value, train.accepted) == ("data.train_size", 950, "at most 900 for MNIST")
    assert train.hint == "It has 1,000 training images, of which 100 are held back for validation."
    assert (test.field, test.value, test.accepted) == ("data.test_size", 201, "at most 200 for MNIST")


def test_holding_back_every_image_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"data\.validation_size must be at most 990 of the 1,000"
    ) as caught:
        partition(LABELS, TEST_LABELS, Data(validation_size=1_000))
    assert len(caught.value.problems) == 1


def test_a_share_that_leaves_too_few_is_refused_by_its_own_name() -> None:
    with pytest.raises(ConfigError, match=r"data\.validation_fraction must be at most 30"):
        partition(LABELS[::25], TEST_LABELS, Data(validation_fraction=0.9))


@given(
    st.sampled_from(["digits", "mnist"]),
    st.none() | st.integers(0, 1_500),
    st.floats(0, 0.9),
    st.none() | st.integers(10, 1_500),
    st.none() | st.integers(10, 400),
)
@settings(deadline=None)
def test_sizes_said_in_advance_are_those_of_the_partition(
    dataset: DatasetName, held_back: int | None, share: float, trained: int | None, tested: int | None
) -> None:
    config = Data(
        dataset=dataset,
        validation_size=held_back,
        validation_fraction=share,
        train_size=trained,
        test_size=tested,
    )
    labels = (np.arange(DATASETS[dataset].train_count) % 10).astype(np.uint8)
    test_labels = (np.arange(DATASETS[dataset].test_count) % 10).astype(np.uint8)

    def real_sizes() -> PartSizes:
        parts = partition(labels, test_labels, config)
        return PartSizes(len(parts.train), len(parts.validation), len(parts.test))

    assert answer_or_problems(lambda: part_sizes(config)) == answer_or_problems(real_sizes)


@pytest.mark.parametrize("field", ["data.labels", "data.labels[1]", "data"])
def test_sizes_are_left_alone_where_one_of_them_is_at_fault(field: str) -> None:
    values = {"data.labels": [3, 11], "data.train_size": 20, "training.epochs": 0}
    assert data_of_sizes(values, [Problem(field, 11, "in 0…9", "")]) is None
    elsewhere = Problem("training.epochs", 0, "at least 1", "")
    assert data_of_sizes(values | {"data.labels": [3, 8]}, [elsewhere]) == Data(labels=(3, 8), train_size=20)


def answer_or_problems(ask: Callable[[], PartSizes]) -> PartSizes | tuple[Problem, ...]:
    try:
        return ask()
    except ConfigError as error:
        return error.problems
