"""Really trained runs on a few digits, so that every reader has something real to read."""

from pathlib import Path

from explorer.config.parsing import config_from_paths
from explorer.data.files import load_arrays
from explorer.jobs.execution import train_here
from explorer.settings import Settings, read_settings
from explorer.sharing.source import Source
from explorer.storage.store import Store, open_store
from tests.data.idx_files import pack_idx

SMALL = {"data.train_size": 300, "training.epochs": 2, "training.device": "cpu"}
BLOCKS = [{"filters": 4, "kernel": 4, "pooling": 3}, {"filters": 6, "padding": "valid"}]


def home_with_mnist_files(folder: Path) -> Settings:
    """A home whose MNIST is the bundled digits, as idx files."""
    settings = read_settings({"EXPLORER_HOME": str(folder)})
    digits, raw = load_arrays("digits", settings.data), settings.data / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, array in (
        ("train-images-idx3-ubyte", digits.train_images),
        ("train-labels-idx1-ubyte", digits.train_labels),
        ("t10k-images-idx3-ubyte", digits.test_images),
        ("t10k-labels-idx1-ubyte", digits.test_labels),
    ):
        (raw / name).write_bytes(pack_idx(array))
    return settings


def train(settings: Settings, **fields: object) -> Source:
    """A run with these dotted fields (double underscores for dots), trained to its end."""
    store: Store = open_store(settings)
    wanted = SMALL | {path.replace("__", "."): value for path, value in fields.items()}
    run = train_here(store, settings, config_from_paths(wanted))
    return Source(store, settings, run)
