"""``data``: which datasets are here, and fetching one."""

import argparse
import shutil
import sys
import time
from typing import TextIO

from explorer.cli.errors import RequestError
from explorer.cli.exit_codes import ExitCode
from explorer.cli.words import bar, table
from explorer.data.catalog import DATASETS, Dataset, PresenceState, presence
from explorer.data.fetch import Progress, fetch
from explorer.data.own import PREFIX, own_facts, own_title
from explorer.errors import DatasetError
from explorer.settings import read_settings

HEADER = ("name", "title", "images", "state", "what it is")
SECONDS_BETWEEN_DRAWS = 0.1
CLEAR_TO_END = "\x1b[K"


def list_datasets(_arguments: argparse.Namespace) -> int:
    """Prints all datasets and whether each is ready, missing or damaged (and why)."""
    folder = read_settings().data
    rows, remarks = [], []
    for dataset in DATASETS.values():
        found = presence(dataset.name, folder)
        images = f"{dataset.train_count:,} + {dataset.test_count:,}"
        rows.append((dataset.name, dataset.title, images, found.state.value, dataset.description))
        if found.state is PresenceState.DAMAGED:
            remarks.append(f"{dataset.name}: {found.reason}")
    rows.extend(
        (PREFIX + facts.name, own_title(facts.name), f"{facts.train_count:,} + {facts.test_count:,}",
         PresenceState.READY.value, facts.source)
        for facts in own_facts(folder)
    )  # fmt: skip
    print(table(HEADER, rows))
    print("\n".join([f"\nThe data folder is {folder}; `data fetch NAME` downloads into it.", *remarks]))
    return ExitCode.DONE


def fetch_dataset(arguments: argparse.Namespace) -> int:
    """Downloads what is missing of one dataset; an interrupted fetch can be called again."""
    dataset = next((entry for entry in DATASETS.values() if entry.name == arguments.name), None)
    if dataset is None:
        raise RequestError(f"NAME must be one of {', '.join(DATASETS)}, got {arguments.name!r}.")
    folder = read_settings().data
    if presence(dataset.name, folder).is_ready:
        print(f"{dataset.title} is ready{'; it needs no files' if dataset.is_bundled else f' in {folder}'}.")
        return ExitCode.DONE
    report = _FetchReport(sys.stderr, dataset)
    try:
        fetch(dataset.name, folder, report.show)
    except DatasetError as error:
        report.close()
        print(error, file=sys.stderr)
        return ExitCode.FAILED
    report.close()
    print(f"{dataset.title} is ready in {folder}.")
    return ExitCode.DONE


class _FetchReport:
    """A line a file; on a terminal with a bar that moves."""

    def __init__(self, stream: TextIO, dataset: Dataset) -> None:
        self._stream, self._dataset = stream, dataset
        self._terminal = stream.isatty()
        self._file = ""
        self._drawn = float("-inf")

    def show(self, progress: Progress) -> None:
        """Takes in how far the fetch is."""
        is_new = progress.file != self._file
        if is_new and progress.note:
            self.close()
            self._stream.write(f"{progress.note}\n")
        label = (
            f"{self._dataset.title}: file {progress.file_number} of {progress.file_count}, {progress.file}"
        )
        if not self._terminal:
            if is_new:
                self._stream.write(f"{label}\n")
        elif is_new or time.monotonic() - self._drawn >= SECONDS_BETWEEN_DRAWS:
            self._drawn = time.monotonic()
            share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 0.0
            line = f"{label}  {bar(share)} {progress.done_bytes / 1e6:.1f} MB"
            self._stream.write(f"\r{line[: shutil.get_terminal_size().columns - 1]}{CLEAR_TO_END}")
        self._file = progress.file
        self._stream.flush()

    def close(self) -> None:
        """Puts the cursor on a line of its own."""
        if self._terminal and self._file:
            self._stream.write("\n")
            self._stream.flush()
