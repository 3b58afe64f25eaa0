"""Bundles of strangers: one clear message, nothing executed, nothing left behind, all or nothing."""

import io
import json
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save as pack

from explorer.config.run import RunConfig
from explorer.errors import ExportError, StoreError
from explorer.models import checkpoint
from explorer.records import RunStatus
from explorer.settings import Settings, read_settings
from explorer.sharing import bundle_checks, bundle_import
from explorer.sharing.bundle import write_bundle
from explorer.storage.store import Store, open_store
from tests.sharing.trained import train

Contents = dict[str, bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """The files of a bundle of two runs (numbers 1 and 2), which opens."""
    settings = read_settings({"EXPLORER_HOME": str(tmp_path_factory.mktemp("first"))})
    first, second = (train(settings, network__hidden=[5], training__seed=seed) for seed in (1, 2))
    file = io.BytesIO()
    write_bundle(first.store, settings, [first.run.id, second.run.id], file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Settings]]:
    """An installation with one run of its own, which nothing that is refused may change."""
    settings = read_settings({"EXPLORER_HOME": str(tmp_path_factory.mktemp("around") / "home")})
    store = open_store(settings)
    run = store.create_run(RunConfig())
    store.end(run.id, RunStatus.STOPPED)
    yield store, settings
    store.close()


def zipped(contents: Contents, compression: int = zipfile.ZIP_STORED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file


def files_below(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("explorer.db")
    }


def refusal(home: tuple[Store, Settings], file: Any) -> str:
    """What is said of a file, once nothing of it is found anywhere."""
    store, settings = home
    with pytest.raises((ExportError, StoreError)) as caught:
        bundle_import.import_bundle(store, settings, file)
    assert [run.id for run in store.runs()] == [1]
    assert files_below(settings.home.parent) == set()
    assert not (settings.home / "imports").exists()
    words = str(caught.value)
    assert "\n" not in words
    assert len(words) < 700
    return words


def test_the_sound_one_opens(sound: Contents, settings: Settings):
    runs = bundle_import.import_bundle(open_store(settings), settings, zipped(sound))
    assert [run.id for run in runs] == [1, 2]


def edited(sound: Contents, change: Callable[[dict[str, Any]], object]) -> io.BytesIO:
    """The sound bundle with another manifest."""
    manifest = json.loads(sound["manifest.json"])
    change(manifest)
    return zipped(sound | {"manifest.json": json.dumps(manifest).encode()})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.update(version=2), "Update the program"),
        (lambda it: it.update(format="other"), "not one of MNIST Explorer bundle"),
        (lambda it: it.update(runs=[]), "runs"),
        (lambda it: it.update(surprise=1), "surprise"),
        (lambda it: it["runs"][0].update(number=10**400), "number"),
        (lambda it: it["runs"][0].update(number=-1), "number"),
        (lambda it: it["runs"][0].update(number="1"), "number"),
        (lambda it: it["runs"][1].update(number=1), "lists a run twice"),
        (lambda it: it["runs"][0].update(name="x" * 100_000), "name"),
        (lambda it: it["runs"][0].update(status="running"), "status"),
        (lambda it: it["runs"][0].update(epoch=10**9), "epoch"),
        (lambda it: it["runs"][0].update(step=1e300), "step"),
        (lambda it: it["runs"][0].update(samples_per_second=float("nan")), "samples_per_second"),
        (lambda it: it["runs"][0].update(created_at="yesterday"), "created_at"),
        (lambda it: it["runs"][0].update(device="../../x"), "device"),
        (lambda it: it["runs"][0]["config"].update(surprise=1), "settings of run 1"),
        (lambda it: it["runs"][0]["config"]["network"].update(hidden=[10**9]), "settings of run 1"),
        (lambda it: it["runs"][0].update(config={}, result={}), "result of run 1"),
        (lambda it: it["runs"][0]["result"]["test"].update(confusion=[[1]]), "ten classes"),
        (lambda it: it["runs"][0]["result"].update(kept_epoch=-5), "beyond all bounds"),
        (lambda it: it["runs"][0]["config"]["network"].update(hidden=[6]), "weights of another network"),
        (lambda it: it["runs"].pop(), "belongs to no run"),
    ],
)
def test_a_manifest_with_absurd_values_is_refused(
    sound: Contents, home: tuple[Store, Settings], change: Any, words: str
):
    assert words in refusal(home, edited(sound, change))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../outside", "no file '../outside'"),
        ("/etc/outside", "no file"),
        ("runs/1/../../outside", "no file"),
        ("runs/1/payload.pkl", "no file"),
        ("runs/1/surprise.safetensors", "no file surprise.safetensors"),
        ("runs/1/fitted.safetensors", "no file fitted.safetensors"),
        ("runs/9/steps.json", "belongs to no run"),
    ],
)
def test_a_file_with_another_name_is_refused(
    sound: Contents, home: tuple[Store, Settings], name: str, words: str
):
    assert words in refusal(home, zipped({**sound, name: b"x"}))


class _Executed:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('executed')",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"runs/1/epoch-0002.safetensors": pickle.dumps(_Executed())}, "is damaged"),
        ({"runs/1/epoch-0002.safetensors": pack({"x": np.ones(3)})}, "is damaged"),
        ({"runs/1/epoch-0002.safetensors": struct.pack("<Q", 2**62) + b"{}"}, "is damaged"),
        ({"runs/1/epoch-0002.safetensors": bytes(3_000_000)}, "larger than the run's network"),
        ({"runs/1/predictions.safetensors": b""}, "damaged or missing"),
        ({"runs/1/epochs.json": b"[" * 100_000}, "epochs.json"),
        ({"runs/1/epochs.json": b'[{"epoch": 1}]'}, "epochs.json"),
        ({"runs/1/epochs.json": b"[]"}, "do not fit its epochs"),
        ({"runs/1/steps.json": b'{"a": 1}'}, "steps.json"),
        ({"runs/1/steps.json": b"\xff\xfe"}, "steps.json"),
        ({"manifest.json": b"[" * 100_000}, "no JSON"),
        ({"manifest.json": b""}, "no JSON"),
    ],
    ids=[
        "pickle",
        "no checksum",
        "endless header",
        "too large",
        "empty",
        "deep",
        "lacks fields",
        "other epochs",
        "object",
        "no text",
        "deep manifest",
        "no manifest",
    ],
)
def test_a_file_with_another_content_is_refused(
    sound: Contents, home: tuple[Store, Settings], change: Contents, words: str
):
    assert words in refusal(home, zipped(sound | change))


@pytest.mark.parametrize("name", ["manifest.json", "runs/1/steps.json", "runs/2/predictions.safetensors"])
def test_a_missing_file_is_named(sound: Contents, home: tuple[Store, Settings], name: str):
    left = {key: content for key, content in sound.items() if key != name}
    assert name.rpartition("/")[2] in refusal(home, zipped(left))


def curves(sound: Contents, name: str, index: int, **values: object) -> io.BytesIO:
    rows = json.loads(sound[name])
    rows[index].update(values)
    return zipped(sound | {name: json.dumps(rows).encode()})


def test_absurd_curves_are_refused(sound: Contents, home: tuple[Store, Settings]):
    def said(name: str, index: int, **values: object) -> str:
        return refusal(home, curves(sound, f"runs/1/{name}.json", index, **values))

    assert "not in order" in said("epochs", 1, epoch=1)
    assert "beyond all bounds" in said("epochs", 1, step=10**60)
    assert "not in order" in said("steps", 1, last_step=0)
    assert "train_loss" in said("epochs", 0, train_loss="none")
    layer = {"name": "x" * 1_000, "units": 5, "dead_share": None, "inactive_share": None}
    rest = {"weight_norm": 1.0, "gradient_norm": None, "update_ratio": None}
    assert "no network has" in said("epochs", 0, layers=[layer | rest])


def test_answers_that_are_no_classes_are_refused(
    sound: Contents, home: tuple[Store, Settings], tmp_path: Path
):
    path = tmp_path / "answers.safetensors"
    checkpoint.save(path, {"0001": np.full(144, 200, np.uint8)})
    file = zipped(sound | {"runs/1/predictions.safetensors": path.read_bytes()})
    assert "classes above 9" in refusal(home, file)


def test_more_answers_than_memory_holds_are_refused_unread(
    sound: Contents, home: tuple[Store, Settings], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bundle_checks, "MOST_ANSWERS", 100)
    assert "predictions.safetensors has more than" in refusal(home, zipped(sound))


def test_what_is_no_zip_is_refused(home: tuple[Store, Settings], sound: Contents):
    whole = zipped(sound).getvalue()
    for content in (b"", b"hello", pickle.dumps({}), whole[: len(whole) // 2], b"PK\x05\x06" + bytes(18)):
        assert "Nothing was imported" in refusal(home, io.BytesIO(content))


def test_a_compressed_bundle_may_be_a_bomb_and_is_not_unpacked(sound: Contents, home: tuple[Store, Settings]):
    bomb = sound | {"runs/1/steps.json": bytes(50_000_000)}
    file = zipped(bomb, zipfile.ZIP_DEFLATED)
    del bomb
    tracemalloc.start()
    assert "is compressed" in refusal(home, file)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_files_that_overlap_are_refused(sound: Contents, home: tuple[Store, Settings]):
    # Every entry of the central directory points at the largest file, as in Fifield's bomb (2019).
    content = bytearray(zipped(sound).getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
    place, count = content.find(b"PK\x01\x02"), 0
    while place >= 0:
        struct.pack_into("<LL", content, place + 20, largest.file_size, largest.file_size)
        struct.pack_into("<L", content, place + 42, largest.header_offset)
        place, count = content.find(b"PK\x01\x02", place + 4), count + 1
    assert count == len(sound)
    assert "claim to be larger" in refusal(home, io.BytesIO(bytes(content)))


def test_a_list_of_millions_of_files_is_refused_unread(sound: Contents, home: tuple[Store, Settings]):
    content = bytearray(zipped(sound).getvalue())
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", content, end + 8, 65_535, 65_535)
    assert "too many files" in refusal(home, io.BytesIO(bytes(content)))


def test_an_import_that_fails_at_the_last_run_leaves_nothing(
    sound: Contents, home: tuple[Store, Settings], monkeypatch: pytest.MonkeyPatch
):
    real, moved = Path.rename, []

    def rename(self: Path, target: Path) -> Path:
        moved.append(target)
        if len(moved) == 2:
            raise OSError(28, "No space left on device", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    assert "No space left on device" in refusal(home, zipped(sound))
    assert len(moved) == 2


def test_a_bundle_larger_than_the_free_disk_is_refused(
    sound: Contents, home: tuple[Store, Settings], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bundle_import, "FREE_BYTES", 1 << 60)
    said = refusal(home, zipped(sound))
    assert "MB are to stay free" in said
    assert "Free some space" in said
