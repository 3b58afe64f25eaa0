"""TensorBoard's event files: a few messages of protocol buffers, in records with checksums.

Field numbers are those of tensorflow/core/util/event.proto, framework/summary.proto and tensor.proto, and of
tensorboard/plugins/hparams/plugin_data.proto. Writing these few by hand spares a web server and gRPC, which
the library that writes them brings along.
"""

import struct
from collections.abc import Mapping, Sequence

CRC32C = 0x82F63B78  # the Castagnoli polynomial, reversed
STRING = 7  # DT_STRING of a TensorProto
HPARAM_STRING, HPARAM_BOOL, HPARAM_NUMBER = 1, 2, 3

Hyperparameter = str | bool | float


def record(event: bytes) -> bytes:
    """An event as TFRecord keeps it: length, its checksum, the event, its checksum."""
    length = struct.pack("<Q", len(event))
    return length + _checksum(length) + event + _checksum(event)


def version_event(seconds: float) -> bytes:
    """The event that begins every file."""
    return _double(1, seconds) + _bytes(3, b"brain.Event:2")


def scalar_event(seconds: float, step: int, values: Mapping[str, float]) -> bytes:
    """Numbers of one step by their tags; ``seconds`` since 1970."""
    summary = b"".join(_bytes(1, _bytes(1, tag.encode()) + _float(2, value)) for tag, value in values.items())
    return _event(seconds, step, summary)


def text_event(seconds: float, tag: str, text: str) -> bytes:
    """A text (Markdown) under a tag, at step 0."""
    tensor = _number(1, STRING) + _bytes(2, b"") + _bytes(8, text.encode())
    value = _bytes(1, tag.encode()) + _bytes(9, _plugin("text", b"")) + _bytes(8, tensor)
    return _event(seconds, 0, _bytes(1, value))


def hyperparameter_events(
    seconds: float, name: str, values: Mapping[str, Hyperparameter], metrics: Sequence[str]
) -> tuple[bytes, bytes]:
    """What the experiment can vary and is judged by, and the values of this run."""
    kinds = {bool: HPARAM_BOOL, str: HPARAM_STRING}
    infos = b"".join(
        _bytes(4, _bytes(1, field.encode()) + _number(4, kinds.get(type(value), HPARAM_NUMBER)))
        for field, value in values.items()
    )
    judged = b"".join(_bytes(5, _bytes(1, _bytes(2, tag.encode()))) for tag in metrics)
    chosen = b"".join(
        _bytes(1, _bytes(1, field.encode()) + _bytes(2, _value(value))) for field, value in values.items()
    )
    start = chosen + _bytes(4, name.encode()) + _double(5, seconds)
    return (
        _hparams(seconds, "_hparams_/experiment", _bytes(2, _double(3, seconds) + infos + judged)),
        _hparams(seconds, "_hparams_/session_start_info", _bytes(3, start)),
    )


def _hparams(seconds: float, tag: str, content: bytes) -> bytes:
    value = _bytes(1, tag.encode()) + _bytes(9, _plugin("hparams", content))
    return _event(seconds, 0, _bytes(1, value))


def _plugin(name: str, content: bytes) -> bytes:
    return _bytes(1, _bytes(1, name.encode()) + _bytes(2, content))


def _event(seconds: float, step: int, summary: bytes) -> bytes:
    return _double(1, seconds) + _number(2, step) + _bytes(5, summary)


def _value(value: Hyperparameter) -> bytes:
    """A google.protobuf.Value."""
    if isinstance(value, bool):
        return _number(4, int(value))
    return _bytes(3, value.encode()) if isinstance(value, str) else _double(2, value)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (CRC32C if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


_TABLE = _table()


def _checksum(content: bytes) -> bytes:
    value = 0xFFFFFFFF
    for byte in content:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    value ^= 0xFFFFFFFF
    # Masked, since a checksum of bytes that hold checksums is a weak one.
    masked = ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return struct.pack("<I", masked)
