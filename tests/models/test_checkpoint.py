import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from explorer.config.run import Network
from explorer.errors import CheckpointError, StoreError
from explorer.models.checkpoint import load, save
from explorer.models.initialisation import initial_parameters

OLD = {"hidden.0.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}
NEW = {"hidden.0.weight": np.full((2, 3), 7, dtype=np.float32)}

DTYPES = [np.dtype(name) for name in ("float32", "float64", "int64", "int32", "uint8", "bool")]
ARRAYS = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
        lambda name: name != "__metadata__"
    ),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    ),
    max_size=4,
)
TEXTS = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key != "crc32"), st.text(max_size=20), max_size=3
)
WITH_ONE_FOLDER = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def assert_equal(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.dtype == theirs[name].dtype
        np.testing.assert_array_equal(array, theirs[name], strict=True)


@WITH_ONE_FOLDER
@given(arrays=ARRAYS, texts=TEXTS)
def test_names_shapes_dtypes_and_texts_come_back_as_they_were(tmp_path, arrays, texts):
    save(tmp_path / "epoch.safetensors", arrays, texts)
    loaded, metadata = load(tmp_path / "epoch.safetensors")
    assert_equal(loaded, arrays)
    assert metadata == texts


def test_arrays_in_any_memory_order_come_back_equal(tmp_path):
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    layouts = {
        "transposed": array.T,
        "strided": array[:, ::2],
        "reversed": array[::-1],
        "fortran": np.asfortranarray(array),
    }
    save(tmp_path / "a", layouts)
    assert_equal(load(tmp_path / "a")[0], layouts)


def test_a_networks_weights_come_back_bit_for_bit(tmp_path):
    weights = {name: value.numpy() for name, value in initial_parameters(Network(preset="lenet"), 0).items()}
    save(tmp_path / "a", weights)
    loaded, _ = load(tmp_path / "a")
    assert all(loaded[name].tobytes() == weights[name].tobytes() for name in weights)


def test_loaded_arrays_can_be_written_to(tmp_path):
    save(tmp_path / "a", OLD)
    loaded, _ = load(tmp_path / "a")
    loaded["hidden.0.weight"] += 1
    assert_equal(load(tmp_path / "a")[0], OLD)


def test_saving_makes_the_folders_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "runs" / "7" / "epoch-3.safetensors"
    save(path, OLD)
    save(path, NEW)
    assert_equal(load(path)[0], NEW)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "The disk is full. Free some space"),
        (errno.EROFS, "read-only. Set EXPLORER_HOME"),
        (errno.EACCES, "Change its permissions"),
        (errno.EIO, "Check the disk"),
    ],
)
def test_a_failed_write_keeps_the_old_file_and_says_what_to_do(tmp_path, monkeypatch, number, remedy):
    path = tmp_path / "epoch.safetensors"
    save(path, OLD)

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError) as caught:
        save(path, NEW)
    assert str(path) in str(caught.value)
    assert os.strerror(number) in str(caught.value)
    assert remedy in str(caught.value)
    assert_equal(load(path)[0], OLD)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_file_in_the_way_of_the_folder_is_a_store_error(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StoreError, match="could not be written"):
        save(tmp_path / "runs" / "epoch.safetensors", OLD)


# A process that dies, killed, when the new file has been written but not yet renamed.
KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from explorer.models import checkpoint
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
checkpoint.save(Path(sys.argv[1]), {"hidden.0.weight": np.full((2, 3), 7, dtype=np.float32)})
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_killed_in_the_middle_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "epoch.safetensors"
    save(path, OLD)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert_equal(load(path)[0], OLD)
    save(path, NEW)  # and what it left behind is cleaned up by the next save
    assert_equal(load(path)[0], NEW)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def assert_refused(path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "another epoch" in str(caught.value)
    assert "train the run again" in str(caught.value)


def test_a_missing_file_is_named_with_what_to_do(tmp_path):
    assert_refused(tmp_path / "epoch-9.safetensors")


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\xff" * 64, b"PK\x03\x04" + b"\0" * 60])
def test_a_file_of_another_kind_is_named_as_damaged(tmp_path, content):
    path = tmp_path / "epoch.safetensors"
    path.write_bytes(content)
    assert_refused(path)


def test_a_file_cut_short_anywhere_is_named_as_damaged(tmp_path):
    path = tmp_path / "epoch.safetensors"
    save(path, OLD, {"epoch": "3"})
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert_refused(path)


def test_a_single_flipped_bit_anywhere_is_noticed(tmp_path):
    path = tmp_path / "epoch.safetensors"
    save(path, OLD, {"epoch": "3"})
    content = path.read_bytes()
    for position in range(len(content) * 8):
        damaged = bytearray(content)
        damaged[position // 8] ^= 1 << position % 8
        path.write_bytes(damaged)
        assert_refused(path)


def test_a_folder_in_place_of_the_file_is_a_checkpoint_error(tmp_path):
    with pytest.raises(CheckpointError, match=r"could not be read|damaged"):
        load(tmp_path)
