"""A sweep as a person starts and reads it, in Chromium with the real worker; and its figures alone."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.evaluation.sweeps import Spread, SweepPoint
from explorer.plots.relations import parallel_runs
from explorer.plots.responses import heat_map, response
from explorer.plots.swept_curves import SweptCurves, SweptLine
from explorer.records import RunStatus
from explorer.ui.sweep_chart import SCRIPT, STYLE, as_data
from tests.browser.conftest import PHONE, Server, Tab, mounted, wait_until
from tests.plots.records import named

OpenTab = Callable[..., Tab]
RATE = "optimizer.learning_rate"
TINY = "/sweep?network.hidden=[16]&training.epochs=5&over=optimizer.learning_rate%3D0.0001,0.001,0.01,0.1"


def chart(tab: Tab, name: str) -> str:
    return tab.page.get_by_role("img", name=re.compile(name)).first.get_attribute("aria-label") or ""


def test_a_sweep_of_four_rates_fills_its_curve_names_the_best_and_opens_train(
    server: Server, open_tab: OpenTab
):
    tab = open_tab(server)
    tab.open(TINY)
    tab.click_button("Start 4 runs")
    tab.page.wait_for_url(re.compile(r"[?&]group=[0-9a-f]{6}"))
    tab.expect_text("Best by validation")
    wait_until(
        lambda: not any(run.status.is_active for run in server.store.runs(group=group_of(server))),
        "all four runs have ended",
    )
    tab.expect_text("Finished")
    runs = server.store.runs(group=group_of(server))
    assert {run.status for run in runs} == {RunStatus.FINISHED}
    told = chart(tab, "^Validation accuracy over")
    assert all(f"{rate}: " in told for rate in ("0.0001", "0.001", "0.01", "0.1"))
    assert told.count("(best)") == 1
    best = max(
        runs, key=lambda run: (run.network_result.validation.accuracy, -run.network_result.validation.loss)
    )  # type: ignore[union-attr]
    rate = f"{best.network_config.optimizer.learning_rate:g}"
    assert f"{rate}: {100 * best.network_result.validation.accuracy:.2f}\xa0% (1 run) (best)" in told  # type: ignore[union-attr]
    assert "4 of 4 runs" in chart(tab, "^Validation loss of")
    tab.click_button("Train this longer")
    tab.page.wait_for_url(re.compile(r"training\.epochs=15"))
    tab.expect_text("Network")
    assert "network.hidden=%5B16%5D" in tab.page.url
    tab.expect_no_exception()


def group_of(server: Server) -> str:
    return server.store.groups("sweep ")[0].name


def test_a_sweep_is_stopped_as_a_whole(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open("/sweep?training.epochs=1000&network.hidden=[512,256]&over=optimizer.learning_rate%3D0.001,0.01")
    tab.click_button("Start 2 runs")
    wait_until(lambda: server.store.groups("sweep "), "the sweep has begun")
    wait_until(
        lambda: any(run.epoch >= 1 for run in server.store.runs(group=group_of(server))), "a run learns"
    )
    tab.click_button("Stop the sweep")
    tab.expect_text("Stopped")
    wait_until(
        lambda: {run.status for run in server.store.runs(group=group_of(server))} == {RunStatus.STOPPED},
        "both runs are stopped",
    )
    tab.expect_no_exception()


def test_a_search_goes_on_by_itself_until_its_budget_is_spent(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open(
        "/sweep?network.hidden=[8]&training.epochs=2&runs=12"
        "&search=optimizer.learning_rate%3Dlog:0.0001:1%3Bnetwork.activation%3Drelu,tanh"
    )
    tab.click_button("Search with 12 runs")
    wait_until(lambda: len(server.store.groups("search ")) == 1, "the search has begun")
    group = server.store.groups("search ")[0].name
    wait_until(
        lambda: (
            (runs := server.store.runs(group=group))
            and len(runs) == 12
            and not any(run.status.is_active for run in runs)
        ),
        "the second batch was proposed and trained",
    )
    tab.expect_text("Finished")
    tab.expect_text("12 of 12 runs")
    assert "12 of 12 runs; best" in chart(tab, "^Validation loss of")
    assert "coloured by validation loss" in chart(tab, "coloured by")
    tab.expect_no_exception()


def test_the_form_keeps_its_values_between_train_and_sweep(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open("/sweep?training.epochs=4&optimizer.name=rmsprop")
    for page in ("Train", "Sweep", "Train"):
        tab.page.get_by_role("link", name=page, exact=True).first.click()
        tab.page.wait_for_url(re.compile(r"training\.epochs=4"))
        tab.settle()
    assert "optimizer.name=rmsprop" in tab.page.url
    tab.expect_no_exception()


def test_the_sweep_page_fits_a_phone_in_the_dark(server: Server, open_tab: OpenTab):
    tab = open_tab(server, PHONE, "dark")
    tab.open("/sweep")
    tab.expect_text("No sweep yet")
    tab.expect_no_exception()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


# ---- the figures alone ------------------------------------------------------------------------------------

Show = Callable[..., None]


def point(rate: float, mean: float | None, **more: Any) -> SweepPoint:
    values = ((RATE, rate), *more.items())
    scores = () if mean is None else (("validation_accuracy", Spread(mean, 0.05, 3)),)
    failed = 3 if mean is None else 0
    return SweepPoint(values, (1,), 3, failed, failed, 0, 3, scores)  # type: ignore[arg-type]


def curves(epochs: int, *, has_outliers: bool = False) -> SweptCurves:
    """Two lines, a low and a high one."""
    places = tuple(float(n) for n in range(1, epochs + 1))
    lines = (
        SweptLine("low", 0.0, places, tuple(1.0 for _ in places), False),
        SweptLine("high", 1.0, places, tuple(2.0 for _ in places), True),
    )
    ticks = ((0.05, "a"), (0.95, "b"))
    return SweptCurves("validation_loss", "Validation loss", "Rate", ticks, 10, lines, has_outliers, "Lines.")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with mounted(browser, SCRIPT, STYLE, '<div class="sweep"></div>') as opened:
        yield opened


@pytest.fixture
def show(page: Page) -> Show:
    def shower(*panels: Any) -> None:
        page.evaluate("panels => window.show({ panels })", as_data(panels))

    return shower


def colours(page: Page, index: int = 0) -> int:
    """How many different opaque colours a canvas shows."""
    return page.locator("canvas").nth(index).evaluate(
        """canvas => { const seen = new Set(), data = new Uint32Array(
             canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
           data.forEach((pixel) => pixel >>> 24 > 250 && seen.add(pixel)); return seen.size; }"""
    )  # fmt: skip


def test_hovering_a_value_reads_it(page: Page, show: Show):
    points = [point(0.001, 0.5), point(0.01, 0.9), point(0.1, None)]
    show(response(points, RATE, "Learning rate", "validation_accuracy", named))
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 56 + (box["width"] - 72) / 2, box["y"] + 100)
    expect(page.locator(".tip")).to_have_text("0.01: 90.00\xa0% ± 5.00\xa0% (3 runs)")
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + 100)
    expect(page.locator(".tip")).to_have_text("0.1: no score, 3 diverged")


def test_the_arrow_keys_read_every_value(page: Page, show: Show):
    show(response([point(0.001, 0.5), point(0.01, 0.9)], RATE, "Learning rate", "validation_accuracy", named))
    page.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("0.001: 50.00")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("0.01: 90.00")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()


def test_a_zoom_of_the_curves_outlives_new_data_and_is_reset(page: Page, show: Show):
    show(curves(5))
    box = page.locator("canvas").bounding_box()
    assert box is not None
    reset = page.get_by_role("button", name="reset zoom")
    expect(reset).to_be_hidden()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 110)
    page.mouse.up()
    expect(reset).to_be_visible()
    show(curves(8))
    expect(reset).to_be_visible()
    page.locator("canvas").dblclick()
    expect(reset).to_be_hidden()


def test_where_a_line_is_far_above_the_others_the_scale_is_logarithmic_until_the_user_chooses(
    page: Page, show: Show
):
    scale = page.get_by_role("button", name="log scale")
    for has_outliers in (False, True):
        show(curves(5, has_outliers=has_outliers))
        expect(scale).to_have_attribute("aria-pressed", str(has_outliers).lower())
    scale.click()
    show(curves(6, has_outliers=True))
    expect(scale).to_have_attribute("aria-pressed", "false")


def test_the_nearest_line_says_which_run_it_is(page: Page, show: Show):
    show(curves(10))
    canvas = page.locator("canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("low")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("high")
    assert canvas.get_attribute("aria-label") == "Lines. Arrow keys read values, Escape ends it."


def test_cells_of_a_map_are_read_by_hovering(page: Page, show: Show):
    means = {(0.001, 0.1): 0.5, (0.001, 0.5): 0.6, (0.01, 0.1): 0.9, (0.01, 0.5): None}
    points = [point(rate, mean, **{"network.dropout": drop}) for (rate, drop), mean in means.items()]
    show(heat_map(points, (RATE, "network.dropout"), ("Rate", "Dropout"), "validation_accuracy", named))
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.7)
    expect(page.locator(".tip")).to_contain_text("0.01, 0.1: 90.00")
    assert colours(page) > 3


def test_every_kind_of_figure_paints_something(page: Page, show: Show):
    show(curves(10), response([point(0.001, 0.5)], RATE, "Rate", "validation_accuracy", named))
    assert colours(page, 0) > 20  # the scale bar alone has more
    assert colours(page, 1) >= 1


def test_the_labels_of_the_outer_axes_stand_whole_on_the_figure(page: Page, show: Show):
    kinds = ("Fully connected", "Convolutional")
    runs = [
        (kind, {"network.kind": kind, RATE: 0.1}, value)
        for kind, value in zip(kinds, (0.5, 1.0), strict=True)
    ]
    page.evaluate(
        """() => { window.written = []; const fill = CanvasRenderingContext2D.prototype.fillText;
          CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
            const wide = this.measureText(text).width;
            const left = this.textAlign === "right" ? x - wide : this.textAlign === "left" ? x : x - wide / 2;
            window.written.push([text, left, left + wide, this.canvas.clientWidth]);
            fill.call(this, text, x, y); } }"""
    )
    show(
        parallel_runs(runs, ("network.kind", RATE), ("Kind", "Rate"), score="Validation accuracy", say=named)
    )
    written = page.evaluate("window.written")
    assert {*kinds, "100.00\xa0%"} <= {text for text, *_ in written}
    assert [text for text, left, right, width in written if left < 0 or right > width] == []
