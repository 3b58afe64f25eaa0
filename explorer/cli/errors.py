"""What can go wrong on the command line itself."""

from explorer.errors import ExplorerError


class RequestError(ExplorerError):
    """A request was refused; the message has one line for each of its faults."""


class OutputError(ExplorerError):
    """A file could not be written (no such folder, no permission, disk full)."""
