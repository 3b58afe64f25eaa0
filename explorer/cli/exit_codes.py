"""How a command ends, as scripts read it."""

from enum import IntEnum

from explorer.cli.errors import RequestError
from explorer.errors import (
    ConfigError,
    DatasetError,
    DeviceError,
    ExperimentNotFoundError,
    ExplorerError,
    ExportError,
    LabNotFoundError,
    RunNotFoundError,
    RunStateError,
)


class ExitCode(IntEnum):
    """What ``$?`` says: done, the run failed, the request was wrong (nothing started), or Ctrl-C."""

    DONE = 0
    FAILED = 1
    WRONG_REQUEST = 2
    STOPPED = 130


def exit_code(error: ExplorerError) -> ExitCode:
    """Whether the request was wrong, or what it asked for went wrong (store, disk, network)."""
    refused = (
        ConfigError,
        DatasetError,
        DeviceError,
        ExperimentNotFoundError,
        ExportError,
        LabNotFoundError,
        RequestError,
        RunNotFoundError,
        RunStateError,
    )
    return ExitCode.WRONG_REQUEST if isinstance(error, refused) else ExitCode.FAILED
