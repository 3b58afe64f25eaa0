"""The fifth report: CNN and MLP, SGD and Adam, ReLU and sigmoid, over learning rates."""

from typing import Any

from explorer.labs.experiment import Experiment, Figure, Gap, Lab, Order, Question
from explorer.labs.pictures import Beside, Curves, Grid

RATES = (1e-4, 1e-3, 1e-2, 1e-1)
NETWORKS: dict[str, dict[str, Any]] = {
    "cnn": {"network.preset": "keras_cnn"},
    "mlp": {"network.hidden": [128]},
}
WORDS = {"cnn": "CNN", "mlp": "MLP", "sgd": "SGD", "adam": "Adam", "relu": "ReLU", "sigmoid": "sigmoid"}
COMBINATIONS = [
    (network, optimizer, activation)
    for network in NETWORKS
    for optimizer in ("sgd", "adam")
    for activation in ("relu", "sigmoid")
]


def _figure(network: str, optimizer: str, activation: str, rate: float) -> Figure:
    if (network, optimizer, rate) == ("cnn", "sgd", 1e-4):
        if activation == "relu":
            return Figure("Figure 21", between=(0.8, 1.0), statement="“worked fine”")
        return Figure("Figure 22", between=(0.0, 0.2), statement="does not learn")
    if (network, optimizer, activation, rate) == ("cnn", "adam", "relu", 1e-3):
        return Figure("section 8", between=(0.988, 1.0), statement="“CNN acquires better accuracy”")
    if (network, optimizer, activation, rate) == ("cnn", "adam", "relu", 1e-1):
        return Figure("section 8", between=(0.0, 0.2), statement="too high a rate does not converge")
    return Figure("section 7")


def _experiment(network: str, optimizer: str, activation: str, rate: float) -> Experiment:
    return Experiment(
        f"{network}-{optimizer}-{activation}-{rate:g}",
        f"{WORDS[network]}, {WORDS[optimizer]}, {WORDS[activation]}, rate {rate:g}",
        _figure(network, optimizer, activation, rate),
        {
            **NETWORKS[network],
            "optimizer.name": optimizer,
            "network.activation": activation,
            "optimizer.learning_rate": rate,
        },
    )


FIFTH = Lab(
    id="fifth",
    title="CNN and MLP, SGD and Adam",
    about="A convolutional network of 421,642 parameters and a fully connected one, trained by SGD and by "
    "Adam with ReLU and with sigmoid at four learning rates; the weights of the least validation loss count.",
    shared={
        "data.dataset": "mnist",
        "data.scaling": "unit",
        "data.validation_fraction": 0.2,
        "network.initialisation": "glorot_uniform",
        "network.biases": "zeros",
        "training.batch_size": 64,
        "training.epochs": 100,
        "training.monitor": "validation_loss",
        "training.keep": "best",
    },
    question=Question(
        "At a learning rate of 0.001 with Adam, which network reads the most test images?",
        ("cnn-adam-relu-0.001", "cnn-adam-sigmoid-0.001", "mlp-adam-relu-0.001", "mlp-adam-sigmoid-0.001"),
    ),
    quick={
        "data.train_size": 1000,
        "data.validation_size": 250,
        "data.test_size": 2000,
        "training.epochs": 5,
    },
    quick_repeats=1,
    experiments=(
        *(
            _experiment(network, optimizer, activation, rate)
            for network, optimizer, activation in COMBINATIONS
            for rate in RATES
        ),
        Experiment(
            "parameters",
            "Parameters of the CNN",
            Figure("Figure 16", metric="parameters", value=421_642, tolerance=0),
            {**NETWORKS["cnn"], "optimizer.name": "sgd", "optimizer.learning_rate": 1e-4},
            reading="320 + 18,496 for the convolutions, 401,536 + 1,290 for the dense layers, as in Figure 16.",
            shows=("curves",),
        ),
    ),
    pictures=(
        Grid(
            "Network, optimizer, activation and learning rate",
            "Section 7",
            "Accuracy on the test images in percent. Guessing gives 10 %.",
            "learning rate",
            tuple(f"{rate:g}" for rate in RATES),
            tuple(
                f"{WORDS[network]}, {WORDS[optimizer]}, {WORDS[activation]}"
                for network, optimizer, activation in COMBINATIONS
            ),
            tuple(
                [f"{network}-{optimizer}-{activation}-{rate:g}" for rate in RATES]
                for network, optimizer, activation in COMBINATIONS
            ),
        ),
        Curves(
            "CNN with SGD at 0.0001: ReLU and sigmoid",
            "Figures 21, 22",
            "The same network at the same small rate: ReLU learns, sigmoid does not.",
            {"ReLU": "cnn-sgd-relu-0.0001", "sigmoid": "cnn-sgd-sigmoid-0.0001"},
            ("validation_loss", "validation_accuracy"),
        ),
        Beside(
            "Reported beside measured",
            "Figures 21, 22, section 8",
            "A band is what the report describes in words.",
            ("cnn-sgd-relu-0.0001", "cnn-sgd-sigmoid-0.0001", "cnn-adam-relu-0.001"),
        ),
    ),
    orders=(
        Order(
            ("cnn-adam-relu-0.001", "mlp-adam-relu-0.001"),
            "The CNN reads more than the MLP (section 8, Adam at 0.001).",
        ),
        Order(
            ("cnn-adam-relu-0.001", "cnn-sgd-relu-0.001"),
            "Adam is better than SGD (section 8, the CNN at 0.001).",
        ),
        Order(
            ("mlp-adam-relu-0.001", "mlp-sgd-relu-0.001"),
            "Adam is better than SGD (section 8, the MLP at 0.001).",
        ),
        Order(
            ("mlp-sgd-relu-0.001", "mlp-sgd-sigmoid-0.001"),
            "ReLU mostly does better than sigmoid (section 8, the MLP with SGD at 0.001).",
        ),
    ),
    gaps=(
        Gap(
            "What “worked fine” and “suffers from a high loss” are in numbers.",
            "At least 80 % and at most 20 % of the test images; for the best CNN at least 98.8 %.",
            "The text names no accuracy at all; the bounds were set before the runs.",
        ),
        Gap(
            "Which learning rates.",
            "0.0001, 0.001, 0.01 and 0.1.",
            "The report names the first (Figures 21, 22) and the third (Figure 13), and speaks of small and of "
            "high ones.",
        ),
        Gap("The MLP's layers.", "One hidden layer of 128 units.", "It is the CNN's own dense part."),
        Gap(
            "Initial weights.",
            "Glorot uniform, zero biases.",
            "They are Keras's defaults, and the report shows its Keras code.",
        ),
        Gap(
            "Which images are held back.",
            "A random 20 %, the same number of each class.",
            "Keras takes the last 20 % of the file; MNIST's files are in no order that matters here.",
        ),
    ),
)
