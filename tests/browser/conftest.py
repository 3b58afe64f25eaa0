"""A real dashboard with a real worker, driven through Chromium."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as NothingCame

from explorer.config.parsing import config_from_paths
from explorer.errors import RunNotFoundError, RunStateError
from explorer.jobs.queue import stop_workers, submit
from explorer.records import Run, RunStatus
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store
from explorer.ui.first_run import DONE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90  # a slow, busy machine still gets there
CLICK_MILLISECONDS = 15_000  # then a click is taken for lost
WIDE = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests share one worker of xdist: two browsers at once starve two cores."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a state, not for a time."""
    deadline, pause = monotonic() + seconds, Event()
    while not condition():
        if monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s in vain until {what}")
        pause.wait(0.05)


def as_lines(*lines: str) -> re.Pattern[str]:
    """Text of exactly these lines; given as a string, Playwright would take a line's end for a blank."""
    return re.compile(f"^{re.escape(chr(10).join(lines))}$")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


MOUNT = """async ({ js, css, html }) => {
  document.body.innerHTML = '<div id="host" style="width: 900px"></div>';
  const shadow = document.querySelector("#host").attachShadow({ mode: "open" });
  shadow.innerHTML = `<style>${css}</style>${html}`;
  const address = URL.createObjectURL(new Blob([js], { type: "text/javascript" }));
  const component = (await import(address)).default;
  window.show = (data) => {
    component({ data, parentElement: shadow });
    return new Promise(requestAnimationFrame);
  };
}"""


def mount(page: Page, js: str, css: str, html: str) -> None:
    """Put the browser part of a chart alone on an empty page; ``window.show(data)`` then gives it data."""
    page.evaluate(MOUNT, {"js": js, "css": css, "html": html})


@contextmanager
def mounted(browser: Browser, js: str, css: str, html: str) -> Iterator[Page]:
    """A page with nothing but the browser part of a chart, in which no script fails."""
    opened = browser.new_page(viewport={"width": 1000, "height": 600})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    mount(opened, js, css, html)
    yield opened
    opened.close()
    assert faults == []


@pytest.fixture(scope="package")  # while it is open, no other test of this process can use Playwright
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless; a skip without it, a failure where the browser is required."""
    executable = (
        os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if executable is None:
        if os.environ.get("EXPLORER_REQUIRE_BROWSER"):
            pytest.fail("no chromium on this machine, and EXPLORER_REQUIRE_BROWSER asks for one")
        pytest.skip("no chromium on this machine: install the package chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=quiet)
        yield chromium
        chromium.close()


@dataclass
class Server:
    """One ``streamlit run`` on a home of its own."""

    settings: Settings
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where the dashboard answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> Store:
        """The store of this home, opened anew."""
        return open_store(self.settings)

    def start(self) -> None:
        """Start the dashboard and wait until it answers."""
        environment = os.environ | {
            "EXPLORER_HOME": str(self.settings.home),
            "EXPLORER_DATA": str(self.settings.data),
        }
        self.settings.home.mkdir(parents=True, exist_ok=True)
        with (self.settings.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        wait_until(self.answers, "the dashboard answers")

    def answers(self) -> bool:
        """Whether the health check is answered."""
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5) as reply:  # noqa: S310 - our own server
                return bool(reply.status == 200)
        except OSError:
            return False

    def train(self, *wanted: Mapping[str, object]) -> tuple[Run, ...]:
        """Runs of networks with these dotted fields, which the worker has trained to their end."""
        store = self.store
        ids = [submit(store, self.settings, config_from_paths(fields)).id for fields in wanted]
        wait_until(
            lambda: all(store.run(run_id).status is RunStatus.FINISHED for run_id in ids), "all are trained"
        )
        return tuple(store.run(run_id) for run_id in ids)

    def interrupt(self) -> None:
        """Ctrl-C, and wait for the end."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill −9."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_SECONDS)
            self.process = None


@dataclass
class WarmServer:
    """The dashboard that tests share: its processes stay, its store is emptied between them."""

    new_home: Callable[[], Path]
    server: Server | None = None

    def ready(self) -> Server:
        """The dashboard, started anew where the last test has broken it."""
        if self.server is None or not self.server.answers():
            self.end()
            self.server = Server(read_settings({"EXPLORER_HOME": str(self.new_home())}))
            self.server.store.set_setting(DONE, value=True)  # what the tests have trained is all there is
            self.server.start()
        return self.server

    def end(self) -> None:
        """End whatever was started."""
        if self.server is not None:
            self.server.kill()
            stop_workers(self.server.settings)
            self.server = None


@pytest.fixture(scope="package")
def warm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmServer]:
    """The one warm dashboard of all browser tests; nothing is started before it is asked for."""
    warm = WarmServer(lambda: tmp_path_factory.mktemp("warm") / "home")
    yield warm
    warm.end()


@pytest.fixture
def server(warm_server: WarmServer) -> Iterator[Server]:
    """The warm dashboard with an empty store, in which no first run is trained.

    A test that ends the dashboard, or that is about a fresh installation, takes ``own_server``.
    """
    running = warm_server.ready()
    yield running
    is_empty = False
    try:
        empty(running)
        is_empty = True
    finally:
        if not is_empty:
            warm_server.end()


def empty(server: Server) -> None:
    """Delete all runs and drawings of this home; who trains is asked to stop first."""
    store = server.store

    def has_no_run() -> bool:
        for run in store.runs():
            with suppress(RunStateError, RunNotFoundError):  # it is asked to stop, or has gone with another
                store.delete(run.id)
        return not store.runs()

    wait_until(has_no_run, "all runs are stopped and deleted")
    for number in store.handwriting.all().numbers:
        store.handwriting.forget(int(number))
    store.close()


@pytest.fixture
def own_server(settings: Settings) -> Iterator[Server]:
    """A running dashboard of a fresh installation; everything it started is ended afterwards."""
    running = Server(settings)
    running.start()
    yield running
    running.kill()
    stop_workers(settings)


@dataclass
class Tab:
    """A browser tab that speaks the user's words."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> None:
        """Go to a page and wait until its script has run."""
        self.page.goto(f"{self.address}{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until no script runs."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def click_button(self, name: str) -> None:
        """Press the button that says exactly this beside its icon."""
        label = self.page.get_by_text(name, exact=True)
        self.page.get_by_role("button").filter(has=label).first.click()

    def expect_text(self, text: str | re.Pattern[str]) -> None:
        """Wait until this text is on the page."""
        seen = self.page.get_by_text(text).filter(visible=True)  # hidden cells of tables may say it too
        expect(seen.first).to_be_visible()

    def click_in_figure(self, figure: Locator, x: float, y: float, says: str | re.Pattern[str] = "") -> None:
        """Click at this place of a Plotly figure, in pixels of its box, when its label says what lies there.

        Plotly answers a click with what it knows under the pointer, which may still be what lay there before;
        and a figure that has changed is put there anew: the label has to be told twice by the same one.
        """
        plot = figure.locator("xpath=ancestor-or-self::*[contains(@class, 'js-plotly-plot')]")
        label = plot.locator(".hoverlayer .hovertext").filter(has_text=says).first

        def is_told() -> bool:
            box = figure.bounding_box()
            if box is None:  # it is just being drawn anew
                return False
            self.page.mouse.move(box["x"] + x - 3, box["y"] + y)
            self.page.mouse.move(box["x"] + x, box["y"] + y)
            return label.is_visible() and plot.evaluate("plot => plot.has_told === (plot.has_told = true)")

        self.settle()
        figure.scroll_into_view_if_needed()
        wait_until(is_told, "the figure tells what lies under the pointer")
        self.page.mouse.down()
        self.page.mouse.up()

    def click_until(self, click: Callable[[], None], shows: str | re.Pattern[str]) -> None:
        """Click a figure until the page shows this.

        A changed figure is put on the page anew, and a click on the one before it goes nowhere: as a person
        does, click again.
        """
        shown = self.page.get_by_text(shows).filter(visible=True).first

        def is_shown() -> bool:
            click()
            with suppress(NothingCame):
                shown.wait_for(timeout=CLICK_MILLISECONDS)
            return shown.is_visible()

        wait_until(is_shown, f"a click shows {shows}")

    def expect_no_exception(self) -> None:
        """No stack trace on the page, no error in the console."""
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        assert self.errors == []


@pytest.fixture(scope="package")
def profiles(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browser profiles, one for each kind of screen: what one tab has fetched, the next need not."""
    known: dict[tuple[int, int, str], BrowserContext] = {}

    def profile(size: dict[str, int], scheme: str) -> BrowserContext:
        kind = (size["width"], size["height"], scheme)
        if kind not in known:
            known[kind] = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            known[kind].set_default_timeout(PATIENCE_SECONDS * 1000)
        return known[kind]

    yield profile
    for context in known.values():
        context.close()


@pytest.fixture
def open_tab(profiles: Callable[..., BrowserContext]) -> Iterator[Callable[..., Tab]]:
    """Opens tabs, each a visitor of its own to the dashboard; closes them all in the end."""
    pages: list[Page] = []

    def opener(server: Server, size: dict[str, int] = WIDE, scheme: str = "light") -> Tab:
        tab = Tab(profiles(size, scheme).new_page(), server.address)
        pages.append(tab.page)

        def note(message: ConsoleMessage) -> None:
            # On a deep link Streamlit's client first asks for its health check beside the page.
            if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
                tab.errors.append(message.text)

        tab.page.on("console", note)

        def note_error(error: Error) -> None:
            # Streamlit's dialogs give the focus back a frame after they close, to what may have gone by then.
            if "'currentNode' property on 'TreeWalker'" not in str(error):
                tab.errors.append(str(error))

        tab.page.on("pageerror", note_error)
        return tab

    yield opener
    for page in pages:
        page.close()
