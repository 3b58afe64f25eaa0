"""Images in class folders: read, fitted in words, and refused where they are something else."""

import io
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from explorer.data import own_zip
from explorer.data.digits import read_digits
from explorer.data.own_images import OwnImages
from explorer.data.own_reading import read_own
from explorer.errors import DatasetError
from tests.data.own_samples import as_csv, as_idx, as_picture, as_zip, class_folders, digits, upload


def read(files: dict[str, bytes]) -> OwnImages:
    return read_own([upload("mine.zip", as_zip(files))])


def all_images(found: OwnImages) -> set[bytes]:
    return {image.tobytes() for part in (found.train, found.test) for image in part.images}


def test_images_of_the_right_size_are_taken_as_they_are() -> None:
    images, labels = digits()
    found = read({**class_folders(images, labels, "mine/"), "mine/readme.txt": b"", "__MACOSX/._x": b""})
    assert all_images(found) == {image.tobytes() for image in images}
    assert (found.train.labels.size, found.test.labels.size) == (48, 12)
    assert "60 images of 28×28 pixels were taken as they are" in found.preparation
    assert "12 of the 60 images" in found.split


def test_the_part_that_is_split_off_is_stratified_and_always_the_same() -> None:
    images, labels = digits(200)
    first, second = (read(class_folders(images, labels)) for _ in range(2))
    assert first.test.counts == (4,) * 10
    np.testing.assert_array_equal(first.test.images, second.test.images)


def test_a_folder_named_test_makes_the_test_part() -> None:
    (images, labels), (others, other_labels) = digits(40), digits(10, seed=1)
    found = read({**class_folders(images, labels, "train/"), **class_folders(others, other_labels, "test/")})
    assert (len(found.train), len(found.test)) == (40, 10)
    assert {image.tobytes() for image in found.test.images} == {image.tobytes() for image in others}


def test_dark_ink_on_paper_is_turned_into_light_on_dark() -> None:
    images, labels = digits()
    found = read(class_folders(255 - images, labels))
    assert all_images(found) == {image.tobytes() for image in images}
    assert "turned into light on dark" in found.preparation


def test_images_of_other_sizes_lie_where_those_of_mnist_lie() -> None:
    images, labels = read_digits()
    files = {}
    for number, (image, label) in enumerate(zip(images[:40], labels[:40], strict=True)):
        large = Image.fromarray(255 - image).resize((100, 80))  # on paper, and off the middle
        sheet = Image.new("RGB", (150, 90), "white")
        sheet.paste(large, (0, 5))
        files[f"{label}/{number}.png"] = as_picture(np.asarray(sheet))
    found = read(files)
    everything = np.concatenate([found.train.images, found.test.images]).astype(float)
    rows, _columns = np.nonzero(everything.max(axis=0) > 60)
    assert rows.min() >= 2
    assert rows.max() <= 25
    mass = everything.sum((1, 2))
    for axis in (1, 2):
        centres = (everything.sum(3 - axis) @ np.arange(28)) / mass
        assert np.abs(centres - 14).max() <= 1
    assert "40 images of other sizes were made light on dark" in found.preparation


def test_a_photo_has_its_background_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = digits(40)
    shade = np.linspace(120, 250, 300)[None, :].repeat(300, 0)
    shade[100:200, 140:160] = 20
    files = {**class_folders(images, labels), "1/photo.jpg": as_picture(shade.astype(np.uint8), "JPEG")}
    found = read(files)
    assert "1 of them photos" in found.preparation
    ones = [*found.train.images[found.train.labels == 1], *found.test.images[found.test.labels == 1]]
    photo = next(image for image in ones if image.tobytes() not in {each.tobytes() for each in images})
    assert photo[:4].max() == 0  # a stroke, without the shade around it
    assert photo[12:16, 13:15].min() > 200
    monkeypatch.setattr(own_zip, "MOST_PHOTOS", 0)
    with pytest.raises(DatasetError, match=r"photo\.jpg.*Make them smaller first"):
        read(files)


def test_the_archive_that_kaggle_hands_out_is_read() -> None:
    images, labels = digits()
    files = {"train.csv": as_csv(images, labels), "test.csv": b"pixel0", "sample_submission.csv": b"x"}
    assert all_images(read(files)) == {image.tobytes() for image in images}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("data.pkl", b"\x80\x04", r"data\.pkl, which is no image"),
        ("3/run.py", b"import os", r"3/run\.py, which is no image"),
        ("3/inner.zip", as_zip({}), r"another ZIP, 3/inner\.zip"),
        ("x.png", as_picture(digits(1)[0][0]), r"x\.png, which is in no folder named after a digit"),
        ("12/x.png", as_picture(digits(1)[0][0]), "12/x.png, which is in no folder"),
        ("3/x.png", b"\x80\x04 no picture", r"3/x\.png in mine\.zip: It is no sound"),
        ("3/x.png", as_picture(digits(1)[0][0])[:200], r"3/x\.png in mine\.zip: It is no sound"),
        ("3/x.png", as_picture(np.full((50, 50), 9, np.uint8)), "There is nothing on it"),
    ],
)
def test_what_is_no_image_of_a_digit_is_named(name: str, content: bytes, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        read({**class_folders(*digits()), name: content})


def test_an_image_of_200_megapixels_is_refused_by_its_header() -> None:
    picture = bytearray(as_picture(np.zeros((1, 1), np.uint8)))
    picture[16:24] = (20_000).to_bytes(4, "big") + (10_000).to_bytes(4, "big")
    picture[29:33] = zlib.crc32(picture[12:29]).to_bytes(4, "big")
    with pytest.raises(DatasetError, match=r"7/bomb\.png in mine\.zip: It has far too many pixels"):
        read({**class_folders(*digits()), "7/bomb.png": bytes(picture)})


def test_too_few_images_or_one_class_only_make_no_dataset() -> None:
    with pytest.raises(DatasetError, match="at least 30 images, not 20"):
        read(class_folders(*digits(20)))
    images, _ = digits(40)
    with pytest.raises(DatasetError, match="nothing to tell apart"):
        read(class_folders(images, np.full(40, 3)))
    with pytest.raises(DatasetError, match="holds no images"):
        read({"readme.md": b""})


def test_files_of_several_kinds_make_no_dataset() -> None:
    images, labels = digits()
    archive = as_zip(class_folders(images, labels))
    with pytest.raises(DatasetError, match=r"don't make a dataset together: a\.zip, labels"):
        read_own([upload("a.zip", archive), upload("labels", as_idx(labels))])
    with pytest.raises(DatasetError, match=r"model\.pkl is neither idx nor CSV nor ZIP"):
        read_own([upload("model.pkl", b"\x80\x04\x95")])
    with pytest.raises(DatasetError, match="No file was chosen"):
        read_own([])
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(DatasetError, match="holds no images"):
        read_own([upload("a.zip", empty.getvalue())])
