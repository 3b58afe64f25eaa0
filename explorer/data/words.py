"""What settings and their values are called, and sizes as a person would say them."""

from typing import Any

from explorer.config.fields import field_of_either
from explorer.config.run import Data
from explorer.data.catalog import DATASETS
from explorer.data.own import is_own, own_title

# What a value is called where capitals or spaces say more than the configuration's word.
TITLES: dict[str, str] = {
    **{name: dataset.title for name, dataset in DATASETS.items()},
    "mlp": "Fully connected",
    "cnn": "Convolutional",
    "lenet": "LeNet",
    "keras_cnn": "Keras CNN",
    "identity": "Identity (none)",
    "tanh": "tanh",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "default": "PyTorch's default",
    "glorot_uniform": "Glorot, uniform",
    "glorot_normal": "Glorot, normal",
    "he_uniform": "He, uniform",
    "he_normal": "He, normal",
    "cross_entropy": "Cross-entropy",
    "binary_cross_entropy": "Binary cross-entropy",
    "sgd": "SGD",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "one_cycle": "One-cycle",
    "unit": "[0, 1]",
    "standard": "Standardised",
    "none": "None (0…255)",
    "hog": "HOG",
    "torch": "PyTorch",
    "numpy": "NumPy",
    "knn": "kNN",
    "linear_svm": "Linear SVM",
    "rbf_svm": "RBF SVM",
    "forest": "Random forest",
    "logistic": "Logistic regression",
    "cpu": "CPU",
    "mps": "Apple GPU",
}


def title_of(value: Any) -> str:
    """What a choice is called on the screen: ``relu`` is ReLU."""
    text = str(value)
    if is_own(text):
        return own_title(text)
    return TITLES.get(text) or text.replace("_", " ").capitalize()


def label_name(dataset: str | None, label: int) -> str:
    """What a label is called on the screen: a digit is itself, ``3`` of Fashion-MNIST is 3 Dress."""
    name = str(label) if dataset is None else DATASETS[dataset].class_names[label]
    return name if name == str(label) else f"{label} {name}"


def labels_in_words(data: Data) -> str:
    """The labels that alone are trained on, for the screen: ``3, 8``; empty where all are."""
    return ", ".join(label_name(data.dataset, label) for label in data.labels)


def figure(value: float) -> str:
    """A number in few digits: 0.001, 1e-05, 12,500."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def in_short(count: float) -> str:
    """A count in three digits: 950, 12.3 k, 4.6 M, 1.2 G."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g} {letter}"
    return f"{count:.3g}"


def duration(seconds: float) -> str:
    """A length of time: 40 ms, 2.5 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 0.1:
        return f"{max(seconds * 1000, 1):.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def setting_title(path: str) -> str:
    """A field's title, with its unit."""
    entry = field_of_either(path)
    if entry is None:
        return path
    is_said = not entry.unit or entry.unit in entry.title.lower()
    return entry.title if is_said else f"{entry.title} ({entry.unit})"


def setting_in_words(path: str, value: Any) -> str:
    """The value of a field for the screen: no labels are all of them, no hidden layers are none."""
    return "all" if path == "data.labels" and not value else in_words(value)


def in_words(value: Any) -> str:
    """A value for the screen."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return figure(value)
    if isinstance(value, list):
        return (
            " · ".join(_block(item) if isinstance(item, dict) else in_words(item) for item in value) or "none"
        )
    return title_of(value)


def _block(block: dict[str, Any]) -> str:
    size = block["kernel"]
    pooled = f", pooling {block['pooling']}" if block["pooling"] > 1 else ""
    return f"{block['filters']} × {size}×{size} {block['padding']}{pooled}"
