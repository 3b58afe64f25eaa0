"""How often this installation has looked at a dataset's test images: a choice by them is no test any more."""

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from explorer.config.run import DatasetName
from explorer.data.words import title_of
from explorer.records import Run
from explorer.storage.store import Store
from explorer.ui import cache
from explorer.ui.wording import plain

MOST_KEPT = 5_000  # runs; more looks change nothing about what is to be said
FEW = 2  # looks from which on something is said
EXPLAINED = (
    "The test images are locked until a run has ended. Each run whose test result is then shown on a page "
    "is one look, however often it is shown, and whether alone, in a table or in a figure. Looks are counted "
    "for each dataset and kept with the runs, for all who use this installation; the command line and "
    "exported files are not counted. The more often one looks and then changes the settings, the more these "
    "settings fit just these images: new images are then read less well than the test says."
)
CHOSEN_BY_TEST = (
    "This is choosing by the test images. The best of many is also the luckiest on just these images, so its "
    "test accuracy promises too much for new ones. Choose by validation; the test is for the one chosen."
)


def looks_line(runs: Sequence[Run]) -> None:
    """Count a look at the test result of each of these runs that has one, and say how many that makes.

    Of several, also which of them can't know all classes that the test asks; one alone tells it itself.
    """
    looks = {dataset: note_looks(cache.store(), dataset, ids) for dataset, ids in _ended(runs).items()}
    words = looks_in_words(looks)
    if words:
        st.caption(f":material/visibility: {plain(words)}", help=EXPLAINED)
    on_some_labels = sum(run.result is not None and bool(run.config.data.labels) for run in runs)
    if on_some_labels and len(runs) > 1:
        which = "These" if on_some_labels == len(runs) else f"{on_some_labels:,} of these"
        st.caption(f":material/filter_alt: {which} runs saw some labels alone; the test asks all classes.")


def chosen_by_test() -> None:
    """Say what it is to choose by the test images, where a page lets one do so."""
    st.warning(CHOSEN_BY_TEST, icon=":material/visibility:")


def note_looks(store: Store, dataset: DatasetName, run_ids: Iterable[int]) -> int:
    """Count looks at the test results of runs, each run once; how many runs of the dataset that makes.

    Where two tabs write at one moment and one is lost, it is counted when it is shown again.
    """
    key = f"test_looks.{dataset}"
    seen: list[int] = store.setting(key, default=[])
    new = sorted(set(run_ids) - set(seen))
    if new:
        seen = [*seen, *new][-MOST_KEPT:]
        store.set_setting(key, seen)
    return len(seen)


def looks_in_words(looks: Mapping[DatasetName, int]) -> str:
    """What so many looks at each dataset mean; empty where there was no second one."""
    told = [
        f"{count:,} times at the test images of {title_of(dataset)}"
        for dataset, count in looks.items()
        if count >= FEW
    ]
    if not told:
        return ""
    return (
        f"You have looked {' and '.join(told)}. Choose settings by validation accuracy: a choice by the test "
        "makes its number too good for new images."
    )


def _ended(runs: Sequence[Run]) -> dict[DatasetName, list[int]]:
    """The numbers of those that have a result, by dataset."""
    found: dict[DatasetName, list[int]] = {}
    for run in runs:
        if run.result is not None:
            found.setdefault(run.config.data.dataset, []).append(run.id)
    return found
