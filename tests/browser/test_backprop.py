"""One mini-batch through the small network, in Chromium."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Server, Tab

OpenTab = Callable[..., Tab]


def test_a_batch_is_stepped_through_checked_and_reset(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open("/backprop")
    tab.expect_text("A mini-batch of 8 images.")
    for button, stage in (("Step", "Forward.1"), ("Whole batch", "Update")):
        tab.click_button(button)
        tab.page.wait_for_url(re.compile(f"stage={stage}"))
        tab.settle()
    told = tab.page.get_by_text("The same images asked again: the loss goes from").first
    before, after = (float(value) for value in re.findall(r"\d\.\d{4}", told.inner_text()))
    assert after < before
    tab.page.get_by_role("radio", name="Gradient check").click(force=True)
    tab.expect_text("The two gradients agree to")
    tab.page.get_by_role("radio", name="Numbers").click(force=True)
    tab.expect_text("the same as in the matrix")
    tab.click_button("Reset")
    tab.expect_text("A mini-batch of 8 images.")
    expect(tab.page).not_to_have_url(re.compile("stage="))
    tab.expect_no_exception()
