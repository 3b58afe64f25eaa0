"""The first report: four small networks, two optimizers, early stopping."""

from explorer.labs.experiment import Experiment, Figure, Gap, Lab, Order, Question, Show
from explorer.labs.pictures import Beside, Curves

ADAM = {"optimizer.name": "adam", "optimizer.learning_rate": 0.001}
SGD = {"optimizer.name": "sgd", "optimizer.learning_rate": 0.001}
FORMULA = {"loss": "binary_cross_entropy"}
CROSS_ENTROPY = {"loss": "cross_entropy"}
ON_VALIDATION = {"data.validation_fraction": 0.1, "training.monitor": "validation_accuracy"}
SIGMOID = {"network.hidden": [512, 128], "network.activation": "sigmoid"}
RELU = {"network.hidden": [256, 64], "network.activation": "relu"}
PRELU = {"network.hidden": [512, 64], "network.activation": "prelu"}
ENDED: tuple[Show, ...] = ("stopping", "confusion")

FIRST = Lab(
    id="first",
    title="Four classifiers",
    about="Two hidden layers, with sigmoid and SGD, with Adam, with ReLU, with PReLU; training ends when the "
    "accuracy has not grown for five epochs.",
    shared={
        "data.dataset": "mnist",
        "data.scaling": "unit",
        "data.validation_fraction": 0.0,
        "training.batch_size": 512,
        "training.epochs": 60,
        "training.patience": 5,
        "training.monitor": "test_accuracy",
    },
    question=Question(
        "Which of the classifiers that learn reads the most test images?",
        ("classifier-2", "classifier-3", "classifier-4"),
    ),
    # Of a tenth of the images a batch of 512 would leave too few steps to reach what the lab is about.
    quick={"data.train_size": 6000, "training.epochs": 15, "training.batch_size": 128},
    experiments=(
        Experiment(
            "classifier-1",
            "512-128, sigmoid, SGD",
            Figure("ANN2: “from 11.4%”", value=0.114, tolerance=0.005),
            {**SIGMOID, **SGD, **FORMULA},
            repeats=3,
            shows=ENDED,
            reading="SGD at 0.001, the rate of the tutorial that the report names.",
        ),
        Experiment(
            "classifier-1-validation",
            "The same, stopped by validation",
            Figure("its own rule, applied to images held back"),
            {**SIGMOID, **SGD, **FORMULA, **ON_VALIDATION},
            repeats=3,
            shows=ENDED,
        ),
        Experiment(
            "classifier-1-one-answer",
            "Share of its commonest answer",
            Figure(
                "none: what 11.4 % is",
                metric="largest_answer_share",
                between=(0.999, 1.0),
                statement="one answer for every image",
                by_lab=True,
            ),
            {**SIGMOID, **SGD, **FORMULA},
            repeats=3,
            shows=("confusion", "curves"),
        ),
        Experiment(
            "classifier-1-faster",
            "The same at a rate of 0.1",
            Figure("none: the report's network at a hundred times the rate"),
            {**SIGMOID, **FORMULA, "optimizer.name": "sgd", "optimizer.learning_rate": 0.1},
            shows=ENDED,
        ),
        Experiment(
            "classifier-1-patient",
            "The same without early stopping",
            Figure("none: the report's network, given all 60 epochs"),
            {**SIGMOID, **SGD, **FORMULA, "training.patience": None},
            shows=("curves", "confusion"),
        ),
        Experiment(
            "classifier-2",
            "512-128, sigmoid, Adam",
            Figure("ANN2: “about 98%”", value=0.98, tolerance=0.005),
            {**SIGMOID, **ADAM, **FORMULA},
            repeats=3,
            shows=ENDED,
            reading="Adam at 0.001, its authors' default (Kingma & Ba, 2015).",
        ),
        Experiment(
            "classifier-2-validation",
            "The same, stopped by validation",
            Figure("its own rule, applied to images held back"),
            {**SIGMOID, **ADAM, **FORMULA, **ON_VALIDATION},
            repeats=3,
            shows=ENDED,
        ),
        Experiment(
            "classifier-3",
            "256-64, ReLU, Adam",
            Figure("Conclusion: “98%”", value=0.98, tolerance=0.005),
            {**RELU, **ADAM, **CROSS_ENTROPY},
            repeats=3,
            shows=ENDED,
            reading="The optimizer is not named; Adam, as before and after it.",
        ),
        Experiment(
            "classifier-3-validation",
            "The same, stopped by validation",
            Figure("its own rule, applied to images held back"),
            {**RELU, **ADAM, **CROSS_ENTROPY, **ON_VALIDATION},
            repeats=3,
            shows=ENDED,
        ),
        Experiment(
            "classifier-4",
            "512-64, PReLU, Adam",
            Figure("ANN4: “98+%”", value=0.98, tolerance=0.005),
            {**PRELU, **ADAM, **CROSS_ENTROPY},
            repeats=3,
            shows=ENDED,
        ),
        Experiment(
            "classifier-4-validation",
            "The same, stopped by validation",
            Figure("its own rule, applied to images held back"),
            {**PRELU, **ADAM, **CROSS_ENTROPY, **ON_VALIDATION},
            repeats=3,
            shows=ENDED,
        ),
        Experiment(
            "classifier-2-epochs",
            "Epochs until it stops: sigmoid, Adam",
            Figure("ANN4: “in fewer epochs”", metric="epochs"),
            {**SIGMOID, **ADAM, **FORMULA},
            repeats=3,
            shows=ENDED,
        ),
        Experiment(
            "classifier-3-epochs",
            "Epochs until it stops: ReLU, Adam",
            Figure("ANN4: “in fewer epochs”", metric="epochs"),
            {**RELU, **ADAM, **CROSS_ENTROPY},
            repeats=3,
            shows=ENDED,
        ),
        Experiment(
            "classifier-4-epochs",
            "Epochs until it stops: PReLU, Adam",
            Figure("ANN4: “in fewer epochs”", metric="epochs"),
            {**PRELU, **ADAM, **CROSS_ENTROPY},
            repeats=3,
            shows=ENDED,
        ),
    ),
    orders=(
        Order(
            ("classifier-2-epochs", "classifier-4-epochs"), "PReLU needs fewer epochs than sigmoid (ANN4)."
        ),
        Order(("classifier-3-epochs", "classifier-4-epochs"), "PReLU needs fewer epochs than ReLU (ANN4)."),
        Order(("classifier-4", "classifier-2"), "PReLU reads more than sigmoid (ANN4)."),
        Order(("classifier-4", "classifier-3"), "PReLU reads more than ReLU (ANN4)."),
    ),
    pictures=(
        Curves(
            "Four classifiers over the epochs",
            "The accuracy graphs of ANN1 to ANN4",
            "The first keeps to one answer and is stopped; the others leave it within an epoch.",
            {
                "1: sigmoid, SGD": "classifier-1",
                "2: sigmoid, Adam": "classifier-2",
                "3: ReLU, Adam": "classifier-3",
                "4: PReLU, Adam": "classifier-4",
            },
            ("test_accuracy",),
        ),
        Beside(
            "Stopped by the test set, and by images held back",
            "ANN1 to ANN4, conclusion",
            "Where the test set decides when to stop, its accuracy is no longer a test of it.",
            (
                "classifier-1",
                "classifier-1-validation",
                "classifier-2",
                "classifier-2-validation",
                "classifier-3",
                "classifier-3-validation",
                "classifier-4",
                "classifier-4-validation",
            ),
        ),
    ),
    gaps=(
        Gap(
            "The learning rates.",
            "0.001 for SGD and for Adam.",
            "The tutorial on optimization loops that the report names uses SGD at 0.001; it is Adam's default.",
        ),
        Gap(
            "Which of the two cross-entropies.",
            "One question a class, as the formula under ANN1 has it, for the sigmoid networks; "
            "the usual one over ten classes for the others.",
            "The formula is given with sigmoid outputs alone.",
        ),
        Gap(
            "Why the first classifier stays at 11.4 %.",
            "It answers “1” to every image, and 11.35 % of the test images are ones.",
            "At this rate the first thing learned is how frequent each class is; ones are the most frequent. "
            "Five epochs without a better accuracy end the training there, and all sixty leave it there. At a "
            "rate of 0.1 the same network reads 93 % of the images.",
        ),
        Gap(
            "It stops by the test set.",
            "As the report did, and again by images held back.",
            "An accuracy that decides when to stop is no longer a test of it.",
        ),
    ),
)
