"""The datasets there are: their facts, their files, and whether the files are here."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from explorer.config.run import DatasetName
from explorer.data import own
from explorer.data.idx import IdxError, check_file
from explorer.settings import read_settings

DIGIT_NAMES = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """The names of the four idx files, without ``.gz``."""

    train_images: str
    train_labels: str
    test_images: str
    test_labels: str

    @property
    def names(self) -> tuple[str, str, str, str]:
        """All four, images before labels, training before test."""
        return (self.train_images, self.train_labels, self.test_images, self.test_labels)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Facts of one dataset. ``folder`` is relative to the data folder, in torchvision's layout.

    ``files`` is None for the bundled digits, which have none; its megabytes are then 0.
    ``class_names`` has one name a label 0…9. ``archive`` names the file that holds all four, if there is one.
    Of a dataset of one's own ``folder`` is absolute; once it was deleted, its counts are 0.
    """

    name: DatasetName
    title: str
    description: str
    folder: str
    files: DatasetFiles | None
    train_count: int
    test_count: int
    class_names: tuple[str, ...]
    download_megabytes: float
    disk_megabytes: float
    archive: str | None = None

    @property
    def is_bundled(self) -> bool:
        """Whether the images are always there, without files and without a network."""
        return self.files is None

    @property
    def is_own(self) -> bool:
        """Whether somebody brought these images here, so that they can't be fetched."""
        return self.name.startswith(own.PREFIX)


class Catalog(dict[str, Dataset]):
    """The datasets that everybody can have, by name; looked up, a name ``own:…`` is found as well.

    That one is read from the data folder of this process, and has facts even when it was deleted.
    """

    def __missing__(self, name: str) -> Dataset:
        """The facts of a dataset of one's own."""
        return dataset_of(name, read_settings().data)


_MNIST_FILES = DatasetFiles(
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
)

DATASETS = Catalog(
    (dataset.name, dataset)
    for dataset in (
        Dataset(
            "digits",
            "Digits, bundled",
            "Scanned digits of scikit-learn (Alpaydin & Kaynak, 1998), 8×8 enlarged to 28×28; no download.",
            "",
            None,
            1_437,
            360,
            DIGIT_NAMES,
            0,
            0,
        ),
        Dataset(
            "mnist",
            "MNIST",
            "Handwritten digits of census staff and pupils (LeCun et al., 1998).",
            "MNIST/raw",
            _MNIST_FILES,
            60_000,
            10_000,
            DIGIT_NAMES,
            11.6,
            55,
        ),
        Dataset(
            "fashion_mnist",
            "Fashion-MNIST",
            "Photographs of ten kinds of clothing (Xiao et al., 2017); harder than digits.",
            "FashionMNIST/raw",
            _MNIST_FILES,
            60_000,
            10_000,
            (
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            30.9,
            55,
        ),
        Dataset(
            "kmnist",
            "Kuzushiji-MNIST",
            "Ten cursive Japanese characters from old books (Clanuwat et al., 2018).",
            "KMNIST/raw",
            _MNIST_FILES,
            60_000,
            10_000,
            ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            21.2,
            55,
        ),
        Dataset(
            "emnist_digits",
            "EMNIST digits",
            "Four times as many handwritten digits, from the same forms as MNIST (Cohen et al., 2017).",
            "EMNIST/raw",
            DatasetFiles(
                "emnist-digits-train-images-idx3-ubyte",
                "emnist-digits-train-labels-idx1-ubyte",
                "emnist-digits-test-images-idx3-ubyte",
                "emnist-digits-test-labels-idx1-ubyte",
            ),
            240_000,
            40_000,
            DIGIT_NAMES,
            561.8,
            220,
            archive="gzip.zip",
        ),
        Dataset(
            "qmnist",
            "QMNIST",
            "MNIST rebuilt from the original scans (Yadav & Bottou, 2019); its first 10,000 test images.",
            "QMNIST/raw",
            DatasetFiles(
                "qmnist-train-images-idx3-ubyte",
                "qmnist-train-labels-idx2-int",
                "qmnist-test-images-idx3-ubyte",
                "qmnist-test-labels-idx2-int",
            ),
            60_000,
            10_000,
            DIGIT_NAMES,
            20.4,
            98,
        ),
    )
)


def dataset_of(name: DatasetName, data_folder: Path) -> Dataset:
    """The facts of a dataset, looked for in this data folder if it is one's own.

    Raises:
        KeyError: the name is neither known nor that of an own dataset.
    """
    if name in DATASETS:
        return DATASETS[name]
    if not own.is_own(name):
        raise KeyError(name)
    facts = own.read_facts(name, data_folder)
    folder, title = str(own.folder_of(name, data_folder)), own.own_title(name)
    if facts is None:
        gone = "It was deleted, or never was on this machine."
        return Dataset(name, title, gone, folder, _MNIST_FILES, 0, 0, DIGIT_NAMES, 0, 0)
    megabytes = (facts.train_count + facts.test_count) * 785 / 1e6
    train, test = facts.train_count, facts.test_count
    return Dataset(name, title, facts.source, folder, _MNIST_FILES, train, test, DIGIT_NAMES, 0, megabytes)


class PresenceState(StrEnum):
    """Whether a dataset can be used right now."""

    READY = "ready"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Presence:
    """The state of one dataset's files; ``files`` names those that are missing or damaged.

    ``reason`` says in words what is wrong with the first of them.
    """

    state: PresenceState
    files: tuple[str, ...] = ()
    reason: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether the dataset can be loaded."""
        return self.state is PresenceState.READY


def locate(folder: Path, name: str) -> Path | None:
    """The file ``name`` in a folder, or ``name.gz`` where only that is there, or None."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def presence(name: DatasetName, data_folder: Path) -> Presence:
    """Whether the files of a dataset lie in the data folder, by their headers and lengths (a few reads)."""
    dataset = dataset_of(name, data_folder)
    if dataset.files is None:
        return Presence(PresenceState.READY)
    if dataset.is_own and not dataset.train_count:
        return Presence(PresenceState.MISSING, (name,), f"{dataset.title} is not here any more.")
    missing: list[str] = []
    damaged: dict[str, str] = {}
    for file in dataset.files.names:
        path = locate(data_folder / dataset.folder, file)
        if path is None:
            missing.append(file)
            continue
        try:
            check_file(path)
        except (IdxError, OSError) as error:
            damaged[path.name] = str(error)
    if damaged:
        first = next(iter(damaged))
        return Presence(PresenceState.DAMAGED, tuple(damaged), f"{first} is damaged: {damaged[first]}.")
    if missing:
        folder = data_folder / dataset.folder
        return Presence(PresenceState.MISSING, tuple(missing), f"{missing[0]} is not in {folder}.")
    return Presence(PresenceState.READY)
