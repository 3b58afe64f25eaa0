"""Known architectures, by name, as the fields that they fix."""

from typing import Any, Literal

Preset = Literal["lenet", "keras_cnn"]

PRESETS: dict[str, dict[str, Any]] = {
    # Second report, section 3: 6 and 16 filters of 5×5, then 120 and 84 units.
    "lenet": {
        "kind": "cnn",
        "blocks": (
            {"filters": 6, "kernel": 5, "padding": "valid", "pooling": 2},
            {"filters": 16, "kernel": 5, "padding": "valid", "pooling": 2},
        ),
        "hidden": (120, 84),
    },
    # Fifth report, figure 16: 421,642 parameters.
    "keras_cnn": {
        "kind": "cnn",
        "blocks": (
            {"filters": 32, "kernel": 3, "padding": "same", "pooling": 2},
            {"filters": 64, "kernel": 3, "padding": "same", "pooling": 2},
        ),
        "hidden": (128,),
    },
}
