import gzip
import shutil

import pytest

from explorer.cli.bench.images import write_random_mnist
from explorer.config.run import DatasetName
from explorer.data.catalog import DATASETS


def state_of(out: str, name: DatasetName) -> str:
    (line,) = [line for line in out.splitlines() if line.startswith(f"{name} ")]
    return next(word for word in line.split() if word in ("ready", "missing", "damaged"))


def test_without_files_only_the_bundled_digits_are_ready(explorer, settings):
    ended = explorer("data", "list")
    assert ended.code == 0
    states = {name: state_of(ended.out, name) for name in DATASETS}
    assert states.pop("digits") == "ready"
    assert set(states.values()) == {"missing"}
    assert str(settings.data) in ended.out


def test_with_files_mnist_is_ready_packed_or_not(explorer, settings):
    write_random_mnist(settings.data, 20, 10)
    assert state_of(explorer("data", "list").out, "mnist") == "ready"
    for path in list((settings.data / "MNIST" / "raw").iterdir()):
        with path.open("rb") as source, gzip.open(f"{path}.gz", "wb") as target:
            shutil.copyfileobj(source, target)
        path.unlink()
    assert state_of(explorer("data", "list").out, "mnist") == "ready"


def test_a_damaged_file_is_named(explorer, settings):
    write_random_mnist(settings.data, 20, 10)
    path = settings.data / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-5])
    ended = explorer("data", "list")
    assert state_of(ended.out, "mnist") == "damaged"
    assert "mnist: t10k-images-idx3-ubyte is damaged" in ended.out


@pytest.mark.mnist
def test_real_mnist_is_ready(mnist_settings, explorer, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(mnist_settings.data))
    assert state_of(explorer("data", "list").out, "mnist") == "ready"


def test_an_unknown_dataset_is_a_wrong_request_that_lists_the_known_ones(explorer):
    ended = explorer("data", "fetch", "cifar")
    assert ended.code == 2
    assert all(name in ended.err for name in DATASETS)


def test_what_is_here_is_not_fetched_again(explorer, settings):
    write_random_mnist(settings.data, 20, 10)
    assert explorer("data", "fetch", "mnist").out == f"MNIST is ready in {settings.data}.\n"
    assert explorer("data", "fetch", "digits").out == "Digits, bundled is ready; it needs no files.\n"


def test_a_folder_that_cannot_be_made_is_a_failure_that_says_what_to_do(explorer, settings, monkeypatch):
    settings.home.mkdir()
    (settings.home / "file").write_text("in the way")
    monkeypatch.setenv("EXPLORER_DATA", str(settings.home / "file"))
    ended = explorer("data", "fetch", "mnist")
    assert ended.code == 1
    assert "EXPLORER_DATA" in ended.err
