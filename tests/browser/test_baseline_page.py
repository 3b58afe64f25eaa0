"""The page of a baseline, from its fit in a worker to its end."""

from collections.abc import Callable

from explorer.config.parsing import baseline_from_paths
from explorer.jobs import queue
from explorer.records import RunStatus

from .conftest import Server, Tab

OpenTab = Callable[..., Tab]
# Classes that no plane can divide: each takes LIBLINEAR many seconds, in one call.
ENDLESS = {
    "baseline.model": "linear_svm",
    "baseline.C": 1e6,
    "data.noisy_copies": 4,
    "data.noisy_copies_sigma": 1,
}


def test_a_fit_is_watched_stopped_and_deleted_beside_one_that_finishes(server: Server, open_tab: OpenTab):
    endless = queue.submit(server.store, server.settings, baseline_from_paths(ENDLESS))
    short = queue.submit(server.store, server.settings, baseline_from_paths({"baseline.k": 1}))
    tab = open_tab(server)
    tab.open(f"/run?run={endless.id}")
    tab.expect_text("Fitting: 0 of 10 classes")
    tab.click_button("Stop")
    tab.expect_text("Start again fits it from the beginning.")
    assert server.store.run(endless.id).status is RunStatus.STOPPED

    other = open_tab(server)
    other.open(f"/run?run={short.id}")
    other.expect_text("of 360 test images right")
    other.expect_text("Most frequent mistakes:")
    other.expect_no_exception()

    # Drawn anew: after a stop a starved browser may show a row of buttons in part.
    tab.open(f"/run?run={endless.id}")
    tab.click_button("Delete")
    tab.click_button("Delete for good")
    tab.expect_text(f"There is no run {endless.id}")
    assert [run.id for run in server.store.runs()] == [short.id]
    tab.expect_no_exception()
