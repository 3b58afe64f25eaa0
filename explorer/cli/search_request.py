"""What ``sweep --budget`` asks for, checked as a whole before anything starts."""

import argparse
from dataclasses import dataclass, replace

from explorer.cli.errors import RequestError
from explorer.cli.output import target_problems
from explorer.cli.request import count_train_images, device_faults, read_config_file, size_faults
from explorer.config.axes import OVER
from explorer.config.parsing import parse_assignments
from explorer.config.searching import BUDGET, Range, Search, check_search, read_range
from explorer.config.sweeping import MOST_RUNS, REPEATS
from explorer.errors import ConfigError, Problem
from explorer.settings import Settings


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """The search, whether hopeless runs end early, and where the JSON goes (None: nowhere)."""

    search: Search
    is_rule: bool
    json_path: str | None
    quiet: bool


def read_search_request(arguments: argparse.Namespace, settings: Settings) -> SearchRequest:
    """The request behind the arguments of ``sweep`` with a budget.

    Raises:
        RequestError: with the faults of file, fields, ranges, budget, dataset and target.
    """
    problems: list[Problem] = []
    base = read_config_file(arguments.config, problems) if arguments.config is not None else {}
    ranges = tuple(_read_ranges(arguments.over, problems))
    budget = _read_budget(arguments.budget, problems)
    if arguments.repeats is not None:
        hint = "Repeat the best of a search by itself."
        problems.append(Problem(REPEATS, arguments.repeats, f"left out with {BUDGET}", hint))
    search = None
    try:
        search = Search(parse_assignments(arguments.assignments, base), ranges, budget)
        if ranges or not arguments.over:  # what is wrong with one of them is told beside the rest
            check_search(replace(search, budget=max(budget, 2)))
    except ConfigError as error:
        problems.extend(error.problems)
    problems.extend(target_problems(arguments.json_path, "--json"))
    lines = [str(problem) for problem in problems]
    if search is None:
        lines.extend(size_faults(base, arguments.assignments, problems, settings))
    else:
        count_train_images(search.base, settings, lines)
        lines.extend(device_faults(search.base.training.device))
    if lines or search is None:
        raise RequestError("\n".join(dict.fromkeys(lines)))
    return SearchRequest(search, arguments.stop_hopeless, arguments.json_path, arguments.quiet)


def _read_ranges(texts: list[str], problems: list[Problem]) -> list[Range]:
    ranges = []
    for text in texts:
        path, equals, values = text.partition("=")
        try:
            if not equals or not path.strip():
                hint = "As in optimizer.learning_rate=log:1e-4:1."
                raise ConfigError((Problem(OVER, text, "FIELD=RANGE", hint),))
            ranges.append(read_range(path.strip(), values))
        except ConfigError as error:
            problems.extend(error.problems)
    return ranges


def _read_budget(text: str, problems: list[Problem]) -> int:
    """How many runs in all; 0, and a problem, where that is no number of runs."""
    budget = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 2 <= budget <= MOST_RUNS:
        problems.append(Problem(BUDGET, text, f"a whole number of runs in [2, {MOST_RUNS:,}]"))
        return 0
    return budget
