"""A newcomer's first two steps, and a teacher's lesson."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from explorer.records import RunStatus

from .conftest import Server, Tab, wait_until


def test_a_newcomer_trains_a_network_and_looks_at_its_mistakes(
    server: Server, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(server)
    tab.open("/guide")
    tab.click_button("Train it")
    expect(tab.page).to_have_url(re.compile(r"/\?run=\d+"))
    number = int(tab.page.url.rpartition("=")[2])
    wait_until(lambda: server.store.run(number).status is RunStatus.FINISHED, "the network is trained")
    result = server.store.run(number).network_result
    assert result is not None
    assert result.test.accuracy > 0.9

    tab.page.get_by_role("link", name="Guide").click()
    tab.expect_text("1 of 8 steps done")
    tab.expect_text(f"{result.test.correct} of 360")
    tab.click_button("Next step")
    tab.expect_text("Which two digits does it mix up most?")
    tab.click_button("Look at its mistakes")
    expect(tab.page).to_have_url(re.compile(rf"/run\?run={number}"))
    tab.page.get_by_role("link", name="Guide").click()
    tab.expect_text("2 of 8 steps done")
    tab.expect_text(f"{360 - result.test.correct} of 360")
    tab.expect_no_exception()


def test_a_teacher_makes_a_lesson_and_a_pupil_opens_it(server: Server, open_tab: Callable[..., Tab]) -> None:
    teacher = open_tab(server)
    teacher.open("/?training.epochs=3")
    teacher.click_button("Copy link")
    opened = teacher.page.get_by_test_id("stPopoverBody")
    opened.get_by_text("Make a lesson of it").click()
    lock = opened.get_by_test_id("stMultiSelect").first.locator("input")
    lock.fill("All of training")
    teacher.page.get_by_role("option", name="All of training").click()
    link = opened.get_by_text("lock=training")
    expect(link).to_be_visible()
    address = link.inner_text()
    assert address == f"{server.address}/?training.epochs=3&lock=training"
    teacher.expect_no_exception()

    pupil = open_tab(server)
    pupil.open(address.removeprefix(server.address))
    pupil.expect_text("A lesson: ")
    pupil.page.get_by_test_id("stExpander").filter(has_text="Training").last.click()
    epochs = pupil.page.get_by_label(re.compile("^Epochs")).and_(pupil.page.locator("input"))
    expect(epochs).to_be_disabled()
    expect(epochs).to_have_value("3")
    pupil.expect_no_exception()
