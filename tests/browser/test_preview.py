"""The preview of the Train page, with the real inspector."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from .conftest import PATIENCE_SECONDS, Server, Tab

OpenTab = Callable[..., Tab]


def answered(tab: Tab) -> str:
    """What the finished preview says."""
    words = tab.page.get_by_text(re.compile(r"\d+ networks, \d+ epochs?: best"))
    expect(words).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    return words.inner_text()


def test_moving_the_slider_shows_the_outcome_around_it(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open("/?training.epochs=2&network.hidden=[8]")
    tab.expect_text("of 360 test images right")
    tab.page.get_by_text("Preview the outcome").click()
    first = answered(tab)
    slider = tab.page.get_by_role("slider").first
    slider.focus()
    for _ in range(5):  # each move cancels the preview before it
        tab.page.keyboard.press("ArrowRight")
    tab.page.wait_for_url(re.compile(r"learning_rate=0\.05"))
    expect(tab.page.get_by_text(first, exact=True)).to_have_count(0)
    assert answered(tab) != first
    tab.settle()
    tab.page.get_by_role("button").filter(has_text="Take ").last.click()
    tab.settle()
    taken = re.findall(r"learning_rate=([\d.e-]+)", tab.page.url)
    assert taken
    assert float(taken[0]) < 0.05, "0.05 is too much for Adam"
    tab.expect_no_exception()
