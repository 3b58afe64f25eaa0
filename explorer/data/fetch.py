"""Fetching a dataset's files into the data folder, with the addresses and checksums of torchvision."""

import errno
import gzip
import os
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.config.run import DatasetName
from explorer.data.catalog import DATASETS, Dataset, locate
from explorer.data.download import DamagedDownloadError, DownloadError, OnBytes, download, md5_of
from explorer.data.files import how_to_get
from explorer.data.idx import IdxError, check_file
from explorer.errors import DatasetError

WORKPLACE_PREFIX = ".fetch-"
ABANDONED_AFTER_SECONDS = 3_600
TRIES_AN_ADDRESS = 2
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fetch is: bytes of one file, and which of how many files it is, from 1.

    ``total_bytes`` is None where the server does not say. ``note`` says in words what a user should
    know, such as which damaged file is fetched again.
    """

    file: str
    done_bytes: int
    total_bytes: int | None
    file_number: int
    file_count: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to fetch: its addresses in order of preference, its MD5, and the idx files packed in it."""

    urls: tuple[str, ...]
    md5: str
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the file that is fetched."""
        return self.urls[0].rpartition("/")[2]


def sources_of(name: DatasetName, data_folder: Path) -> tuple[Source, ...]:
    """What torchvision would fetch for a dataset.

    Raises:
        DatasetError: torchvision can't be imported.
    """
    dataset = DATASETS[name]
    if dataset.files is None:
        return ()
    try:
        from torchvision import datasets  # noqa: PLC0415 - takes seconds, and only a fetch needs it
    except (ImportError, RuntimeError) as error:
        raise DatasetError(
            f"torchvision, which knows where {dataset.title} is, can't be loaded ({error}). "
            f"Install requirements.txt again. {how_to_get(dataset, data_folder / dataset.folder)}"
        ) from error
    if name == "emnist_digits":
        return (Source((datasets.EMNIST.url,), datasets.EMNIST.md5, dataset.files.names),)
    if name == "qmnist":
        parts = datasets.QMNIST.resources
        return tuple(_source((url,), md5) for url, md5 in (*parts["train"], *parts["test"]))
    known = {"mnist": datasets.MNIST, "fashion_mnist": datasets.FashionMNIST, "kmnist": datasets.KMNIST}[name]
    return tuple(
        _source(tuple(f"{mirror}{file}" for mirror in known.mirrors), md5) for file, md5 in known.resources
    )


def fetch(
    name: DatasetName,
    data_folder: Path,
    progress: Callable[[Progress], None],
    sources: Sequence[Source] | None = None,
) -> None:
    """Sees to it that all files of a dataset lie in the data folder, sound and unpacked.

    Sound files stay; missing and damaged ones are fetched, file by file, each put in its place at once
    when it is complete, so that an interrupted fetch can be called again. Several processes may fetch at
    the same time. The bundled digits need nothing. ``sources`` are torchvision's unless given.

    Raises:
        DatasetError: no network, no room, a folder that can't be written, or a file that comes damaged
            from every address; says which files go where.
    """
    dataset = DATASETS[name]
    if dataset.files is None:
        return
    if dataset.is_own:
        raise DatasetError(f"{dataset.title} can't be fetched. {how_to_get(dataset, data_folder)}")
    folder = data_folder / dataset.folder
    wanted = sources_of(name, data_folder) if sources is None else tuple(sources)
    with _folder_faults_in_words(dataset, folder):
        folder.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
        for number, source in enumerate(wanted, 1):
            faults = _faults(folder, source)
            if not faults:
                continue
            note = " ".join(f"{file} is damaged ({why}) and is fetched again." for file, why in faults if why)
            report = _reporter(progress, Progress(source.name, 0, None, number, len(wanted), note))
            report(0, None)
            with tempfile.TemporaryDirectory(prefix=WORKPLACE_PREFIX, dir=folder) as workplace:
                packed = _obtain(source, dataset, folder, Path(workplace), report)
                _unpack(packed, source, folder, Path(workplace))


def _source(urls: tuple[str, ...], md5: str) -> Source:
    return Source(urls, md5, (urls[0].rpartition("/")[2].removesuffix(".gz"),))


def _reporter(progress: Callable[[Progress], None], first: Progress) -> OnBytes:
    return lambda done, total: progress(replace(first, done_bytes=done, total_bytes=total))


def _faults(folder: Path, source: Source) -> list[tuple[str, str]]:
    """The source's files that are not there (with no reason) or damaged (with the reason)."""
    faults = []
    for file in source.files:
        path = locate(folder, file)
        if path is None:
            faults.append((file, ""))
            continue
        try:
            check_file(path)
        except (IdxError, OSError) as error:
            faults.append((path.name, str(error)))
    return faults


def _obtain(source: Source, dataset: Dataset, folder: Path, workplace: Path, report: OnBytes) -> Path:
    """The packed file, sound: the one that somebody put into the folder, or a fetched one."""
    by_hand = folder / source.name
    if by_hand.is_file() and md5_of(by_hand) == source.md5:
        return by_hand
    target, faults = workplace / source.name, []
    for url in source.urls:
        for _ in range(TRIES_AN_ADDRESS):
            try:
                download(url, target, source.md5, report)
            except DownloadError as error:
                faults.append(f"{url}: {error}.")
                if not isinstance(error, DamagedDownloadError):
                    break
            else:
                return target
    raise DatasetError(
        f"{source.name} of {dataset.title} could not be fetched. {' '.join(dict.fromkeys(faults))} "
        f"Try again later. {how_to_get(dataset, folder)}"
    )


def _unpack(packed: Path, source: Source, folder: Path, workplace: Path) -> None:
    try:
        if packed.suffix == ".zip":
            with zipfile.ZipFile(packed) as archive:
                members = {Path(member).name: member for member in archive.namelist()}
                for file in source.files:
                    with archive.open(members[f"{file}.gz"]) as stream, gzip.open(stream) as unpacked:
                        _place(unpacked, file, folder, workplace)
        else:
            with gzip.open(packed) as unpacked:
                _place(unpacked, source.files[0], folder, workplace)
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, KeyError, IdxError) as error:
        raise DatasetError(
            f"{packed.name} came as it should but holds something else than expected ({error}). "
            f"The publisher may have changed it."
        ) from error


def _place(unpacked: gzip.GzipFile, file: str, folder: Path, workplace: Path) -> None:
    aside = workplace / file
    with aside.open("wb") as target:
        shutil.copyfileobj(unpacked, target, 1024 * 1024)
    check_file(aside)
    os.replace(aside, folder / file)  # noqa: PTH105 - the call that is atomic everywhere


def _clear_abandoned(folder: Path) -> None:
    """Removes what killed fetches left behind; a living one touches its file every few seconds."""
    for workplace in folder.glob(f"{WORKPLACE_PREFIX}*"):
        with suppress(FileNotFoundError):  # its fetch has just ended
            newest = max(path.stat().st_mtime for path in (workplace, *workplace.iterdir()))
            if time.time() - newest > ABANDONED_AFTER_SECONDS:
                shutil.rmtree(workplace, ignore_errors=True)


@contextmanager
def _folder_faults_in_words(dataset: Dataset, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatasetError(describe_folder_fault(error, dataset, folder)) from error


def describe_folder_fault(error: OSError, dataset: Dataset, folder: Path) -> str:
    """Why a dataset's files can't be written into a folder, and what to do."""
    elsewhere = "set EXPLORER_DATA to a folder elsewhere"
    if error.errno in NO_ROOM:
        needed = dataset.download_megabytes + dataset.disk_megabytes
        return (
            f"There is no room for {dataset.title} in {folder} ({error.strerror}). It needs about "
            f"{needed:,.0f} MB while it is fetched. Free some, or {elsewhere}."
        )
    return (
        f"{folder} can't be written ({error.strerror}). Mend its permissions, or {elsewhere}. "
        f"The bundled digits need no files."
    )
