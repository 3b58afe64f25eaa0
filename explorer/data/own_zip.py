"""Images in folders named after their digits, packed as a ZIP."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from explorer.data.own_archive import Archive
from explorer.data.own_csv import MOST_BYTES as MOST_CSV_BYTES
from explorer.data.own_csv import read_csv
from explorer.data.own_images import AS_IT_IS, CLASSES, EMPTY, SIDE, OwnImages, Part, Report, check_count
from explorer.data.own_pictures import fitted, grey_picture, is_on_paper
from explorer.data.photo import SUFFIXES, read_photo
from explorer.errors import DatasetError, shortened

LABELS = {str(digit): digit for digit in range(CLASSES)}
TEST_FOLDERS = ("test", "testing", "t10k")
IGNORED = (".txt", ".md", ".json")  # what people put beside images
JUNK = ("thumbs.db", "desktop.ini")
KAGGLE = "train.csv"  # in the ZIP that Kaggle's Digit Recognizer is downloaded as
KAGGLE_OTHERS = ("test.csv", "sample_submission.csv")
CLEAN_SIDE = 160  # pixels: what is larger is taken for a photo, with shadows and all
MOST_PHOTOS = 400  # they take a tenth of a second each
FORM = "A ZIP should hold images in folders 0, 1, … 9, as in 7/first.png or test/7/second.png."


@dataclass(slots=True)
class _Found:
    """The images of a part so far; ``fits`` says which had 28×28 pixels and were taken as they are."""

    images: list[NDArray[np.uint8]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    fits: list[bool] = field(default_factory=list)

    def part(self, *, turned: bool) -> Part:
        if not self.images:
            return EMPTY
        images = np.stack(self.images)
        if turned:
            fits = np.array(self.fits)
            images[fits] = 255 - images[fits]
        return Part(images, np.array(self.labels, np.uint8))


@dataclass(slots=True)
class _Tally:
    """How many pictures are photos, and how many of 28×28 pixels have a light border."""

    photos: int = 0
    on_paper: int = 0


def read_zip(stream: BinaryIO, name: str, report: Report) -> OwnImages:
    """The images in a ZIP, or in the train.csv of one from Kaggle.

    Images of 28×28 are taken as they are, in grey; where most have a light border, all of those are turned
    into light on dark. Others are fitted as MNIST's were: the ink in a box of 20×20, its centre of mass in
    the middle. A folder ``test`` above the digits makes a test part.

    Raises:
        DatasetError: hostile, damaged, too large, or with something that is neither such an image nor known
            to lie beside images; names it.
    """
    archive = Archive(stream, name)
    entries = [entry for entry in archive.entries if not _is_junk(entry.path)]
    table = [entry for entry in entries if entry.path.name == KAGGLE]
    if len(table) == 1 and all(entry.path.name in (KAGGLE, *KAGGLE_OTHERS) for entry in entries):
        content = BytesIO(b"".join(archive.portions(table[0], MOST_CSV_BYTES)))
        part = read_csv(content, KAGGLE, len(content.getbuffer()), report)
        return OwnImages(part, EMPTY, f"{KAGGLE} in {name}", AS_IT_IS)
    labels = [_label(entry.path, name) for entry in entries]
    check_count(len(labels))
    if not labels:
        raise DatasetError(f"{name} holds no images. {FORM}")
    train, test, tally = _Found(), _Found(), _Tally()
    for number, (entry, label) in enumerate(zip(entries, labels, strict=True)):
        found = test if _is_test(entry.path) else train
        _read_image(archive.read(entry), f"{entry.path} in {name}", found, tally)
        found.labels.append(label)
        report(number / len(labels))
    fits = sum(train.fits) + sum(test.fits)
    turned = tally.on_paper > fits / 2
    words = _in_words(fits, tally.photos, len(labels), turned=turned)
    return OwnImages(train.part(turned=turned), test.part(turned=turned), name, words)


def _is_junk(path: PurePosixPath) -> bool:
    """What computers and people put beside images, and nobody means."""
    is_hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return is_hidden or path.suffix.lower() in IGNORED or path.name.lower() in JUNK


def _label(path: PurePosixPath, name: str) -> int:
    suffix = path.suffix.lower().removeprefix(".")
    shown = shortened(str(path))
    if suffix == "zip":
        raise DatasetError(f"{name} holds another ZIP, {shown}. Unpack that one first. {FORM}")
    if suffix not in SUFFIXES:
        raise DatasetError(f"{name} holds {shown}, which is no image. Take it out. {FORM}")
    label = LABELS.get(path.parent.name)
    if label is None:
        raise DatasetError(f"{name} holds {shown}, which is in no folder named after a digit. {FORM}")
    return label


def _is_test(path: PurePosixPath) -> bool:
    return any(part.lower() in TEST_FOLDERS for part in path.parts[:-2])


def _read_image(content: bytes, name: str, found: _Found, tally: _Tally) -> None:
    """Add a picture to a part: as it is, fitted, or as a photo."""
    try:
        picture = grey_picture(content, CLEAN_SIDE)
        if picture is None:
            tally.photos += 1
            if tally.photos > MOST_PHOTOS:
                raise DatasetError(
                    f"It is one more than the {MOST_PHOTOS} photos (of more than {CLEAN_SIDE} pixels a side) "
                    f"that are taken. Make them smaller first."
                )
            picture = read_photo(content).ink
        is_right = picture.shape == (SIDE, SIDE)
        found.fits.append(is_right)
        found.images.append(picture if is_right else fitted(picture))
        tally.on_paper += is_right and is_on_paper(picture)
    except DatasetError as error:
        raise DatasetError(f"{shortened(name)}: {error}") from error


def _in_words(fits: int, photos: int, total: int, *, turned: bool) -> str:
    """What was done to the images."""
    sentences = []
    if fits:
        around = ", dark on light turned into light on dark" if turned else ""
        sentences.append(f"{fits:,} images of 28×28 pixels were taken as they are, in grey{around}.")
    if total > fits:
        photographed = f" ({photos:,} of them photos, whose background was taken off)" if photos else ""
        sentences.append(
            f"{total - fits:,} images of other sizes{photographed} were made light on dark and fitted as "
            f"MNIST's were: the digit in a box of 20×20 pixels, its centre of mass in the middle of 28×28."
        )
    return " ".join(sentences)
