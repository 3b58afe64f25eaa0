import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from skimage.feature import hog as reference

from explorer.classical.features import PORTION, hog_features, hog_portions
from explorer.config.run import Hog
from explorer.data.digits import read_digits
from explorer.data.features import feature_count
from explorer.errors import ExplorerError


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return read_digits()[0]


def children() -> set[int]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(maxsplit=2) for line in listing.splitlines() if "hog_process" in line]
    return {int(pid) for pid, parent, _ in rows if int(parent) == os.getpid()}


@pytest.mark.parametrize(
    "hog",
    [
        Hog(),
        Hog(orientations=4, cell_size=14, block_size=1),
        Hog(orientations=18, cell_size=3, block_size=4),
        Hog(orientations=5, cell_size=5, block_size=3),
    ],
    ids=str,
)
def test_features_are_those_of_scikit_image_on_pixels_between_0_and_1(images, hog):
    features = hog_features(images[:40], hog)
    for image, row in zip(images[:40], features, strict=True):
        cell, block = (hog.cell_size,) * 2, (hog.block_size,) * 2
        expected = reference((image / 255).astype(np.float32), hog.orientations, cell, block, "L2-Hys")
        assert np.array_equal(row, expected)


def test_an_image_has_324_features_as_the_report_counts_them(images):
    assert feature_count(Hog()) == 324
    assert hog_features(images[:3], Hog()).shape == (3, 324)


@pytest.mark.parametrize("processes", [1, 3])
def test_the_number_of_processes_changes_nothing_and_order_is_kept(images, processes):
    count = 2 * PORTION + 7
    features = hog_features(images[:count], Hog(), processes=processes)
    assert features.dtype == np.float32
    for place in (0, PORTION - 1, PORTION, 2 * PORTION, count - 1):
        assert np.array_equal(features[place], hog_features(images[place : place + 1], Hog())[0])


def test_progress_reaches_the_number_of_images(images):
    told: list[int] = []
    hog_features(images[: PORTION + 1], Hog(), told.append, processes=2)
    assert told == [PORTION, PORTION + 1]


def test_no_images_have_no_features(images):
    assert hog_features(images[:0], Hog()).shape == (0, 324)


def test_who_stops_iterating_leaves_no_process_behind(images):
    portions = hog_portions(np.tile(images, (4, 1, 1)), Hog(), processes=2)
    next(portions)
    assert len(children()) == 2
    portions.close()
    assert not children()


def test_a_dead_process_is_told_in_words(images):
    portions = hog_portions(np.tile(images, (4, 1, 1)), Hog(), processes=1)
    next(portions)
    os.kill(children().pop(), signal.SIGKILL)
    with pytest.raises(ExplorerError, match="ended with code -9"):
        list(portions)
    assert not children()


def test_a_process_ends_with_the_one_that_asked():
    program = (
        "import numpy as np, os, signal\n"
        "from explorer.classical.features import hog_portions\n"
        "from explorer.config.run import Hog\n"
        "portions = hog_portions(np.zeros((5000, 28, 28), np.uint8), Hog(), processes=2)\n"
        "next(portions)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # The children inherit standard error: reading it to its end waits for all of them.
    done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert b"Traceback" not in done.stderr


def test_computing_features_loads_scikit_image_in_processes_of_its_own_only(images):
    program = (
        "import numpy as np, sys\n"
        "from explorer.classical.features import hog_features\n"
        "from explorer.config.run import Hog\n"
        "hog_features(np.zeros((3, 28, 28), np.uint8), Hog())\n"
        "sys.exit(str({'skimage', 'sklearn', 'torch'} & set(sys.modules) or ''))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert not done.stderr.strip()
