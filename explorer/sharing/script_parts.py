"""The parts of an exported script that depend on the settings, as lines of Python."""

import ast
import base64
import importlib.util
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Activation, Initialisation, KnownDataset, Loss, RunConfig
from explorer.errors import ExportError

LINE = 100  # characters of an embedded text

# How torchvision reads each dataset's training and test files.
LOADERS: dict[KnownDataset, str] = {
    "mnist": "datasets.MNIST(folder, train={train}, download=True)",
    "fashion_mnist": "datasets.FashionMNIST(folder, train={train}, download=True)",
    "kmnist": "datasets.KMNIST(folder, train={train}, download=True)",
    "emnist_digits": 'datasets.EMNIST(folder, split="digits", train={train}, download=True)',
    "qmnist": 'datasets.QMNIST(folder, what="{what}", download=True)',
}
ACTIVATIONS: dict[Activation, str] = {
    "identity": "values",
    "sigmoid": "torch.sigmoid(values)",
    "tanh": "torch.tanh(values)",
    "relu": "torch.relu(values)",
    "leaky_relu": "functional.leaky_relu(values, 0.01)",
    "prelu": "functional.prelu(values, self.slope[index])",
    "elu": "functional.elu(values)",
    "gelu": "functional.gelu(values)",
    "silu": "functional.silu(values)",
}
# Pooling goes first where the activation never falls: the same function.
MONOTONE: tuple[Activation, ...] = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu")
BOUNDS: dict[Initialisation, str] = {
    "default": "1 / math.sqrt(fan_in)",
    "glorot_uniform": "math.sqrt(6 / (fan_in + fan_out))",
    "he_uniform": "math.sqrt(6 / fan_in)",
}
DEVIATIONS: dict[Initialisation, str] = {
    "glorot_normal": "math.sqrt(2 / (fan_in + fan_out))",
    "he_normal": "math.sqrt(2 / fan_in)",
}
SOURCES: dict[Initialisation, str] = {
    "default": ", as PyTorch draws them",
    "glorot_uniform": " (Glorot & Bengio, 2010)",
    "glorot_normal": " (Glorot & Bengio, 2010)",
    "he_uniform": " (He et al., 2015)",
    "he_normal": " (He et al., 2015)",
    "gaussian": "",
    "zeros": "",
}
LOSS_NOTES: dict[Loss, str] = {
    "cross_entropy": "Cross-entropy of the softmax of the logits.",
    "mean_squared_error": "Squared error between the softmax of the logits and the one-hot labels.",
    "binary_cross_entropy": "One yes-or-no question a class.",
}


def loading(dataset: str) -> str:
    """The lines that read a dataset through torchvision.

    Raises:
        ExportError: torchvision does not know it.
    """
    for name, call in LOADERS.items():
        if name == dataset:
            train = call.format(train=True, what="train")
            test = call.format(train=False, what="test10k")
            # EMNIST stores its images column by column (Cohen et al., 2017).
            turn = ".transpose(1, 2)" if dataset == "emnist_digits" else ""
            return f"""\
    train, test = (
        {train},
        {test},
    )
    train_images, train_labels = train.data{turn}, train.targets.long()
    test_images, test_labels = test.data{turn}, test.targets.long()"""
    raise ExportError(
        "A script reads its images through torchvision, which does not know this dataset of your own. "
        "Export the run as ONNX, weights or a bundle."
    )


def start_of_weights(name: Initialisation, sigma: float) -> str:
    """How a layer's weights are drawn."""
    if name in BOUNDS:
        return f"bound = {BOUNDS[name]}\n        layer.weight.uniform_(-bound, bound, generator=generator)"
    if name == "zeros":
        return "layer.weight.zero_()"
    deviation = repr(sigma) if name == "gaussian" else DEVIATIONS[name]
    return f"layer.weight.normal_(0, {deviation}, generator=generator)"


def start_of_biases(name: str) -> str:
    """How a layer's biases are drawn."""
    if name == "zeros":
        return "layer.bias.zero_()"
    return (
        "limit = 1 / math.sqrt(fan_in)\n"
        "        layer.bias.uniform_(-limit, limit, generator=generator)"
    )  # fmt: skip


def loss(config: RunConfig) -> str:
    """The body of the loss, a mean over the images."""
    if config.loss == "cross_entropy":
        return "    return functional.cross_entropy(logits, labels)"
    targets = "    targets = functional.one_hot(labels, 10).float()\n"
    if config.loss == "mean_squared_error":
        return targets + "    return (logits.softmax(1) - targets).square().mean()"
    each = 'functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")'
    return targets + f"    each = {each}\n    return each.sum(1).mean()"


def slopes(config: RunConfig) -> str:
    """The body of the loss's gradient, written out as in training: sums then round alike."""
    if config.loss == "binary_cross_entropy":
        return "    return logits.t().sigmoid().sub(targets).mul(scale).t()"
    shares = "    shares = torch.softmax(logits.t().contiguous(), 0)\n"
    if config.loss == "cross_entropy":
        return shares + "    return shares.sub_(targets).mul_(scale).t()"
    return (
        f"{shares}"
        "    errors = (shares - targets).mul_(2 / 10).mul_(scale)\n"
        "    errors.sub_((shares * errors).sum(0, keepdim=True))\n"
        "    return shares.mul_(errors).t()"
    )


def optimizer(config: RunConfig, device: str) -> str:
    """The optimizer as PyTorch makes it."""
    rule = config.optimizer
    given = "[parameters.values], LEARNING_RATE"
    momentum = f", momentum={rule.momentum!r}" if rule.momentum else ""
    fused = ", fused=True" if device == "cpu" else ""
    if rule.name == "sgd":
        if rule.nesterov:
            return f"Nesterov({given}{momentum})"
        return f"torch.optim.SGD({given}{momentum})"
    if rule.name == "rmsprop":
        return f"torch.optim.RMSprop({given}{momentum})"
    if rule.name == "adagrad":
        return f"torch.optim.Adagrad({given})"
    if rule.name == "adamw":
        return f"torch.optim.AdamW({given}, weight_decay={rule.weight_decay!r}{fused})"
    return f"torch.optim.Adam({given}{fused})"


def schedule(config: RunConfig) -> str:
    """The body of the learning rate as a function of the step."""
    wanted, planned = config.schedule, config.training.epochs
    lines = []
    if wanted.warmup_epochs:
        lines += [
            f"warmup = {wanted.warmup_epochs} * steps_per_epoch",
            "if step < warmup:",
            "    return LEARNING_RATE * (step + 1) / warmup",
            "step -= warmup",
        ]
    left = planned - wanted.warmup_epochs
    if wanted.name == "constant":
        lines.append("return LEARNING_RATE")
    elif wanted.name == "exponential":
        lines.append(f"return LEARNING_RATE * {wanted.gamma!r} ** (step // steps_per_epoch)")
    elif wanted.name == "step":
        each = f"(step // steps_per_epoch // {wanted.step_epochs})"
        lines.append(f"return LEARNING_RATE * {wanted.gamma!r} ** {each}")
    elif wanted.name == "cosine":
        lines += [
            f"steps = {left} * steps_per_epoch",
            "return LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / steps))",
        ]
    else:
        lines += [
            "# One-cycle as PyTorch's OneCycleLR (Smith & Topin, 2017).",
            f"steps = {left} * steps_per_epoch",
            "peak, last = 0.3 * steps - 1, steps - 1",
            "if step <= peak:",
            "    low, high, share = 1 / 25, 1, step / peak",
            "else:",
            "    low, high, share = 1, 1 / 25 / 10_000, (step - peak) / (last - peak)",
            "return LEARNING_RATE * (high + (low - high) / 2 * (1 + math.cos(math.pi * share)))",
        ]
    return "\n".join(f"    {line}" for line in lines)


def step(config: RunConfig, *, is_scheduled: bool, indent: int) -> str:
    """One step of training on ``batch`` and ``answers``."""
    regularisation = config.regularisation
    lines = []
    if is_scheduled:
        lines += [
            "for group in optimizer.param_groups:",
            '    group["lr"] = learning_rate_at(step, steps_per_epoch)',
        ]
    lines += [
        "gradients.zero_()",
        "logits = network(batch)",
        "logits.backward(slopes_of(logits.detach(), answers))",
    ]
    if regularisation.l2 or regularisation.l1:
        lines.append("own = slice(parameters.penalised)")
    if regularisation.l2:
        lines.append("gradients[own].add_(weights[own], alpha=2 * L2)")
    if regularisation.l1:
        lines.append("gradients[own].add_(weights[own].sign(), alpha=L1)")
    if regularisation.clip_norm is not None:
        lines.append(f"nn.utils.clip_grad_norm_([parameters.values], {regularisation.clip_norm!r})")
    lines += ["optimizer.step()", "step += 1"]
    return "\n".join(" " * indent + line for line in lines)


def bits(chosen: NDArray[np.int64], count: int) -> str:
    """Which of ``count`` images are chosen, as a Python text; ``None`` where all are."""
    mask = np.zeros(count, bool)
    mask[chosen] = True
    return "None" if mask.all() else packed(np.packbits(mask).tobytes())


def packed(content: bytes) -> str:
    """Bytes as a Python text of several lines."""
    text = base64.b85encode(zlib.compress(content, 9)).decode()
    lines = [text[start : start + LINE] for start in range(0, len(text), LINE)]
    return "(\n" + "\n".join(f'    "{line}"' for line in lines) + "\n)"


def numbers(values: Iterable[int]) -> str:
    """Whole numbers as the lines of a Python list, five a line."""
    texts = [f"{value}" for value in values]
    rows = [", ".join(texts[start : start + 5]) for start in range(0, len(texts), 5)]
    return "\n".join(f"    {row}," for row in rows)


def definitions(module: str, names: Sequence[str]) -> str:
    """The text of some functions and classes of one of our modules, which is read, not imported."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ExportError(f"The program's own module {module} is not there. Install it again.")
    text = Path(found.origin).read_text(encoding="utf-8")
    parts = {
        node.name: ast.get_source_segment(text, node)
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    return "\n\n\n".join(str(parts[name]) for name in names)
