"""What an export is made from: one run, its store, and the images that it learned from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config.baseline import BaselineConfig
from explorer.config.run import RunConfig
from explorer.data.files import Arrays, load_arrays
from explorer.data.noisy_copies import with_noisy_copies
from explorer.data.partition import Partition, partition
from explorer.data.pixel_scaling import pixel_scaling
from explorer.errors import ExportError
from explorer.records import EpochMetrics, Run, RunResult
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store


@dataclass(frozen=True, eq=False)
class Source:
    """A run as it stands; what an export needs beyond it is read when it is asked for.

    Reading raises StoreError, DatasetError, CheckpointError; ExportError says what the run can't give.
    """

    store: Store
    settings: Settings
    run: Run

    @property
    def config(self) -> RunConfig:
        """What was asked of the network; ExportError for a baseline."""
        if isinstance(self.run.config, BaselineConfig):
            raise ExportError(
                f"Run {self.run.id} is a classical method and has no network: "
                "it can be exported as JSON, in a report and in a bundle."
            )
        return self.run.config

    @property
    def result(self) -> RunResult:
        """What the network amounts to; ExportError where it has not ended."""
        result = self.run.network_result
        if not isinstance(self.config, RunConfig) or result is None:
            raise ExportError(
                f"Run {self.run.id} has no result yet: it is {self.run.status}. "
                "Export it once it has finished."
            )
        return result

    @cached_property
    def epochs(self) -> tuple[EpochMetrics, ...]:
        """All epochs, in order."""
        return self.store.epochs(self.run.id)

    @cached_property
    def kept_epoch(self) -> int:
        """The epoch whose weights are the result, or the newest whose weights are kept."""
        kept = Checkpoints(self.settings, self.run.id).epochs()
        result = self.run.network_result if isinstance(self.config, RunConfig) else None
        if result is not None and (result.kept_epoch in kept or not kept):
            return result.kept_epoch
        if not kept:
            raise ExportError(f"Run {self.run.id} has no weights yet: no epoch of it has finished.")
        return kept[-1]

    @cached_property
    def weights(self) -> dict[str, NDArray[Any]]:
        """The weights of the result, by name; CheckpointError where they are missing or damaged."""
        return Checkpoints(self.settings, self.run.id).load(self.kept_epoch)

    @cached_property
    def arrays(self) -> Arrays:
        """All images and labels of the run's dataset."""
        return load_arrays(self.config.data.dataset, self.settings.data)

    @cached_property
    def partition(self) -> Partition:
        """Which of them train, validate and test."""
        return partition(self.arrays.train_labels, self.arrays.test_labels, self.config.data)

    @cached_property
    def scaling(self) -> tuple[float, float]:
        """Mean and factor of ``(pixel - mean) * factor``, measured on the training images."""
        data = self.config.data
        if data.scaling != "standard":
            return pixel_scaling(data, np.empty((0, 28, 28), np.uint8))
        images = self.arrays.train_images[self.partition.train]
        if data.noisy_copies:
            images = with_noisy_copies(images, data.noisy_copies, data.noisy_copies_sigma, data.split_seed)
        return pixel_scaling(data, images)
