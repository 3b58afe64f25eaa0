"""The name a run has until its owner gives it another."""

import re

from explorer.config.baseline import PARAMETERS, Baseline, BaselineConfig, BaselineModel
from explorer.config.kinds import AnyConfig
from explorer.config.run import Data, RunConfig

METHODS: dict[BaselineModel, str] = {
    "knn": "kNN",
    "linear_svm": "linear SVM",
    "rbf_svm": "RBF SVM",
    "logistic": "logistic regression",
    "forest": "random forest",
}
SIGNS = {"gamma": "γ"}
# Control signs, and those that turn the direction of all text behind them (Unicode Annex 9).
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def tidy_name(name: str) -> str:
    """A name as its owner wrote it, on one line, without signs that change the text around it."""
    return " ".join(_UNSEEN.sub("", re.sub(r"\s", " ", name)).split())


def default_name(config: AnyConfig) -> str:
    """What tells the run apart, in short: ``512-128 · relu · adam 0.001``, ``kNN k=3 · HOG · labels 3-8``."""
    name = _of_network(config) if isinstance(config, RunConfig) else _of_baseline(config)
    labels = "-".join(map(str, config.data.labels))
    return f"{name} · labels {labels}" if labels else name


def method_name(baseline: Baseline) -> str:
    """A baseline's method with its parameters: ``kNN k=3``, ``random forest trees=100``."""
    parameters = [
        f"{SIGNS.get(name, name)}={_figure(getattr(baseline, name))}" for name in PARAMETERS[baseline.model]
    ]
    return " ".join([METHODS[baseline.model], *parameters])


def features_name(data: Data) -> str:
    """What is seen of an image: ``pixels``, ``HOG``, or HOG with what differs from the defaults."""
    if data.features == "pixels":
        return "pixels"
    hog, usual = data.hog, Data().hog
    parts = {
        f"{hog.orientations} orientations": hog.orientations != usual.orientations,
        f"cells of {hog.cell_size}": hog.cell_size != usual.cell_size,
        f"blocks of {hog.block_size}": hog.block_size != usual.block_size,
    }
    return " ".join(["HOG", ", ".join(text for text, differs in parts.items() if differs)]).rstrip()


def _of_network(config: RunConfig) -> str:
    network, optimizer = config.network, config.optimizer
    convolutions = "-".join(str(block.filters) for block in network.blocks)
    dense = "-".join(str(units) for units in network.hidden)
    parts = [convolutions and f"conv {convolutions}", dense]
    architecture = network.preset or " + ".join(part for part in parts if part)
    name = f"{architecture} · {network.activation} · {optimizer.name} {optimizer.learning_rate:g}"
    return name if config.data.features == "pixels" else f"{name} · {features_name(config.data)}"


def _of_baseline(config: BaselineConfig) -> str:
    return f"{method_name(config.baseline)} · {features_name(config.data)}"


def _figure(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}".replace("e+0", "e").replace("e-0", "e-")
