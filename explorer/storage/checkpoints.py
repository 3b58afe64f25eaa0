"""The weights a run left behind: one folder a run, one safetensors file a kept epoch, one to resume from."""

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from explorer.errors import CheckpointError, StoreError
from explorer.models import checkpoint
from explorer.settings import Settings

MOST_KEPT = 60
STATE = "state.safetensors"
EPOCH_FILE = re.compile(r"epoch-(\d{4,})\.safetensors")
HELD_FILE = re.compile(r"held-(\d{4,})\.safetensors")
MOST_HELD = 8  # of the epochs that somebody is about to branch off from; older holds are let go

Arrays = dict[str, np.ndarray]


def run_folder(settings: Settings, run_id: int) -> Path:
    """Where the files of a run lie."""
    return settings.runs / str(run_id)


def kept_epochs(newest: int, *also: int) -> frozenset[int]:
    """Which of the epochs 1…newest keep a checkpoint: at most 60, evenly spread.

    The first, the newest and those in ``also`` always; of the others every one, every second, every fourth, …
    """
    always = {1, newest, *also}
    stride = 1
    while len(kept := always.union(range(1, newest + 1, stride))) > MOST_KEPT:
        stride *= 2
    return frozenset(kept)


class Checkpoints:
    """The checkpoints of one run. A file is written whole or not at all; older ones stay as they are.

    Writing raises StoreError (disk full, read-only), reading CheckpointError (missing, damaged).
    """

    def __init__(self, settings: Settings, run_id: int) -> None:
        self.folder = run_folder(settings, run_id)

    def save_epoch(
        self,
        epoch: int,
        arrays: Mapping[str, np.ndarray],
        metadata: Mapping[str, str] | None = None,
        *,
        best_epoch: int | None = None,
    ) -> None:
        """Keeps the weights of an epoch, and lets go of others so that at most 60 are left.

        The first, the newest, the best, this one and those that are held stay.
        """
        checkpoint.save(self._path(epoch), arrays, metadata or {})
        there = self.epochs()
        kept = kept_epochs(max(there), epoch, min(there), best_epoch or epoch).union(self._numbers(HELD_FILE))
        for other in there:
            if other not in kept:
                self._remove(other)

    def epochs(self) -> tuple[int, ...]:
        """The epochs whose weights are kept, in order."""
        return tuple(sorted({*self._numbers(EPOCH_FILE), *self._numbers(HELD_FILE)}))

    def hold(self, epoch: int) -> int:
        """Keep the weights of an epoch also where a longer training lets go of them; eight at most.

        Where they are gone already, those of the nearest epoch that is kept are held. Returns the epoch held;
        raises CheckpointError where no weights are kept at all.
        """
        while (nearest := min(self.epochs(), key=lambda other: abs(other - epoch), default=None)) is not None:
            if self._second_name(nearest):
                earlier = [other for other in self._numbers(HELD_FILE) if other != nearest]
                for other in earlier[: max(0, len(earlier) + 1 - MOST_HELD)]:
                    self.release(other)
                return nearest
        raise CheckpointError(
            f"No weights of this run are kept in {self.folder}. Train it for an epoch first."
        )

    def release(self, epoch: int) -> None:
        """Hold the weights of an epoch no longer."""
        try:
            self._held(epoch).unlink(missing_ok=True)
        except OSError as error:
            raise _in_words(error, self._held(epoch)) from error

    def written_at(self, epoch: int) -> int:
        """When the weights of an epoch were written, in ns since 1970; 0 where they are not there.

        A resumed run writes an epoch again.
        """
        try:
            return self._file(epoch).stat().st_mtime_ns
        except OSError:
            return 0

    def load(self, epoch: int) -> Arrays:
        """The weights of an epoch; raises CheckpointError."""
        return dict(checkpoint.load(self._file(epoch))[0])

    def save_state(self, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
        """Keeps all that a run needs to go on, in place of the state before."""
        checkpoint.save(self.folder / STATE, arrays, metadata)

    def load_state(self) -> tuple[Arrays, dict[str, str]] | None:
        """What ``save_state`` kept, or None where there is nothing yet; raises CheckpointError if damaged."""
        if not (self.folder / STATE).exists():
            return None
        arrays, metadata = checkpoint.load(self.folder / STATE)
        return dict(arrays), dict(metadata)

    def state_epoch(self) -> int | None:
        """The epoch of the state that ``load_state`` would give, without reading its arrays."""
        epoch = checkpoint.read_metadata(self.folder / STATE).get("epoch", "")
        return int(epoch) if epoch.isdecimal() else None

    def forget_after(self, epoch: int) -> None:
        """Lets go of the weights of later epochs, before a run that resumes there trains them again."""
        for other in self.epochs():
            if other > epoch:
                self.release(other)
                self._remove(other)

    def delete(self) -> None:
        """Removes the folder with all its files; nothing happens where there is none."""
        try:
            shutil.rmtree(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _in_words(error, self.folder) from error

    def _numbers(self, pattern: re.Pattern[str]) -> tuple[int, ...]:
        if not self.folder.is_dir():
            return ()
        matches = (pattern.fullmatch(path.name) for path in self.folder.iterdir())
        return tuple(sorted(int(match[1]) for match in matches if match))

    def _second_name(self, epoch: int) -> bool:
        """Give the weights of an epoch a second name, which training leaves alone; False: they are gone."""
        own, held = self._path(epoch), self._held(epoch)
        try:
            with suppress(FileExistsError):
                held.hardlink_to(own)
        except FileNotFoundError:
            return held.exists()
        except OSError:  # a file system without second names
            return _copied(own, held)
        return True

    def _held(self, epoch: int) -> Path:
        return self.folder / f"held-{epoch:04d}.safetensors"

    def _file(self, epoch: int) -> Path:
        """Where the weights of an epoch are read: under their own name, or the one that holds them."""
        own, held = self._path(epoch), self._held(epoch)
        return held if not own.exists() and held.exists() else own

    def _path(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04d}.safetensors"

    def _remove(self, epoch: int) -> None:
        try:
            self._path(epoch).unlink(missing_ok=True)
        except OSError as error:
            raise _in_words(error, self._path(epoch)) from error


def _copied(source: Path, target: Path) -> bool:
    """Copy a file, whole or not at all; False where it is gone."""
    partial = target.with_name(f".{target.name}.writing")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    except FileNotFoundError:
        return False
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _in_words(error, target) from error
    return True


def _in_words(error: OSError, path: Path) -> StoreError:
    return StoreError(
        f"{path} can't be changed ({error.strerror}). Free space on the disk, or make the folder writable; "
        f"the checkpoints saved before are kept."
    )
