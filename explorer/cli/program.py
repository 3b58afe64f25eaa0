"""The program: from arguments to one command and its exit code."""

import os
import sys
from collections.abc import Sequence

from explorer.cli.arguments import build_parser
from explorer.cli.exit_codes import ExitCode, exit_code
from explorer.cli.words import no_such_run
from explorer.errors import ExplorerError, RunNotFoundError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; messages for people go to stderr, results to stdout."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except KeyboardInterrupt:
        return ExitCode.STOPPED
    except BrokenPipeError:
        # The reader went away (`| head`); Python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except OSError as error:
        where = error.filename or "A file"
        print(
            f"{where} can't be used ({error.strerror or error}). Free space there, make it writable, "
            f"or set EXPLORER_HOME to another folder.",
            file=sys.stderr,
        )
        return ExitCode.FAILED


def _run(words: list[str]) -> int:
    try:
        arguments = build_parser().parse_args(words)
        code: int = arguments.command(arguments)
    except SystemExit as leaving:  # argparse leaves this way, after its message
        code = leaving.code if isinstance(leaving.code, int) else ExitCode.WRONG_REQUEST
    except RunNotFoundError as error:
        print(no_such_run(error.run_id), file=sys.stderr)
        return ExitCode.WRONG_REQUEST
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return exit_code(error)
    sys.stdout.flush()  # here, where a reader that went away is told from other errors
    return int(code)
