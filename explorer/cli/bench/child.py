"""Child processes: each timed side starts fresh, so that neither warms the other's caches."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from explorer.errors import ExplorerError
from explorer.jobs.runner import child_environment
from explorer.jobs.threads import brief_spinning
from explorer.settings import Settings


class BenchError(ExplorerError):
    """A timed process failed; the message ends with the last lines it wrote."""


def measure(
    module: str, arguments: list[str], settings: Settings, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Runs ``python -m module``; the JSON it printed last, with ``process_seconds`` from start to end.

    ``environment`` is added to this process's; by default our threads wait as they do in ``train``.

    Raises:
        BenchError: it failed or printed no JSON.
    """
    added = brief_spinning(os.environ, has_company=False) if environment is None else environment
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        env={**child_environment(settings), **added},
        check=False,
    )
    seconds = time.perf_counter() - started
    try:
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        words = "\n".join(done.stderr.splitlines()[-5:])
        raise BenchError(f"{module} ended with {done.returncode} and no figure:\n{words}") from None
    return result | {"process_seconds": seconds}
