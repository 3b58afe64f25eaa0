"""A classical method fitted and looked into, in Chromium with the real worker."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from explorer.config.baseline import BaselineConfig
from explorer.records import RunStatus
from tests.browser.conftest import Server, Tab

OpenTab = Callable[..., Tab]


def see(tab: Tab, summary: str) -> None:
    """Wait for the figure whose description begins so."""
    figure = tab.page.get_by_role("figure", name=re.compile(f"^{summary}")).first
    expect(figure).to_be_visible()


def show(tab: Tab, view: str) -> None:
    """Choose one of the page's views."""
    tab.page.get_by_text(view, exact=True).first.click()


def test_knn_is_fitted_and_its_images_are_looked_into(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open("/classical?data.features=hog")
    tab.expect_text("Nothing fitted yet")
    tab.settle()
    tab.click_button("Fit")
    tab.expect_text("of 360 test images right")
    run = next(run for run in server.store.runs() if isinstance(run.config, BaselineConfig))
    assert run.status is RunStatus.FINISHED
    assert run.result is not None
    assert run.result.test.accuracy > 0.95
    tab.expect_text(f"{100 * run.result.test.accuracy:.2f} %")
    see(tab, "Confusion matrix")

    show(tab, "All methods")
    tab.expect_text("The best run of each method")
    row = f"kNN on HOG {100 * run.result.test.accuracy:.2f} %"  # cells are painted: the words tell
    table = tab.page.get_by_label(re.compile(f"^The best run of each method: .*{re.escape(row)}"))
    expect(table.first).to_be_attached()

    show(tab, "One image")
    tab.expect_text("The 324 numbers")
    for picture in ("Image of class", "Gradient", "Histogram of directions", "The 324 HOG features"):
        see(tab, picture)
    see(tab, "Nearest training images by pixels")
    see(tab, "Nearest training images by hog")  # the fit has left the features on disk
    tab.expect_no_exception()


def test_values_of_a_parameter_are_tried_by_one_button(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open("/classical?view=parameters&data.train_size=300&data.test_size=100")
    tab.click_button("Try k = 1, 3, 5, 7, 9")
    tab.expect_text("These have all been fitted")
    see(tab, "Validation accuracy over k")
    tab.page.reload()
    tab.expect_text("pixels: best")
    fitted = [run for run in server.store.runs() if isinstance(run.config, BaselineConfig)]
    assert len(fitted) == 5
    tab.expect_no_exception()
