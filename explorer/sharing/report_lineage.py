"""The runs that lead up to one that branched off, as far as the store still has them."""

from explorer.config.run import RunConfig
from explorer.errors import RunNotFoundError
from explorer.plots.lineage import Ancestor
from explorer.records import Run
from explorer.storage.store import Store

MOST_GENERATIONS = 20


def ancestors(store: Store, run: Run, generations: int = MOST_GENERATIONS) -> tuple[Ancestor, ...]:
    """The oldest first; of one that is gone only its name is left."""
    origin = run.parent
    if origin is None or not generations:
        return ()
    if origin.run_id is None:
        return (Ancestor("another installation", origin.epoch, 0.0, (), ()),)
    try:
        parent = store.run(origin.run_id)
    except RunNotFoundError:
        return (Ancestor(f"run {origin.run_id}, deleted", origin.epoch, 0.0, (), ()),)
    if not isinstance(parent.config, RunConfig):
        return ()
    name, until = f"run {parent.id}", origin.epoch
    own = Ancestor(
        name,
        until,
        parent.total_steps / parent.config.training.epochs,
        tuple(step for step in store.steps(parent.id) if step.epoch <= until),
        tuple(epoch for epoch in store.epochs(parent.id, layers=False) if epoch.epoch <= until),
        tuple(change for change in parent.changes if change.epoch <= until),
    )
    return (*ancestors(store, parent, generations - 1), own)
