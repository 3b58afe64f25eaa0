"""The networks that the Train page offers by name, and the fields that each one sets."""

from collections.abc import Mapping
from typing import Any

OWN_LAYERS = "Own layers"
OWN_CONVOLUTIONS = "Own convolutions"

_MLP: dict[str, Any] = {"network.preset": None, "network.kind": "mlp", "network.blocks": []}

NETWORKS: dict[str, dict[str, Any]] = {
    "64": {**_MLP, "network.hidden": [64]},
    "10": {**_MLP, "network.hidden": [10]},
    "512-128": {**_MLP, "network.hidden": [512, 128]},
    "500-250-100": {**_MLP, "network.hidden": [500, 250, 100]},
    "LeNet": {"network.preset": "lenet"},
    "Keras CNN": {"network.preset": "keras_cnn"},
}
CHOICES = (*NETWORKS, OWN_LAYERS, OWN_CONVOLUTIONS)

FIRST_BLOCKS = [
    {"filters": 16, "kernel": 3, "padding": "same", "pooling": 2},
    {"filters": 32, "kernel": 3, "padding": "same", "pooling": 2},
]


def fields_of(choice: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a choice sets; an own network starts from what is there."""
    if choice in NETWORKS:
        return NETWORKS[choice]
    hidden = values["network.hidden"] or [64]
    if choice == OWN_LAYERS:
        return {**_MLP, "network.hidden": hidden}
    blocks = values["network.blocks"] or FIRST_BLOCKS
    return {"network.preset": None, "network.kind": "cnn", "network.blocks": blocks, "network.hidden": hidden}


def name_of(values: Mapping[str, Any]) -> str:
    """The name under which these values are offered."""
    for name, fields in NETWORKS.items():
        if all(values[path] == value for path, value in fields.items()):
            return name
    return OWN_CONVOLUTIONS if values["network.kind"] == "cnn" else OWN_LAYERS


def fits(choice: str | None, values: Mapping[str, Any]) -> bool:
    """Whether a choice can stand for these values; own layers may well equal a named network."""
    if choice in NETWORKS:
        return name_of(values) == choice
    kinds = {OWN_LAYERS: "mlp", OWN_CONVOLUTIONS: "cnn"}
    return values["network.preset"] is None and kinds.get(str(choice)) == values["network.kind"]


def short_name(values: Mapping[str, Any]) -> str:
    """A network in few signs for tables: 512-128, LeNet, 16·3 → 32·3 → 64."""
    name = name_of(values)
    if name in NETWORKS:
        return name
    dense = "-".join(str(units) for units in values["network.hidden"])
    blocks = [f"{block['filters']}·{block['kernel']}²" for block in values["network.blocks"]]
    return " → ".join([*blocks, *([dense] if dense else [])])
