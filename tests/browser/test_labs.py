"""A lab on real MNIST in Chromium: guessed, run, looked into, and still there after a reload."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Error, expect

from explorer.jobs.queue import stop_workers
from explorer.labs import running
from explorer.labs.measured import runs_of
from explorer.settings import Settings
from tests.browser.conftest import PATIENCE_SECONDS, Server, Tab, wait_until

OpenTab = Callable[..., Tab]
PATIENCE = PATIENCE_SECONDS * 1000
LIST_MILLISECONDS = 5_000
LAB_SECONDS = 240  # on a quiet machine a few


@pytest.fixture
def mnist_server(mnist_settings: Settings) -> Iterator[Server]:
    """A running dashboard of its own that has real MNIST."""
    running_server = Server(mnist_settings)
    running_server.start()
    yield running_server
    running_server.kill()
    stop_workers(mnist_settings)


def pick(tab: Tab, box: str, option: str) -> None:
    """Choose in a select box; a page that is drawn anew meanwhile may close its list, then once more."""
    control = tab.page.get_by_role("combobox", name=box)

    def is_chosen() -> bool:
        tab.settle()
        control.click()
        try:
            tab.page.get_by_role("option", name=option, exact=True).click(timeout=LIST_MILLISECONDS)
            expect(control).to_have_value(option, timeout=LIST_MILLISECONDS)
        except (Error, AssertionError):
            tab.page.keyboard.press("Escape")
            return False
        return True

    wait_until(is_chosen, f"{option} is chosen")
    tab.settle()


def see_figure(tab: Tab, begins: str) -> None:
    """Wait for the figure whose description begins so."""
    figure = tab.page.get_by_role("figure", name=re.compile(f"^{begins}"))
    expect(figure.or_(tab.page.get_by_role("img", name=re.compile(f"^{begins}"))).first).to_be_visible(
        timeout=PATIENCE
    )


def test_a_lab_is_guessed_run_and_looked_into(mnist_server: Server, open_tab: OpenTab) -> None:
    lab, store, settings = running.LABS["third"], mnist_server.store, mnist_server.settings
    collapse = lab.find("relu-1-layer-3-epochs-0.01")
    tab = open_tab(mnist_server)
    tab.open("/labs?lab=third&quick=1")
    tab.expect_text("Predict first.")
    pick(tab, "The best", "10-unit ReLU network, trained to the end")
    tab.click_button("Keep my guess")
    tab.expect_text("Guessed: 10-unit ReLU network, trained to the end")
    tab.click_button("Run")

    def is_measured() -> bool:
        found = runs_of(store, lab, quick=True)
        wanted = lab.configs_of(collapse, quick=True)
        return all(config in found and running.has_ended(found[config]) for config in wanted)

    wait_until(is_measured, "the first experiment has run", LAB_SECONDS)
    running.stop(store, settings, lab, quick=True)  # the rest takes longer than a test may
    wait_until(
        lambda: not running.progress(store, settings, lab, quick=True).is_active,
        "the lab pauses",
        LAB_SECONDS,
    )
    tab.expect_text("runs have ended")

    pick(tab, "What its runs show", collapse.title)
    tab.expect_text("hidden units are dead")
    see_figure(tab, "Dead units per layer and epoch")
    tab.page.get_by_role("radio", name="Squared error").click()
    see_figure(tab, "Mean squared error from")
    tab.page.reload()
    tab.expect_text("hidden units are dead")
    tab.expect_text("Guessed: 10-unit ReLU network, trained to the end")
    tab.settle()
    tab.page.get_by_role("radio", name="Figures", exact=True).click()
    see_figure(tab, "Reported beside measured")
    expect(tab.page).to_have_url(re.compile("lab=third.*view=figures"))
    tab.expect_no_exception()
