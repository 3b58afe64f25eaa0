"""What a database's complaint means, in words: the one place where it becomes a StoreError."""

import errno
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from explorer.errors import StoreError

CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}


def in_words(error: Exception, url: sa.URL, checkpoints: Path) -> StoreError:
    """A StoreError that names the store, what is wrong and what to do; never a password."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, OSError):
        return StoreError(_folder(cause))
    if url.get_backend_name() != "sqlite":
        return StoreError(_server(error, cause, url))
    return StoreError(_file(cause, Path(url.database or ""), checkpoints))


def _file(cause: BaseException | None, path: Path, checkpoints: Path) -> str:
    # The low byte is the primary code: https://www.sqlite.org/rescode.html
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code in CORRUPT:
        return (
            f"The run store {path} is damaged ({cause}). Rename it away, say to {path.name}.damaged (and "
            f"{path.name}-wal and {path.name}-shm with it, where they exist), and start again with an empty "
            f"store. The runs' checkpoints stay in {checkpoints}."
        )
    if code == sqlite3.SQLITE_FULL:
        return f"The disk is full: {path} can't grow. Free some space on it; what was saved before is kept."
    if code in LOCKED:
        return (
            f"Another program has kept the run store {path} locked for too long. Close the program that has "
            f"it open (a database viewer, a backup), and try again; what was saved before is kept."
        )
    if code in READ_ONLY:
        return (
            f"The run store {path} can't be written ({cause}). Make the file and its folder writable, or "
            f"set EXPLORER_HOME to a folder that is."
        )
    if code == sqlite3.SQLITE_IOERR:
        return (
            f"The disk failed while reading or writing the run store {path} ({cause}). See that the disk "
            f"is not full and is sound; what was saved before is kept."
        )
    return f"The run store {path} could not do this: {cause}. What was saved before is kept."


def _folder(cause: OSError) -> str:
    remedy = {
        errno.ENOSPC: "The disk is full; free some space on it.",
        errno.EDQUOT: "Your share of the disk is used up; free some space.",
    }.get(cause.errno or 0, "Make the folder writable, or set EXPLORER_HOME to one that is.")
    return f"{cause.filename} can't be written ({cause.strerror}). {remedy}"


def _server(error: Exception, cause: BaseException | None, url: sa.URL) -> str:
    where = url.render_as_string(hide_password=True)
    first_line = next(iter(str(cause).strip().splitlines()), type(error).__name__)
    if isinstance(error, sa.exc.NoSuchModuleError | ImportError):
        return (
            f"The run store {where} needs a database driver that is not installed ({first_line}). Install it "
            f"(`pip install psycopg[binary]` for PostgreSQL), or unset EXPLORER_DATABASE_URL to use SQLite."
        )
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError):
        return (
            f"The run store {where} can't be reached ({first_line}). See that the server runs and that "
            f"EXPLORER_DATABASE_URL is right; what was saved before is kept."
        )
    return f"The run store {where} could not do this: {first_line}. What was saved before is kept."
