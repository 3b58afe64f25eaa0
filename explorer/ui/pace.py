"""How often live figures are drawn anew: the more tabs look on, the seldomer each."""

import secrets
import time

from explorer.ui import cache, state

OWNER = "pace.owner"
PACES = (1.0, 1.5, 2.0, 3.0, 5.0)  # seconds between two redraws
SHARE = 0.11  # of a second a tab: twenty tabs are drawn anew every three seconds
GONE_SECONDS = 15.0  # after which a tab that was not drawn is taken for closed


def pace() -> float:
    """Note that this tab looks on, and say how long it waits for its next redraw."""
    owner = state.recall(OWNER)
    if owner is None:
        owner = secrets.token_hex(8)
        state.keep(OWNER, owner)
    watchers: dict[str, float] = cache.made_once(dict, "watchers of live figures")
    now = time.monotonic()
    watchers[owner] = now
    for other, seen in tuple(watchers.items()):
        if now - seen > GONE_SECONDS:
            watchers.pop(other, None)
    return pace_of(len(watchers))


def pace_of(watchers: int) -> float:
    """Seconds between two redraws of each of so many tabs."""
    return next((seconds for seconds in PACES if seconds >= SHARE * watchers), PACES[-1])
