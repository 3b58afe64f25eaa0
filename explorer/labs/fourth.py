"""The fourth report: activations, learning rates, noise, regularisation, and HOG features."""

from explorer.labs.experiment import Experiment, Figure, Gap, Lab, Metric, Order, Question, Show
from explorer.labs.pictures import Beside, Curves, Response, Units

RATES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
SIGMAS = (0.01, 0.05, 0.1, 0.5, 1.0)
LAMBDAS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
SIGMOID = {"network.activation": "sigmoid"}
HOG = {"data.features": "hog", "data.hog.orientations": 9, "data.hog.cell_size": 7, "data.hog.block_size": 2}
LOSSES: tuple[tuple[str, Metric, float, float], ...] = (
    ("sigmoid", "train_loss", 0.3089, 0.05),
    ("tanh", "train_loss", 0.0292, 0.02),
    ("relu", "train_loss", 0.0037, 0.01),
    ("sigmoid", "test_loss", 0.2740, 0.05),
    ("tanh", "test_loss", 0.0680, 0.02),
    ("relu", "test_loss", 0.0653, 0.02),
)
FAR = 0.01  # one percentage point
STUDIED: tuple[Show, ...] = ("confusion", "units", "curves")  # tables 1 to 10, Figure 5, Figures 1, 3 and 4
ACTIVATIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu"}


def _activation(name: str, where: str, value: float, deviation: float) -> Experiment:
    return Experiment(
        name,
        f"500-250-100, {name}",
        Figure(where, value=value, deviation=deviation, tolerance=FAR),
        {"network.activation": name},
        repeats=5,
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
    )


def _noise(way: str, sigma: float, figure: Figure) -> Experiment:
    return Experiment(
        f"{way}-noise-{sigma:g}",
        f"Noise of σ {sigma:g} in the {way} pass",
        figure,
        {**SIGMOID, f"regularisation.{'activation' if way == 'forward' else 'gradient'}_noise": sigma},
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
        *(
            Experiment(
                f"{name}-{metric.partition('_')[0]}-loss",
                f"{name}, {metric.partition('_')[0]} loss",
                Figure("Table 7", metric=metric, value=value, tolerance=tolerance),
                {"network.activation": name},
                repeats=5,
                shows=("curves", "confusion"),
            )
            for name, metric, value, tolerance in LOSSES
        ),
        *(
            Experiment(
                f"relu-inactive-{when}",
                f"ReLU, inactive share {words}",
                Figure(
                    "Figure 5", metric="inactive_share", epoch=epoch, between=between, statement=statement
                ),
                {"network.activation": "relu"},
                repeats=5,
                shows=("units", "curves"),
            )
            for when, words, epoch, between, statement in (
                ("first", "after one epoch", 1, (0.4, 1.0), "approximately half in the beginning"),
                ("last", "at the end", 15, (0.9, 1.0), "higher than 90 % at the end"),
            )
        ),
        *(_rate(rate) for rate in RATES),
        *(
            _noise(
                "forward",
                sigma,
                Figure("section 5.1: “~ 0.86”", value=0.86, tolerance=0.05)
                if sigma == 1.0
                else Figure("section 5.1", between=(0.8, 1.0), statement="manages to converge"),
            )
            for sigma in SIGMAS
        ),
        *(
            _noise(
                "backward",
                sigma,
                Figure("section 5.1", between=(0.0, 0.8), statement="the loss explodes above 0.05")
                if sigma > 0.05
                else Figure("section 5.1"),
            )
            for sigma in SIGMAS
        ),
        Experiment(
            "noisy-copies",
            "Noisy copies of all images, 120,000 in all",
            Figure("section 5.2", value=0.9463, deviation=0.0002, tolerance=FAR),
            {**SIGMOID, "data.noisy_copies": 1, "data.noisy_copies_sigma": 0.01},
            repeats=3,
        ),
        Experiment(
            "l2-0.0001-repeats",
            "L2 with λ = 1e-4",
            Figure("Table 11", value=0.9160, deviation=0.0008, tolerance=FAR),
            {**SIGMOID, "regularisation.l2": 1e-4},
            repeats=3,
        ),
        *(
            Experiment(
                f"l2-{strength:g}",
                f"L2 with λ = {strength:g}",
                Figure("section 5.3"),
                {**SIGMOID, "regularisation.l2": strength},
            )
            for strength in LAMBDAS
        ),
        Experiment(
            "hog-network",
            "300-150-70, ReLU, on HOG features",
            Figure("section 6.1", value=0.9761, deviation=0.0006, tolerance=0.005),
            {**HOG, "network.hidden": [300, 150, 70], "network.activation": "relu", "data.scaling": "none"},
            repeats=3,
        ),
        Experiment(
            "hog-knn",
            "kNN with k = 3 on HOG features",
            Figure("Table 12", value=0.9631, tolerance=0.005),
            {**HOG, "baseline.model": "knn", "baseline.k": 3, "data.scaling": "none"},
        ),
        Experiment(
            "hog-svm",
            "Linear SVM with squared hinge on HOG features",
            Figure("Table 12", value=0.9691, tolerance=0.005),
            {**HOG, "baseline.model": "linear_svm", "data.scaling": "standard"},
        ),
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
        Response(
            "Noise in the forward and in the backward pass",
            "Section 5.1",
            "Noise on the gradients does far more harm than noise on the activations.",
            "σ of the noise",
            {way: {sigma: f"{way}-noise-{sigma:g}" for sigma in SIGMAS} for way in ("forward", "backward")},
            without="sigmoid",
        ),
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
            tuple(f"{name}-{metric.partition('_')[0]}-loss" for name, metric, _, _ in LOSSES),
        ),
    ),
    orders=(
        Order(("relu", "tanh", "sigmoid"), "ReLU before tanh before sigmoid (Table 7)."),
        Order(("hog-network", "hog-svm", "hog-knn"), "The network before SVM and kNN (section 6.2)."),
    ),
    gaps=(
        Gap(
            "Which of Glorot's two distributions.",
            "The uniform one.",
            "Both have the same variance; accuracies differ by less than the deviation over seeds.",
        ),
        Gap(
            "“Normalized” images.",
            "Pixels in [0, 1].",
            "With pixels of mean 0 and deviation 1 the sigmoid network ends above the reported 92 %.",
        ),
        Gap(
            "Whether N(0, 0.01) gives the variance or the deviation of the noise.",
            "The deviation.",
            "Section 5.1 goes on with “the σ of the added noise is varied”.",
        ),
        Gap(
            "Noisy copies reach 94.63 %, 2.5 points more than the baseline.",
            "The same 15 epochs, so twice as many steps.",
            "A sigmoid network at this rate is still improving when training ends; more steps explain the "
            "gain, which the noise of σ 0.01 does not.",
        ),
        Gap(
            "“Inactive neurons”.",
            "Pairs of unit and image with |gradient| < 1e-5.",
            "That is the report's own definition; dead units, which it names with it, are something else.",
        ),
    ),
)
