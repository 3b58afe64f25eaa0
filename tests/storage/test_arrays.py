import numpy as np
import pytest

from explorer.errors import StoreError
from explorer.storage.arrays import pack, unpack


def test_arrays_come_back_with_their_types_shapes_and_values():
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3).T,
        "b": np.array([True, False]),
        "c": np.array(7, dtype=np.int64),
        "d": np.zeros((0, 4), np.uint8),
    }
    back = unpack(pack(arrays))
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        np.testing.assert_array_equal(back[name], array)


@pytest.mark.parametrize(
    "packed", [b"", b"no arrays at all", pack({"a": np.zeros(9)})[:-3]], ids=["empty", "foreign", "cut short"]
)
def test_a_damaged_answer_is_said_to_be_one(packed: bytes):
    with pytest.raises(StoreError, match="damaged"):
        unpack(packed)
