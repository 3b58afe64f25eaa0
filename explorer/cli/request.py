"""What a training command asks for, checked as a whole before anything starts."""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.cli.errors import RequestError
from explorer.cli.output import target_problems
from explorer.config.parsing import dotted_values, parse_assignments, parse_config
from explorer.config.run import RunConfig
from explorer.config.sweeping import GREATEST_SEED, MOST_REPEATS, repeated, seed_problem
from explorer.data.files import load_arrays
from explorer.data.partition import data_of_sizes, partition
from explorer.errors import ConfigError, DatasetError, DeviceError, Problem
from explorer.settings import Settings

GREATEST_CONFIG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """The configs to train, one a repeat, and where the JSON goes (None: nowhere, ``-``: stdout).

    ``steps`` are the mini-batches of a run, ``images_a_step`` is the mean over an epoch, whose last batch may
    be smaller.
    """

    configs: tuple[RunConfig, ...]
    steps: int
    images_a_step: float
    json_path: str | None
    quiet: bool

    @property
    def is_several(self) -> bool:
        """Whether there is more than one run, hence a summary."""
        return len(self.configs) > 1


def read_request(arguments: argparse.Namespace, settings: Settings) -> TrainRequest:
    """The request behind the arguments of ``train``.

    Raises:
        RequestError: with the faults of file, fields, repeats, dataset and JSON target together.
    """
    problems: list[Problem] = []
    base = read_config_file(arguments.config, problems) if arguments.config is not None else {}
    config = _read_config(base, arguments.assignments, problems)
    repeats = read_repeats(arguments.repeats, config, problems)
    problems.extend(target_problems(arguments.json_path, "--json"))
    lines = [str(problem) for problem in problems]
    images = 0
    if config is not None:
        images = count_train_images(config, settings, lines)
        lines.extend(device_faults(config.training.device))
    else:
        lines.extend(size_faults(base, arguments.assignments, problems, settings))
    if lines or config is None:
        raise RequestError("\n".join(lines))
    batch = config.training.batch_size
    steps = 1 if batch == "full" else math.ceil(images / batch)
    return TrainRequest(
        repeated(config, repeats),
        steps * config.training.epochs,
        images / steps,
        arguments.json_path,
        arguments.quiet,
    )


def count_train_images(config: RunConfig, settings: Settings, lines: list[str]) -> int:
    """How many images train; or 0 and why the dataset can't be had, or not in these sizes."""
    try:
        arrays = load_arrays(config.data.dataset, settings.data)
        parts = partition(arrays.train_labels, arrays.test_labels, config.data)
    except ConfigError as error:
        lines.extend(str(problem) for problem in error.problems)
    except DatasetError as error:
        lines.append(str(error))
    else:
        return len(parts.train) * (1 + config.data.noisy_copies)
    return 0


def size_faults(
    base: Mapping[str, Any], assignments: Sequence[str], problems: Sequence[Problem], settings: Settings
) -> list[str]:
    """Why the dataset can't be had, or not in these sizes, beside the problems of other fields."""
    lines: list[str] = []
    data = data_of_sizes(dotted_values(base, assignments), problems)
    if data is not None:
        count_train_images(RunConfig(data=data), settings, lines)
    return lines


def device_faults(device: str) -> list[str]:
    """Why this machine can't train on the device; nothing if it can."""
    if device in ("auto", "cpu"):
        return []
    from explorer.jobs.devices import find_device  # noqa: PLC0415 -- loads torch, which takes seconds

    try:
        find_device(device)
    except DeviceError as error:
        return [str(error)]
    return []


def read_config_file(name: str, problems: list[Problem]) -> dict[str, Any]:
    """The nested values of a JSON file; none, and one more problem, where it can't be read."""
    try:
        with Path(name).open("rb") as file:  # a device or a pipe may have no end
            content = file.read(GREATEST_CONFIG_BYTES + 1)
        if len(content) > GREATEST_CONFIG_BYTES:
            problems.append(Problem("--config", name, "a JSON file of at most 1 MB", "It is larger."))
            return {}
        values = json.loads(content.decode("utf-8-sig"))
    except OSError as error:
        reason = f"{error.strerror}." if error.strerror else ""
        problems.append(Problem("--config", name, "a file that can be read", reason))
    except UnicodeDecodeError:
        problems.append(Problem("--config", name, "a JSON file in UTF-8", "It is not text in UTF-8."))
    except json.JSONDecodeError as error:
        where = f"Line {error.lineno}, column {error.colno}: {error.msg}."
        problems.append(Problem("--config", name, "a JSON file", where))
    except RecursionError:
        problems.append(Problem("--config", name, "a JSON object of settings", "It is nested too deeply."))
    except ValueError:  # Python reads no number of more than 4,300 digits
        problems.append(Problem("--config", name, "a JSON object of settings", "A number in it is too long."))
    else:
        if isinstance(values, dict):
            return values
        problems.append(
            Problem("--config", name, "a JSON object of settings", 'As in {"training": {"epochs": 5}}.')
        )
    return {}


def _read_config(base: dict[str, Any], assignments: list[str], problems: list[Problem]) -> RunConfig | None:
    try:
        return parse_assignments(assignments, base) if assignments else parse_config(base)
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def read_repeats(text: str | None, config: RunConfig | None, problems: list[Problem]) -> int:
    """How many repeats the text asks for (one where it asks for none); problems are added."""
    if text is None:
        return 1
    repeats = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= repeats <= MOST_REPEATS:
        problems.append(Problem("--repeats", text, f"a whole number in [1, {MOST_REPEATS:,}]"))
    elif config is not None and config.training.seed + repeats - 1 > GREATEST_SEED:
        problems.append(seed_problem(config.training.seed, repeats))
    return repeats
