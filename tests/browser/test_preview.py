"""The preview of the Train page, with the real inspector."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from .conftest import Server, Tab

OpenTab = Callable[..., Tab]


def expect_answer(tab: Tab, networks: int) -> None:
    """Wait for the finished preview of so many networks."""
    words = tab.page.get_by_text(re.compile(rf"^{networks} networks, \d+ epochs?: best"))
    expect(words).to_be_visible()


def test_moving_the_slider_shows_the_outcome_and_a_found_rate_moves_the_slider(
    server: Server, open_tab: OpenTab
):
    tab = open_tab(server)
    tab.open("/?training.epochs=2&network.hidden=[8]&schedule.name=cosine")
    tab.page.get_by_text("Preview the outcome").click()
    expect_answer(tab, 21)
    slider = tab.page.get_by_role("slider").first
    slider.focus()
    for _ in range(5):  # each move cancels the preview before it
        tab.page.keyboard.press("ArrowRight")
    tab.page.wait_for_url(re.compile(r"learning_rate=0\.05"))
    expect_answer(tab, 20)  # around 0.05: greater rates than 10 are left out
    tab.page.get_by_text(re.compile(r"^Take [\d.e-]+$")).click()
    tab.page.wait_for_url(re.compile(r"learning_rate=0\.0[012]"))  # 0.05 is too much for Adam
    found = use_found_rate(tab)
    tab.page.get_by_text("Optimizer and schedule").click()
    tab.expect_text(f"From {found} in the first step down to")
    expect(tab.page.get_by_role("figure", name="The learning rate over 2 epochs")).to_be_visible()
    tab.expect_no_exception()


def use_found_rate(tab: Tab) -> str:
    """Look for a rate and take the first one offered, when the address tells it."""
    tab.click_button("Find a rate")
    use = tab.page.get_by_role("button", name=re.compile(r"Use [\d.]+$")).first
    expect(use).to_be_visible()
    found = use.inner_text().split()[-1]
    use.click()
    tab.page.wait_for_url(re.compile(rf"learning_rate={re.escape(found)}(&|$)"))
    return found
