"""Fits that differ in one parameter: which to try, which are there, and what they gave."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import value_at, values_by_path
from explorer.data.partition import held_back_images, part_sizes
from explorer.data.words import figure
from explorer.errors import ConfigError
from explorer.plots.methods_parameters import Trial
from explorer.records import BaselineResult, Run, RunStatus
from explorer.ui import classical_form as form

Part = Literal["Validation", "Test"]

VALUES: dict[str, tuple[Any, ...]] = {
    "baseline.k": (1, 3, 5, 7, 9),
    "baseline.C": (0.01, 0.1, 1.0, 10.0, 100.0),
    "baseline.gamma": (0.0001, 0.001, 0.01, 0.1),
    "baseline.trees": (10, 30, 100, 300),
    "data.hog.orientations": (4, 6, 9, 12, 18),
    "data.hog.cell_size": (4, 5, 7, 9, 14),
    "data.hog.block_size": (1, 2, 3, 4),
}
LOGARITHMIC = ("baseline.C", "baseline.gamma", "baseline.trees")


def parameters(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The dotted parameters that can be tried with these values of the form."""
    return (*form.parameters(values), *(form.HOG if values[form.FEATURES] == "hog" else ()))


def configs(config: BaselineConfig, path: str) -> tuple[BaselineConfig, ...]:
    """The config with each value that is worth a try and fits the rest."""
    tried = []
    for value in VALUES[path]:
        changed = form.read({**values_by_path(config), path: value}).config
        if changed is not None:
            tried.append(changed)
    return tuple(tried)


def missing(config: BaselineConfig, path: str, runs: Sequence[Run]) -> tuple[BaselineConfig, ...]:
    """Those of ``configs`` that no run has fitted or is about to fit."""
    there = [
        run.config
        for run in runs
        if run.status.is_active or (run.status is RunStatus.FINISHED and run.result)
    ]
    return tuple(wanted for wanted in configs(config, path) if wanted not in there)


def points(config: BaselineConfig, path: str, runs: Sequence[Run], part: Part) -> list[tuple[str, Trial]]:
    """A named point a run that has the config's method and images; the config's own line comes first.

    Runs whose parameter is no number (γ = scale), and those without such images, have no place.
    """
    found = []
    for run in runs:
        if not isinstance(run.config, BaselineConfig) or not isinstance(run.result, BaselineResult):
            continue
        evaluation = run.result.test if part == "Test" else run.result.validation
        if path in form.HOG and run.config.data.features != "hog":
            continue
        value = value_at(run.config, path)
        if evaluation is None or not isinstance(value, int | float) or not _is_alike(run.config, config):
            continue
        found.append((line_name(run.config, path), Trial(float(value), evaluation.accuracy, run.id)))
    own = line_name(config, path)
    return sorted(found, key=lambda point: point[0] != own)


def line_name(config: BaselineConfig, path: str) -> str:
    """The features and parameters that a line's fits share, in words, without the parameter itself."""
    shared = [name for name in form.parameters(values_by_path(config)) if name != path]
    parts = [f"{form.known(name).title} = {_value(value_at(config, name))}" for name in shared]
    return ", ".join([feature_words(config, without=path), *parts])


def feature_words(config: BaselineConfig, *, without: str = "") -> str:
    """The features in words: ``pixels``, or ``HOG, 9 directions, 7×7 cells, 2×2 blocks``."""
    if config.data.features == "pixels":
        return "pixels"
    hog = config.data.hog
    parts = {
        "data.hog.orientations": f"{hog.orientations} directions",
        "data.hog.cell_size": f"{hog.cell_size}×{hog.cell_size} cells",
        "data.hog.block_size": f"{hog.block_size}×{hog.block_size} blocks",
    }
    return ", ".join(["HOG", *(words for path, words in parts.items() if path != without)])


def parameter_words(config: BaselineConfig) -> str:
    """The method's parameters: ``k = 3``."""
    return ", ".join(
        f"{form.known(path).title} = {_value(value_at(config, path))}"
        for path in form.parameters(values_by_path(config))
    )


def values_in_words(path: str, tried: Sequence[BaselineConfig]) -> str:
    """The values of a parameter in several configs: ``1, 3, 5``."""
    return ", ".join(_value(value_at(config, path)) for config in tried)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else figure(value)


def _is_alike(one: BaselineConfig, other: BaselineConfig) -> bool:
    """Whether two baselines have the same method, images and seed."""
    if one.baseline.model != other.baseline.model or one.seed != other.seed:
        return False
    try:
        same_sizes = part_sizes(one.data) == part_sizes(other.data)
    except ConfigError:
        return False
    a, b = one.data, other.data
    return same_sizes and held_back_images(a) == held_back_images(b) and a.scaling == b.scaling
