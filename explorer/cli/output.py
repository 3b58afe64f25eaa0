"""Where results go: standard output, or a file that is either whole or not there."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

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
    write_bytes(target, text.encode())


def write_bytes(target: str, content: bytes) -> None:
    """As ``write_text``, for the content of any file; stdout takes only UTF-8.

    Raises:
        OutputError: naming the file and why it could not be written.
    """
    if target == STDOUT:
        write_text(target, content.decode())
        return
    with writing(target) as file:
        file.write(content)


@contextmanager
def writing(target: str) -> Iterator[IO[bytes]]:
    """A file to write to, which is put in the target's place as a whole once all went well.

    Raises:
        OutputError: naming the file and why it could not be written.
    """
    path = Path(target)
    try:
        if path.exists() and not path.is_file():  # a device or a pipe can't be replaced
            with path.open("wb") as file:
                yield file
        else:
            with _replacing(path.resolve()) as file:
                yield file
    except OSError as error:
        message = f"{target} could not be written: {error.strerror or error}."
        raise OutputError(message) from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        # mkstemp makes files that only their owner reads; a result is an ordinary file.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
