import errno
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from explorer.config.run import DatasetName
from explorer.data.catalog import DATASETS, presence
from explorer.data.fetch import Progress, Source, describe_folder_fault, fetch, sources_of
from explorer.data.files import load_arrays
from explorer.errors import DatasetError

from .idx_files import pack_idx, small_dataset
from .mirror import Mirror

Put = Callable[..., Path]
TRAIN_IMAGES = "train-images-idx3-ubyte.gz"


def ignore(progress: Progress) -> None:
    """Nobody watches."""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "qmnist"])
def test_a_fetched_dataset_can_be_loaded(mirror: Mirror, data_folder: Path, name: DatasetName) -> None:
    fetch(name, data_folder, ignore, mirror.sources(name))
    assert presence(name, data_folder).is_ready
    assert load_arrays(name, data_folder).train_labels.tolist() == [*range(10)] * 4
    files = DATASETS[name].files
    assert files is not None
    assert names_in(data_folder / DATASETS[name].folder) == sorted(files.names)


def test_emnist_is_unpacked_from_its_one_archive(mirror: Mirror, data_folder: Path) -> None:
    source = emnist_source(mirror)
    fetch("emnist_digits", data_folder, ignore, [source])
    assert load_arrays("emnist_digits", data_folder).test_images.shape == (20, 28, 28)
    assert names_in(data_folder / "EMNIST" / "raw") == sorted(source.files)


def test_an_archive_put_there_by_hand_is_unpacked_without_a_network(
    mirror: Mirror, data_folder: Path
) -> None:
    source = emnist_source(mirror)
    folder = data_folder / "EMNIST" / "raw"
    folder.mkdir(parents=True)
    (folder / "gzip.zip").write_bytes(mirror.files["gzip.zip"])
    fetch("emnist_digits", data_folder, ignore, [source])
    assert presence("emnist_digits", data_folder).is_ready
    assert mirror.requests == []
    assert (folder / "gzip.zip").exists()


def emnist_source(mirror: Mirror) -> Source:
    contents = small_dataset("emnist_digits")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("gzip/emnist-letters-train-labels-idx1-ubyte.gz", b"another part")
        for file, content in contents.items():
            packed.writestr(f"gzip/{file}.gz", gzip.compress(content))
    return mirror.source("gzip.zip", archive.getvalue(), *contents)


def test_progress_counts_the_bytes_of_every_file_to_the_end(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist", images=4_000)
    seen: list[Progress] = []
    fetch("mnist", data_folder, seen.append, sources)
    assert list(dict.fromkeys(step.file for step in seen)) == [source.name for source in sources]
    for number, source in enumerate(sources, 1):
        steps = [step for step in seen if step.file == source.name]
        size = len(mirror.files[source.name])
        assert {(step.file_number, step.file_count, step.note) for step in steps} == {(number, 4, "")}
        counts = [step.done_bytes for step in steps]
        assert counts == sorted(counts)
        assert (counts[0], counts[-1], steps[-1].total_bytes) == (0, size, size)
    assert sum(step.file == TRAIN_IMAGES for step in seen) > 5


def test_a_complete_dataset_is_not_fetched_again(mirror: Mirror, put: Put, data_folder: Path) -> None:
    put("mnist")
    fetch("mnist", data_folder, ignore, mirror.sources("mnist"))
    assert mirror.requests == []


def test_packed_files_put_there_by_hand_are_enough(mirror: Mirror, put: Put, data_folder: Path) -> None:
    put("mnist", packed=True)
    fetch("mnist", data_folder, ignore, mirror.sources("mnist"))
    assert mirror.requests == []


def test_a_damaged_file_is_named_and_fetched_again_and_no_other(
    mirror: Mirror, put: Put, data_folder: Path
) -> None:
    folder = put("mnist")
    (folder / "train-images-idx3-ubyte").write_bytes(b"half a fi")
    assert not presence("mnist", data_folder).is_ready
    seen: list[Progress] = []
    fetch("mnist", data_folder, seen.append, mirror.sources("mnist"))
    assert presence("mnist", data_folder).is_ready
    assert mirror.requests == [(TRAIN_IMAGES, None)]
    assert {step.note.partition(" (")[0] for step in seen} == {"train-images-idx3-ubyte is damaged"}


def test_a_broken_connection_is_taken_up_where_it_broke_off(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist", images=2_000)
    size = len(mirror.files[TRAIN_IMAGES])
    mirror.cuts = {TRAIN_IMAGES: 2}
    fetch("mnist", data_folder, ignore, sources)
    assert load_arrays("mnist", data_folder).train_images.shape == (2_000, 28, 28)
    first, second, third = (wanted for file, wanted in mirror.requests if file == TRAIN_IMAGES)
    assert first is None
    assert second == f"bytes={size // 2}-"
    assert third == f"bytes={size // 2 + (size - size // 2) // 2}-"


def test_a_server_that_can_not_resume_sends_the_whole_file_again(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist", images=2_000)
    mirror.ranges, mirror.cuts = False, {TRAIN_IMAGES: 1}
    fetch("mnist", data_folder, ignore, sources)
    assert load_arrays("mnist", data_folder).train_images.shape == (2_000, 28, 28)


def test_a_connection_that_breaks_again_and_again_is_given_up(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist")
    mirror.ranges, mirror.cuts = False, {TRAIN_IMAGES: 1_000}
    with pytest.raises(DatasetError, match="broke off after") as caught:
        fetch("mnist", data_folder, ignore, sources)
    assert mirror.url(TRAIN_IMAGES) in str(caught.value)
    assert len(mirror.requests) == 2
    assert names_in(data_folder / "MNIST" / "raw") == []


def test_what_comes_damaged_is_fetched_a_second_time(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist")
    mirror.damages = {TRAIN_IMAGES: 1}
    fetch("mnist", data_folder, ignore, sources)
    assert presence("mnist", data_folder).is_ready
    assert [file for file, _ in mirror.requests].count(TRAIN_IMAGES) == 2


def test_what_always_comes_damaged_is_named_and_never_kept(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist")
    mirror.damages = {TRAIN_IMAGES: 1_000}
    with pytest.raises(DatasetError, match=f"{TRAIN_IMAGES} of MNIST could not be fetched") as caught:
        fetch("mnist", data_folder, ignore, sources)
    assert f"and should be {sources[0].md5}" in str(caught.value)
    assert names_in(data_folder / "MNIST" / "raw") == []


def test_the_next_address_is_asked_when_the_first_does_not_have_it(mirror: Mirror, data_folder: Path) -> None:
    sources = [
        Source((mirror.url(f"gone/{source.name}"), *source.urls), source.md5, source.files)
        for source in mirror.sources("mnist")
    ]
    fetch("mnist", data_folder, ignore, sources)
    assert presence("mnist", data_folder).is_ready


def test_an_interrupted_fetch_keeps_whole_files_and_goes_on(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist")

    def interrupt_the_second(progress: Progress) -> None:
        if progress.file_number == 2 and progress.done_bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("mnist", data_folder, interrupt_the_second, sources)
    assert names_in(data_folder / "MNIST" / "raw") == ["train-images-idx3-ubyte"]
    mirror.requests.clear()
    fetch("mnist", data_folder, ignore, sources)
    assert presence("mnist", data_folder).is_ready
    assert [file for file, _ in mirror.requests] == [source.name for source in sources[1:]]


FETCH_IN_A_PROCESS = """
import json, pathlib, resource, sys, time
from explorer.data.fetch import Source, fetch
from explorer.errors import DatasetError
sources = [Source(tuple(urls), md5, tuple(files)) for urls, md5, files in json.loads(sys.argv[2])]
if sys.argv[3:] == ["little room"]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
def report(progress):
    print(progress.file, progress.done_bytes, flush=True)
    if sys.argv[3:] == ["halt"] and progress.done_bytes:
        time.sleep(60)
try:
    fetch("mnist", pathlib.Path(sys.argv[1]), report, sources)
except DatasetError as error:
    sys.exit(str(error))
"""


def fetching(data_folder: Path, sources: list[Source], *words: str) -> subprocess.Popen[str]:
    listed = json.dumps([(source.urls, source.md5, source.files) for source in sources])
    command = [sys.executable, "-c", FETCH_IN_A_PROCESS, str(data_folder), listed, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_fetch_killed_in_the_middle_leaves_no_half_file_and_is_cleared_away_later(
    mirror: Mirror, data_folder: Path
) -> None:
    sources = mirror.sources("mnist", images=2_000)
    process = fetching(data_folder, sources, "halt")
    assert process.stdout is not None
    while not process.stdout.readline().rstrip().endswith("262144"):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    folder = data_folder / "MNIST" / "raw"
    (left,) = names_in(folder)
    assert left.startswith(".fetch-")
    assert presence("mnist", data_folder).files == tuple(small_dataset("mnist"))

    fetch("mnist", data_folder, ignore, sources)
    assert presence("mnist", data_folder).is_ready
    assert left in names_in(folder)  # young enough to be another's

    long_ago = time.time() - 7_200
    for path in (*(folder / left).iterdir(), folder / left):
        os.utime(path, (long_ago, long_ago))
    fetch("mnist", data_folder, ignore, sources)
    assert names_in(folder) == sorted(small_dataset("mnist"))


def test_two_processes_may_fetch_at_the_same_time(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist", images=2_000)
    processes = [fetching(data_folder, sources) for _ in range(2)]
    for process in processes:
        _, faults = process.communicate(timeout=60)
        assert (process.returncode, faults) == (0, "")
    assert load_arrays("mnist", data_folder).train_images.shape == (2_000, 28, 28)
    assert names_in(data_folder / "MNIST" / "raw") == sorted(small_dataset("mnist"))


def test_without_a_network_the_error_says_which_files_go_where_and_the_digits_go_on(
    mirror: Mirror, data_folder: Path
) -> None:
    sources = mirror.sources("mnist")
    closed = [Source(("http://127.0.0.1:9/" + source.name,), source.md5, source.files) for source in sources]
    with pytest.raises(DatasetError) as caught:
        fetch("mnist", data_folder, ignore, closed)
    message = str(caught.value)
    assert "http://127.0.0.1:9/train-images-idx3-ubyte.gz: no connection (Connection refused)." in message
    assert f"put these files into {data_folder / 'MNIST' / 'raw'}, unpacked or as .gz" in message
    assert all(file in message for file in small_dataset("mnist"))
    assert load_arrays("digits", data_folder).test_images.shape == (360, 28, 28)
    fetch("digits", data_folder, ignore)


def test_a_server_s_refusal_is_reported_with_its_number(mirror: Mirror, data_folder: Path) -> None:
    with pytest.raises(DatasetError, match="the server answered 404 Not Found"):
        fetch("mnist", data_folder, ignore, [Source((mirror.url("no.gz"),), "0", ("no",))])


def test_a_file_of_the_right_checksum_that_is_no_idx_file_is_refused(
    mirror: Mirror, data_folder: Path
) -> None:
    page = mirror.source(TRAIN_IMAGES, gzip.compress(b"<html>"), "train-images-idx3-ubyte")
    with pytest.raises(DatasetError, match="holds something else than expected"):
        fetch("mnist", data_folder, ignore, [page])
    bare = mirror.source(TRAIN_IMAGES, pack_idx(np.zeros(3, np.uint8)), "train-images-idx3-ubyte")
    with pytest.raises(DatasetError, match="holds something else than expected"):
        fetch("mnist", data_folder, ignore, [bare])
    assert names_in(data_folder / "MNIST" / "raw") == []


def test_a_file_in_the_place_of_the_folder_is_an_error_in_words(mirror: Mirror, data_folder: Path) -> None:
    data_folder.write_text("not a folder")
    with pytest.raises(DatasetError, match=r"can't be written .* or set EXPLORER_DATA to a folder elsewhere"):
        fetch("mnist", data_folder, ignore, mirror.sources("mnist"))


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that even root can't write")
def test_a_folder_that_can_not_be_written_is_an_error_in_words(mirror: Mirror) -> None:
    with pytest.raises(DatasetError, match="/sys/kernel/MNIST/raw can't be written"):
        fetch("mnist", Path("/sys/kernel"), ignore, mirror.sources("mnist"))


def test_a_full_disk_is_an_error_that_says_how_much_is_needed(mirror: Mirror, data_folder: Path) -> None:
    sources = mirror.sources("mnist", images=2_000)
    process = fetching(data_folder, sources, "little room")
    _, faults = process.communicate(timeout=60)
    assert process.returncode == 1
    folder = data_folder / "MNIST" / "raw"
    assert faults.startswith(f"There is no room for MNIST in {folder} (File too large). It needs about 67 MB")
    assert names_in(folder) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "There is no room for MNIST"),
        (errno.EDQUOT, "There is no room for MNIST"),
        (errno.EROFS, "/data/MNIST/raw can't be written"),
    ],
)
def test_the_operating_system_s_errors_are_told_apart(number: int, words: str) -> None:
    fault = OSError(number, os.strerror(number))
    message = describe_folder_fault(fault, DATASETS["mnist"], Path("/data/MNIST/raw"))
    assert words in message
    assert os.strerror(number) in message
    assert "EXPLORER_DATA" in message


def test_sources_are_torchvision_s_and_hold_the_files_of_the_catalogue(tmp_path: Path) -> None:
    for name, dataset in DATASETS.items():
        sources = sources_of(name, tmp_path)
        expected = () if dataset.files is None else dataset.files.names
        assert tuple(file for source in sources for file in source.files) == expected
        assert all(len(source.md5) == 32 for source in sources)
    mnist = sources_of("mnist", tmp_path)[0]
    assert mnist.urls == tuple(mirror + TRAIN_IMAGES for mirror in datasets.MNIST.mirrors)
    assert mnist.md5 == dict(datasets.MNIST.resources)[TRAIN_IMAGES]
    assert sources_of("emnist_digits", tmp_path)[0].name == DATASETS["emnist_digits"].archive


def test_a_fetch_follows_torchvision_s_list(
    mirror: Mirror, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = mirror.sources("kmnist")
    monkeypatch.setattr(datasets.KMNIST, "mirrors", [f"{mirror.address}/gone/", f"{mirror.address}/"])
    monkeypatch.setattr(datasets.KMNIST, "resources", [(source.name, source.md5) for source in sources])
    fetch("kmnist", data_folder, ignore)
    assert presence("kmnist", data_folder).is_ready
