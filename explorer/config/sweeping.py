"""A sweep: runs that differ in one or two fields, and perhaps in their seed."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

from explorer.config.axes import OVER, Axis, can_be_swept, not_to_sweep
from explorer.config.fields import field, value_at, values_by_path
from explorer.config.parsing import config_from_paths, unknown_field
from explorer.config.run import RunConfig
from explorer.errors import ConfigError, Problem

MOST_RUNS = 1024
MOST_REPEATS = 1000
MOST_AXES = 2
GREATEST_SEED = 2**31 - 1
REPEATS = "--repeats"
PLACES_TOLD = 3  # of a contradiction; how many more there are is said

# Fields that take their value from another one: they go with it, and are not swept themselves.
FOLLOWERS: dict[str, tuple[str, ...]] = {
    "network.preset": ("network.kind", "network.blocks", "network.hidden"),
    "network.kind": ("network.blocks",),
    "optimizer.name": ("optimizer.momentum", "optimizer.nesterov", "optimizer.weight_decay"),
    "schedule.name": ("schedule.gamma", "schedule.step_epochs", "schedule.warmup_epochs"),
    "network.initialisation": ("network.initialisation_sigma",),
    "data.noisy_copies": ("data.noisy_copies_sigma",),
    "training.engine": ("training.device",),
}

Combination = tuple[int, ...]  # the place of its value on each axis
Make = Callable[[Mapping[str, Any]], RunConfig]


@dataclass(frozen=True, slots=True)
class Sweep:
    """Checked and ready to run; ``points`` has one config a combination of values, the last axis fastest."""

    axes: tuple[Axis, ...]
    repeats: int
    points: tuple[RunConfig, ...]

    @property
    def base(self) -> RunConfig:
        """The config at the first values."""
        return self.points[0]

    def configs(self) -> tuple[RunConfig, ...]:
        """All runs: each point with the seeds seed, seed + 1, … of its repeats."""
        return tuple(config for point in self.points for config in repeated(point, self.repeats))


def plan_sweep(make: Make, axes: Sequence[Axis], repeats: int = 1) -> Sweep:
    """The sweep over these axes; ``make`` gives the config for the dotted fields of one combination.

    Raises:
        ConfigError: with every fault: no field or more than two, a field twice, unknown or not to be swept,
            no value or one twice, too many runs, and every value or combination that ``make`` refuses.
    """
    problems = list(_axis_problems(axes))
    sound = [axis for axis in _once(axes) if _can_be_tried(axis)]
    runs = max(repeats, 1)
    for axis in axes:
        runs *= max(len(axis.values), 1)
    if runs > MOST_RUNS:
        hint = "Take fewer values or fewer repeats."
        problems.append(Problem(OVER, f"{runs:,} runs", f"at most {MOST_RUNS:,} runs together", hint))
    points, refused = _try(make, sound)
    problems.extend(refused)
    seed = points[0].training.seed if points else 0
    if not 1 <= repeats <= MOST_REPEATS:
        problems.append(Problem(REPEATS, repeats, f"a whole number in [1, {MOST_REPEATS:,}]"))
    elif seed + repeats - 1 > GREATEST_SEED:
        problems.append(seed_problem(seed, repeats))
    if problems:
        raise ConfigError(tuple(problems))
    read = [Axis(axis.field, tuple(_read_back(points, sound, place))) for place, axis in enumerate(sound)]
    return Sweep(tuple(read), repeats, tuple(points))


def repeated(config: RunConfig, repeats: int) -> tuple[RunConfig, ...]:
    """The config with the seeds seed, seed + 1, … of its repeats."""
    return tuple(
        config.model_copy(
            update={"training": config.training.model_copy(update={"seed": config.training.seed + repeat})}
        )
        for repeat in range(repeats)
    )


def seed_problem(seed: int, repeats: int) -> Problem:
    """That the seeds of so many repeats would grow too large."""
    accepted = f"at most {GREATEST_SEED - repeats + 1:,} with {repeats} repeats"
    return Problem("training.seed", seed, accepted, "Each repeat adds one to the seed.")


def with_values(base: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """The config with other values in some dotted fields; fields that follow from those go with them.

    Raises:
        ConfigError: with every problem found.
    """
    values = values_by_path(base)
    if base.network.preset is not None:
        _drop(values, "network.preset")
    for path in changes:
        if path in ("network.preset", "network.kind"):  # the others keep their values where they may
            _drop(values, path)
    return config_from_paths(values | dict(changes))


def swept_fields(configs: Sequence[RunConfig]) -> tuple[str, ...]:
    """The dotted fields in which runs differ, in the order of the tree; the seed is left out.

    So are fields that have no choice beside another one that differs (``FOLLOWERS``).
    """
    every = [values_by_path(config) for config in configs]
    columns = {
        path: [value_key(values[path]) for values in every]
        for path in (every[0] if every else ())
        if path != "training.seed" and any(values[path] != every[0][path] for values in every)
    }
    follows = {
        follower
        for leader, followers in FOLLOWERS.items()
        if leader in columns
        for follower in followers
        if follower in columns and len(set(zip(columns[leader], columns[follower], strict=True)))
        == len(set(columns[leader]))
    }  # fmt: skip
    return tuple(path for path in columns if path not in follows)


def slowest_first(configs: Sequence[RunConfig], fields: Sequence[str]) -> tuple[str, ...]:
    """The fields as a sweep goes through them (``plan_sweep``): the last one changes from run to run."""

    def kept(path: str) -> int:
        values = [value_key(value_at(config, path)) for config in configs]
        return next((place for place, value in enumerate(values) if value != values[0]), len(values))

    return tuple(sorted(fields, key=kept, reverse=True))


def value_key(value: Any) -> str:
    """A text that two values have in common if, and only if, they are equal."""
    return json.dumps(value, sort_keys=True)


def group_name(kind: str, fields: Sequence[str], token: str) -> str:
    """What ties the runs together, readable: ``sweep 3fa2b1 · learning rate × activation``."""
    titles = [within_a_sentence(entry.title) for path in fields if (entry := field(path)) is not None]
    return f"{kind} {token} · {' × '.join(titles)}" if titles else f"{kind} {token}"


def within_a_sentence(title: str) -> str:
    """A title as it stands amid words: ``learning rate``, but ``L2`` and ``γ``."""
    is_word = len(title) > 1 and title[1:2].islower()
    return title[0].lower() + title[1:] if is_word else title


def _drop(values: dict[str, Any], leader: str) -> None:
    for path in FOLLOWERS[leader]:
        values.pop(path, None)


def _axis_problems(axes: Sequence[Axis]) -> Iterator[Problem]:
    if not 1 <= len(axes) <= MOST_AXES:
        got = tuple(axis.field for axis in axes) or "nothing"
        yield Problem(OVER, got, "one or two fields with their values")
    seen: set[str] = set()
    for axis in axes:
        entry = field(axis.field)
        if entry is None:
            yield unknown_field(axis.field, list(axis.values))
        elif not can_be_swept(entry):
            yield not_to_sweep(entry, list(axis.values))
        elif axis.field in seen:
            yield Problem(OVER, axis.field, "two different fields")
        elif not axis.values:
            yield Problem(axis.field, [], "given at least one value")
        seen.add(axis.field)
        keys = [value_key(value) for value in axis.values]
        twice = [value for place, value in enumerate(axis.values) if value in axis.values[:place]]
        if len(set(keys)) < len(keys) or twice:
            yield Problem(axis.field, twice[0] if twice else axis.values, "swept over values that all differ")


def _once(axes: Sequence[Axis]) -> list[Axis]:
    return list({axis.field: axis for axis in reversed(axes)}.values())[::-1]


def _can_be_tried(axis: Axis) -> bool:
    entry = field(axis.field)
    return entry is not None and can_be_swept(entry) and bool(axis.values)


def _try(make: Make, axes: Sequence[Axis]) -> tuple[list[RunConfig], list[Problem]]:
    """The config of every combination; or what is wrong, each fault once, with where it is so."""
    points: list[RunConfig] = []
    faults: dict[str, tuple[Problem, list[Combination]]] = {}
    for combination in _combinations(axes):
        values = {axis.field: axis.values[place] for axis, place in zip(axes, combination, strict=True)}
        try:
            points.append(make(values))
        except ConfigError as error:
            for problem in error.problems:
                faults.setdefault(str(problem), (problem, []))[1].append(combination)
    return points, [_told(problem, where, axes) for problem, where in faults.values()]


def _combinations(axes: Sequence[Axis]) -> Iterator[Combination]:
    """All of them; where they are far too many, those in which one axis alone leaves its first value."""
    sizes = [min(len(axis.values), MOST_RUNS) for axis in axes]
    total = 1
    for size in sizes:
        total *= size
    if total <= MOST_RUNS:
        yield from product(*(range(size) for size in sizes))
        return
    yield tuple(0 for _ in sizes)
    for place, size in enumerate(sizes):
        for value in range(1, size):
            yield tuple(value if other == place else 0 for other in range(len(sizes)))


def _told(problem: Problem, where: list[Combination], axes: Sequence[Axis]) -> Problem:
    """The problem, and beside which values of other axes it arises, unless beside all of them."""
    whole = problem.field.partition("[")[0]
    matters = [
        place
        for place, axis in enumerate(axes)
        if axis.field != whole and not _is_everywhere(place, len(axis.values), where)
    ]
    if not matters:
        return problem
    places = list(
        dict.fromkeys(
            " and ".join(
                f"{axes[place].field}={json.dumps(axes[place].values[at[place]])}" for place in matters
            )
            for at in where
        )
    )
    more = f" and {len(places) - PLACES_TOLD} more" if len(places) > PLACES_TOLD else ""
    hint = f"{problem.hint} So it is with {', '.join(places[:PLACES_TOLD])}{more}.".lstrip()
    return Problem(problem.field, problem.value, problem.accepted, hint)


def _is_everywhere(place: int, size: int, where: list[Combination]) -> bool:
    """Whether the other axes alone decide if a combination is among these."""

    def rest(combination: Combination) -> Combination:
        return combination[:place] + combination[place + 1 :]

    return all(len(list(same)) == size for _, same in groupby(sorted(where, key=rest), key=rest))


def _read_back(points: Sequence[RunConfig], axes: Sequence[Axis], place: int) -> Iterator[Any]:
    """The values of an axis as the configs hold them: 1 has become 1.0 where a field is no whole number."""
    stride = 1
    for axis in axes[place + 1 :]:
        stride *= len(axis.values)
    for index in range(len(axes[place].values)):
        yield value_at(points[index * stride], axes[place].field)
