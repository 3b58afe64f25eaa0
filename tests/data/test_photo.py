import struct
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.data.drawing import prepare_drawing
from explorer.data.photo import MOST_BYTES, SIDE, Photo, read_photo
from explorer.data.strokes import draw_strokes
from explorer.errors import DatasetError
from tests.data.drawn_digits import drawn

INK = draw_strokes(drawn(14, shrunk=0.7)).astype(np.float32) / 255  # a seven


def photographed(
    paper: tuple[int, int, int] = (240, 235, 220),
    pen: tuple[int, int, int] = (30, 40, 120),
    size: tuple[int, int] = (400, 300),
    shadow: float = 0.0,
    noise: float = 4.0,
) -> np.ndarray:
    """A sheet (H, W, 3) with the seven on it, in a light that falls off to the right."""
    ink = np.asarray(Image.fromarray(INK).resize((size[0], size[1])))[..., None]
    light = 1 - shadow * np.linspace(0, 1, size[0])[None, :, None]
    colors = (np.array(paper) * (1 - ink) + np.array(pen) * ink) * light
    colors += np.random.default_rng(0).normal(0, noise, colors.shape)
    return np.clip(colors, 0, 255).astype(np.uint8)


def as_file(pixels: np.ndarray | Image.Image, kind: str = "PNG", **facts: Any) -> bytes:
    file = BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(file, kind, **facts)
    return file.getvalue()


def likeness(photo: Photo, expected: np.ndarray = INK) -> float:
    """Correlation of what is made of the photo with what is made of the drawing itself."""
    ours = prepare_drawing(photo.ink)
    theirs = prepare_drawing(np.rint(expected * 255).astype(np.uint8))
    assert ours is not None
    assert theirs is not None
    return float(np.corrcoef(ours.image.ravel(), theirs.image.ravel())[0, 1])


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((240, 235, 220), (30, 40, 120)),  # ink on paper
        ((30, 60, 40), (230, 230, 225)),  # chalk on a board
        ((0, 0, 0), (255, 255, 255)),  # as in MNIST
        ((255, 255, 255), (190, 190, 190)),  # pencil
        ((200, 60, 60), (60, 130, 60)),  # two colours of one lightness
    ],
)
@pytest.mark.parametrize("shadow", [0.0, 0.4])
def test_the_digit_is_found_on_any_ground(
    paper: tuple[int, int, int], pen: tuple[int, int, int], shadow: float
):
    square = photographed(paper, pen, size=(300, 300), shadow=shadow)
    assert likeness(read_photo(as_file(square))) > 0.93


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("size", [(140, 140), (700, 700)])
def test_every_kind_and_size_is_read(kind: str, size: tuple[int, int]):
    photo = read_photo(as_file(photographed(size=size), kind))
    assert likeness(photo) > 0.85
    assert max(photo.picture.shape[:2]) == min(size[0], SIDE)
    assert photo.ink.shape == photo.picture.shape[:2]
    assert photo.ink.dtype == photo.picture.dtype == np.uint8


def test_a_photo_is_turned_as_its_exif_says():
    upright = photographed(size=(300, 300))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90° clockwise to see it upright
    turned = as_file(np.ascontiguousarray(np.rot90(upright)), "JPEG", exif=exif, quality=95)
    assert likeness(read_photo(turned)) > 0.9


@pytest.mark.parametrize("pen", [0, 255])
def test_ink_on_nothing_is_laid_on_a_ground_that_shows_it(pen: int):
    layers = np.zeros((280, 280, 4), np.uint8)
    layers[..., :3] = pen
    layers[..., 3] = np.rint(255 * INK)
    assert likeness(read_photo(as_file(layers))) > 0.95
    assert likeness(read_photo(as_file(Image.fromarray(layers).quantize(), "PNG"))) > 0.9


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK", "LA"])
def test_every_mode_of_a_picture_is_read(mode: str):
    grey = Image.fromarray(photographed(size=(300, 300), noise=0)).convert("L")
    if mode == "1":
        grey = grey.point(lambda level: 255 * (level > 128))  # else it is dithered
    image = Image.fromarray(np.asarray(grey, np.uint16) * 256) if mode == "I;16" else grey.convert(mode)
    assert likeness(read_photo(as_file(image, "JPEG" if mode == "CMYK" else "PNG"))) > 0.9


def test_specks_and_the_edge_of_the_table_are_left_out():
    sheet = photographed(size=(300, 300), noise=0)
    sheet[:, :25] = (60, 40, 30)  # the table
    sheet[280:284, 280:284] = 0  # a speck
    assert likeness(read_photo(as_file(sheet))) > 0.9


@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_an_empty_sheet_says_that_nothing_stands_out(noise: float):
    sheet = photographed(pen=(240, 235, 220), shadow=0.5, noise=noise)
    with pytest.raises(DatasetError, match="Nothing in the photo stands out"):
        read_photo(as_file(sheet))


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (2, 3)])
def test_tiny_pictures_are_read_or_refused_in_words(shape: tuple[int, int]):
    with pytest.raises(DatasetError):
        read_photo(as_file(np.full((*shape, 3), 200, np.uint8)))


def a_png_header(width: int, height: int) -> bytes:
    """A PNG of so many pixels that are all black: few bytes that would become many."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    facts = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", facts) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 10_000), (6_000, 5_000), (60_000, 60_000)])
def test_far_too_many_pixels_are_refused_by_the_header_alone(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    def decode(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(Image.Image, "load", decode)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(DatasetError, match="pixels"):
        read_photo(a_png_header(*size))


def test_a_large_jpeg_is_decoded_at_a_fraction(monkeypatch: pytest.MonkeyPatch):
    decoded: list[tuple[int, int]] = []
    whole = Image.Image.thumbnail

    def thumbnail(self: Image.Image, *args: Any, **facts: Any) -> None:
        decoded.append(self.size)
        whole(self, *args, **facts)

    monkeypatch.setattr(Image.Image, "thumbnail", thumbnail)
    read_photo(as_file(photographed(size=(2400, 1800), noise=0), "JPEG"))
    assert decoded == [(1200, 900)]


def test_a_moving_picture_is_refused():
    frames = [
        Image.fromarray(photographed(size=(50, 50))),
        Image.fromarray(photographed(size=(50, 50), noise=9)),
    ]
    file = as_file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(DatasetError, match="moving"):
        read_photo(file)


def test_a_file_that_is_too_long_is_refused_before_it_is_looked_at():
    with pytest.raises(DatasetError, match="at most 10 MB"):
        read_photo(b"\0" * (MOST_BYTES + 1))


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n",
     b"GIF89a", b"\xff\xd8\xff", b"BM" + b"\0" * 60, b"\x80\x04\x95" + b"\0" * 40],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_words(content: bytes):
    with pytest.raises(DatasetError, match=r"no JPEG|damaged"):
        read_photo(content)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP"]),
    share=st.floats(0, 0.98),
    seed=st.integers(0, 99),
)
def test_a_file_that_was_cut_off_or_garbled_is_read_or_refused_in_words(kind: str, share: float, seed: int):
    generator = np.random.default_rng(seed)
    content = bytearray(FILES[kind])
    for place in generator.integers(0, len(content), 5):
        content[place] = generator.integers(256)
    for tried in (bytes(content), FILES[kind][: int(share * len(content))]):
        with suppress(DatasetError):
            assert read_photo(tried).ink.any()


FILES = {kind: as_file(photographed(size=(60, 50)), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP")}
