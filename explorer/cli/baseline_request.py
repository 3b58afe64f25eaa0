"""What the ``baseline`` command asks for, checked as a whole before anything starts."""

import argparse
import difflib
from dataclasses import dataclass
from typing import Any, get_args

from explorer.classical.problems import problems as problems_with_images
from explorer.cli.errors import RequestError
from explorer.cli.output import target_problems
from explorer.config.baseline import PARAMETERS, Baseline, BaselineConfig, BaselineModel
from explorer.config.parsing import dotted_values, parse_baseline_assignments
from explorer.data.partition import data_of_sizes
from explorer.errors import ConfigError, DatasetError, Problem
from explorer.settings import Settings

MODELS: tuple[BaselineModel, ...] = get_args(BaselineModel)


@dataclass(frozen=True, slots=True)
class BaselineRequest:
    """The config to fit, and where the JSON goes (None: nowhere, ``-``: stdout)."""

    config: BaselineConfig
    json_path: str | None
    quiet: bool


def read_baseline_request(arguments: argparse.Namespace, settings: Settings) -> BaselineRequest:
    """The request behind the arguments of ``baseline``.

    Raises:
        RequestError: with the faults of method, parameters, fields, dataset and JSON target together.
    """
    problems: list[Problem] = []
    assignments = [*_parameters(arguments, problems), *arguments.assignments]
    config = _read_config(arguments.model, assignments, problems)
    problems.extend(target_problems(arguments.json_path, "--json"))
    lines = [str(problem) for problem in problems]
    judged = config or _sound_part(assignments, arguments.model, problems)
    if judged is not None:
        lines.extend(_faults_with_images(judged, settings))
    if lines or config is None:
        raise RequestError("\n".join(lines))
    return BaselineRequest(config, arguments.json_path, arguments.quiet)


def _parameters(arguments: argparse.Namespace, problems: list[Problem]) -> list[str]:
    """The parameters as assignments to fields; those that no method has are problems."""
    known = [name for name in Baseline.model_fields if name != "model"]
    own = PARAMETERS.get(arguments.model, ())
    assignments = []
    for text in arguments.parameters:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            problems.append(Problem("--param", text, "NAME=VALUE", "As in k=3."))
        elif name in known:
            assignments.append(f"baseline.{name}={value}")
        else:
            accepted = own or known
            near = difflib.get_close_matches(name.lower(), [word.lower() for word in accepted], n=1)
            meant = next((word for word in accepted if near and word.lower() == near[0]), None)
            hint = f"Did you mean {meant}?" if meant else ""
            problems.append(Problem("--param", text, f"one of {', '.join(accepted)}", hint))
    return assignments


def _read_config(model: Any, assignments: list[str], problems: list[Problem]) -> BaselineConfig | None:
    is_known = model in MODELS
    if not is_known:
        problems.append(Problem("--model", model, f"one of {', '.join(MODELS)}"))
    chosen = [f"baseline.model={model}"] if is_known else []
    try:
        config = parse_baseline_assignments([*chosen, *assignments])
    except ConfigError as error:
        # Without a method nobody can say which parameters it has.
        problems.extend(
            problem for problem in error.problems if is_known or not problem.accepted.startswith("left out")
        )
        return None
    return config if is_known else None


def _sound_part(assignments: list[str], model: Any, problems: list[Problem]) -> BaselineConfig | None:
    """What images have a say in, beside the problems of other fields: the sizes, and k; None where it is."""
    values = dotted_values({}, assignments)
    data = data_of_sizes(values, problems)
    if data is None:
        return None
    counted = {path: values[path] for path in ("baseline.k", "data.noisy_copies") if path in values}
    if model != "knn" or counted.keys() & {problem.field for problem in problems}:
        return BaselineConfig(data=data)
    sizes = data.model_dump() | {"noisy_copies": counted.get("data.noisy_copies", 0)}
    k = counted.get("baseline.k", Baseline().k)
    return BaselineConfig.model_validate({"data": sizes, "baseline": {"k": k}})


def _faults_with_images(config: BaselineConfig, settings: Settings) -> list[str]:
    try:
        return [str(problem) for problem in problems_with_images(config, settings.data)]
    except DatasetError as error:
        return [str(error)]
