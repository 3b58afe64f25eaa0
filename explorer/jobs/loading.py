"""The loading of what a run learns from: images from their files, or features, computed once and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from explorer.classical.feature_files import FeatureProgress, dataset_features
from explorer.config.run import Data
from explorer.data.splits import Splits, load_splits, splits_of_features
from explorer.settings import Settings

KEPT_SPLITS = 2

Report = Callable[[FeatureProgress], None]
Load = Callable[[Data, Settings, Report], Splits]


def load_inputs(config: Data, settings: Settings, report: Report) -> Splits:
    """The splits of a run.

    Features that were never computed before take up to a minute; ``report`` hears of it several times a
    second, and what it raises ends the work.

    Raises:
        DatasetError: the dataset is missing or damaged.
        ConfigError: a size is greater than what there is.
        StoreError: features can't be kept.
        ExplorerError: a process that computes features died.
    """
    if config.features == "pixels":
        return load_splits(config, settings.data)
    features = dataset_features(config.dataset, config.hog, settings.data, settings.home, report)
    return splits_of_features(config, settings.data, features.train, features.test)


def unheard(progress: FeatureProgress) -> None:
    """For those who just wait."""


class SplitsInMemory:
    """Loads splits and keeps those used last, so that the next run on them begins at once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Splits] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, config: Data, settings: Settings, report: Report) -> Splits:
        """The splits, as ``load_inputs`` gives them."""
        key = f"{settings.data} {config.model_dump_json()}"
        with self._lock:
            kept = self._kept.pop(key, None)
        splits = kept or load_inputs(config, settings, report)
        with self._lock:
            self._kept[key] = splits
            while len(self._kept) > KEPT_SPLITS:
                self._kept.popitem(last=False)
        return splits
