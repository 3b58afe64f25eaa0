"""Where results go: standard output, or a file that is either whole or not there."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from explorer.cli.errors import OutputError
from explorer.errors import Problem
from explorer.sharing.json_text import json_text

STDOUT = "-"


def target_problems(target: str | None, field: str) -> tuple[Problem, ...]:
    """What would keep a result from being written to ``target``, found before any work is done."""
    if target is None or target == STDOUT:
        return ()
    path = Path(target)
    if not target or path.is_dir():
        return (Problem(field, target, "a file, or - for standard output", "It is a folder."),)
    if not path.parent.is_dir():
        hint = f"Create the folder {path.parent} first."
        return (Problem(field, target, "a file in a folder that exists", hint),)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return (Problem(field, target, "a file that can be written", "Permission denied."),)
    return ()


def write_json(target: str, value: Any) -> None:
    """One JSON document; numbers that JSON does not know (NaN, infinities) become null.

    Raises:
        OutputError: naming the file and why it could not be written.
    """
    write_text(target, json_text(value))


def write_text(target: str, text: str) -> None:
    """The text, to stdout for ``-``, else to a file that is replaced as a whole.

    Raises:
        OutputError: naming the file and why it could not be written.
    """
    if target == STDOUT:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(target)
    try:
        if path.exists() and not path.is_file():  # a device or a pipe can't be replaced
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        message = f"{target} could not be written: {error.strerror or error}."
        raise OutputError(message) from error


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp makes files that only their owner reads; a result is an ordinary file.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
