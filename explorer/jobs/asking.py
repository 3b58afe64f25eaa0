"""Questions about runs, as pages ask them: put into the store, answered by the inspector."""

from collections.abc import Mapping
from typing import Any

from explorer.jobs.runner import asked_bell, ensure_runner, ring_at
from explorer.records import Analysis
from explorer.settings import Settings
from explorer.storage.store import Store


def ask(
    store: Store,
    settings: Settings,
    kind: str,
    request: Mapping[str, Any],
    *,
    owner: str = "",
    run_id: int | None = None,
    again: bool = False,
) -> Analysis:
    """The question as it stands, with the inspector awake where it is open.

    An owner has one open question of a kind at a time: asking another withdraws the older. ``again`` is for
    a button that was pressed: a failed question is asked anew, and workers that were stopped by hand start.
    """
    question = store.analyses.ask(kind, request, owner=owner, run_id=run_id, again=again)
    if question.state.is_open:
        ring_at(asked_bell(settings))
        ensure_runner(settings, even_if_stopped=again)
    return question


def withdraw(store: Store, key: str) -> None:
    """Take a question back; the inspector stops working on it."""
    store.analyses.withdraw(key)
