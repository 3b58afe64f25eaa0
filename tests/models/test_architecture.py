import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config.run import Network
from explorer.models.architecture import (
    count_multiply_adds,
    count_parameters,
    describe,
    parameter_shapes,
    weight_layers,
)

REPORTED = [
    # First report: sigmoid baseline, ReLU, and PReLU with one learnable slope a layer.
    ("784-512-128-10 sigmoid", Network(hidden=(512, 128), activation="sigmoid"), None, 468_874),
    ("784-256-64-10 relu", Network(hidden=(256, 64)), None, 218_058),
    ("784-512-64-10 prelu", Network(hidden=(512, 64), activation="prelu"), None, 435_404),
    # Second report: one hidden layer, and the LeNet-like network.
    ("784-64-10", Network(hidden=(64,)), None, 50_890),
    ("lenet", Network(preset="lenet"), None, 44_426),
    # Third report.
    ("784-10-10", Network(hidden=(10,)), None, 7_960),
    ("784-10-10-10", Network(hidden=(10, 10)), None, 8_070),
    # Fourth report: pixels, and the 324 HOG features of a 28×28 image.
    ("784-500-250-100-10", Network(hidden=(500, 250, 100)), None, 543_860),
    ("324-300-150-70-10", Network(hidden=(300, 150, 70)), 324, 153_930),
    # Fifth report, figure 16 (its MLP's size is not given).
    ("keras_cnn", Network(preset="keras_cnn"), None, 421_642),
]

# The same numbers, added up by hand: weights + biases, layer by layer.
BY_HAND = {
    "784-512-128-10 sigmoid": (784 * 512 + 512) + (512 * 128 + 128) + (128 * 10 + 10),
    "784-256-64-10 relu": (784 * 256 + 256) + (256 * 64 + 64) + (64 * 10 + 10),
    "784-512-64-10 prelu": (784 * 512 + 512 + 1) + (512 * 64 + 64 + 1) + (64 * 10 + 10),
    "784-64-10": (784 * 64 + 64) + (64 * 10 + 10),
    # 28 → 24 → 12 → 8 → 4, so 16·4·4 = 256 inputs reach the dense layers.
    "lenet": (6 * 25 + 6) + (16 * 6 * 25 + 16) + (256 * 120 + 120) + (120 * 84 + 84) + (84 * 10 + 10),
    "784-10-10": (784 * 10 + 10) + (10 * 10 + 10),
    "784-10-10-10": (784 * 10 + 10) + (10 * 10 + 10) + (10 * 10 + 10),
    "784-500-250-100-10": (784 * 500 + 500) + (500 * 250 + 250) + (250 * 100 + 100) + (100 * 10 + 10),
    "324-300-150-70-10": (324 * 300 + 300) + (300 * 150 + 150) + (150 * 70 + 70) + (70 * 10 + 10),
    # 28 → 14 → 7, so 64·7·7 = 3,136 inputs reach the dense layers.
    "keras_cnn": (32 * 9 + 32) + (64 * 32 * 9 + 64) + (3136 * 128 + 128) + (128 * 10 + 10),
}


@pytest.mark.parametrize(
    ("name", "network", "inputs", "parameters"), REPORTED, ids=[row[0] for row in REPORTED]
)
def test_every_reported_network_has_the_parameters_counted_by_hand(name, network, inputs, parameters):
    assert BY_HAND[name] == parameters
    assert count_parameters(network, inputs=inputs) == parameters
    assert sum(row.parameters for row in describe(network, inputs=inputs)) == parameters


def test_the_table_of_the_fifth_reports_network_is_that_of_its_figure_16():
    rows = [
        (row.name, row.kind, row.output_shape, row.parameters)
        for row in describe(Network(preset="keras_cnn"))
    ]
    assert rows == [
        ("convolution 1", "convolution", (32, 28, 28), 320),
        ("pooling 1", "pooling", (32, 14, 14), 0),
        ("convolution 2", "convolution", (64, 14, 14), 18_496),
        ("pooling 2", "pooling", (64, 7, 7), 0),
        ("flatten", "flatten", (3136,), 0),
        ("hidden 1", "dense", (128,), 401_536),
        ("output", "dense", (10,), 1_290),
    ]


def test_multiply_adds_are_weights_times_the_places_where_they_are_applied():
    rows = {row.name: row.multiply_adds for row in describe(Network(preset="lenet"))}
    assert rows == {
        "convolution 1": 24 * 24 * 6 * 25,
        "pooling 1": 0,
        "convolution 2": 8 * 8 * 16 * 6 * 25,
        "pooling 2": 0,
        "flatten": 0,
        "hidden 1": 256 * 120,
        "hidden 2": 120 * 84,
        "output": 84 * 10,
    }
    assert count_multiply_adds(Network(preset="lenet")) == 86_400 + 153_600 + 30_720 + 10_080 + 840
    assert count_multiply_adds(Network(hidden=(64,))) == 784 * 64 + 64 * 10


def test_batch_norm_adds_a_scale_and_a_shift_for_every_hidden_unit_and_filter():
    plain, normed = Network(hidden=(30, 20)), Network(hidden=(30, 20), batch_norm=True)
    assert count_parameters(normed) - count_parameters(plain) == 2 * (30 + 20)
    blocks = ({"filters": 4}, {"filters": 8})
    plain = Network(kind="cnn", blocks=blocks, hidden=(5,))
    normed = Network(kind="cnn", blocks=blocks, hidden=(5,), batch_norm=True)
    assert count_parameters(normed) - count_parameters(plain) == 2 * (4 + 8 + 5)


def test_pooling_of_one_has_no_row_and_a_cnn_may_end_without_hidden_layers():
    network = Network(
        kind="cnn", blocks=({"filters": 3, "kernel": 3, "padding": "valid", "pooling": 1},), hidden=()
    )
    assert [(row.name, row.output_shape) for row in describe(network)] == [
        ("convolution 1", (3, 26, 26)),
        ("flatten", (3 * 26 * 26,)),
        ("output", (10,)),
    ]


def test_pooling_drops_rows_that_do_not_fill_a_window():
    network = Network(kind="cnn", blocks=({"filters": 2, "kernel": 3, "padding": "same", "pooling": 3},))
    assert describe(network)[1].output_shape == (2, 9, 9)


def test_other_images_and_classes_are_counted_too():
    network = Network(
        kind="cnn", blocks=({"filters": 4, "kernel": 3, "padding": "same", "pooling": 2},), hidden=()
    )
    first, pooling, _, output = describe(network, classes=5, channels=3, side=32)
    assert first.parameters == 4 * 3 * 9 + 4
    assert pooling.output_shape == (4, 16, 16)
    assert output.parameters == 4 * 16 * 16 * 5 + 5


def test_a_feature_vector_is_refused_for_a_cnn():
    with pytest.raises(ValueError, match=r"inputs must be None for the kind cnn.*324"):
        describe(Network(preset="lenet"), inputs=324)


@pytest.mark.parametrize(
    "blocks",
    [
        ({"filters": 2, "kernel": 11, "padding": "valid", "pooling": 4},) * 2,  # 28 → 18 → 4, smaller than 11
        ({"filters": 2, "kernel": 3, "padding": "same", "pooling": 4},) * 3,  # 28 → 7 → 1 → 0
    ],
)
def test_blocks_that_leave_nothing_of_the_image_are_refused(blocks):
    with pytest.raises(ValueError, match=r"larger than its|leave nothing"):
        describe(Network(kind="cnn", blocks=blocks))


def test_names_of_parameters_are_in_the_order_in_which_they_are_drawn():
    network = Network(kind="cnn", blocks=({"filters": 4},), hidden=(6,), activation="prelu", batch_norm=True)
    layer = ["weight", "bias", "slope", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"]
    assert list(parameter_shapes(network)) == [
        *(f"convolution.0.{name}" for name in layer),
        *(f"hidden.0.{name}" for name in layer),
        "output.weight",
        "output.bias",
    ]


@settings(deadline=None)
@given(st.lists(st.integers(1, 4096), min_size=1, max_size=8), st.integers(1, 2000))
def test_an_mlp_counts_one_weight_a_pair_of_neighbours_and_one_bias_a_unit(hidden, inputs):
    widths = [inputs, *hidden, 10]
    weights = sum(before * after for before, after in pairwise(widths))
    network = Network(hidden=tuple(hidden))
    assert count_multiply_adds(network, inputs=inputs) == weights
    assert count_parameters(network, inputs=inputs) == weights + sum(widths[1:])


def test_fans_count_the_window_of_a_convolution():
    first, second, *_ = weight_layers(Network(preset="lenet"))
    assert (first.fan_in, first.fan_out) == (1 * 25, 6 * 25)
    assert (second.fan_in, second.fan_out) == (6 * 25, 16 * 25)


def test_describing_and_reading_checkpoints_does_not_import_torch():
    code = (
        "import sys, explorer.models.architecture, explorer.models.checkpoint;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
