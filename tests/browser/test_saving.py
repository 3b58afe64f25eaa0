"""Figures saved from a page, and a lab report opened, each in Chromium."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.sharing.report import OwnWords, make_report
from explorer.storage.store import open_store
from tests.browser.conftest import PHONE, Server, Tab
from tests.ui.recorded import record_run

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>document.title='stolen'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"


def saved(page: Page, name: str, kind: str, folder: Path) -> Path:
    """The file that the button of this figure saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{name} as {kind.upper()}").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def is_white(pixel: tuple[int, ...]) -> bool:
    return min(pixel[:3]) > 250


def test_figures_of_a_dark_page_are_saved_for_paper(
    server: Server, open_tab: Callable[..., Tab], tmp_path: Path
):
    (run,) = server.train({"training.epochs": 3})
    tab = open_tab(server, scheme="dark")
    tab.open(f"/run?run={run.id}")
    tab.page.locator(".js-plotly-plot .main-svg").first.wait_for()
    tab.page.get_by_text("Save figures", exact=True).click()
    for name, part in (("Loss", "path"), ("Confusion matrix", "text")):
        label = tab.page.get_by_role("button", name=f"{name}").first.get_attribute("aria-label") or ""
        figure = label.removesuffix(" as SVG")
        drawn = saved(tab.page, figure, "svg", tmp_path)
        root = ElementTree.parse(drawn).getroot()  # noqa: S314 - made by us
        assert root.tag == f"{SVG}svg"
        assert sum(1 for _ in root.iter(f"{SVG}{part}")) > 20
        with Image.open(saved(tab.page, figure, "png", tmp_path)) as picture:
            assert picture.format == "PNG"
            shown = picture.convert("RGB")
            assert shown.width > 900
            corners = [(2, 2), (shown.width - 3, 2), (2, shown.height - 3)]
            assert all(is_white(shown.getpixel(corner)) for corner in corners)
            assert len(shown.getcolors(maxcolors=1 << 24) or ()) > 50  # something is drawn
    assert {path.name for path in tmp_path.glob("run-*.*g")} == {
        f"run-{run.id}-{name}.{kind}"
        for name in ("loss", "confusion-matrix-epoch-3")
        for kind in ("svg", "png")
    }
    tab.expect_no_exception()


def test_a_report_opens_without_network_and_shows_hostile_names_as_text(
    browser: Browser, settings: Settings, tmp_path: Path
):
    store = open_store(settings)
    run = record_run(store, settings, RunStatus.FINISHED, name=HOSTILE)
    path = tmp_path / "report.html"
    path.write_bytes(make_report(store, settings, [run.id], ".html", OwnWords(author=HOSTILE, words=HOSTILE)))
    store.close()
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    asked: list[str] = []
    troubles: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith("data:"):
            asked.append(unquote(request.url))

    page.on("request", note)
    page.on("console", lambda message: troubles.append(message.text))
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.goto(path.as_uri())
    assert page.title() == f"Lab report: {HOSTILE}"
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lab report: {HOSTILE}")
    figures = page.get_by_role("img")
    assert figures.count() == 7
    for place in range(7):
        expect(figures.nth(place)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # nothing is cut off
    assert page.evaluate("document.scripts.length") == 0
    assert page.pdf()[:5] == b"%PDF-"
    assert asked == [path.as_uri()]
    assert troubles == []
    page.close()
