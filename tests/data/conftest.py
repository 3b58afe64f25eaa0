"""A data folder, small datasets to put into it, and a web server to fetch them from."""

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from explorer.config.run import DatasetName
from explorer.data.catalog import DATASETS

from .idx_files import small_dataset
from .mirror import Mirror


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def put(data_folder: Path) -> Callable[..., Path]:
    """Puts the small files of a dataset into the data folder and returns their folder."""

    def put_files(name: DatasetName, packed: bool = False, **sizes: int) -> Path:
        folder = data_folder / DATASETS[name].folder
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in small_dataset(name, **sizes).items():
            if packed:
                (folder / f"{file}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / file).write_bytes(content)
        return folder

    return put_files


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, *args: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    listener.shutdown()
    listener.server_close()
    thread.join()
