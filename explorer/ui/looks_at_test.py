"""How often this installation has looked at a dataset's test images: a choice by them is no test any more."""

from explorer.data.words import title_of
from explorer.records import Run
from explorer.storage.store import Store

MOST_KEPT = 5_000  # runs; more looks change nothing about what is to be said
FEW = 2  # looks from which on something is said


def note_look(store: Store, run: Run) -> int:
    """Count the look at a run's test result, each run once; how many runs of its dataset that makes."""
    key = f"test_looks.{run.config.data.dataset}"
    seen: list[int] = store.setting(key, default=[])
    if run.id not in seen:
        seen = [*seen, run.id][-MOST_KEPT:]
        store.set_setting(key, seen)
    return len(seen)


def looks_in_words(run: Run, looks: int) -> str:
    """What so many looks mean; empty for the first."""
    if looks < FEW:
        return ""
    return (
        f"You have looked {looks:,} times at the test images of {title_of(run.config.data.dataset)}. Choose "
        "settings by validation accuracy: a choice by the test makes its number too good for new images."
    )
