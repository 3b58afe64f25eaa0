"""Backpropagation of one image as a product of Jacobian matrices, every factor written out."""

from math import floor, isfinite, log10

import numpy as np
import streamlit as st

from explorer.plots.backprop_matrix import draw_matrix, exact, matrix
from explorer.scratch.arrays import Array
from explorer.scratch.jacobians import Factor, as_weights, chain, multiply
from explorer.scratch.walk import StepRecord
from explorer.ui.backprop_formulas import BENDS, number
from explorer.ui.backprop_quantities import latex_of
from explorer.ui.backprop_settings import Setup

MOST_CELLS = 40_000
LEAST_IN_DECIMALS = 0.1  # greatest number of a row that three decimals suit
_CONFIG = {"displayModeBar": False}


def jacobians(record: StepRecord, setup: Setup) -> None:
    """Draw the chain for a chosen image and layer, and its product beside the gradient of the batch."""
    st.markdown(
        "Each step of the network turns some numbers into others, and its **Jacobian** says how each "
        "output changes with each input: row = output, column = input. The chain rule multiplies them, from "
        "the loss down to the weights. Nobody computes it so: the matrices are mostly zeros. The backward "
        "pass does the same without them, and for all images at once."
    )
    depth, images = len(record.before), record.X.shape[1]
    with st.container(horizontal=True):
        image = st.selectbox(
            "Image",
            range(images),
            format_func=lambda n: f"image {n}",
            width=160,
            key="jacobian.image",
            help="Which image of the batch the derivatives belong to.",
        )
        chosen = st.segmented_control(
            "Down to the weights of", list(range(1, depth + 1)), default=1, required=True,
            format_func=lambda n: f"${latex_of('W', n)}$", key=f"jacobian.layer:{depth}",
            help="How far back the chain rule goes: each layer passed is a factor more.",
        )  # fmt: skip
    layer, config = int(chosen or 1), setup.config
    factors = chain(
        record.before, config.network.activation, config.loss, record.trace.forward,
        p=record.P[:, image], y=record.Y[:, image], image=int(image), layer=layer - 1,
    )  # fmt: skip
    shapes = r"\;".join(_with_shape(factor, depth) for factor in factors)
    st.latex(rf"\frac{{\partial \ell}}{{\partial {latex_of('W', layer)}}} = {shapes}")
    st.caption(
        "The second report writes the same chain with other letters: ŷ for p, a for z, f for a. For the "
        "biases the last factor is the identity, ∂z/∂b = I, and drops out."
    )
    for start in range(0, len(factors), 2):
        for column, factor in zip(st.columns(2, gap="medium"), factors[start : start + 2], strict=False):
            with column, st.container(border=True):
                _factor(factor, setup, depth)
    _product(record, factors, layer, int(image))


def _with_shape(factor: Factor, depth: int) -> str:
    rows, columns = factor.matrix.shape
    return rf"\underset{{{rows} \times {columns}}}{{{_derivative(factor, depth)}}}"


def _derivative(factor: Factor, depth: int) -> str:
    layer = factor.layer + 1
    z, below = f"z^{{({layer})}}", f"a^{{({layer - 1})}}"
    top, bottom = {
        "loss": (r"\ell", "p"),
        "answer": ("p", f"z^{{({depth})}}"),
        "weights": (z, below),
        "bend": (f"a^{{({layer})}}", z),
        "parameters": (z, latex_of("W", layer)),
    }[factor.kind]
    return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"


def _factor(factor: Factor, setup: Setup, depth: int) -> None:
    rows, columns = factor.matrix.shape
    st.markdown(f"${_derivative(factor, depth)}$ · {_WORDS[factor.kind]}")
    st.latex(_formula(factor, setup))
    shape = f"{rows} × {columns:,}"
    if factor.matrix.size > MOST_CELLS:
        st.caption(shape)
        side, units = setup.side, rows
        st.info(
            f"{rows} × {columns:,} numbers are too many to draw, and all but "
            f"{side * side * units:,} of them are 0. Choose smaller images or fewer units to see it.",
            icon=":material/grid_off:",
        )
        return
    drawn = matrix(factor.matrix, *_names(factor))
    st.caption(" · ".join(filter(None, (shape, drawn.unit_words))))
    st.plotly_chart(
        draw_matrix(drawn),
        key=f"jacobian:{factor.kind}:{factor.layer}",
        config=_CONFIG,
        alt=f"Jacobian, {_WORDS[factor.kind]}",
    )


_WORDS = {
    "loss": "how the loss changes with each share of the answer",
    "answer": "how each share changes with each logit",
    "weights": "how each sum changes with what it sees: the weights themselves",
    "bend": "how each activation changes with its own sum, and with no other",
    "parameters": "how each sum changes with each weight: what the layer sees, each number once a unit",
}


def _names(factor: Factor) -> tuple[list[str], list[str]]:
    """What the rows and the columns are."""
    rows, columns = factor.matrix.shape
    if factor.kind == "parameters":
        places = [divmod(n, rows) for n in range(columns)]
        return _numbered("sum of unit", rows), [f"weight of unit {unit} for input {k}" for k, unit in places]
    outputs, inputs = {
        "loss": ("loss", "share of class"),
        "answer": ("share of class", "logit of class"),
        "weights": ("sum of unit", "input"),
        "bend": ("activation of unit", "sum of unit"),
    }[factor.kind]
    return ["loss"] if factor.kind == "loss" else _numbered(outputs, rows), _numbered(inputs, columns)


def _numbered(word: str, count: int) -> list[str]:
    return [f"{word} {n}" for n in range(count)]


def _formula(factor: Factor, setup: Setup) -> str:
    layer, loss = factor.layer + 1, setup.config.loss
    if factor.kind == "loss":
        return {
            "cross_entropy": r"-\,y_c / p_c",
            "mean_squared_error": r"\tfrac{2}{10} (p_c - y_c)",
            "binary_cross_entropy": r"-\,y_c / p_c + (1 - y_c) / (1 - p_c)",
        }[loss]
    if factor.kind == "answer":
        binary = loss == "binary_cross_entropy"
        return r"\text{diag}(p \circ (1 - p))" if binary else r"\text{diag}(p) - p\,p^{\mathsf T}"
    if factor.kind == "weights":
        return latex_of("W", layer)
    if factor.kind == "bend":
        return rf"\text{{diag}}(g'(z)), \quad g'(Z) = {BENDS[setup.config.network.activation][1]}"
    seen = f"a^{{({layer - 1})}}" if layer > 1 else "x"
    return rf"\big[\, {seen}_0 I \;\; {seen}_1 I \;\; {seen}_2 I \;\; \cdots \,\big]"


def row_in_latex(row: Array) -> str:
    """A row of numbers in three decimals; small ones have their power of ten before the bracket."""
    greatest = float(np.abs(row[np.isfinite(row)]).max(initial=0.0))
    power = floor(log10(greatest)) if 0 < greatest < LEAST_IN_DECIMALS else 0
    numbers = np.round(row / 10.0**power, 3) + 0.0  # no −0.000
    texts = ",\\; ".join(f"{value:.3f}" if isfinite(value) else number(value) for value in numbers)
    unit = rf"10^{{{power}}} \cdot " if power else ""
    return rf"{unit}\big[ {texts} \big]"


def _product(record: StepRecord, factors: list[Factor], layer: int, image: int) -> None:
    """The row that comes out, as a matrix of the shape of W, and what the batch makes of it."""
    images = record.X.shape[1]
    units = len(record.before[layer - 1].W)
    with np.errstate(all="ignore"):
        product = as_weights(multiply(factors), units)
    back, seen = record.trace.backward[layer - 1], record.trace.forward[layer - 1].X
    own = images * np.outer(back.dZ[:, image], seen[:, image])
    with st.container(border=True):
        st.markdown("##### What comes out")
        st.markdown("The first two factors alone give the row that the backward pass starts from, ∂ℓ/∂z:")
        with np.errstate(all="ignore"):
            logits = multiply(factors[:2])
        st.latex(rf"\small {row_in_latex(logits[0])}")
        st.markdown(
            f"All of them give a row of {product.size:,} numbers. Put column by column into the shape of "
            f"${latex_of('W', layer)}$, it is what image {image} alone asks of the weights; the mean over "
            f"the {images} images of the batch is ${latex_of('dW', layer)}$."
        )
        difference = float(np.abs(product - own).max())
        if not np.isfinite(own).all():
            st.markdown(":red[:material/error: The numbers left all bounds: there is nothing to compare.]")
        elif not np.isfinite(product).all():
            st.markdown(
                ":orange[:material/info: The answer is so sure that a share rounds to 0 or 1, and 1/0 is no "
                "number. The backward pass never divides by a share: it starts from P − Y, where the first "
                "two factors have cancelled out.]"
            )
        elif difference <= 1e-9 * max(1.0, float(np.abs(own).max())):
            st.markdown(
                f":green[:material/check: The same as image {image} adds in the backward pass; the greatest "
                f"difference is {exact(float(f'{difference:.1e}'))}.]"
            )
        else:
            st.markdown(f":red[:material/error: It differs from the backward pass by {exact(difference)}.]")
        seen_word = "input" if layer > 1 else "pixel"
        drawn = matrix(
            product,
            [f"unit {n}" for n in range(units)],
            [f"{seen_word} {n}" for n in range(product.shape[1])],
        )
        st.plotly_chart(
            draw_matrix(drawn), key="jacobian:product", config=_CONFIG, alt="The product in the shape of W"
        )
