"""Words for the screen: values, durations and problems as a person would say them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from explorer.config.fields import Field, field_of_either
from explorer.data.catalog import DATASETS
from explorer.errors import Problem, shortened
from explorer.records import RunStatus

# What a value is called where capitals or spaces say more than the configuration's word.
TITLES: dict[str, str] = {
    **{name: dataset.title for name, dataset in DATASETS.items()},
    "mlp": "Fully connected",
    "cnn": "Convolutional",
    "lenet": "LeNet",
    "keras_cnn": "Keras CNN",
    "identity": "Identity (none)",
    "tanh": "tanh",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "default": "PyTorch's default",
    "glorot_uniform": "Glorot, uniform",
    "glorot_normal": "Glorot, normal",
    "he_uniform": "He, uniform",
    "he_normal": "He, normal",
    "cross_entropy": "Cross-entropy",
    "sgd": "SGD",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "one_cycle": "One-cycle",
    "unit": "[0, 1]",
    "standard": "Standardised",
    "none": "None (0…255)",
    "hog": "HOG",
    "torch": "PyTorch",
    "numpy": "NumPy",
    "knn": "kNN",
    "linear_svm": "Linear SVM",
    "rbf_svm": "RBF SVM",
    "forest": "Random forest",
    "logistic": "Logistic regression",
    "cpu": "CPU",
    "mps": "Apple GPU",
}

CHANGED = "  :primary-badge[changed]"

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


def title_of(value: Any) -> str:
    """What a choice is called on the screen: ``relu`` is ReLU."""
    text = str(value)
    return TITLES.get(text) or text.replace("_", " ").capitalize()


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
    for sign in "\\*_[]$<#~:":
        text = text.replace(sign, f"\\{sign}")
    return text


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
    return in_titles(f"{subject} must be {problem.accepted}, got {got}. {problem.hint}".rstrip())


def _as_typed(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else shortened(repr(value))


def figure(value: float) -> str:
    """A number in few digits: 0.001, 1e-05, 12,500."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def in_short(count: float) -> str:
    """A count in three digits: 950, 12.3 k, 4.6 M, 1.2 G."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g} {letter}"
    return f"{count:.3g}"


def duration(seconds: float) -> str:
    """A length of time: 40 ms, 2.5 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 0.1:
        return f"{max(seconds * 1000, 1):.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


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
            return f"{count / size:.3g} {letter}"
    return f"{count:.0f} bytes"


def field_label(entry: Field, *, is_changed: bool) -> str:
    """A control's label: title, unit, and a mark where the value is not the default."""
    unit = f" ({entry.unit})" if entry.unit else ""
    return f"{entry.title}{unit}{CHANGED if is_changed else ''}"
