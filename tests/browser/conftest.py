"""A real dashboard with a real worker, driven through Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from explorer.jobs.queue import stop_workers
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90  # a slow, busy machine still gets there
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


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    """A running dashboard; everything it started is ended afterwards."""
    running = Server(settings)
    running.start()
    yield running
    running.kill()
    stop_workers(settings)


@pytest.fixture
def mnist_server(mnist_settings: Settings) -> Iterator[Server]:
    """A running dashboard that has real MNIST."""
    running = Server(
        read_settings({"EXPLORER_HOME": str(mnist_settings.home), "EXPLORER_DATA": str(mnist_settings.data)})
    )
    running.start()
    yield running
    running.kill()
    stop_workers(running.settings)


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
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning", timeout=PATIENCE_SECONDS * 1000
        )

    def click_button(self, name: str) -> None:
        """Press the button that says exactly this beside its icon."""
        label = self.page.get_by_text(name, exact=True)
        self.page.get_by_role("button").filter(has=label).first.click(timeout=PATIENCE_SECONDS * 1000)

    def expect_text(self, text: str) -> None:
        """Wait until this text is on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE_SECONDS * 1000)

    def expect_no_exception(self) -> None:
        """No stack trace on the page, no error in the console."""
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        assert self.errors == []


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens tabs, each in a session of its own; closes them all in the end."""
    contexts = []

    def opener(server: Server, size: dict[str, int] = WIDE, scheme: str = "light") -> Tab:
        context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        contexts.append(context)
        tab = Tab(context.new_page(), server.address)

        def note(message: ConsoleMessage) -> None:
            # On a deep link Streamlit's client first asks for its health check beside the page.
            if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
                tab.errors.append(message.text)

        tab.page.on("console", note)
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        return tab

    yield opener
    for context in contexts:
        context.close()
