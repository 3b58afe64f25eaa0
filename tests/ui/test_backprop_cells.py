"""Every number of the Backprop page, computed by hand, is the number in its matrix."""

import re
from typing import Any

import numpy as np
import pytest

from explorer.config.run import RunConfig
from explorer.scratch.walk import StepRecord, Walk
from explorer.ui.backprop_cells import explain
from explorer.ui.backprop_formulas import bracketed, formula, legend, number, update_rule
from explorer.ui.backprop_numbers import terms_table
from explorer.ui.backprop_quantities import quantities
from explorer.ui.backprop_stages import known, parameters, stages

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "gelu", "silu")
LOSSES = ("cross_entropy", "mean_squared_error", "binary_cross_entropy")
OPTIMIZERS: tuple[dict[str, Any], ...] = (
    {"name": "sgd"}, {"name": "sgd", "momentum": 0.9}, {"name": "adam"}, {"name": "rmsprop"},
    {"name": "rmsprop", "momentum": 0.5}, {"name": "adagrad"},
)  # fmt: skip
SIDE = 4
GIVEN = {"X", "Y", "W", "b", "slope"}


def record_of(number_of_step: int = 3, **sections: Any) -> tuple[StepRecord, RunConfig]:
    sections.setdefault("network", {"hidden": [5, 4], "activation": "tanh"})
    sections.setdefault("optimizer", {"name": "sgd", "learning_rate": 0.1})
    config = RunConfig.model_validate({**sections, "training": {"batch_size": 3, "engine": "numpy"}})
    random = np.random.default_rng(0)
    walk = Walk(config, random.random((SIDE**2, 12)), random.integers(0, 10, 12).astype(np.uint8))
    return walk.step(number_of_step), config


def check_all(record: StepRecord, config: RunConfig) -> set[str]:
    """Compute every cell by hand; the kinds of those that were computed."""
    computed = set()
    for quantity in quantities(record, config, SIDE).values():
        for row, column in np.ndindex(quantity.values.shape):
            own = explain(record, config, quantity, row, column)
            if own.by_hand is None:
                assert quantity.kind in GIVEN
                assert own.words
                continue
            computed.add(quantity.kind)
            assert own.by_hand == pytest.approx(quantity.values[row, column], rel=1e-9, abs=1e-13), (
                quantity.name
            )
            if own.total is not None:
                assert own.total.terms.total == own.by_hand
                assert len(own.total.names) == len(own.total.terms.products)
    return computed


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_number_is_the_same_by_hand(activation: str, loss: str):
    record, config = record_of(network={"hidden": [5, 4], "activation": activation}, loss=loss)
    computed = check_all(record, config)
    slopes = {"dslope", "slopenew"} if activation == "prelu" else set()
    assert computed == {"Z", "A", "P", "L", "J", "dA", "dZ", "dW", "db", "Wnew", "bnew"} | slopes


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_update_is_the_same_by_hand(optimizer: dict[str, Any]):
    record, config = record_of(optimizer={"learning_rate": 0.05, **optimizer})
    assert "Wnew" in check_all(record, config)


def test_a_batch_of_one_image_and_one_unit_is_taken_apart():
    record, config = record_of(network={"hidden": [1], "activation": "relu"})
    assert "dW" in check_all(record, config)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_wrong_answer_of_full_certainty_is_the_same_by_hand(loss: str):
    rule = {"name": "sgd", "learning_rate": 10}
    record, config = record_of(6, loss=loss, optimizer=rule, network={"hidden": [5, 4], "activation": "elu"})
    assert record.is_sound
    check_all(record, config)
    cost = quantities(record, config, SIDE)["L"]
    told = explain(record, config, cost, 0, int(record.losses.argmax()))
    assert ("logarithm is that of" in told.words) == (loss != "mean_squared_error")
    assert "infty" not in told.lines[0]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("W1", "drawn at random by the seed"),
        ("b1", "0 before the first"),
        ("slope1", "0.25 before the first"),
    ],
)
def test_what_is_given_says_how_it_began(kind: str, words: str):
    network = {"hidden": [5], "activation": "prelu", "biases": "zeros"}
    for step, said in ((1, words), (2, "what 1 update made of"), (3, "what 2 updates made of")):
        record, config = record_of(step, network=network)
        assert said in explain(record, config, quantities(record, config, SIDE)[kind], 0, 0).words


def test_every_quantity_of_every_stage_is_there_and_has_its_formula():
    record, config = record_of(network={"hidden": [5, 4], "activation": "prelu"})
    found = quantities(record, config, SIDE)
    plan = stages(3, has_slope=True)
    names = [name for stage in plan for name in stage.computed] + list(parameters(3, has_slope=True))
    assert sorted(names) == sorted(found)
    for name, quantity in found.items():
        assert quantity.name == name
        assert quantity.values.shape == (len(quantity.rows.names), len(quantity.columns.names))
        text = formula(quantity, config)
        assert bool(text) == (quantity.kind not in GIVEN)
        assert text.count("{") == text.count("}")


def test_stages_go_forward_then_back():
    labels = [stage.label for stage in stages(2, has_slope=False)]
    assert labels == ["Images", "Forward 1", "Forward 2", "Loss", "Backward 2", "Backward 1", "Update"]
    plan = stages(2, has_slope=False)
    assert known(plan, plan[2]) == ("X", "Y", "Z1", "A1")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_formulas_name_the_chosen_loss_and_activation(activation: str, loss: str):
    record, config = record_of(network={"hidden": [5], "activation": activation}, loss=loss)
    found = quantities(record, config, SIDE)
    assert ("softmax" in formula(found["P"], config)) == (loss != "binary_cross_entropy")
    assert (r"\frac{1}{B} (P - Y)" in formula(found["dZ2"], config)) == (loss != "mean_squared_error")
    assert "g'(Z)" in formula(found["dZ1"], config)


# Signs that are no matrix of the page, and the word that explains each.
SIGNS = {
    r"\Phi": "Φ(Z) is", r"\varphi": "φ is", r"\alpha": "α is", r"\circ": "∘", r"{B}": "B is",
    r"10\,B": "B is", "g'": "g′ is", r"\mathsf T": "ᵀ", "_{ij}": "i counts",
    "cj": "c counts", ":,j": "j counts",
}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_sign_of_a_formula_is_explained_beside_it(activation: str, loss: str):
    record, config = record_of(network={"hidden": [5], "activation": activation}, loss=loss)
    for name, quantity in quantities(record, config, SIDE).items():
        text = formula(quantity, config)
        if quantity.kind.endswith("new"):  # the rule of the update has a line of its own
            continue
        for sign, word in SIGNS.items():
            assert (sign not in text) or word in legend(text), (name, sign)
        defines = r"\sigma(Z) =" in text
        assert ("σ is" in legend(text)) == (r"\sigma" in text and not defines)


def test_update_rules_differ():
    rules = [update_rule(record_of(optimizer={"learning_rate": 0.1, **own})[1]) for own in OPTIMIZERS]
    assert len(set(rules)) == len(OPTIMIZERS)


def test_the_table_adds_up_and_counts_what_it_leaves_out():
    record, config = record_of()
    found = quantities(record, config, SIDE)
    total = explain(record, config, found["Z1"], 2, 1).total
    assert total is not None
    table = terms_table(total)
    assert "6 smaller products" in table
    assert "bias b" in table
    cells = [line.split("|")[-2].strip(" *").replace("−", "-") for line in table.splitlines()[2:]]
    assert sum(map(float, cells[:-1])) == pytest.approx(float(cells[-1]), abs=1e-4)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.23456, "1.235"), (5.6e-7, r"5.6 \cdot 10^{-7}"), (float("nan"), r"\text{NaN}"), (-2.0, "-2")],
)
def test_numbers_in_formulas(value: float, text: str):
    assert number(value) == text
    assert bracketed(-2.0) == "(-2)"


def test_images_are_named_by_their_class():
    record, config = record_of()
    name = quantities(record, config, SIDE)["X"].columns.names[0]
    assert re.fullmatch(r"image 0 \(\d\)", name)
