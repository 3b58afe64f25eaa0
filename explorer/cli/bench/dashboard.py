"""The dashboard's own process: how soon its page can be used, how large it grows, and if it has torch."""

import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from explorer.cli.bench.child import BenchError
from explorer.cli.bench.measurement import Measurement, Target, Unit
from explorer.cli.bench.overhead import at_home
from explorer.jobs.queue import stop_workers
from explorer.jobs.runner import child_environment
from explorer.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
USABLE = Target("at most", 4)
MEGABYTES = Target("at most", 400)
NO_TORCH = Target("at most", 0)
PATIENCE_SECONDS = 120.0
FIRST_PORT, PORTS = 20_000, 12_000  # below those that systems give to connections
LOOK_SECONDS = 0.02
TRAIN_BUTTON = re.compile(r"^Train\b")

# Waits until the page at an address can be used.
Visitor = Callable[[str], None]


def measure_dashboard(settings: Settings, repetitions: int) -> list[Measurement]:
    """Starts the dashboard so many times, in an empty home, and visits its first page."""
    if not (ROOT / "app.py").is_file():
        reason = f"there is no app.py in {ROOT}"
        return _measurements([], [], [], "", skipped=reason)
    seconds, megabytes, libraries = [], [], []
    with ExitStack() as until_the_end:
        visitor, how = until_the_end.enter_context(_visitor())
        for _ in range(repetitions):
            with tempfile.TemporaryDirectory(prefix="explorer-bench-") as folder:
                own = at_home(settings, Path(folder))
                with serving(own) as (process, address, started):
                    visitor(address)
                    seconds.append(time.perf_counter() - started)
                    if Path("/proc/self/status").exists():
                        megabytes.append(peak_megabytes(process.pid))
                        libraries.append(_torch_libraries(process.pid))
    return _measurements(
        seconds, megabytes, libraries, how, skipped="this system has no /proc to read it from"
    )


def _measurements(
    seconds: list[float], megabytes: list[float], libraries: list[int], how: str, skipped: str
) -> list[Measurement]:
    def measured(name: str, unit: Unit, target: Target, values: Sequence[float], meaning: str) -> Measurement:
        reason = "" if values else skipped
        return Measurement(name, meaning, unit, target, tuple(values), skipped=reason)

    return [
        measured("dashboard start", "s", USABLE, seconds, f"from `streamlit run` to {how}"),
        measured("dashboard memory", "MB", MEGABYTES, megabytes, "peak resident memory of its process"),
        measured("dashboard torch", "", NO_TORCH, libraries, "torch's libraries mapped into that process"),
    ]


@contextmanager
def serving(settings: Settings) -> Generator[tuple[subprocess.Popen[bytes], str, float], None, None]:
    """The process, its address and the moment of its start; stopped like by Ctrl-C at the end."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 -- our own interpreter and app
        [*command, "--server.headless", "true"],
        cwd=ROOT,
        env=child_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, f"http://127.0.0.1:{port}", started
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        stop_workers(settings)


def _free_port() -> int:
    """A port that nobody has, and that the system gives to no connection before the server takes it."""
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def _visitor() -> Generator[tuple[Visitor, str], None, None]:
    """A visitor with Chromium where Playwright and Chromium are, else one that asks the server's health."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 -- a tool of development
    except ImportError:
        chromium = None
    if chromium is None:
        yield wait_for_health, "a healthy server (no Chromium and Playwright here to open the page with)"
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def visit(address: str) -> None:
            wait_for_health(address)
            page = browser.new_page()
            try:
                page.goto(address)
                button = page.get_by_role("main").get_by_role("button", name=TRAIN_BUTTON, disabled=False)
                button.wait_for(timeout=1000 * PATIENCE_SECONDS)
            except Error as error:
                raise BenchError(f"the first page did not open: {error.message}") from error
            finally:
                page.close()

        yield visit, "a page whose Train button can be pressed, in a browser that is open already"
        browser.close()


def wait_for_health(address: str) -> None:
    """Wait until the server answers; raises BenchError after two minutes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:  # noqa: S310 -- http, ours
                if answer.status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise BenchError(f"the dashboard did not answer within {PATIENCE_SECONDS:.0f} seconds.")
        time.sleep(LOOK_SECONDS)  # another process starts; it has no way to tell but by answering


def peak_megabytes(pid: int) -> float:
    """The most resident memory that a process has had; only where there is /proc."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    (kilobytes,) = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(kilobytes) / 1024


def _torch_libraries(pid: int) -> int:
    paths = {line.split(maxsplit=5)[-1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines()}
    return sum("/torch/" in path for path in paths)
