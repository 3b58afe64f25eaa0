"""The live curve's browser part alone: what a person does to it must outlive new data."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.plots.training import training_curves
from explorer.records import EpochMetrics, StepMetrics
from explorer.ui.live_curve import SCRIPT, STYLE, as_data
from tests.browser.conftest import as_lines, mount, mounted

Show = Callable[[int], None]


def data(steps: int) -> dict[str, Any]:
    """Of 100 planned steps in 10 epochs, the first ones; the loss of step n is 10 / n."""
    bins = [StepMetrics(1, n, n, 10 / n, 5 / n, 20 / n) for n in range(1, steps + 1)]
    epochs = [
        EpochMetrics(n, 10 * n, n, 1.0, n / 20, 0.5 / n, n / 30, None, None, 0.1, 1.0, ())
        for n in range(1, steps // 10 + 1)
    ]
    return as_data(training_curves(bins, epochs, total_steps=100, planned_epochs=10))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with mounted(browser, SCRIPT, STYLE, '<div class="curves"></div>') as opened:
        yield opened


@pytest.fixture
def show(page: Page) -> Show:
    def shower(steps: int) -> None:
        page.evaluate("data => window.show(data)", data(steps))

    return shower


def places(page: Page, shares: Sequence[float]) -> list[tuple[float, float]]:
    """Points of the page at these shares of the loss panel's width, half-way up."""
    box = page.locator("canvas").first.bounding_box()
    assert box is not None
    left, width = box["x"] + 52, box["width"] - 52 - 12  # the margins of the axes
    return [(left + share * width, box["y"] + box["height"] / 2) for share in shares]


def drag(page: Page, first: float, last: float) -> None:
    start, end = places(page, [first, last])
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=3)
    page.mouse.up()


def expect_values_at(page: Page, share: float, *lines: str | re.Pattern[str]) -> None:
    """Wait until the panels, the first first, say this under the pointer; the next frame writes it."""
    page.mouse.move(*places(page, [share])[0])
    for number, words in enumerate(lines):
        tip = page.locator(".tip").nth(number)
        expect(tip).to_be_visible()
        expect(tip).to_have_text(words)


def test_the_pointer_reads_exact_values_of_the_nearest_points(page: Page, show: Show):
    show(100)
    loss = (
        "training 0.20000 (0.10000 to 0.40000) · epoch 5, step 50",
        "validation 0.10000 · epoch 5, step 50",
    )
    # Both panels answer to one crosshair.
    expect_values_at(page, 0.5, as_lines(*loss), re.compile("validation 16\\.67 % · epoch 5, step 50"))


def test_a_zoom_outlives_new_data_and_a_double_click_ends_it(page: Page, show: Show):
    show(40)
    canvas = page.locator("canvas").first.element_handle()
    reset = page.get_by_role("button", name="reset zoom").first
    expect(reset).to_be_hidden()
    drag(page, 0.2, 0.4)
    expect(reset).to_be_visible()
    expect_values_at(page, 0.5, re.compile("step 30"))
    show(80)
    expect(reset).to_be_visible()
    expect_values_at(page, 0.5, re.compile("step 30"))
    assert page.evaluate("canvas => canvas.isConnected", canvas)  # redrawn, not mounted anew
    page.mouse.dblclick(*places(page, [0.5])[0])
    expect(reset).to_be_hidden()
    expect_values_at(page, 0.5, re.compile("step 50"))


def test_a_click_without_a_drag_does_not_zoom(page: Page, show: Show):
    show(40)
    page.mouse.click(*places(page, [0.5])[0])
    expect(page.get_by_role("button", name="reset zoom").first).to_be_hidden()


def test_hidden_lines_and_the_log_scale_outlive_new_data_and_new_lines(page: Page, show: Show):
    show(5)  # no epoch yet: the validation line is still to come
    canvas = page.locator("canvas").first.element_handle()
    page.get_by_role("button", name="log scale").click()
    page.get_by_role("button", name="training").first.click()
    show(60)
    assert page.get_by_role("button", name="log scale").get_attribute("aria-pressed") == "true"
    assert page.get_by_role("button", name="training").first.get_attribute("aria-pressed") == "false"
    expect_values_at(page, 0.5, "validation 0.10000 · epoch 5, step 50")
    assert page.evaluate("canvas => canvas.isConnected", canvas)
    assert page.locator(".legend").first.inner_text().split() == ["training", "validation"]
    show(5)  # the run starts again
    assert page.locator(".legend").first.inner_text() == "training"


def test_keys_read_values_zoom_and_reset(page: Page, show: Show):
    show(100)
    page.locator("canvas").first.focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator(".tip").first
    expect(tip).to_contain_text("step 51")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(tip).to_contain_text("step 49")
    page.keyboard.press("+")
    reset = page.get_by_role("button", name="reset zoom").first
    expect(reset).to_be_visible()
    page.keyboard.press("Escape")
    expect(reset).to_be_hidden()
    expect(tip).to_be_hidden()


def test_the_curve_is_described_in_words(page: Page, show: Show):
    show(100)
    label = page.locator("canvas").first.get_attribute("aria-label") or ""
    assert "training from 10 to 0.1, least 0.1" in label
    show(10)
    assert "training from 10 to 1, least 1" in (
        page.locator("canvas").first.get_attribute("aria-label") or ""
    )


def test_colours_follow_the_theme_at_the_next_call(page: Page, show: Show):
    count = """colour => {
      const canvas = document.querySelector("#host").shadowRoot.querySelector("canvas");
      const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      let found = 0;
      for (let i = 0; i < all.length; i += 4)
        found += [...colour, 255].every((value, channel) => all[i + channel] === value);
      return found;
    }"""
    red, green = [255, 0, 0], [0, 255, 0]
    for colours, there, gone in (("#ff0000,#0000ff", red, green), ("#00ff00,#0000ff", green, red)):
        page.evaluate(
            "c => document.querySelector('#host').style.setProperty('--st-chart-categorical-colors', c)",
            colours,
        )
        show(100)
        page.wait_for_function("([count, colour]) => eval(count)(colour) > 50", arg=[count, there])
        assert page.evaluate(count, gone) == 0


def test_the_canvas_has_a_pixel_for_every_pixel_of_the_screen(browser: Browser):
    context = browser.new_context(device_scale_factor=2, viewport={"width": 1000, "height": 500})
    page = context.new_page()
    mount(page, SCRIPT, STYLE, '<div class="curves"></div>')
    page.evaluate("data => window.show(data)", data(20))
    page.wait_for_function(
        """() => { const c = document.querySelector("#host").shadowRoot.querySelector("canvas");
                   return c.width === Math.round(2 * c.clientWidth) && c.height === 2 * c.clientHeight; }"""
    )
    page.evaluate("document.querySelector('#host').style.width = '400px'")
    page.wait_for_function(
        """() => { const c = document.querySelector("#host").shadowRoot.querySelector("canvas");
                   return c.clientWidth <= 400 && c.width === Math.round(2 * c.clientWidth); }"""
    )
    context.close()
