"""Adaptive search: the next runs to try, proposed from what the runs before them came to."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from explorer.config.axes import OVER
from explorer.config.fields import FieldKind, field, value_at
from explorer.config.parsing import parse_config
from explorer.config.run import RunConfig
from explorer.config.searching import Objective, Range, Search, check_search
from explorer.config.sweeping import value_key, with_values
from explorer.errors import ConfigError, Problem
from explorer.evaluation.sweeps import is_diverged
from explorer.jobs.locks import hold
from explorer.jobs.median_rule import was_hopeless
from explorer.jobs.reconciliation import is_interrupted
from explorer.jobs.runner import ensure_runner, ring
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

PREFIX = "search "
TRIES = 25  # proposals a run that may be refused before the search is given up as exhausted
DIGITS = 4  # of a proposed number: 0.001234


def start_search(store: Store, settings: Settings, search: Search, group: str) -> tuple[Run, ...]:
    """Queue the first runs of a search; a worker queues the next ones when these have ended.

    Raises:
        ConfigError: with every fault of the search; nothing was queued.
    """
    check_search(search)
    configs = next_batch(search, ())
    if not configs:
        hint = "Choose ranges that do not contradict one another."
        raise ConfigError(
            (Problem(OVER, "no combination", "ranges of which some combination can train", hint),)
        )
    _write(store, group, search)
    runs = store.create_runs(configs, group=group)
    ring(settings)
    ensure_runner(settings, even_if_stopped=True)
    return runs


def search_here(
    store: Store, search: Search, group: str, train: Callable[[tuple[RunConfig, ...]], Sequence[Run]]
) -> None:
    """A whole search in this process: ``train`` gets each batch and returns its runs as they ended.

    No worker proposes runs beside it. It ends early when a run was stopped other than by the median rule.

    Raises:
        ConfigError: with every fault of the search; nothing was trained.
    """
    check_search(search)
    _write(store, group, replace(search, is_stopped=True))
    runs: tuple[Run, ...] = ()
    while configs := _propose(search, runs):
        trained = tuple(train(configs))
        runs += trained
        if any(run.status is not RunStatus.FAILED and not _has_ended_itself(run) for run in trained):
            return


def stop_search(store: Store, group: str) -> None:
    """Propose no more runs; those that wait or train are not touched."""
    search = read_search(store, group)
    if search is not None:
        _write(store, group, replace(search, is_stopped=True))


def read_search(store: Store, group: str) -> Search | None:
    """The search behind a group; None for a group that is none, or that another version wrote."""
    values = store.setting(_key(group)) if group.startswith(PREFIX) else None
    if values is None:
        return None
    with suppress(ConfigError, TypeError, KeyError, ValueError):
        ranges = tuple(
            Range(**{**entry, "choices": tuple(entry["choices"])}) for entry in values.pop("ranges")
        )
        return Search(**{**values, "base": parse_config(values["base"]), "ranges": ranges})
    return None


def continue_searches(store: Store, settings: Settings) -> int:
    """Queue the next runs of every search whose runs have all ended; how many. For a worker with no work.

    Of several workers of a home one does it.

    Raises:
        StoreError: the store can't be read or written.
    """
    waiting = [group for group in store.groups(PREFIX) if not group.active]
    open_ones = [
        group.name
        for group in waiting
        if (found := read_search(store, group.name)) is not None and found.goes_on(group.runs)
    ]
    if not open_ones:
        return 0
    lock = hold(settings.locks / "search.lock")
    if lock is None:
        return 0
    with lock:
        return sum(_continue(store, settings, group) for group in open_ones)


def next_batch(search: Search, runs: Sequence[Run]) -> tuple[RunConfig, ...]:
    """The next configs to try, at most a batch and never beyond the budget; none where nothing is left.

    Tree-structured Parzen estimators (Bergstra et al., 2011), by Optuna. What was learned is rebuilt from
    ``runs``, so a search outlives every process; the same runs give the same proposals. A run that failed
    ranks behind all others. Values that contradict one another, and values tried before, are not proposed.
    """
    wanted = min(search.batch, search.budget - len(runs))
    if wanted <= 0:
        return ()
    study = _study(search, runs)
    distributions = {found.field: _distribution(found) for found in search.ranges}
    tried = {_signature(search, run.network_config) for run in runs}
    proposed: list[RunConfig] = []
    for attempt in range(wanted * TRIES):
        if attempt == wanted * TRIES // 2:  # it insists on what can't be had
            study.sampler = _random(search.seed + len(runs))
        trial = study.ask(distributions)
        values = {found.field: _readable(found, trial.params[found.field]) for found in search.ranges}
        config = _config(search, values)
        if config is None:  # told as bad, or it would be proposed again
            study.tell(trial, state=_state("PRUNED"))
            continue
        if _signature(search, config) in tried:
            study.tell(trial, state=_state("FAIL"))
            continue
        tried.add(_signature(search, config))
        proposed.append(config)
        if len(proposed) == wanted:
            break
    return tuple(proposed)


def score_of(run: Run, objective: Objective) -> float | None:
    """What the search judges a run by; None for a run that has not ended or has failed."""
    result = run.network_result
    if run.status is RunStatus.FAILED or result is None or result.validation is None:
        return None
    value = result.validation.loss if objective == "validation_loss" else result.validation.accuracy
    return value if value is not None and isfinite(value) else None


def _continue(store: Store, settings: Settings, group: str) -> int:
    search = read_search(store, group)
    runs = store.runs(group=group)[::-1]
    ended = not any(run.status.is_active or is_interrupted(run) for run in runs)
    if search is None or not ended or not search.goes_on(len(runs)):
        return 0
    configs = _propose(search, runs)
    if not configs:
        _write(store, group, replace(search, is_stopped=True))
        return 0
    store.create_runs(configs, group=group)
    ring(settings)
    return len(configs)


def _propose(search: Search, runs: Sequence[Run]) -> tuple[RunConfig, ...]:
    """The next configs; none where the newest all failed of something that other values will not mend."""
    newest = runs[-search.batch :]
    if newest and all(run.status is RunStatus.FAILED and not is_diverged(run) for run in newest):
        return ()
    return next_batch(search, runs)


def _has_ended_itself(run: Run) -> bool:
    return run.status is RunStatus.FINISHED or was_hopeless(run)


def _study(search: Search, runs: Sequence[Run]) -> "Study":
    """What these runs taught, as a study in memory."""
    import optuna  # noqa: PLC0415 -- a tenth of a second that only searches need

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=search.seed + len(runs), multivariate=True, constant_liar=True,
            n_startup_trials=max(search.batch, 2 * len(search.ranges)),
        )  # fmt: skip
    minimize, maximize = optuna.study.StudyDirection.MINIMIZE, optuna.study.StudyDirection.MAXIMIZE
    study = optuna.create_study(
        sampler=sampler, direction=minimize if search.objective == "validation_loss" else maximize
    )
    study.add_trials([trial for run in runs if (trial := _trial(search, run)) is not None])
    return study


def _random(seed: int) -> "BaseSampler":
    from optuna.samplers import RandomSampler  # noqa: PLC0415

    return RandomSampler(seed=seed)


def _trial(search: Search, run: Run) -> "FrozenTrial | None":
    """What a run taught; None where it lies outside the ranges."""
    from optuna.trial import create_trial  # noqa: PLC0415

    params, distributions = {}, {}
    for found in search.ranges:
        value = value_at(run.network_config, found.field)
        params[found.field] = value_key(value) if found.spacing == "choice" else value
        distributions[found.field] = _distribution(found)
    score = score_of(run, search.objective)
    with suppress(ValueError):
        if score is None:  # pruned without a value: ranked behind all that have one
            return create_trial(state=_state("PRUNED"), params=params, distributions=distributions)
        return create_trial(value=score, params=params, distributions=distributions)
    return None


def _distribution(found: Range) -> "BaseDistribution":
    from optuna import distributions  # noqa: PLC0415

    entry = field(found.field)
    if found.spacing == "choice":
        return distributions.CategoricalDistribution([value_key(value) for value in found.choices])
    if entry is not None and entry.kind is FieldKind.INTEGER:
        return distributions.IntDistribution(round(found.low), round(found.high), log=found.spacing == "log")
    return distributions.FloatDistribution(found.low, found.high, log=found.spacing == "log")


def _state(name: str) -> Any:
    from optuna.trial import TrialState  # noqa: PLC0415

    return TrialState[name]


def _readable(found: Range, value: Any) -> Any:
    if found.spacing == "choice":
        return next(choice for choice in found.choices if value_key(choice) == value)
    if isinstance(value, int):
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), found.low), found.high)


def _config(search: Search, values: Mapping[str, Any]) -> RunConfig | None:
    try:
        return with_values(search.base, values)
    except ConfigError:
        return None


def _signature(search: Search, config: RunConfig) -> str:
    return value_key([value_at(config, path) for path in search.fields])


def _write(store: Store, group: str, search: Search) -> None:
    values = asdict(replace(search, base=RunConfig())) | {"base": search.base.model_dump(mode="json")}
    store.set_setting(_key(group), values)


def _key(group: str) -> str:
    return f"search/{group}"
