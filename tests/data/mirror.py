"""A web server on this machine that can misbehave in the ways that real ones do."""

import gzip
import hashlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from explorer.config.run import DatasetName
from explorer.data.fetch import Source

from .idx_files import small_dataset


@dataclass
class Mirror:
    """What the server offers and how it fails. ``cuts`` breaks that many answers off half way, by file;
    ``damages`` flips a byte in that many answers, by file; ``ranges``: whether it can resume."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cuts: dict[str, int] = field(default_factory=dict)
    damages: dict[str, int] = field(default_factory=dict)
    ranges: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def url(self, file: str) -> str:
        return f"{self.address}/{file}"

    def source(self, file: str, content: bytes, *unpacked: str) -> Source:
        """Offers a packed file for download, as a source of the idx files in it."""
        self.files[file] = content
        return Source((self.url(file),), hashlib.md5(content, usedforsecurity=False).hexdigest(), unpacked)

    def sources(self, name: DatasetName, **sizes: int) -> list[Source]:
        """Offers a small dataset as four .gz files."""
        return [
            self.source(f"{file}.gz", gzip.compress(content), file)
            for file, content in small_dataset(name, **sizes).items()
        ]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        file, wanted = request.path.lstrip("/"), request.headers.get("Range")
        self.requests.append((file, wanted))
        content = self.files.get(file)
        if content is None:
            request.send_error(404)
            return
        if self.damages.get(file, 0):
            self.damages[file] -= 1
            middle = len(content) // 2
            content = content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        body = content[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if self.cuts.get(file, 0):
            self.cuts[file] -= 1
            body = body[: len(body) // 2]
        request.wfile.write(body)
