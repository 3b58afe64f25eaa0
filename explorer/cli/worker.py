"""``worker``: a worker in the foreground, which trains what the queue holds until Ctrl-C."""

import argparse
import sys

from explorer.cli.errors import RequestError
from explorer.cli.exit_codes import ExitCode
from explorer.config.parsing import parse_assignments
from explorer.errors import ConfigError, DeviceError
from explorer.jobs.supervision import LEFT, LOCK_TAKEN, NO_DEVICE
from explorer.jobs.worker import serve
from explorer.settings import read_settings


def work(arguments: argparse.Namespace) -> int:
    """Serves one device; Ctrl-C pauses the run in hand, with everything kept, and is a proper end."""
    wanted = arguments.device
    try:
        parse_assignments([f"training.device={wanted}"])
    except ConfigError:
        raise RequestError(f"--device must be auto, cpu, mps, cuda or cuda:N, got {wanted!r}.") from None
    device, settings = _device_name(wanted), read_settings()
    print(f"Worker of {device} in {settings.home}; Ctrl-C stops it.", file=sys.stderr)
    code = serve(settings, device)
    if code == LEFT:
        return ExitCode.DONE
    if code == LOCK_TAKEN:
        print(f"Another worker has {device}; stop that one first.", file=sys.stderr)
    else:
        print(f"The worker could not start; the log is in {settings.logs}.", file=sys.stderr)
    return ExitCode.WRONG_REQUEST if code in (LOCK_TAKEN, NO_DEVICE) else ExitCode.FAILED


def _device_name(wanted: str) -> str:
    if wanted == "cpu":
        return wanted
    from explorer.jobs.devices import find_device  # noqa: PLC0415 -- loads torch, which takes seconds

    try:
        return str(find_device(wanted))
    except DeviceError as error:
        raise RequestError(str(error).replace("training.device", "--device")) from None
