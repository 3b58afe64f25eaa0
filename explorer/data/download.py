"""One file over HTTP: in portions, going on where a connection broke off, checked by its MD5."""

import hashlib
import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PORTION_BYTES = 256 * 1024
TIMEOUT_SECONDS = 30
# A connection that breaks off is taken up again as long as every try brings something.
MOST_TRIES = 20

OnBytes = Callable[[int, int | None], None]


class DownloadError(Exception):
    """A file did not come; the message says why."""


class InterruptedDownloadError(DownloadError):
    """The connection ended, or fell silent, before the file was complete."""


class DamagedDownloadError(DownloadError):
    """The file came whole, but is not the one expected."""


def download(url: str, target: Path, md5: str, on_bytes: OnBytes) -> None:
    """Writes the file at an address to ``target``, which must be in no other hands.

    ``on_bytes(done, total)`` is called after every portion; the total is None where the server does not say.

    Raises:
        DownloadError: no answer or a refusal.
        InterruptedDownloadError: too many interruptions.
        DamagedDownloadError: what came has another MD5.
        OSError: ``target`` can't be written.
    """
    with target.open("wb") as file:
        for tries_left in reversed(range(MOST_TRIES)):
            before = file.tell()
            try:
                _go_on(url, file, on_bytes)
                break
            except InterruptedDownloadError:
                if not tries_left or file.tell() <= before:
                    raise
    found = md5_of(target)
    if found != md5:
        raise DamagedDownloadError(f"the file that came is damaged (its MD5 is {found} and should be {md5})")


def md5_of(path: Path) -> str:
    """The MD5 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _go_on(url: str, file: BinaryIO, on_bytes: OnBytes) -> None:
    done = file.tell()
    headers = {"User-Agent": "mnist-explorer"} | ({"Range": f"bytes={done}-"} if done else {})
    with _faults_in_words(done):
        response = urlopen(Request(url, headers=headers), timeout=TIMEOUT_SECONDS)  # noqa: S310 - torchvision's addresses
    with response:
        if done and not (response.headers.get("Content-Range") or "").startswith(f"bytes {done}-"):
            done = file.seek(0)
            file.truncate()
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        while True:
            with _faults_in_words(done):
                portion = response.read(PORTION_BYTES)
            if not portion:
                break
            done += file.write(portion)
            on_bytes(done, total)
    file.flush()
    if total is not None and done < total:
        raise InterruptedDownloadError(f"the connection broke off after {done:,} of {total:,} bytes")


@contextmanager
def _faults_in_words(done: int) -> Iterator[None]:
    try:
        yield
    except HTTPError as error:
        raise DownloadError(f"the server answered {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise InterruptedDownloadError(f"no answer within {TIMEOUT_SECONDS} s") from error
    except URLError as error:
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise DownloadError(f"no connection ({reason})") from error
    except (http.client.HTTPException, ConnectionError) as error:
        raise InterruptedDownloadError(f"the connection broke off after {done:,} bytes") from error
    except OSError as error:
        raise DownloadError(f"no connection ({error.strerror or error})") from error
