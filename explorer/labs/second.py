"""The second report: a network written in NumPy, trained by summed gradients, and a LeNet-like CNN."""

from explorer.labs.experiment import Experiment, Figure, Gap, Lab, Question, Show
from explorer.labs.pictures import Beside, Curves

MLP = {
    "network.hidden": [64],
    "network.activation": "sigmoid",
    "network.initialisation": "gaussian",
    "network.initialisation_sigma": 0.1,
    "network.biases": "zeros",
    "optimizer.learning_rate": 0.001,
    "optimizer.reduction": "sum",
}
DECAY = {"schedule.name": "exponential", "schedule.gamma": 0.97}
CNN = {"network.preset": "lenet", "optimizer.learning_rate": 0.001, "optimizer.momentum": 0.9}
SMALL, WHOLE = {"data.train_size": 2000}, {"data.train_size": 50_000}
SHOWN: tuple[Show, ...] = ("row_shares", "weights", "curves")

SECOND = Lab(
    id="second",
    title="An MLP by hand, and a CNN",
    about="One hidden layer of 64 sigmoid units with hand-written back-propagation, on 2,000 and on 50,000 "
    "images, with and without a falling learning rate; then a small convolutional network.",
    shared={
        "data.dataset": "mnist",
        "data.scaling": "unit",
        "data.validation_size": 5000,
        "data.test_size": 5000,
        "optimizer.name": "sgd",
        "training.batch_size": 256,
        "training.epochs": 100,
    },
    question=Question(
        "Which network reads more test images, the MLP or the CNN?", ("mlp-50000-decay", "cnn-50000")
    ),
    quick={"data.train_size": 2000, "training.epochs": 20},
    quick_repeats=1,
    experiments=(
        Experiment(
            "mlp-50000-decay",
            "64 sigmoid units, 50,000 images, rate × 0.97 an epoch",
            Figure("section 2: “an accuracy of 94.8”", value=0.948, tolerance=0.01),
            {**MLP, **DECAY, **WHOLE},
            repeats=3,
            shows=SHOWN,
            reading="The gradients of a batch are summed.",
        ),
        Experiment(
            "mlp-50000-first-epoch",
            "The same after one epoch, on validation images",
            Figure(
                "section 2: “after only 1 epoch … around 85%”",
                metric="validation_accuracy",
                value=0.85,
                tolerance=0.03,
                epoch=1,
            ),
            {**MLP, **DECAY, **WHOLE},
            repeats=3,
            shows=SHOWN,
        ),
        Experiment(
            "mlp-50000-constant",
            "The same at a constant rate",
            Figure("section 2: “MLP without Adaptive Learning Rate”"),
            {**MLP, **WHOLE},
            repeats=3,
            shows=SHOWN,
        ),
        Experiment(
            "mlp-2000-decay",
            "2,000 images, rate × 0.97 an epoch",
            Figure("section 2: “MLP with Adaptive Learning Rate”"),
            {**MLP, **DECAY, **SMALL},
            repeats=3,
            shows=SHOWN,
        ),
        Experiment(
            "mlp-2000-constant",
            "2,000 images at a constant rate",
            Figure("section 2: “MLP without Adaptive Learning Rate”"),
            {**MLP, **SMALL},
            repeats=3,
            shows=SHOWN,
        ),
        Experiment(
            "mlp-50000-mean",
            "Mean in place of summed gradients, after 20 epochs",
            Figure(
                "the other reading of section 2",
                metric="validation_accuracy",
                epoch=20,
                between=(0.0, 0.6),
                statement="far below the report's curve",
            ),
            {**MLP, **WHOLE, "optimizer.reduction": "mean"},
            shows=SHOWN,
        ),
        Experiment(
            "cnn-50000",
            "LeNet-like CNN, 50,000 images",
            Figure("section 3: “an accuracy of 98.88”", value=0.9888, tolerance=0.005),
            {**CNN, **WHOLE},
            shows=("row_shares", "curves", "weights"),
            reading="SGD at 0.001 with momentum 0.9, as in the tutorial that the report follows.",
        ),
        Experiment(
            "cnn-2000",
            "LeNet-like CNN, 2,000 images",
            Figure("section 3: “Convolutional Neural Network”"),
            {**CNN, **SMALL},
            shows=("row_shares", "curves", "weights"),
        ),
    ),
    pictures=(
        Curves(
            "A constant and a falling learning rate, 2,000 and 50,000 images",
            "Section 2, its four graphs",
            "With 2,000 images training and validation part; with 50,000 they stay together. A falling rate "
            "makes the curve smoother.",
            {
                "2,000, constant": "mlp-2000-constant",
                "2,000, × 0.97": "mlp-2000-decay",
                "50,000, constant": "mlp-50000-constant",
                "50,000, × 0.97": "mlp-50000-decay",
            },
            ("train_accuracy", "validation_accuracy"),
        ),
        Curves(
            "Summed or averaged gradients",
            "Section 2: “after only 1 epoch … around 85%”",
            "Only summed gradients are near 85 % after one epoch; averaged ones take 256 times smaller steps.",
            {"summed": "mlp-50000-constant", "averaged": "mlp-50000-mean"},
            ("validation_accuracy",),
        ),
        Curves(
            "The convolutional network",
            "Section 3, its two graphs",
            "With the same images it learns more than the MLP.",
            {"2,000 images": "cnn-2000", "50,000 images": "cnn-50000"},
            ("train_accuracy", "validation_accuracy"),
        ),
        Beside(
            "Reported beside measured",
            "Sections 2 and 3",
            "Accuracy on test images, and after one epoch on validation images.",
            ("mlp-50000-decay", "mlp-50000-first-epoch", "cnn-50000", "mlp-50000-mean"),
        ),
    ),
    gaps=(
        Gap(
            "Whether the gradients of a batch are summed or averaged.",
            "Summed.",
            "The report's accuracy after one epoch is around 85 %: summed gradients give 86 %, averaged ones "
            "43 % after twenty epochs.",
        ),
        Gap(
            "The CNN's learning rate.",
            "0.001 with momentum 0.9.",
            "The report follows PyTorch's tutorial on classifying images, which uses these.",
        ),
        Gap(
            "How pixels are scaled.", "To [0, 1].", "Raw pixels saturate sigmoid units at N(0, 0.1²) weights."
        ),
    ),
)
