"""The process that fetches one dataset: torchvision stays out of the dashboard."""

import argparse
import sys
from typing import get_args

from explorer.config.run import KnownDataset
from explorer.data.fetch import Progress, fetch
from explorer.errors import ExplorerError
from explorer.jobs.fetching import FetchStatus, fetch_lock, write_fetch_status
from explorer.jobs.locks import hold
from explorer.settings import Settings, read_settings


def fetch_and_report(settings: Settings, name: KnownDataset) -> int:
    """Fetch one dataset, writing how far it is; 0 when it is there or in other hands, else 1."""

    def report(progress: Progress) -> None:
        so_far = FetchStatus("running", progress.file, progress.done_bytes, progress.total_bytes or 0)
        write_fetch_status(settings, name, so_far)

    lock = hold(fetch_lock(settings, name), patience_seconds=0.2)
    if lock is None:
        return 0
    with lock:
        write_fetch_status(settings, name, FetchStatus("running"))
        try:
            fetch(name, settings.data, report)
        except (ExplorerError, OSError) as error:
            write_fetch_status(settings, name, FetchStatus("failed", problem=str(error)))
            sys.stderr.write(f"{name}: {error}\n")
            return 1
        write_fetch_status(settings, name, FetchStatus("done"))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Fetch the dataset that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m explorer.jobs.fetcher", description=__doc__)
    parser.add_argument("name", choices=get_args(KnownDataset))
    name: KnownDataset = parser.parse_args(arguments).name
    return fetch_and_report(read_settings(), name)


if __name__ == "__main__":
    sys.exit(main())
