"""Small datasets of one's own, in every form that they may come in."""

import io
import struct
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image

from explorer.data.own_reading import Upload


def digits(count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random images, black at the border, with labels 0…9 in turn."""
    images = np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)
    images[:, [0, -1]], images[:, :, [0, -1]] = 0, 0
    return images, (np.arange(count) % 10).astype(np.uint8)


def upload(name: str, content: bytes) -> Upload:
    return Upload(name, io.BytesIO(content), len(content))


def as_idx(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def as_csv(images: np.ndarray, labels: np.ndarray, header: bool = True, end: str = "\n") -> bytes:
    lines = [",".join(["label", *(f"pixel{number}" for number in range(784))])] if header else []
    for image, label in zip(images, labels, strict=True):
        lines.append(",".join(map(str, [label, *image.ravel()])))
    return (end.join(lines) + end).encode()


def as_picture(image: np.ndarray, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, form)
    return buffer.getvalue()


def as_zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def class_folders(images: np.ndarray, labels: np.ndarray, above: str = "") -> dict[str, bytes]:
    return {
        f"{above}{label}/{number}.png": as_picture(image)
        for number, (image, label) in enumerate(zip(images, labels, strict=True))
    }
