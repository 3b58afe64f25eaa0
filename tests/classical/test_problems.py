import numpy as np
import pytest

from explorer.classical.problems import problems
from explorer.config.baseline import BaselineConfig
from explorer.errors import DatasetError
from tests.data.idx_files import pack_idx


def config(data: dict | None = None, **baseline) -> BaselineConfig:
    return BaselineConfig.model_validate({"data": data or {}, "baseline": baseline})


def write_mnist(folder, labels: np.ndarray) -> None:
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        images = np.zeros((len(labels), 28, 28), np.uint8)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(pack_idx(images))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(pack_idx(labels))


@pytest.mark.parametrize("model", ["knn", "linear_svm", "rbf_svm", "logistic", "forest"])
def test_the_bundled_digits_can_be_fitted(model, tmp_path):
    assert problems(config(model=model), tmp_path) == ()


def test_k_may_be_as_large_as_the_training_set_and_no_larger(tmp_path):
    data = {"train_size": 50}
    assert problems(config(data, k=50), tmp_path) == ()
    (problem,) = problems(config(data, k=51), tmp_path)
    assert str(problem).startswith("baseline.k must be at most 50, the number of training images, got 51.")


def test_noisy_copies_are_neighbours_too(tmp_path):
    assert problems(config({"train_size": 50, "noisy_copies": 1}, k=100), tmp_path) == ()
    assert len(problems(config({"train_size": 50, "noisy_copies": 1}, k=101), tmp_path)) == 1


def test_all_problems_come_at_once(tmp_path):
    wrong = config({"train_size": 20, "test_size": 361}, k=1_000)
    assert [problem.field for problem in problems(wrong, tmp_path)] == ["data.test_size", "baseline.k"]
    wrong = config({"train_size": 5_000, "test_size": 361})
    assert [problem.field for problem in problems(wrong, tmp_path)] == ["data.train_size", "data.test_size"]


@pytest.mark.parametrize("model", ["knn", "linear_svm", "rbf_svm", "logistic", "forest"])
def test_one_class_among_the_training_images_is_told(model, tmp_path):
    write_mnist(tmp_path, np.full(40, 3, np.uint8))
    sizes = {"dataset": "mnist", "validation_size": 0, "train_size": 20, "test_size": 10}
    (problem,) = problems(config(sizes, model=model), tmp_path)
    assert "All 20 training images are of class 3" in str(problem)


def test_files_with_fewer_images_than_usual_are_told(tmp_path):
    write_mnist(tmp_path, np.arange(40, dtype=np.uint8) % 10)
    (problem,) = problems(config({"dataset": "mnist", "validation_size": 0, "train_size": 50}), tmp_path)
    assert problem.field == "data.train_size"


def test_a_missing_dataset_is_told_with_what_to_do(tmp_path):
    with pytest.raises(DatasetError, match="Fetch it with"):
        problems(config({"dataset": "mnist"}), tmp_path)


def test_of_a_dataset_that_was_deleted_nothing_is_said_but_that(tmp_path):
    (problem,) = problems(config({"dataset": "own:gone"}, k=700), tmp_path)
    assert problem.field == "data.dataset"
