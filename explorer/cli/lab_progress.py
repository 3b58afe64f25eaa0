"""How far a lab is, told while workers train its runs."""

import threading
from typing import TextIO

from explorer.cli.progress import CLEAR_TO_END
from explorer.cli.words import bar, counted, duration
from explorer.errors import StoreError
from explorer.labs import running
from explorer.labs.experiment import Lab
from explorer.settings import Settings
from explorer.storage.store import Store

LOOK_SECONDS = 1.0
LINE_SECONDS = 10.0  # between lines where there is no terminal
PROBE_SECONDS = 10.0  # a store that can be read may have no room: its workers can't tell, so it is tried
FOLLOWED = "lab.followed"


def follow(
    store: Store,
    settings: Settings,
    lab: Lab,
    stream: TextIO | None,
    *,
    quick: bool,
    experiments: running.Ids = None,
) -> None:
    """Until nothing of it waits or trains; a run whose worker is lost is queued again, once.

    Raises:
        StoreError: the store can't be read or written any more, or was moved away.
    """
    wait = threading.Event().wait
    seconds, helped = 0.0, set[int]()
    while True:
        if store.is_detached:
            raise StoreError(
                f"The run store {settings.database_url} was moved away or replaced in mid-lab. Put it back: "
                f"what was measured is kept in it."
            )
        helped |= running.keep_going(store, settings, lab, helped, quick=quick, experiments=experiments)
        now = running.progress(store, settings, lab, quick=quick, experiments=experiments)
        if not now.is_active:
            break
        if seconds % PROBE_SECONDS == 0:
            store.set_setting(FOLLOWED, {"lab": lab.id, "quick": quick, "seconds": seconds})
        if stream is not None and (stream.isatty() or seconds % LINE_SECONDS == 0):
            _say(stream, now)
        wait(LOOK_SECONDS)  # the runs are in the hands of workers, and the store tells of them
        seconds += LOOK_SECONDS
    if stream is not None and stream.isatty():
        stream.write(f"\r{CLEAR_TO_END}")
    if now.paused and stream is not None:
        were = "run was" if now.paused == 1 else "runs were"
        again = running.command(lab, quick=quick, experiments=experiments)
        stream.write(f"{now.paused} {were} paused, stopped or lost elsewhere; `{again}` goes on with them.\n")


def _say(stream: TextIO, now: running.Progress) -> None:
    left = "" if now.seconds_left is None else f", about {duration(now.seconds_left)} left"
    words = (
        f"{now.ended} of {counted(now.wanted, 'run')} ended, {now.training} training, {now.waiting} waiting"
    )
    line = f"{bar(now.share)} {now.share:4.0%} {words}{left}"
    stream.write(f"\r{CLEAR_TO_END}{line}" if stream.isatty() else f"{line}\n")
    stream.flush()
