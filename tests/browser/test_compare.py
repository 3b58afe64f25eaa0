"""Runs compared as a person does it, in Chromium with the real worker; and the curves' browser part alone."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.jobs.queue import submit
from explorer.plots.comparison import Axis, Member, overlay
from explorer.records import Request, RunStatus
from explorer.ui.compare_chart import SCRIPT, STYLE, curves_data
from tests.browser.conftest import PHONE, Server, Tab, as_lines, mounted, wait_until
from tests.plots.records import epoch

OpenTab = Callable[..., Tab]
SHORT = {"training.epochs": 3, "network.hidden": [16]}


def test_networks_and_a_baseline_are_compared_in_every_view(server: Server, open_tab: OpenTab):
    baseline = submit(server.store, server.settings, baseline_from_paths({"baseline.model": "knn"}))
    trained = server.train(SHORT, SHORT | {"training.seed": 1}, SHORT | {"network.hidden": [4]})
    wait_until(lambda: server.store.run(baseline.id).status is RunStatus.FINISHED, "the baseline is fitted")
    ids = [run.id for run in (*trained, baseline)]
    tab = open_tab(server)
    tab.open(f"/compare?runs={','.join(map(str, ids))}")
    told = (
        tab.page.get_by_role("img", name=re.compile("^Validation loss: ")).get_attribute("aria-label") or ""
    )
    assert f"2 seeds (runs {ids[0]}, {ids[1]}) from" in told
    tab.expect_text("Bands: mean ± standard deviation")
    tab.page.get_by_text("Disagreements", exact=True).click()
    tab.expect_text("Both right")
    expect(tab.page.locator(".js-plotly-plot .scatterlayer").first).to_be_attached()
    tab.settle()
    tab.click_in_figure(tab.page.locator(".js-plotly-plot").last, 45, 45)
    tab.expect_text("A says")
    tab.page.get_by_text("Mistakes", exact=True).click()
    tab.expect_text("A − B")
    expect(tab.page.locator(".js-plotly-plot")).to_have_count(3)
    tab.page.get_by_text("Scatter", exact=True).click()
    expect(
        tab.page.get_by_role("img", name=re.compile("^Validation accuracy over parameters"))
    ).to_be_visible()
    tab.page.get_by_text("Parallel", exact=True).click()
    expect(tab.page.get_by_role("img", name=re.compile("runs over Hidden layers"))).to_be_visible()
    tab.expect_no_exception()


def test_a_zoom_outlives_the_epochs_that_come(server: Server, open_tab: OpenTab):
    store = server.store
    config = config_from_paths({"training.epochs": 1000, "network.hidden": [256, 128]})
    run = submit(store, server.settings, config)
    wait_until(lambda: store.run(run.id).epoch >= 4, "a few epochs are over")
    tab = open_tab(server)
    tab.open(f"/compare?runs={run.id}")
    canvas = tab.page.get_by_role("img", name=re.compile("^Validation loss: "))
    box = canvas.bounding_box()
    assert box is not None
    tab.page.mouse.move(box["x"] + 100, box["y"] + 100)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 260, box["y"] + 100, steps=4)
    tab.page.mouse.up()
    reset = tab.page.get_by_text("reset zoom").first
    expect(reset).to_be_visible()
    before = canvas.get_attribute("aria-label")
    wait_until(lambda: canvas.get_attribute("aria-label") != before, "new epochs are drawn")
    expect(reset).to_be_visible()
    store.request(run.id, Request.STOP)
    wait_until(lambda: store.run(run.id).status is RunStatus.STOPPED, "the run has stopped")
    expect(reset).to_be_visible()
    tab.expect_no_exception()


def test_the_page_fits_a_phone_in_the_dark(server: Server, open_tab: OpenTab):
    first, second = server.train(SHORT, SHORT | {"network.hidden": [4]})
    tab = open_tab(server, PHONE, "dark")
    tab.open("/compare")
    tab.expect_text("Nothing to compare yet")
    tab.open(f"/compare?runs={first.id},{second.id}")
    tab.expect_text("Leaderboard")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    tab.expect_no_exception()


# ---- the curves alone -------------------------------------------------------------------------------------

Show = Callable[..., None]


def data(epochs: int, axis: Axis = "epoch", smoothing: float = 0.0) -> dict[str, Any]:
    """A run and a pair of repeats over so many epochs; the loss of the run at epoch n is 1 / n."""
    run = Member("one", (tuple(epoch(n, train_loss=1 / n) for n in range(1, epochs + 1)),))
    pair = Member(
        "pair", tuple(tuple(epoch(n, train_loss=loss) for n in range(1, epochs + 1)) for loss in (2.0, 4.0))
    )
    return curves_data([overlay((run, pair), "train_loss", axis, smoothing)], axis)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with mounted(browser, SCRIPT, STYLE, '<div class="compare"></div>') as opened:
        yield opened


def show(page: Page, shown: dict[str, Any]) -> None:
    page.evaluate("data => window.show(data)", shown)


def expect_tip(page: Page, *lines: str) -> None:
    """Wait until the pointer reads these lines, which the next frame writes."""
    tip = page.locator(".tip")
    expect(tip).to_be_visible()
    expect(tip).to_have_text(as_lines(*lines))


def test_the_pointer_reads_all_lines_at_its_place_the_best_first(page: Page):
    show(page, data(10))
    canvas = page.locator("canvas.plot")
    canvas.focus()
    page.keyboard.press("ArrowRight")  # from the middle to epoch 6
    expect_tip(page, "0.16667 · one · epoch 6", "3.0000 (1.5858 to 4.4142, 2 runs) · pair · epoch 6")
    page.get_by_role("button", name="one").click()  # hides the line
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect_tip(page, "3.0000 (1.5858 to 4.4142, 2 runs) · pair · epoch 6")  # from the middle again


def test_zoom_and_scale_outlive_new_data_but_not_another_axis(page: Page):
    show(page, data(10))
    page.get_by_text("log loss").click()
    canvas = page.locator("canvas.plot")
    canvas.focus()
    page.keyboard.press("+")
    expect(page.get_by_text("reset zoom")).to_be_visible()
    show(page, data(20))
    expect(page.get_by_text("reset zoom")).to_be_visible()
    expect(page.get_by_role("button", name="log loss")).to_have_attribute("aria-pressed", "true")
    show(page, data(20, "seconds"))
    expect(page.get_by_text("reset zoom")).to_be_hidden()
    expect(page.get_by_role("button", name="log loss")).to_have_attribute("aria-pressed", "true")


def test_a_logarithmic_foot_and_smoothing_are_drawn(page: Page):
    show(page, data(100))
    canvas = page.locator("canvas.plot")
    before = canvas.screenshot()
    page.get_by_text("log x").click()
    wait_until(lambda: canvas.screenshot() != before, "the foot is logarithmic")
    logarithmic = canvas.screenshot()
    show(page, data(100, smoothing=0.9))
    wait_until(lambda: canvas.screenshot() != logarithmic, "the lines are smooth")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("not smoothed")
