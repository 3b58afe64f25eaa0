"""The Data page in Chromium: a dataset brought, looked at, kept and trained on; a drawing corrected."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from explorer.data.digits import read_digits
from explorer.records import RunStatus
from tests.browser.conftest import Server, Tab, wait_until
from tests.data.own_samples import as_zip, class_folders

OpenTab = Callable[..., Tab]


def choose_file(tab: Tab, name: str, content: bytes) -> None:
    tab.page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": content}
    )


def test_a_zip_becomes_a_dataset_that_a_network_learns_and_a_drawing_is_corrected(
    server: Server, open_tab: OpenTab
):
    images, labels = read_digits()
    tab = open_tab(server)
    tab.open("/data")
    choose_file(tab, "hostile.zip", as_zip({"../../x.png": b"x"}))
    tab.expect_text("a name that leads out of its folder")
    tab.page.get_by_role("button", name="Remove hostile.zip").click()
    expect(tab.page.get_by_text("leads out of its folder")).to_have_count(0)
    choose_file(tab, "our-class.zip", as_zip(class_folders(255 - images[:400], labels[:400])))
    tab.expect_text("320 images to train on, 80 to test with.")
    tab.click_button("Save")
    tab.expect_text("Your own datasets")
    tab.settle()  # the heading comes before its first card, whose link is then the first on the page
    tab.page.get_by_role("link", name="Train on it").first.click()
    tab.page.wait_for_url(re.compile(r"data\.dataset=own(:|%3A)our-class"))
    tab.expect_text("288 training images")
    tab.click_button("Train")
    tab.page.wait_for_url(re.compile(r"[?&]run=\d+"))
    tab.expect_text("of 80 test images right")
    run = server.store.runs(limit=1)[0]
    assert run.config.data.dataset == "own:our-class"
    assert run.status is RunStatus.FINISHED
    assert run.result is not None
    assert run.result.test.accuracy > 0.5  # ten classes, 288 images, ten epochs
    correct_a_drawing(server, tab)
    tab.expect_no_exception()


def correct_a_drawing(server: Server, tab: Tab) -> None:
    """Twelve drawings are kept, the newest with a label that somebody corrects."""
    images, labels = read_digits()
    store = server.store
    for image, label in zip(images[:12], labels[:12], strict=True):
        store.handwriting.keep(image, int(label))
    tab.open("/data?view=handwriting")
    tab.expect_text("12 drawings")
    tab.expect_text("What did it misread?")
    picture = tab.page.locator('[aria-label="12 drawings with their labels"]').first
    picture.scroll_into_view_if_needed()
    tab.settle()
    tab.click_until(
        lambda: picture.click(position={"x": 30, "y": 30}), "Drawing 12"
    )  # the newest is the first
    choice = tab.page.get_by_test_id("stButtonGroup").filter(has_text="It shows a")
    choice.get_by_text("4", exact=True).click()
    corrected = [*labels[:11].tolist(), 4]
    wait_until(lambda: store.handwriting.all().labels.tolist() == corrected, "the label is corrected")
    tab.expect_text("kept as a 4")
