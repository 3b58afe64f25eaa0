"""The formulas of the page in LaTeX, for the chosen activation, loss and optimizer."""

from explorer.config.run import Activation, Loss, RunConfig
from explorer.scratch.activations import LEAKY_SLOPE
from explorer.scratch.optimizers import BETA1, BETA2, RMSPROP_ALPHA
from explorer.ui.backprop_quantities import Quantity, latex_of

_CASES = r"\begin{cases} %s & \text{where } Z > 0 \\ %s & \text{elsewhere} \end{cases}"

# g(Z) and g′(Z), in terms of Z, A and PReLU's slope α.
BENDS: dict[Activation, tuple[str, str]] = {
    "identity": ("Z", "1"),
    "sigmoid": (r"\sigma(Z) = \frac{1}{1 + e^{-Z}}", r"A \circ (1 - A)"),
    "tanh": (r"\tanh(Z)", r"1 - A^2"),
    "relu": (r"\max(0, Z)", _CASES % ("1", "0")),
    "leaky_relu": (_CASES % ("Z", f"{LEAKY_SLOPE:g}\\,Z"), _CASES % ("1", f"{LEAKY_SLOPE:g}")),
    "prelu": (_CASES % ("Z", r"\alpha Z"), _CASES % ("1", r"\alpha")),
    "elu": (_CASES % ("Z", "e^Z - 1"), _CASES % ("1", "e^Z")),
    "gelu": (r"Z \circ \Phi(Z)", r"\Phi(Z) + Z \circ \varphi(Z)"),
    "silu": (r"Z \circ \sigma(Z)", r"\sigma(Z) \circ (1 + Z \circ (1 - \sigma(Z)))"),
}

LOSSES: dict[Loss, str] = {
    "cross_entropy": r"\ell_j = -\sum_c y_{cj} \ln p_{cj}",
    "mean_squared_error": r"\ell_j = \frac{1}{10} \sum_c (p_{cj} - y_{cj})^2",
    "binary_cross_entropy": r"\ell_j = -\sum_c \big( y_{cj} \ln p_{cj} + (1 - y_{cj}) \ln(1 - p_{cj}) \big)",
}

_OUTPUT_GRADIENTS: dict[Loss, str] = {
    "cross_entropy": r"\frac{1}{B} (P - Y)",
    "mean_squared_error": r"P \circ \Big(\mathrm{d}P - \sum_c P_c \circ \mathrm{d}P_c\Big), \quad"
    r"\mathrm{d}P = \frac{2}{10\,B} (P - Y)",
    "binary_cross_entropy": r"\frac{1}{B} (P - Y)",
}

_LEGEND = {
    r"\mathsf T": "ᵀ swaps rows and columns",
    r"\circ": "∘ multiplies cell by cell",
    "g'": "g′ is the slope of the activation",
    "B}": "B is the number of images in the batch",
    r"\mathrm{d}P": "dP is how the loss changes with each share",
    r"\sum_{ij}": "i counts units, j images",
    "cj": "c counts classes, j images",
    ":,j": "j counts the images",
    r"\alpha": "α is the slope below 0: one number a layer, learned like the weights",
    r"\Phi": "Φ(Z) is the share of a normal distribution that lies below Z",
    r"\varphi": "φ is the density of that distribution, the bell curve",
}


def formula(quantity: Quantity, config: RunConfig) -> str:
    """How a quantity is computed from those before it; empty for what is given."""
    kind, layer = quantity.kind, quantity.layer
    depth = len(config.network.hidden) + 1
    seen = latex_of("A", layer - 1) if layer > 1 else "X"
    of = {name: latex_of(name, layer) for name in ("W", "b", "Z", "A", "dA", "dZ")}
    above = {name: latex_of(name, layer + 1) for name in ("W", "dZ")}
    bend, slope = BENDS[config.network.activation]
    right_sides = {
        "Z": f"{of['W']} {seen} + {of['b']}",
        "A": bend,
        "P": r"\sigma(Z) = \frac{1}{1 + e^{-Z}}"
        if config.loss == "binary_cross_entropy"
        else r"\text{softmax}(Z), \quad p_{cj} = \frac{e^{z_{cj}}}{\sum_k e^{z_{kj}}}",
        "J": r"\frac{1}{B} \sum_j \ell_j",
        "dA": rf"{above['W']}{{}}^{{\mathsf T}} {above['dZ']}",
        "dZ": _OUTPUT_GRADIENTS[config.loss]
        if layer == depth
        else rf"{of['dA']} \circ g'(Z), \quad g'(Z) = {slope}",
        "dW": rf"{of['dZ']} {seen}{{}}^{{\mathsf T}}",
        "db": rf"\sum_j {of['dZ']}_{{:,j}}",
        "dslope": rf"\sum_{{ij}} {of['dA']} \circ \min({of['Z']}, 0)",
    }
    if kind == "L":
        return LOSSES[config.loss]
    if kind.endswith("new"):
        return update_rule(config)
    return f"{quantity.latex} = {right_sides[kind]}" if kind in right_sides else ""


def legend(text: str) -> str:
    """What the signs in a formula mean that are no matrix of the page; empty where there are none."""
    told = [words for sign, words in _LEGEND.items() if sign in text]
    if r"\sigma" in text and r"\sigma(Z) =" not in text:
        told.append("σ is the sigmoid, 1 / (1 + e⁻ᶻ)")
    return " · ".join(told)


def update_rule(config: RunConfig) -> str:
    """The optimizer's rule for any parameter θ with gradient g."""
    momentum = config.optimizer.momentum
    match config.optimizer.name:
        case "sgd" if momentum:
            return r"v \leftarrow \mu v + g, \quad \theta \leftarrow \theta - \eta v"
        case "sgd":
            return r"\theta \leftarrow \theta - \eta\, g"
        case "rmsprop":
            root = r"\frac{g}{\sqrt{v} + \varepsilon}"
            step = rf"u \leftarrow \mu u + {root}, \quad \theta \leftarrow \theta - \eta u"
            plain = rf"\theta \leftarrow \theta - \eta {root}"
            rule = rf"v \leftarrow {RMSPROP_ALPHA:g} v + {1 - RMSPROP_ALPHA:g} g^2, \quad "
            return rule + (step if momentum else plain)
        case "adagrad":
            return (
                r"v \leftarrow v + g^2, \quad "
                r"\theta \leftarrow \theta - \eta \frac{g}{\sqrt{v} + \varepsilon}"
            )
        case _:  # AdamW without a weight decay takes the same step
            return (
                rf"m \leftarrow {BETA1:g} m + {1 - BETA1:g} g, \quad "
                rf"v \leftarrow {BETA2:g} v + {1 - BETA2:.3g} g^2, \quad "
                rf"\theta \leftarrow \theta - \eta \frac{{m / (1 - {BETA1:g}^t)}}"
                rf"{{\sqrt{{v / (1 - {BETA2:g}^t)}} + \varepsilon}}"
            )


def number(value: float, digits: int = 4) -> str:
    """A number in LaTeX: 1.234, 5.6 · 10⁻⁷."""
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return {"nan": r"\text{NaN}", "inf": r"\infty", "-inf": r"-\infty"}.get(text, text)


def bracketed(value: float, digits: int = 4) -> str:
    """A number as a factor: negative ones in brackets."""
    return f"({number(value, digits)})" if value < 0 else number(value, digits)


def roomy(text: str) -> str:
    """LaTeX with an invisible sign as high as a fraction, whose top would be cut off without."""
    return rf"{text} \vphantom{{\Bigg|}}" if r"\frac" in text else text
