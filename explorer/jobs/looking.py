"""From a run's number and an epoch to the network to look into, with its images."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray
from torch import Tensor

from explorer.config.run import Data
from explorer.data.splits import Splits
from explorer.errors import AnalysisError, CheckpointError
from explorer.inspection.subject import Subject, subject
from explorer.jobs.loading import Load, load_inputs, unheard
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store

KEPT = 6  # networks in memory; the scrubber goes back and forth

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A network and the splits of its run."""

    subject: Subject
    splits: Splits

    def part(self, name: Part) -> tuple[Tensor, Tensor]:
        """Images uint8 and labels int64 of one split."""
        return {
            "train": (self.splits.train_images, self.splits.train_labels),
            "validation": (self.splits.validation_images, self.splits.validation_labels),
            "test": (self.splits.test_images, self.splits.test_labels),
        }[name]


class Looking:
    """Opens networks of stored runs, and keeps those used last."""

    def __init__(self, store: Store, settings: Settings, load: Load = load_inputs) -> None:
        self._store, self._settings, self._load = store, settings, load
        self._kept: OrderedDict[tuple[int, int, int], Looked] = OrderedDict()

    def load(self, config: Data) -> Splits:
        """The splits of a configuration, kept in memory for the next time.

        Raises:
            DatasetError: its files are missing or damaged.
        """
        return self._load(config, self._settings, unheard)

    def unlock_test(self, run_id: int) -> None:
        """Let the test images be asked about, which are locked until a run has ended.

        Raises:
            RunNotFoundError: the run was deleted.
            AnalysisError: it waits, trains or was left without a result.
        """
        if self._store.run(run_id).result is None:
            raise AnalysisError(
                f"The test images are locked until run {run_id} has ended with a result: until then, ask "
                "about the validation images."
            )

    def open(self, run_id: int, epoch: int) -> Looked:
        """The network of a run as it was at the end of an epoch whose weights were kept.

        Raises:
            RunNotFoundError: the run was deleted.
            CheckpointError: the weights of this epoch are missing or damaged.
            DatasetError: its images are gone.
        """
        config = self._store.run(run_id).network_config
        checkpoints = Checkpoints(self._settings, run_id)
        if epoch not in checkpoints.epochs():
            raise CheckpointError(
                f"The weights of run {run_id} after epoch {epoch} are not kept. Choose another epoch."
            )
        # A resumed run writes an epoch again.
        key = (run_id, epoch, checkpoints.folder.stat().st_mtime_ns)
        looked = self._kept.pop(key, None)
        if looked is None:
            splits = self.load(config.data)
            weights: Mapping[str, NDArray[Any]] = checkpoints.load(epoch)
            looked = Looked(subject(config, weights, splits.train_images), splits)
        self._kept[key] = looked
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return looked
