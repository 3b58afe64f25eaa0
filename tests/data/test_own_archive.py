"""A hostile ZIP is refused before it can do harm, and says why."""

import io
import struct
import zipfile

import pytest

from explorer.data import own_archive
from explorer.data.own_archive import Archive
from explorer.errors import DatasetError
from tests.data.own_samples import as_zip


def open_zip(content: bytes) -> Archive:
    return Archive(io.BytesIO(content), "a.zip")


def test_what_is_in_it_can_be_read() -> None:
    archive = open_zip(as_zip({"3/a.png": b"first", "4/b.png": b"second"}))
    assert [str(entry.path) for entry in archive.entries] == ["3/a.png", "4/b.png"]
    assert [archive.read(entry) for entry in archive.entries] == [b"first", b"second"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "3/../../x.png",
        "..\\..\\x.png",
        "C:\\x.png",
        "C:/x.png",
        "3/\x1bx.png",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(DatasetError, match=r"leads out of its folder.*Nothing was kept"):
        open_zip(as_zip({name: b"x"}))


def test_a_name_with_a_zero_byte_is_refused() -> None:
    content = as_zip({"3/aXb.png": b"x"}).replace(b"3/aXb.png", b"3/a\x00b.png")
    with pytest.raises(DatasetError, match="leads out of its folder"):
        open_zip(content)


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644])
def test_links_and_devices_are_refused(mode: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("3/a.png")
        info.external_attr = mode << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DatasetError, match="a link to another place, and no file"):
        open_zip(buffer.getvalue())


def test_a_bomb_is_refused_by_what_it_says() -> None:
    with pytest.raises(DatasetError, match="more than 250 times its size"):
        open_zip(as_zip({"3/a.png": bytes(3_000_000)}))


def test_a_bomb_that_lies_about_its_size_is_left_in_the_middle() -> None:
    content = as_zip({"3/a.png": bytes(30_000_000)})
    small = struct.pack("<I", 1_000)
    told = content.replace(struct.pack("<I", 30_000_000), small)
    archive = open_zip(told)
    with pytest.raises(DatasetError, match=r"'3/a\.png' in a\.zip"):
        archive.read(archive.entries[0])


def test_all_entries_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_archive, "MOST_BYTES", 25)
    with pytest.raises(DatasetError, match="would unpack to"):
        open_zip(as_zip({"3/a.png": b"x" * 20, "3/b.png": b"y" * 20}))
    archive = open_zip(as_zip({"3/a.png": b"x" * 20}))
    archive.read(archive.entries[0])
    with pytest.raises(DatasetError, match="too large"):
        archive.read(archive.entries[0])


def test_a_list_of_too_many_entries_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = as_zip({f"3/{number}.png": b"" for number in range(20)})
    monkeypatch.setattr(own_archive, "MOST_ENTRIES", 19)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(DatasetError, match="holds more than 19 files"):
        open_zip(content)


def test_the_end_record_of_a_very_large_zip_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)  # where zipfile begins to write the large form
    content = as_zip({f"3/{number}.png": b"x" for number in range(5)})
    assert content.count(own_archive.END_64) == 1
    assert len(open_zip(content).entries) == 5
    monkeypatch.setattr(own_archive, "MOST_ENTRIES", 4)
    with pytest.raises(DatasetError, match="holds more than 4 files"):
        open_zip(content)


@pytest.mark.parametrize("cut", [5, 60, -10])
def test_a_damaged_zip_is_said_to_be_damaged(cut: int) -> None:
    with pytest.raises(DatasetError, match=r"a\.zip is no sound ZIP"):
        open_zip(as_zip({"3/a.png": b"first"})[:cut])


def test_a_damaged_entry_is_named() -> None:
    content = bytearray(as_zip({"3/a.png": b"first"}, zipfile.ZIP_STORED))
    content[content.index(b"first")] ^= 1
    archive = open_zip(bytes(content))
    with pytest.raises(DatasetError, match=r"'3/a\.png' in a\.zip is damaged"):
        archive.read(archive.entries[0])


def test_locks_and_unusual_packing_are_refused() -> None:
    content = bytearray(as_zip({"3/a.png": b"first"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DatasetError, match="locked with a password"):
        open_zip(bytes(content))
    with pytest.raises(DatasetError, match="packed in an unusual way"):
        open_zip(as_zip({"3/a.png": b"first"}, zipfile.ZIP_LZMA))
