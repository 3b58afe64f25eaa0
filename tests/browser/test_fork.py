"""A running run gets another learning rate, and another run branches off from it, with a real worker."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from explorer.config.parsing import config_from_paths
from explorer.jobs import queue
from explorer.records import RunStatus

from .conftest import PATIENCE_SECONDS, Server, Tab, wait_until

OpenTab = Callable[..., Tab]
# Several minutes on a fast machine: it is stopped long before.
ENDLESS = {"network.hidden": [256], "training.epochs": 1000, "training.batch_size": 2}
PATIENCE = PATIENCE_SECONDS * 1000


def type_in(tab: Tab, name: str, value: str) -> None:
    """Fill a box of numbers and leave it."""
    box = tab.page.get_by_role("spinbutton", name=name, exact=True)
    box.fill("")
    box.press_sequentially(value, delay=200)  # the page is drawn anew meanwhile
    expect(box).to_have_value(value)
    box.press("Enter")


def test_the_rate_of_a_running_run_is_changed_and_a_branch_is_trained_from_it(
    server: Server, open_tab: OpenTab
) -> None:
    store = server.store
    parent = queue.submit(store, server.settings, config_from_paths(ENDLESS))
    tab = open_tab(server)
    tab.open(f"/run?run={parent.id}")
    tab.expect_text("It trains with 0.001.")
    type_in(tab, "Learning rate now", "0.01")
    tab.click_button("Change")
    tab.expect_text("0.001 → 0.01 since step")
    expect(tab.page.get_by_role("img", name=re.compile("rate 0.001 → 0.01")).first).to_be_visible(
        timeout=PATIENCE
    )
    (change,) = store.run(parent.id).changes
    assert (change.before, change.value) == (0.001, 0.01)
    assert store.run(parent.id).status is RunStatus.RUNNING

    branch = tab.page.get_by_role("button", name=re.compile("^Branch off from epoch"))
    branch.click()
    tab.expect_text(f"Branch off from run {parent.id} after epoch")
    type_in(tab, "Learning rate", "0.002")
    tab.expect_text("→ 0.002")
    type_in(tab, "Further epochs", "1")
    tab.click_button("Train from here")
    tab.expect_text(f"Branched off from run {parent.id} after epoch")
    queue.stop(store, server.settings, parent.id)
    tab.expect_text("of 360 test images right")
    fork = store.runs()[0]
    assert fork.parent is not None
    assert fork.network_config.optimizer.learning_rate == 0.002
    assert [epoch.epoch for epoch in store.epochs(fork.id)] == [fork.parent.epoch + 1]
    line = re.compile(f"training of run {parent.id} from .* training from .* from run {parent.id}")
    expect(tab.page.get_by_role("img", name=line).first).to_be_visible(timeout=PATIENCE)
    wait_until(lambda: not store.run(parent.id).status.is_active, "the parent has stopped")
    tab.expect_no_exception()
