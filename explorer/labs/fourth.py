"""The fourth report: activations, learning rates, noise, regularisation, and HOG features."""

from collections.abc import Mapping
from typing import Any, Literal

from explorer.labs.experiment import Experiment, Figure, Lab, Metric, Order, Question, Show
from explorer.labs.fourth_gaps import GAPS
from explorer.labs.fourth_noise import NOISE, NOISE_PICTURES, QUICK, QUICK_RATE
from explorer.labs.fourth_scores import SCORE_ORDER, SCORES_OF_DIGITS, STUDY
from explorer.labs.fourth_tables import CONFUSIONS, SCORE_TABLES
from explorer.labs.pictures import Beside, Curves, Response, Units

RATES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
# The sigmoid network in other readings, and what explains a number: title, place, what differs.
OTHERS: dict[str, tuple[str, str, Mapping[str, Any]]] = {
    "sigmoid-30-epochs": (
        "No copies, but twice as many epochs",
        "none: as many steps as with noisy copies",
        {"training.epochs": 30},
    ),
    "sigmoid-standard-pixels": (
        "500-250-100, sigmoid, pixels of mean 0 and deviation 1",
        "section 2, the other reading of “normalized”",
        {"data.scaling": "standard"},
    ),
    "sigmoid-glorot-normal": (
        "500-250-100, sigmoid, Glorot's normal distribution",
        "section 3, the other of Glorot's two",
        {"network.initialisation": "glorot_normal"},
    ),
}
LAMBDAS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
SIGMOID = {"network.activation": "sigmoid"}
HOG = {"data.features": "hog", "data.hog.orientations": 9, "data.hog.cell_size": 7, "data.hog.block_size": 2}
HOG_NETWORK = {
    **HOG,
    "network.hidden": [300, 150, 70],
    "network.activation": "relu",
    "data.scaling": "none",
}
KNN = {"baseline.model": "knn", "baseline.k": 3, "data.scaling": "none"}
SVM = {"baseline.model": "linear_svm", "data.scaling": "standard"}
COPIES = {**SIGMOID, "data.noisy_copies": 1, "data.noisy_copies_sigma": 0.01}
L2 = {**SIGMOID, "regularisation.l2": 1e-4}
OF_LOSSES: dict[str, Mapping[str, Any]] = {
    "sigmoid": SIGMOID,
    "tanh": {"network.activation": "tanh"},
    "relu": {"network.activation": "relu"},
    "copies": COPIES,
    "l2": L2,
    "hog": HOG_NETWORK,
}
Part = Literal["train", "test"]
LossLine = tuple[str, str, Part, str, float, float]
LOSSES: tuple[LossLine, ...] = (
    ("sigmoid", "sigmoid", "train", "Table 7", 0.3089, 0.05),
    ("tanh", "tanh", "train", "Table 7", 0.0292, 0.02),
    ("relu", "ReLU", "train", "Table 7", 0.0037, 0.01),
    ("sigmoid", "sigmoid", "test", "Table 7", 0.2740, 0.05),
    ("tanh", "tanh", "test", "Table 7", 0.0680, 0.02),
    ("relu", "ReLU", "test", "Table 7", 0.0653, 0.02),
    ("copies", "Noisy copies", "train", "Table 11", 0.0995, 0.05),
    ("copies", "Noisy copies", "test", "Table 11", 0.1836, 0.05),
    ("l2", "L2 with λ = 1e-4", "train", "Table 11", 0.2976, 0.05),
    ("l2", "L2 with λ = 1e-4", "test", "Table 11", 0.2879, 0.05),
    ("hog", "300-150-70 on HOG features", "train", "Table 12", 0.0410, 0.02),
    ("hog", "300-150-70 on HOG features", "test", "Table 12", 0.0733, 0.02),
)
STUDIED_IMAGES = {"data.train_size": STUDY["data.train_size"]}
FAR = 0.01  # one percentage point
STUDIED: tuple[Show, ...] = ("confusion", "units", "curves")  # tables 1 to 10, Figure 5, Figures 1, 3 and 4
ACTIVATIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu"}


def _activation(name: str, where: str, value: float, deviation: float) -> Experiment:
    return Experiment(
        name,
        f"500-250-100 with {'ReLU' if name == 'relu' else name}",
        Figure(where, value=value, deviation=deviation, tolerance=FAR),
        {"network.activation": name},
        repeats=5,
        quick=STUDY,
        shows=STUDIED,
    )


def _rate(rate: float) -> Experiment:
    learns = rate in (0.1, 1.0)
    return Experiment(
        f"rate-{rate:g}",
        f"Learning rate {rate:g}",
        Figure(
            "Figure 2",
            metric="train_accuracy",
            between=(0.9, 1.0) if learns else (0.0, 0.9),
            statement="converges sufficiently" if learns else "does not converge",
        )
        if rate in (1e-4, 0.1, 1.0, 10.0)
        else Figure("Figure 2", metric="train_accuracy"),
        {**SIGMOID, "optimizer.learning_rate": rate},
        quick={"data.train_size": 6000, "training.epochs": 6},
    )


def _loss(line: LossLine) -> Experiment:
    name, of, part, where, value, tolerance = line
    return Experiment(
        f"{name}-{part}-loss",
        f"{of}, {'training' if part == 'train' else 'test'} loss",
        Figure(
            where, metric="train_loss" if part == "train" else "test_loss", value=value, tolerance=tolerance
        ),
        {**OF_LOSSES[name]},
        repeats=5 if where == "Table 7" else 3,
        quick=QUICK if where == "Table 11" else STUDY,
        shows=("curves", "confusion"),
    )


def _units(name: str, metric: Metric, of: str, figure: Figure, when: str = "last") -> Experiment:
    words = "after one epoch" if when == "first" else "at the end"
    return Experiment(
        f"{name}-{metric.partition('_')[0]}-{when}",
        f"{of}, {metric.partition('_')[0]} share {words}",
        figure,
        {"network.activation": name},
        repeats=5,
        quick=STUDY,
        shows=("units", "curves"),
    )


def _baseline(name: str, title: str, value: float, settings: Mapping[str, Any]) -> Experiment:
    return Experiment(
        f"hog-{name}",
        f"{title} on HOG features",
        Figure("Table 12", value=value, tolerance=0.005),
        {**HOG, **settings},
        quick=STUDIED_IMAGES,
    )


def _other(name: str, title: str, where: str, changes: Mapping[str, Any]) -> Experiment:
    is_longer = "training.epochs" in changes
    return Experiment(
        name,
        title,
        Figure(where),
        {**SIGMOID, **changes},
        repeats=3,
        reading=QUICK_RATE if is_longer else "",
        quick={**QUICK, "training.epochs": 12} if is_longer else STUDY,
    )


FOURTH = Lab(
    id="fourth",
    title="Activations, noise, regularisation, HOG",
    about="A network of three hidden layers from scratch: sigmoid, tanh and ReLU five times each; learning "
    "rates, noise, more data, L2; and histograms of gradients for a network, kNN and an SVM.",
    shared={
        "data.dataset": "mnist",
        "data.scaling": "unit",
        "data.validation_fraction": 0.0,
        "network.hidden": [500, 250, 100],
        "network.initialisation": "glorot_uniform",
        "network.biases": "zeros",
        "optimizer.name": "sgd",
        "optimizer.learning_rate": 0.05,
        "training.batch_size": 64,
        "training.epochs": 15,
    },
    question=Question(
        "Which activation reads the most test images after 15 epochs?", ("sigmoid", "tanh", "relu")
    ),
    quick={"data.train_size": 3000, "training.epochs": 3},
    quick_repeats=2,
    experiments=(
        _activation("sigmoid", "section 3.3", 0.9212, 0.0014),
        _activation("tanh", "section 4.1", 0.9784, 0.0005),
        _activation("relu", "section 4.2", 0.9805, 0.0008),
        Experiment(
            "relu-over-sigmoid",
            "500-250-100, ReLU minus sigmoid",
            Figure("section 7: “5.93%”", value=0.0593, tolerance=FAR, over="sigmoid"),
            {"network.activation": "relu"},
            repeats=5,
            quick=STUDY,
            shows=STUDIED,
        ),
        *(_loss(line) for line in LOSSES),
        *SCORES_OF_DIGITS,
        _units(
            "relu",
            "inactive_share",
            "ReLU",
            Figure(
                "Figure 5",
                metric="inactive_share",
                epoch=1,
                between=(0.4, 0.7),
                statement="approximately half in the beginning",
            ),
            "first",
        ),
        _units(
            "relu",
            "inactive_share",
            "ReLU",
            Figure(
                "Figure 5",
                metric="inactive_share",
                between=(0.9, 1.0),
                statement="higher than 90 % at the end",
            ),
        ),
        _units("tanh", "inactive_share", "Tanh", Figure("Figure 5", metric="inactive_share")),
        _units("sigmoid", "inactive_share", "Sigmoid", Figure("Figure 5", metric="inactive_share")),
        _units(
            "relu",
            "dead_share",
            "ReLU",
            Figure("none: units that are zero for every image", metric="dead_share"),
        ),
        *(_rate(rate) for rate in RATES),
        *NOISE,
        Experiment(
            "noisy-copies",
            "Noisy copies of all images, 120,000 in all",
            Figure("section 5.2", value=0.9463, deviation=0.0002, tolerance=FAR),
            COPIES,
            repeats=3,
            reading=QUICK_RATE,
            quick=QUICK,
        ),
        *(_other(name, title, where, changes) for name, (title, where, changes) in OTHERS.items()),
        Experiment(
            "l2-0.0001-repeats",
            "L2 with λ = 1e-4",
            Figure("Table 11", value=0.9160, deviation=0.0008, tolerance=FAR),
            L2,
            repeats=3,
            reading=QUICK_RATE,
            quick=QUICK,
        ),
        *(
            Experiment(
                f"l2-{strength:g}",
                f"L2 with λ = {strength:g}",
                Figure("section 5.3"),
                {**SIGMOID, "regularisation.l2": strength},
                repeats=3 if strength <= 1e-4 else 1,
                reading=QUICK_RATE,
                quick=QUICK,
            )
            for strength in LAMBDAS
        ),
        Experiment(
            "hog-network",
            "300-150-70, ReLU, on HOG features",
            Figure("section 6.1", value=0.9761, deviation=0.0006, tolerance=0.005),
            HOG_NETWORK,
            repeats=3,
            quick=STUDY,
        ),
        Experiment(
            "hog-features",
            "HOG features of an image",
            Figure("section 6: “324 features”", metric="features", value=324, tolerance=0),
            HOG_NETWORK,
            reading="Nine directions, as 3 × 3 blocks of 2 × 2 cells have 36 numbers a direction.",
            quick=STUDY,
        ),
        _baseline("knn", "kNN with k = 3", 0.9631, KNN),
        _baseline("svm", "Linear SVM with squared hinge", 0.9691, SVM),
    ),
    pictures=(
        Beside(
            "Three activations, five repeats each",
            "Sections 3.3, 4.1, 4.2",
            "Accuracy on the test images after 15 epochs; bars are standard deviations over the repeats.",
            ("sigmoid", "tanh", "relu"),
        ),
        Curves(
            "Training loss by activation",
            "Figures 1, 3, 4",
            "Tanh and ReLU fall faster and further than sigmoid.",
            ACTIVATIONS,
            ("train_loss", "train_accuracy"),
        ),
        Curves(
            "Training loss by learning rate",
            "Figure 2",
            "Too small a rate hardly moves the loss in 15 epochs; too great a one throws it about or beyond "
            "all bounds.",
            {f"rate {rate:g}": f"rate-{rate:g}" for rate in RATES},
            ("train_loss", "train_accuracy"),
        ),
        Units(
            "Inactive is not dead",
            "Figure 5",
            "The report's “inactive neurons” are pairs of a unit and an image with hardly any gradient: in a "
            "network that reads nearly all images rightly, most have none to give. Dead units are those that "
            "say the same of every image.",
            ACTIVATIONS,
        ),
        *NOISE_PICTURES,
        Response(
            "L2 regularisation",
            "Section 5.3",
            "From λ = 0.01 on the weights are held so small that the network no longer learns.",
            "λ",
            {"L2": {strength: f"l2-{strength:g}" for strength in LAMBDAS}},
            without="sigmoid",
        ),
        Beside(
            "More data, and L2",
            "Table 11",
            "Noisy copies mean twice as many steps: that is what helps.",
            ("sigmoid", "noisy-copies", "l2-0.0001-repeats"),
        ),
        Beside(
            "On HOG features",
            "Table 12",
            "A network, a support vector machine and nearest neighbours on the same features.",
            ("hog-network", "hog-svm", "hog-knn"),
        ),
        Beside(
            "Losses by activation",
            "Table 7",
            "Training loss is measured with the final weights on all training images.",
            tuple(f"{name}-{part}-loss" for name, _, part, where, *_ in LOSSES if where == "Table 7"),
        ),
        Beside(
            "Losses with more data, with L2, and on HOG features",
            "Tables 11, 12",
            "Noisy copies count as training images: their loss is over all 120,000.",
            tuple(f"{name}-{part}-loss" for name, _, part, where, *_ in LOSSES if where != "Table 7"),
        ),
    ),
    tables=SCORE_TABLES,
    confusions=CONFUSIONS,
    orders=(
        Order(("relu", "tanh", "sigmoid"), "ReLU before tanh before sigmoid (Table 7)."),
        SCORE_ORDER,
        Order(
            ("relu-inactive-last", "tanh-inactive-last"), "More inactive with ReLU than with tanh (Figure 5)."
        ),
        Order(
            ("relu-inactive-last", "sigmoid-inactive-last"),
            "More inactive with ReLU than with sigmoid (Figure 5).",
        ),
        Order(("noisy-copies", "sigmoid"), "Noisy copies help (section 5.4)."),
        Order(("sigmoid", "l2-0.0001-repeats"), "L2 costs a little accuracy (section 5.4)."),
        Order(
            ("l2-0.0001", "l2-1e-05", "l2-0.001"),
            "The best λ is 0.0001 (section 5.3), before 1e-5 and 0.001.",
        ),
        Order(("hog-network", "hog-svm", "hog-knn"), "The network before SVM and kNN (section 6.2)."),
    ),
    gaps=GAPS,
)
