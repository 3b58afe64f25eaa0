"""What ``sweep`` asks for, checked as a whole before anything starts."""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.cli.errors import RequestError
from explorer.cli.output import target_problems
from explorer.cli.request import count_train_images, device_faults, read_config_file, read_repeats
from explorer.config.axes import Axis, read_axis
from explorer.config.fields import value_at
from explorer.config.parsing import parse_assignments
from explorer.config.run import RunConfig
from explorer.config.sweeping import Sweep, plan_sweep
from explorer.errors import ConfigError, Problem
from explorer.settings import Settings


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """The sweep, the training images of each of its runs, and where the JSON goes (None: nowhere)."""

    sweep: Sweep
    images: tuple[int, ...]
    json_path: str | None
    quiet: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """The dotted fields that are swept."""
        return tuple(axis.field for axis in self.sweep.axes)

    @property
    def labels(self) -> tuple[str, ...]:
        """What tells each run from the others: ``optimizer.learning_rate=0.01, seed 3``."""
        has_seeds = self.sweep.repeats > 1
        return tuple(label(config, self.fields, has_seeds=has_seeds) for config in self.sweep.configs())

    @property
    def steps(self) -> tuple[int, ...]:
        """How many mini-batches each run takes over all its epochs, if none ends early."""
        return tuple(
            config.training.epochs * _steps_an_epoch(config, images)
            for config, images in zip(self.sweep.configs(), self.images, strict=True)
        )


def read_sweep_request(arguments: argparse.Namespace, settings: Settings) -> SweepRequest:
    """The request behind the arguments of ``sweep``.

    Raises:
        RequestError: with the faults of file, fields, values, combinations, repeats, dataset and target.
    """
    problems: list[Problem] = []
    base = read_config_file(arguments.config, problems) if arguments.config is not None else {}
    axes = _read_axes(arguments.over, problems)
    repeats = read_repeats(arguments.repeats, None, problems)

    def make(values: Mapping[str, Any]) -> RunConfig:
        chosen = [f"{path}={json.dumps(value)}" for path, value in values.items()]
        return parse_assignments([*arguments.assignments, *chosen], base)

    sweep = None
    try:
        if axes or not arguments.over:
            sweep = plan_sweep(make, axes, max(repeats, 1))
        else:
            make({})  # what is wrong beside the fields to sweep over is told too
    except ConfigError as error:
        problems.extend(error.problems)
    problems.extend(target_problems(arguments.json_path, "--json"))
    lines = [str(problem) for problem in problems]
    images = _count_images(sweep, settings, lines) if sweep is not None else ()
    if lines or sweep is None:
        raise RequestError("\n".join(dict.fromkeys(lines)))
    return SweepRequest(sweep, images, arguments.json_path, arguments.quiet)


def _read_axes(texts: Sequence[str], problems: list[Problem]) -> list[Axis]:
    axes = []
    for text in texts:
        try:
            axes.append(read_axis(text))
        except ConfigError as error:
            problems.extend(error.problems)
    return axes


def _count_images(sweep: Sweep, settings: Settings, lines: list[str]) -> tuple[int, ...]:
    """How many images train each run; what is wrong with a dataset, its sizes or a device is added."""
    known: dict[str, int] = {}
    for point in sweep.points:
        key = point.data.model_dump_json()
        if key not in known:
            known[key] = count_train_images(point, settings, lines)
    for device in {point.training.device for point in sweep.points}:
        lines.extend(device_faults(device))
    return tuple(known[config.data.model_dump_json()] for config in sweep.configs())


def _steps_an_epoch(config: RunConfig, images: int) -> int:
    batch = config.training.batch_size
    return 1 if batch == "full" else math.ceil(images / batch)


def label(config: RunConfig, fields: Sequence[str], *, has_seeds: bool = False) -> str:
    """What tells a run from the others: ``optimizer.learning_rate=0.01, seed 3``."""
    parts = [f"{path}={_word(value_at(config, path))}" for path in fields]
    return ", ".join([*parts, f"seed {config.training.seed}"] if has_seeds else parts)


def steps_of(configs: Sequence[RunConfig], settings: Settings) -> tuple[int, ...]:
    """How many mini-batches each run takes over all its epochs, if none ends early; 0 without a dataset."""
    known = {config.data: count_train_images(config, settings, []) for config in configs}
    return tuple(config.training.epochs * _steps_an_epoch(config, known[config.data]) for config in configs)


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
