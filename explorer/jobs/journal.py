"""The log files: what went wrong in full, for those who look after the installation."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from explorer.settings import Settings

MOST_BYTES = 1_000_000
KEPT_FILES = 3

_logger = logging.getLogger("explorer")


def open_journal(settings: Settings, name: str) -> None:
    """From now on this process writes its log to ``<home>/logs/<name>.log``, 1 MB a file, three old ones.

    A folder that can't be written does not stop the work: the log then goes to standard error.
    """
    path = settings.logs / f"{name}.log"
    if journal_path() == path and path.exists():
        return
    handler: logging.Handler
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(name)s %(levelname)s %(message)s"))
    for old in list(_logger.handlers):
        _logger.removeHandler(old)
        old.close()
    _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False


def journal_path() -> Path | None:
    """The file that this process logs to, if there is one."""
    for handler in _logger.handlers:
        if isinstance(handler, RotatingFileHandler):
            return Path(handler.baseFilename)
    return None
