"""Where a run branched off: a line on its page, and the curves of the runs before it."""

import streamlit as st

from explorer.config.run import RunConfig
from explorer.errors import RunNotFoundError
from explorer.jobs.forking import settings_after
from explorer.plots.lineage import Ancestor
from explorer.records import Parent, Run
from explorer.ui import cache, fork_form
from explorer.ui.wording import plain

MOST_GENERATIONS = 20  # that are looked for


def fork_line(run: Run) -> None:
    """Say from which run and epoch, and with what changed; nothing for a run that began by itself."""
    if run.parent is None:
        return
    parent, epoch = _parent(run.parent), run.parent.epoch
    if parent is None:
        whose = "of another installation" if run.parent.run_id is None else "that was deleted"
        number = "" if run.parent.run_id is None else f" {run.parent.run_id}"
        st.caption(
            f":material/call_split: Branched off after epoch {epoch:,} from run{number} {whose}: the curve "
            "before is not here. The weights it began with are its own."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(
            "pages/run.py",
            label=f"Branched off from run {parent.id} after epoch {epoch:,}",
            icon=":material/call_split:",
            query_params={"run": str(parent.id)},
        )
        st.caption(plain(_changed(run, parent, epoch)), width="content")


def ancestors_of(run: Run) -> list[Ancestor]:
    """The runs that lead up to this one, the oldest first, as far as they are still here."""
    found: list[Ancestor] = []
    origin = run.parent
    while origin is not None and len(found) < MOST_GENERATIONS:
        parent = _parent(origin)
        if parent is None:
            known = f"run {origin.run_id}, deleted" if origin.run_id is not None else "another installation"
            found.append(Ancestor(known, origin.epoch, 0.0, (), ()))
            break
        found.append(_ancestor(parent, origin.epoch))
        origin = parent.parent
    return found[::-1]


def _parent(origin: Parent) -> Run | None:
    """The run; None where it is gone."""
    if origin.run_id is None:
        return None
    try:
        parent = cache.store().run(origin.run_id)
    except RunNotFoundError:
        return None
    return parent if isinstance(parent.config, RunConfig) else None


def _ancestor(parent: Run, until: int) -> Ancestor:
    """Its curves up to the fork; what is recorded up to a kept epoch does not change any more."""

    def read() -> Ancestor:
        store = cache.store()
        return Ancestor(
            name=f"run {parent.id}",
            until=until,
            steps_per_epoch=parent.total_steps / parent.network_config.training.epochs,
            steps=[step for step in store.steps(parent.id) if step.epoch <= until],
            epochs=[epoch for epoch in store.epochs(parent.id, layers=False) if epoch.epoch <= until],
            changes=[change for change in parent.changes if change.epoch <= until],
        )

    made_at = parent.created_at.isoformat()
    return cache.made_once(
        read, "ancestor", str(cache.settings().home), parent.id, until, made_at, parent.epoch >= until
    )


def _changed(run: Run, parent: Run, epoch: int) -> str:
    changed = fork_form.differences(settings_after(parent, epoch), run.network_config)
    return "; ".join(changed) if changed else "with the same settings"
