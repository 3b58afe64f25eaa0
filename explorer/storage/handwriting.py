"""Our handwriting: the digits that people drew here, kept with their labels as a test set."""

import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from explorer.errors import DatasetError
from explorer.storage.arrays import pack, unpack
from explorer.storage.engine import Database, now
from explorer.storage.schema import drawings

SIDE, CLASSES = 28, 10
MOST_DRAWINGS = 10_000
LONGEST_SIDE = 1_024  # of a raster, in pixels
LONGEST_PREPARATION = 1_000  # characters


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSet:
    """All drawings, oldest first: their numbers (N,) int64, images (N, 28, 28) uint8, labels (N,) uint8.

    ``version`` is another one as soon as a drawing comes, goes or changes its label.
    """

    numbers: NDArray[np.int64]
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    version: str

    def __len__(self) -> int:
        return len(self.labels)


class Handwriting:
    """Safe to share between threads. Every method may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self,
        image: NDArray[np.uint8],
        label: int,
        *,
        preparation: str = "",
        raster: NDArray[np.uint8] | None = None,
    ) -> int:
        """The number of a drawing that is kept from now on.

        ``image`` (28, 28) is what a network sees, ``raster`` (H, W) what was drawn, each side at most 1,024
        pixels; ``preparation`` says in words how one became the other.

        Raises:
            DatasetError: 10,000 drawings are kept already.
            ValueError: a shape, a type or the label is wrong.
        """
        values = _row(image, label, preparation) | {"raster": None if raster is None else _packed(raster)}
        with self._database.writing() as connection:
            _check_room(connection, 1)
            values["created_at"] = now(connection)
            added = connection.execute(sa.insert(drawings).values(values).returning(drawings.c.id))
            return int(added.scalar_one())

    def keep_all(self, images: NDArray[np.uint8], labels: NDArray[np.uint8], preparation: str = "") -> int:
        """Keep many at once, all or none; how many came, for those that are kept already are left out.

        Raises:
            DatasetError: there would be more than 10,000.
            ValueError: a shape, a type or a label is wrong.
        """
        rows = [_row(image, int(label), preparation) for image, label in zip(images, labels, strict=True)]
        with self._database.writing() as connection:
            known = {
                (row.image, row.label)
                for row in connection.execute(sa.select(drawings.c.image, drawings.c.label))
            }
            moment, fresh = now(connection), []
            for row in rows:
                if (row["image"], row["label"]) not in known:
                    known.add((row["image"], row["label"]))
                    fresh.append(row | {"created_at": moment})
            _check_room(connection, len(fresh))
            if fresh:
                connection.execute(sa.insert(drawings), fresh)
        return len(fresh)

    def all(self) -> DrawnSet:
        """Every drawing that is kept."""
        query = sa.select(drawings.c.id, drawings.c.label, drawings.c.image).order_by(drawings.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        pixels = np.frombuffer(b"".join(row.image for row in rows), np.uint8)
        return DrawnSet(
            np.array([row.id for row in rows], np.int64),
            pixels.reshape(-1, SIDE, SIDE),
            np.array([row.label for row in rows], np.uint8),
            _version([(row.id, row.label) for row in rows]),
        )

    def version(self) -> str:
        """The version of the set as it stands, without reading an image."""
        query = sa.select(drawings.c.id, drawings.c.label).order_by(drawings.c.id)
        with self._database.reading() as connection:
            return _version([(row.id, row.label) for row in connection.execute(query)])

    def counts(self) -> tuple[int, ...]:
        """How many drawings there are of each digit 0…9."""
        query = sa.select(drawings.c.label, sa.func.count().label("kept")).group_by(drawings.c.label)
        with self._database.reading() as connection:
            found = {row.label: int(row.kept) for row in connection.execute(query)}
        return tuple(found.get(label, 0) for label in range(CLASSES))

    def raster(self, number: int) -> NDArray[np.uint8] | None:
        """The drawing (H, W) as it was drawn; None where it was not kept, or is gone."""
        with self._database.reading() as connection:
            packed = connection.scalar(sa.select(drawings.c.raster).where(drawings.c.id == number))
        return None if packed is None else unpack(zlib.decompress(packed))["raster"]

    def relabel(self, number: int, label: int) -> bool:
        """Say that a drawing shows another digit; False when it is gone."""
        _check_label(label)
        with self._database.writing() as connection:
            changed = connection.execute(
                sa.update(drawings).where(drawings.c.id == number).values(label=label)
            )
            return bool(changed.rowcount)

    def forget(self, number: int) -> bool:
        """Delete a drawing; False when it is gone already."""
        with self._database.writing() as connection:
            return bool(connection.execute(sa.delete(drawings).where(drawings.c.id == number)).rowcount)


def _row(image: NDArray[np.uint8], label: int, preparation: str) -> dict[str, Any]:
    if image.dtype != np.uint8 or image.shape != (SIDE, SIDE):
        raise ValueError(f"an image must be (28, 28) uint8, got {image.shape} {image.dtype}")
    if len(preparation) > LONGEST_PREPARATION:
        raise ValueError(f"preparation must have at most {LONGEST_PREPARATION} characters")
    _check_label(label)
    return {"image": image.tobytes(), "label": label, "preparation": preparation}


def _packed(raster: NDArray[np.uint8]) -> bytes:
    if raster.dtype != np.uint8 or raster.ndim != 2 or not 1 <= max(raster.shape) <= LONGEST_SIDE:
        raise ValueError(
            f"a raster must be (H, W) uint8, sides at most {LONGEST_SIDE}, got {raster.shape} {raster.dtype}"
        )
    return zlib.compress(pack({"raster": raster}))


def _check_label(label: int) -> None:
    if label not in range(CLASSES):
        raise ValueError(f"label must be a digit 0…9, got {label!r}")


def _check_room(connection: sa.Connection, wanted: int) -> None:
    kept = connection.scalar(sa.select(sa.func.count()).select_from(drawings)) or 0
    if kept + wanted > MOST_DRAWINGS:
        raise DatasetError(
            f"Our handwriting can hold {MOST_DRAWINGS:,} drawings and holds {kept:,}; {wanted:,} more do "
            "not fit. Delete some on the Data page."
        )


def _version(rows: list[tuple[int, int]]) -> str:
    return sha256(repr(rows).encode()).hexdigest()[:16]
