import numpy as np
import pytest

from explorer.config.parsing import config_from_paths
from explorer.models.architecture import parameter_shapes, weight_layers
from explorer.plots.weights_order import norm_factors, pushes, seen_through, unit_order


def network(**fields: object) -> tuple[dict[str, np.ndarray], list[str]]:
    """Random weights of a network, and the prefixes of its layers."""
    wanted = config_from_paths({path.replace("__", "."): value for path, value in fields.items()}).network
    random = np.random.default_rng(0)
    shapes = parameter_shapes(wanted)
    arrays = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    arrays |= {name: np.abs(array) + 0.5 for name, array in arrays.items() if name.endswith("running_var")}
    return arrays, [layer.prefix for layer in weight_layers(wanted)]


def test_with_one_hidden_layer_the_push_is_the_outgoing_weight():
    arrays, prefixes = network(network__hidden=[6])
    found = pushes(arrays, prefixes, 0)
    assert found is not None
    assert found.is_exact
    np.testing.assert_allclose(found.values, arrays["output.weight"])
    assert found.classes == tuple(arrays["output.weight"].argmax(0))


def test_deeper_it_is_the_product_of_the_weights_and_of_what_batch_norm_multiplies():
    arrays, prefixes = network(network__hidden=[6, 5, 4], network__batch_norm=True)
    found = pushes(arrays, prefixes, 1)
    assert found is not None
    assert not found.is_exact
    scale = arrays["hidden.2.norm.weight"] / np.sqrt(arrays["hidden.2.norm.running_var"] + 1e-5)
    expected = arrays["output.weight"] @ np.diag(scale) @ arrays["hidden.2.weight"]
    np.testing.assert_allclose(found.values, expected, rtol=1e-4)


def test_a_filter_pushes_as_if_its_whole_map_rose_by_one():
    arrays, prefixes = network(network__preset="lenet")
    found = pushes(arrays, prefixes, 1)
    assert found is not None
    assert found.values.shape == (10, 16)
    rise = np.zeros((16, 4, 4))
    rise[3] = 1
    after = arrays["output.weight"] @ arrays["hidden.1.weight"] @ arrays["hidden.0.weight"]
    np.testing.assert_allclose(found.values[:, 3], after @ rise.ravel(), rtol=1e-3)
    first = pushes(arrays, prefixes, 0)
    assert first is not None
    np.testing.assert_allclose(
        first.values, found.values @ arrays["convolution.1.weight"].sum((2, 3)), rtol=1e-4
    )


def test_a_checkpoint_without_the_layers_after_it_has_no_pushes():
    arrays, prefixes = network(network__hidden=[6, 5])
    del arrays["hidden.1.weight"]
    assert pushes(arrays, prefixes, 0) is None
    assert seen_through(arrays, prefixes, 1, 0) is None


def test_a_deep_unit_sees_the_image_through_the_layers_before_it():
    arrays, prefixes = network(network__hidden=[6, 5])
    seen = seen_through(arrays, prefixes, 1, 2)
    assert seen is not None
    np.testing.assert_allclose(seen, arrays["hidden.1.weight"][2] @ arrays["hidden.0.weight"], rtol=1e-4)
    assert norm_factors(arrays, "hidden.0").tolist() == [1.0] * 6
    arrays, prefixes = network(network__preset="lenet")
    assert seen_through(arrays, prefixes, 2, 0) is None


def test_units_are_ordered_by_number_norm_class_or_with_dead_ones_first():
    arrays, prefixes = network(network__hidden=[4])
    arrays["output.weight"] = np.zeros((10, 4), np.float32)
    arrays["output.weight"][[7, 2, 7, 2], [0, 1, 2, 3]] = [1, 1, 3, 5]
    found = pushes(arrays, prefixes, 0)
    norms, dead = np.array([1.0, 4.0, 2.0, 3.0]), np.array([False, False, True, False])
    assert unit_order("number", norms) == (0, 1, 2, 3)
    assert unit_order("norm", norms) == (1, 3, 2, 0)
    assert unit_order("class", norms, found) == (3, 1, 2, 0)
    assert unit_order("dead", norms, dead=dead) == (2, 0, 1, 3)
    assert unit_order("dead", norms) == unit_order("class", norms) == (0, 1, 2, 3)


@pytest.mark.parametrize("layer", [0, 1])
def test_pushes_have_a_column_a_unit(layer: int):
    arrays, prefixes = network(network__hidden=[6, 5])
    found = pushes(arrays, prefixes, layer)
    assert found is not None
    assert found.values.shape == (10, (6, 5)[layer])
