"""Words for the screen: values, durations and problems as a person would say them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from explorer.config.fields import Field, field_of_either
from explorer.data.words import title_of
from explorer.errors import Problem, shortened
from explorer.records import RunStatus

CHANGED = "  :primary-badge[changed]"
MOST_RUNS = 8  # that are named one by one

STATUS_COLOURS = {
    RunStatus.QUEUED: "gray",
    RunStatus.RUNNING: "blue",
    RunStatus.PAUSED: "orange",
    RunStatus.FINISHED: "green",
    RunStatus.STOPPED: "yellow",
    RunStatus.FAILED: "red",
}

STATUS_ICONS = {
    RunStatus.QUEUED: ":material/hourglass_empty:",
    RunStatus.RUNNING: ":material/play_circle:",
    RunStatus.PAUSED: ":material/pause_circle:",
    RunStatus.FINISHED: ":material/check_circle:",
    RunStatus.STOPPED: ":material/stop_circle:",
    RunStatus.FAILED: ":material/error:",
}


def runs_in_words(run_ids: Sequence[int]) -> str:
    """What a worker has in hand: ``run 12``, or ``run 12 and 15 others``."""
    others = len(run_ids) - 1
    if others < 1:
        return f"run {run_ids[0]}" if run_ids else "no run"
    return f"run {run_ids[0]} and {others} other{'' if others == 1 else 's'}"


def plain(text: str) -> str:
    """Text that Streamlit shows as it is: signs that would format are escaped, lines stay lines.

    Only what stands between two backticks is code.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without its fellow
        parts = [text.replace("`", "'")]
    shown = [_escaped(part) if number % 2 == 0 else f"`{part}`" for number, part in enumerate(parts)]
    return "".join(shown).replace("\n", "  \n")


def _escaped(text: str) -> str:
    text = _SHORTCODE.sub(":\N{WORD JOINER}", text)  # Streamlit draws icons and emoji of escaped ones, too
    for sign in "\\*_[]$<#~:":
        text = text.replace(sign, f"\\{sign}")
    return text


_SHORTCODE = re.compile(r":(?=(material/)?[a-z+-][\w+-]*:)")


def in_titles(text: str) -> str:
    """Text with its dotted field names, and the choices they are to be set to, as the controls call them."""
    return _SETTING.sub(_as_on_the_control, text)


_SETTING = re.compile(r"\b([a-z]+\.[a-z_]+)\b(?: to ([a-z_]+)\b)?")


def _as_on_the_control(found: re.Match[str]) -> str:
    entry, choice = field_of_either(found[1]), found[2]
    if entry is None:
        return found[0]
    named = f"“{entry.title}”"
    if choice is None:
        return named
    return f"{named} to {title_of(choice) if choice in entry.choices else choice}"


def problem_sentence(problem: Problem, *, in_form: bool = False) -> str:
    """A problem in a sentence; ``in_form`` leaves out the name of the field it stands beside."""
    path, bracket, within = problem.field.partition("[")
    entry = field_of_either(path)
    name = entry.title if entry is not None else problem.field
    if bracket and entry is not None:
        number, _, inner = within.partition("]")
        name += f", number {int(number) + 1}{inner.replace('.', ', ')}" if number.isdigit() else ""
    subject = "This" if in_form and not bracket else name
    if entry is None and problem.field not in ("config",):
        near = problem.hint if problem.hint.startswith("Did you mean") else ""
        return f"{shortened(problem.field)} is no setting. {near}".rstrip()
    got = _as_typed(problem.value)
    accepted = problem.accepted.replace(" or null", " or not set")
    return in_titles(f"{subject} must be {accepted}, got {got}. {problem.hint}".rstrip())


def _as_typed(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else shortened(repr(value))


def since(moment: datetime) -> str:
    """How long ago a moment is: just now, 5 min ago, 3 days ago."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' * (count > 1)} ago"
    return "just now"


def bytes_in_words(count: float) -> str:
    """A size on disk: 812 kB, 1.4 GB."""
    for size, letter in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            amount = count / size
            return f"{amount:.0f} {letter}" if amount >= 100 else f"{amount:.3g} {letter}"
    return f"{count:.0f} bytes"


def numbered_runs(run_ids: Sequence[int]) -> str:
    """Runs by their numbers: run 7; runs 7, 8 and 9; of many the first and how many more."""
    first = [str(run_id) for run_id in run_ids[:MOST_RUNS]]
    if len(first) < 2:
        return f"run {first[0]}" if first else "no run"
    left = len(run_ids) - len(first)
    if left:
        return f"runs {', '.join(first)} and {left:,} more"
    return f"runs {', '.join(first[:-1])} and {first[-1]}"


def field_label(entry: Field, *, is_changed: bool) -> str:
    """A control's label: title, unit, and a mark where the value is not the default."""
    is_named = entry.title.lower().endswith(entry.unit.lower())  # "Epochs" are counted in epochs
    unit = "" if is_named else f" ({entry.unit})"
    return f"{entry.title}{unit}{CHANGED if is_changed else ''}"
