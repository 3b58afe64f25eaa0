"""``data add`` and ``data delete``: a dataset of one's own."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from explorer.cli.errors import RequestError
from explorer.cli.exit_codes import ExitCode
from explorer.data.own import PREFIX, OwnFacts
from explorer.data.own_keeping import delete_own, keep_own
from explorer.data.own_reading import Upload, read_own
from explorer.errors import DatasetError
from explorer.settings import read_settings
from explorer.storage.store import open_store


def add_dataset(arguments: argparse.Namespace) -> int:
    """Checks the files and keeps them as a dataset; says what was made of them."""
    with ExitStack() as opened:
        uploads = []
        for name in arguments.files:
            try:
                stream = opened.enter_context(Path(name).open("rb"))
                size = stream.seek(0, 2)
            except OSError as error:
                raise RequestError(f"{name} can't be read: {error.strerror}.") from None
            uploads.append(Upload(name, stream, size))
        try:
            facts = keep_own(read_own(uploads), arguments.name.removeprefix(PREFIX), read_settings().data)
        except DatasetError as error:
            raise RequestError(str(error)) from error
    print(_in_words(facts))
    return ExitCode.DONE


def delete_dataset(arguments: argparse.Namespace) -> int:
    """Deletes a dataset, and says which runs spoke of it."""
    settings, name = read_settings(), arguments.name.removeprefix(PREFIX)
    try:
        if not delete_own(name, settings.data):
            raise RequestError(
                f"There is no dataset of your own called {name}; `data list` names those there are."
            )
    except DatasetError as error:
        print(error, file=sys.stderr)
        return ExitCode.FAILED
    store = open_store(settings)
    used = [run.id for run in store.runs() if run.config.data.dataset == PREFIX + name]
    store.close()
    told = f" {len(used)} runs used it; they stay, and can't show its images any more." if used else ""
    print(f"{PREFIX}{name} is deleted.{told}")
    return ExitCode.DONE


def _in_words(facts: OwnFacts) -> str:
    counts = [f"{train} + {test}" for train, test in zip(facts.train_counts, facts.test_counts, strict=True)]
    return "\n".join([
        f"{PREFIX}{facts.name} is ready: {facts.train_count:,} images to train on, "
        f"{facts.test_count:,} to test with.",
        f"Of each digit 0…9: {', '.join(counts)}.",
        facts.preparation,
        facts.split,
        f"Use it with --set data.dataset={PREFIX}{facts.name}",
    ])  # fmt: skip
