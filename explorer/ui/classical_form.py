"""The form of a baseline without its controls: values by dotted field, what applies, what they amount to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from explorer.classical.problems import too_many_neighbours
from explorer.config.baseline import PARAMETERS, BaselineConfig
from explorer.config.fields import Field, all_fields, values_by_path
from explorer.config.parsing import baseline_from_paths, read_value
from explorer.config.run import Data
from explorer.data.catalog import DATASETS
from explorer.data.partition import SIZE_FIELDS, data_of_sizes, part_sizes
from explorer.errors import ConfigError, Problem
from explorer.ui.form import Values

METHOD, FEATURES, DATASET = "baseline.model", "data.features", "data.dataset"
HOG = ("data.hog.orientations", "data.hog.cell_size", "data.hog.block_size")
SIZES = (*SIZE_FIELDS[1:], "data.scaling")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the values amount to: a config, or the problems that stand in its way."""

    config: BaselineConfig | None
    problems: tuple[Problem, ...]

    def problems_of(self, path: str) -> tuple[Problem, ...]:
        """The problems of one field."""
        return tuple(problem for problem in self.problems if problem.field == path)


@cache
def _fields() -> dict[str, Field]:
    return {entry.path: entry for entry in all_fields(BaselineConfig)}


def known(path: str) -> Field:
    """The field with this dotted path; raises KeyError."""
    return _fields()[path]


def default_values() -> Values:
    """The values of an untouched form."""
    return values_by_path(BaselineConfig())


def parameters(values: Mapping[str, object]) -> tuple[str, ...]:
    """The dotted parameters that the chosen method has."""
    return tuple(
        f"baseline.{name}"
        for method, names in PARAMETERS.items()
        if method == values[METHOD]
        for name in names
    )


def applies(path: str, values: Mapping[str, object]) -> bool:
    """Whether a field says anything beside the others."""
    if path in HOG:
        return values[FEATURES] == "hog"
    if path.startswith("baseline.") and path != METHOD:
        return path in parameters(values)
    if path == "data.validation_fraction":
        return values["data.validation_size"] is None
    return path != "seed" or values[METHOD] == "forest"


def read(values: Mapping[str, object]) -> Reading:
    """The config of a form; values of fields that do not apply are left out, not refused."""
    chosen = {path: value for path, value in values.items() if applies(path, values)}
    config, faults = None, list[Problem]()
    try:
        config = baseline_from_paths(chosen)
    except ConfigError as error:
        faults.extend(error.problems)
    faults.extend(_faults_with_images(chosen, faults))
    return Reading(None if faults else config, tuple(faults))


def _faults_with_images(chosen: Mapping[str, object], faults: Sequence[Problem]) -> tuple[Problem, ...]:
    """What the number of images does not allow, also where other fields are at fault."""
    data = data_of_sizes(chosen, faults)
    if data is None:
        return ()
    try:
        images = part_sizes(data).train
    except ConfigError as error:
        return error.problems
    k, copies = chosen.get("baseline.k"), chosen.get("data.noisy_copies")
    if not isinstance(k, int):
        return ()
    return too_many_neighbours(k, images * (1 + copies if isinstance(copies, int) else 1))


def values_from_query(query: Mapping[str, str]) -> tuple[Values, tuple[Problem, ...]]:
    """The form's values for an address, and every problem in it; what is wrong keeps its default."""
    wanted = {path: read_value(text) for path, text in query.items()}
    found: list[Problem] = []
    while True:
        try:
            baseline_from_paths(wanted)
        except ConfigError as error:
            found.extend(error.problems)
            wrong = {problem.field for problem in error.problems}
            sound = {path: value for path, value in wanted.items() if path not in wrong}
            wanted = sound if len(sound) < len(wanted) else {}
        else:
            return {**default_values(), **wanted}, tuple(found)


def size_words(config: BaselineConfig) -> str:
    """How many images of what dataset a fit takes, in words."""
    sizes = part_sizes(config.data)
    return f"{DATASETS[config.data.dataset].title}: {sizes.train:,} training, {sizes.test:,} test images"


def training_images(data: Data) -> int | None:
    """How many images a run learns from; None where the dataset has too few for its settings."""
    try:
        return part_sizes(data).train
    except ConfigError:
        return None
