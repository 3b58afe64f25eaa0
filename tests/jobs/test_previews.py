import pytest

from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.config.stacking import stack_key
from explorer.jobs.previews import PREVIEWED, small_copies, values_around, why_not


@pytest.mark.parametrize("rate", [1e-6, 0.001, 0.0137, 1.0, 10.0])
def test_the_range_holds_the_own_value_and_stays_within_bounds(rate: float):
    values = values_around(config_from_paths({"optimizer.learning_rate": rate}), "optimizer.learning_rate")
    assert rate in values
    assert list(values) == sorted(set(values))
    assert values[0] > 0
    assert values[-1] <= 10


def test_the_range_reaches_two_and_a_half_powers_of_ten_to_each_side():
    values = values_around(RunConfig(), "optimizer.learning_rate")
    assert len(values) == 21
    assert values[0] == pytest.approx(0.001 / 10**2.5, rel=0.01)
    assert values[-1] == pytest.approx(0.001 * 10**2.5, rel=0.01)


def test_no_l2_is_always_tried():
    for l2 in (0.0, 1e-5, 0.3):
        values = values_around(config_from_paths({"regularisation.l2": l2}), "regularisation.l2")
        assert values[0] == 0.0
        assert l2 in values


@pytest.mark.parametrize("field", PREVIEWED)
def test_all_copies_of_one_preview_train_as_one_stack(field: str):
    config = config_from_paths(
        {"optimizer.name": "sgd", "optimizer.momentum": 0.9, "optimizer.nesterov": True,
         "training.patience": 3, "schedule.warmup_epochs": 2, "data.noisy_copies": 1}
    )  # fmt: skip
    copies = small_copies(config, field)
    assert len(copies) == len(values_around(config, field))
    assert len({stack_key(copy) for copy in copies}) == 1
    assert stack_key(copies[0]) is not None


def test_copies_hold_images_back_even_where_the_run_does_not():
    copies = small_copies(config_from_paths({"data.validation_fraction": 0}), "optimizer.learning_rate")
    assert copies[0].data.validation_size == 143
    assert copies[0].data.train_size == 1437 - 143


@pytest.mark.parametrize(("batch", "images"), [(1, 400), (2, 800), (64, 1_293), ("full", 1_293)])
def test_tiny_batches_see_fewer_images_so_that_the_answer_comes_in_a_moment(batch: int | str, images: int):
    copies = small_copies(config_from_paths({"training.batch_size": batch}), "optimizer.learning_rate")
    assert {copy.data.train_size for copy in copies} == {images}


def test_copies_are_short_and_small():
    copy = small_copies(config_from_paths({"data.dataset": "mnist", "training.epochs": 100}), PREVIEWED[0])[0]
    assert (copy.data.train_size, copy.data.validation_size, copy.training.epochs) == (4_000, 1_000, 5)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"network.kind": "cnn"}, "fully connected"),
        ({"network.batch_norm": True}, "batch norm"),
        ({"training.engine": "numpy"}, "PyTorch"),
        ({"network.hidden": [1024, 512]}, "too large"),
    ],
)
def test_what_can_not_be_previewed_is_told_in_words(values: dict[str, object], word: str):
    assert word in why_not(config_from_paths(values), "optimizer.learning_rate")


def test_momentum_is_previewed_only_where_there_is_one():
    assert "SGD" in why_not(RunConfig(), "optimizer.momentum")
    assert why_not(config_from_paths({"optimizer.name": "sgd"}), "optimizer.momentum") == ""
