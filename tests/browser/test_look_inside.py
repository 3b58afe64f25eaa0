"""Looking into a trained network in Chromium, with the real worker and the real inspector."""

import re
from collections.abc import Callable

import numpy as np
from playwright.sync_api import Locator, expect

from explorer.records import Run, RunResult
from tests.browser.conftest import Server, Tab, wait_until

OpenTab = Callable[..., Tab]
EPOCHS = 4


def chart(tab: Tab, key: str) -> Locator:
    """The chart with this key, as Streamlit writes it into the page."""
    return tab.page.locator(f".st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key)} .js-plotly-plot").first


def choose_cell(tab: Tab, run: Run, true: int, answer: int, shows: str | re.Pattern[str]) -> None:
    """Click a cell of the confusion matrix until its images are shown."""
    tab.click_until(lambda: click_cell(tab, run, true, answer), shows)


def click_cell(tab: Tab, run: Run, true: int, answer: int) -> None:
    """Click a cell of the confusion matrix."""
    cells = chart(tab, f"mistakes.matrix:{run.id}").locator(".nsewdrag").first
    tab.settle()
    cells.wait_for()
    box = cells.bounding_box()
    if box is None:  # it is just being drawn anew
        return
    says = f"{true} classified correctly" if true == answer else f"{true} read as {answer}"
    across, down = box["width"] / 10, box["height"] / 10
    tab.click_in_figure(cells, (answer + 0.5) * across, (true + 0.5) * down, says)


def images_counted(tab: Tab, run: Run) -> int:
    """The sum of the numbers in the confusion matrix."""
    cells = chart(tab, f"mistakes.matrix:{run.id}").locator(".scatterlayer text").all_text_contents()
    return sum(int(text.replace(",", "")) for text in cells if text.strip())


def most_confused(run: Run) -> tuple[int, int, int]:
    """The most frequent mistake on the test images: true class, answer, images."""
    assert isinstance(run.result, RunResult)
    cells = [
        (count, true, answer)
        for true, row in enumerate(run.result.test.confusion)
        for answer, count in enumerate(row)
        if true != answer
    ]
    count, true, answer = max(cells)
    return true, answer, count


def test_a_click_on_a_cell_shows_its_images_and_the_slider_moves_the_matrix(
    server: Server, open_tab: OpenTab
):
    (run,) = server.train({"network.hidden": [12], "training.epochs": EPOCHS})
    true, answer, count = most_confused(run)
    assert count, "a network this small makes mistakes"
    tab = open_tab(server)
    tab.open(f"/run?run={run.id}")
    tab.expect_text("Is it right as often as it says?")
    wait_until(lambda: images_counted(tab, run) == 360, "the matrix counts all test images")
    images = f"{count:,} test image{'' if count == 1 else 's'}: {true} read as {answer}"
    choose_cell(tab, run, true, answer, images)
    expect(chart(tab, f"mistakes.tiles:{run.id}").locator(".scatterlayer .trace").last).to_be_attached()

    slider = tab.page.get_by_role("slider").first
    slider.focus()
    for _ in range(EPOCHS - 1):
        slider.press("ArrowLeft")
    answered = np.frombuffer(server.store.predictions(run.id, 1), np.uint8)
    wait_until(lambda: images_counted(tab, run) == len(answered), "the matrix counts the validation images")
    tab.expect_text("Validation images after epoch 1:")
    right = re.compile(r"\d+ validation images: 0 read rightly, the least sure first")
    choose_cell(tab, run, 0, 0, right)
    tab.expect_no_exception()
