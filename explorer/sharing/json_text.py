"""JSON as files and standard output carry it."""

import json
import math
from typing import Any


def json_text(value: Any) -> str:
    """One JSON document; numbers that JSON does not know (NaN, infinities) become null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
