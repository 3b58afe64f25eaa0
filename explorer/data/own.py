"""Datasets of one's own: their names, where they lie, and what is known of them."""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explorer.settings import read_settings

PREFIX = "own:"
NAME = re.compile(r"[a-z0-9_-]{1,40}")
FOLDER, FACTS = "own", "facts.json"
MOST_FACTS_BYTES = 100_000
CLASSES = 10


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """What is known of a dataset of one's own, without reading an image.

    ``name`` is bare, without ``own:``. The counts are images a class. ``source``, ``preparation`` and
    ``split`` say in words where the images came from, how they were fitted, and who chose the test images.
    ``digest`` is of all images and labels. ``added_at`` is a time in ISO 8601.
    """

    name: str
    source: str
    preparation: str
    split: str
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    digest: str
    added_at: str

    @property
    def train_count(self) -> int:
        """How many training images there are."""
        return sum(self.train_counts)

    @property
    def test_count(self) -> int:
        """How many test images there are."""
        return sum(self.test_counts)

    def to_json(self) -> str:
        """As the file beside the images holds it."""
        return json.dumps(asdict(self), indent=1)


def is_own(name: str) -> bool:
    """Whether the name is that of a dataset of one's own: ``own:`` and what ``NAME`` allows."""
    return name.startswith(PREFIX) and NAME.fullmatch(name.removeprefix(PREFIX)) is not None


def own_title(name: str) -> str:
    """What a dataset ``own:digits`` is called on the screen: digits (own)."""
    return f"{name.removeprefix(PREFIX)} (own)"


def places(data_folder: Path) -> tuple[Path, ...]:
    """Where such datasets may lie: in the data folder or, where that is read-only, in the home."""
    return tuple(dict.fromkeys((data_folder / FOLDER, read_settings().home / FOLDER)))


def folder_of(name: str, data_folder: Path) -> Path:
    """The folder of a dataset ``own:…``, or where it would be looked for first."""
    bare = name.removeprefix(PREFIX)
    possible = [place / bare for place in places(data_folder)]
    return next((folder for folder in possible if (folder / FACTS).is_file()), possible[0])


def read_facts(name: str, data_folder: Path) -> OwnFacts | None:
    """What is known of a dataset ``own:…``; None where there is none, or its facts are damaged."""
    return _read(folder_of(name, data_folder) / FACTS, name.removeprefix(PREFIX))


def own_facts(data_folder: Path) -> tuple[OwnFacts, ...]:
    """Every dataset of one's own, by name."""
    names: set[str] = set()
    for place in places(data_folder):
        try:
            with os.scandir(place) as entries:
                names.update(entry.name for entry in entries if NAME.fullmatch(entry.name))
        except OSError:  # there is no such folder yet
            continue
    found = (read_facts(PREFIX + name, data_folder) for name in sorted(names))
    return tuple(facts for facts in found if facts is not None)


def own_names(data_folder: Path) -> tuple[str, ...]:
    """The names ``own:…`` of all of them."""
    return tuple(PREFIX + facts.name for facts in own_facts(data_folder))


def _read(path: Path, name: str) -> OwnFacts | None:
    try:
        with path.open("rb") as file:
            values: dict[str, Any] = json.loads(file.read(MOST_FACTS_BYTES))
        train, test = (_counts(values.pop(part)) for part in ("train_counts", "test_counts"))
        texts = {key: str(value) for key, value in values.items()}
        return OwnFacts(**{**texts, "name": name}, train_counts=train, test_counts=test)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # absent, or no such facts


def _counts(values: Any) -> tuple[int, ...]:
    counts = tuple(int(value) for value in values)
    if len(counts) != CLASSES or min(counts) < 0:
        raise ValueError("there must be one count a class")
    return counts
