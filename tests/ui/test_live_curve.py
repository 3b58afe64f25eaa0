import base64

import numpy as np

from explorer.plots.training import training_curves
from explorer.records import StepMetrics
from explorer.ui.live_curve import as_data, encode


def test_numbers_travel_as_little_endian_single_floats():
    assert base64.b64decode(encode((1.0, 0.5))) == b"\x00\x00\x80\x3f\x00\x00\x00\x3f"
    assert encode(()) == ""


def test_steps_stay_exact_up_to_sixteen_million():
    decoded = np.frombuffer(base64.b64decode(encode((16_777_215.0,))), "<f4")
    assert decoded.tolist() == [16_777_215.0]


def test_a_long_run_travels_in_few_kilobytes():
    steps = [StepMetrics(1, n, n, 1 / n, 1 / n, 1 / n) for n in range(1, 2001)]
    data = as_data(training_curves(steps, (), total_steps=2000, planned_epochs=10))
    (trace,) = data["panels"][0]["traces"]
    assert sum(len(trace[name]) for name in ("x", "y", "low", "high")) < 11_000
    assert data["panels"][1]["traces"] == []
    assert data["panels"][1]["empty"] == "The first point comes when an epoch ends"
