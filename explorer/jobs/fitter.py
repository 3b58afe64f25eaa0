"""The process that fits one baseline: how far it is goes out line by line, its answers into a file.

scikit-learn can't be interrupted in mid-fit, but a process can be ended. It ends itself once its standard
input does: whoever started it, and however that ended, no fit goes on that nobody waits for.
"""

import _thread
import argparse
import json
import logging
import os
import sys
import threading
import time
from contextlib import closing
from typing import NoReturn

from explorer.classical.fitting import FittedBaseline, fit
from explorer.config.parsing import parse_baseline
from explorer.errors import ExplorerError
from explorer.jobs.journal import journal_path, open_journal
from explorer.jobs.speaking import Speaker
from explorer.jobs.threads import MOST_THREADS, allowed_threads
from explorer.settings import Settings, read_settings
from explorer.storage.fitted import Fitted, save_fitted

JOURNAL = "fit"
TIDYING_SECONDS = 0.4
# While features are computed there are files to take away, and the main thread is free to do so soon.
TIDYING_FEATURES_SECONDS = 10.0
NOT_DONE = 1

log = logging.getLogger("explorer.fitter")
_has_features = threading.Event()  # from now on nothing unfinished is on disk


def fit_and_tell(settings: Settings, run_id: int, request: str, speaker: Speaker) -> int:
    """Fit what the request (JSON of a config) asks for; 0 when the answers are in the run's folder."""
    try:
        config = parse_baseline(json.loads(request))
        threads = min(allowed_threads(os.environ), MOST_THREADS)
        with closing(fit(config, settings.data, settings.home, threads)) as events:
            for event in events:
                if isinstance(event, FittedBaseline) or event.stage != "features":
                    _has_features.set()
                if isinstance(event, FittedBaseline):
                    save_fitted(settings, run_id, Fitted(event.result, event.predictions, event.arrays))
                    speaker.say(is_done=True)
                    return 0
                speaker.say(stage=event.stage, done=event.done, total=event.total)
        problem = "the fit ended without a result"
    except ExplorerError as error:
        problem = str(error)
    except Exception as error:
        log.exception("the fit of run %d failed", run_id)
        place = journal_path() or "the standard error output"
        problem = f"unexpected error: {type(error).__name__}: {error}; the log is at {place}"
    speaker.say(problem=problem)
    return NOT_DONE


def _end_with_the_input() -> None:
    while os.read(0, 1024):
        pass
    _thread.interrupt_main()  # a generator that is closed takes its unfinished files away
    tidying = TIDYING_SECONDS if _has_features.is_set() else TIDYING_FEATURES_SECONDS
    time.sleep(tidying)  # for the main thread, which can't be waited for: it may be deep in a library
    _leave()


def _leave() -> NoReturn:
    os._exit(NOT_DONE)


def _read_line() -> str:
    """The first line of the standard input, not a byte more, so that its end can be waited for."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line.decode()


def main(arguments: list[str] | None = None) -> int:
    """Fit the baseline whose config is the first line of the standard input."""
    parser = argparse.ArgumentParser(prog="python -m explorer.jobs.fitter", description=__doc__)
    parser.add_argument("run_id", type=int)
    options = parser.parse_args(arguments)
    settings, speaker, request = read_settings(), Speaker(), _read_line()
    threading.Thread(target=_end_with_the_input, name="input", daemon=True).start()
    open_journal(settings, JOURNAL)
    try:
        return fit_and_tell(settings, options.run_id, request, speaker)
    except KeyboardInterrupt:
        _leave()  # at once: the library's threads would be waited for until their call is done


if __name__ == "__main__":
    sys.exit(main())
