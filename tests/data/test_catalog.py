from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from torchvision import datasets

from explorer.config.run import DatasetName, KnownDataset
from explorer.data.catalog import DATASETS, PresenceState, presence

Put = Callable[..., Path]
FETCHED: list[DatasetName] = ["mnist", "fashion_mnist", "kmnist", "emnist_digits", "qmnist"]


def test_every_dataset_that_a_config_can_name_is_described() -> None:
    assert tuple(DATASETS) == get_args(KnownDataset)
    for name, dataset in DATASETS.items():
        assert dataset.name == name
        assert len(set(dataset.class_names)) == 10
        assert dataset.is_bundled == (dataset.files is None) == (name == "digits")


def test_folders_and_class_names_are_those_of_torchvision(tmp_path: Path) -> None:
    for name, known in (
        ("mnist", datasets.MNIST),
        ("fashion_mnist", datasets.FashionMNIST),
        ("kmnist", datasets.KMNIST),
        ("emnist_digits", datasets.EMNIST),
        ("qmnist", datasets.QMNIST),
    ):
        assert DATASETS[name].folder == f"{known.__name__}/raw"
        classes = known.classes_split_dict["digits"] if name == "emnist_digits" else known.classes
        assert DATASETS[name].class_names == tuple(text.partition(" - ")[0] for text in classes)


def test_the_bundled_digits_are_always_there(data_folder: Path) -> None:
    assert presence("digits", data_folder).is_ready


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", FETCHED)
def test_a_dataset_is_ready_once_its_four_files_are_there(
    put: Put, data_folder: Path, name: DatasetName, packed: bool
) -> None:
    assert presence(name, data_folder).state is PresenceState.MISSING
    put(name, packed=packed)
    assert presence(name, data_folder).is_ready


def test_missing_files_are_named(put: Put, data_folder: Path) -> None:
    folder = put("mnist")
    (folder / "t10k-labels-idx1-ubyte").unlink()
    found = presence("mnist", data_folder)
    assert found.state is PresenceState.MISSING
    assert found.files == ("t10k-labels-idx1-ubyte",)
    assert found.reason == f"t10k-labels-idx1-ubyte is not in {folder}."


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_cut_short_is_named_as_damaged(put: Put, data_folder: Path, packed: bool) -> None:
    folder = put("fashion_mnist", packed=packed)
    file = folder / ("train-images-idx3-ubyte" + ".gz" * packed)
    file.write_bytes(file.read_bytes()[:-100])
    found = presence("fashion_mnist", data_folder)
    assert found.state is PresenceState.DAMAGED
    assert found.files == (file.name,)
    assert found.reason.startswith(f"{file.name} is damaged: it holds ")
