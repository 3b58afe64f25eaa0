"""Weights and units of a trained run, clicked in Chromium with the real inspector."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from explorer.records import Run
from explorer.storage.checkpoints import Checkpoints
from tests.browser.conftest import Server, Tab

OpenTab = Callable[..., Tab]
UNITS = 12


def trained(server: Server) -> Run:
    """A small network on the bundled digits of whose units only 7 is dead after the last epoch."""
    (run,) = server.train({"network.hidden": [UNITS], "training.epochs": 2})
    checkpoints = Checkpoints(server.settings, run.id)
    weights = checkpoints.load(2)
    weights["hidden.0.bias"][:] = 100.0  # more than any image takes away
    weights["hidden.0.bias"][7] = -1e4
    checkpoints.save_epoch(2, weights)
    return run


def figure(tab: Tab, summary: str) -> Locator:
    """The figure whose description begins so, once it is drawn."""
    found = tab.page.get_by_role("figure", name=re.compile(f"^{re.escape(summary)}")).first
    expect(found.locator(".main-svg").first).to_be_visible()
    return found


def click_point(tab: Tab, summary: str, number: int, shows: str) -> None:
    """Click the point of a figure's trace of clickable points until the page shows this."""
    point = figure(tab, summary).locator(".scatterlayer .trace .points path").nth(number)

    def click() -> None:
        box = point.bounding_box()
        if box is not None:  # else it is just being drawn anew
            tab.click_in_figure(point, box["width"] / 2, box["height"] / 2)

    tab.click_until(click, shows)


def test_a_tile_clicked_shows_its_unit_with_what_drives_it(server: Server, open_tab: OpenTab):
    run = trained(server)
    tab = open_tab(server)
    tab.open(f"/run?run={run.id}")
    tab.page.get_by_text("Weights", exact=True).first.click()
    tab.expect_text(f"1 of {UNITS} units of hidden 1 dead, crossed out: 7.")
    tab.settle()
    click_point(tab, "First-layer weights", 4, "Unit 4 of hidden 1")
    figure(tab, "16 images that drive this unit most")
    figure(tab, "Histogram of its activation")
    bias = Checkpoints(server.settings, run.id).load(2)["hidden.0.bias"][4]
    tab.expect_text(f"bias {bias:+.4g}")
    tab.page.get_by_text("Switch it off", exact=True).click()
    tab.expect_text("right with it")
    figure(tab, "Most missed: unit")
    tab.expect_no_exception()


def test_a_dead_unit_is_reached_by_a_click_from_the_units_view(server: Server, open_tab: OpenTab):
    run = trained(server)
    tab = open_tab(server)
    tab.open(f"/run?run={run.id}")
    tab.page.get_by_text("Units", exact=True).first.click()
    tab.expect_text(f"1 of {UNITS} units, filled here")
    tab.settle()
    click_point(tab, f"1 of {UNITS} units dead", 7, "Unit 7 of hidden 1")
    tab.expect_text("This unit is dead after epoch 2")
    tab.expect_no_exception()


def test_histograms_over_epochs_are_drawn_for_weights_and_activations(server: Server, open_tab: OpenTab):
    run = trained(server)
    tab = open_tab(server)
    tab.open(f"/run?run={run.id}")
    tab.page.get_by_text("Layers", exact=True).first.click()
    figure(tab, "How each weight of hidden 1 is spread over 2 epochs")
    tab.page.get_by_text("Activations", exact=True).click()
    figure(tab, "How each activation of hidden 1 is spread over 2 epochs")
    tab.expect_no_exception()
