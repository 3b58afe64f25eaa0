"""The second report: a network written in NumPy, trained by summed gradients, and a LeNet-like CNN."""

from explorer.labs.experiment import Experiment, Figure, Gap, Lab, Question

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
        ),
        Experiment(
            "mlp-50000-constant",
            "The same at a constant rate",
            Figure("section 2: “MLP without Adaptive Learning Rate”"),
            {**MLP, **WHOLE},
            repeats=3,
        ),
        Experiment(
            "mlp-2000-decay",
            "2,000 images, rate × 0.97 an epoch",
            Figure("section 2: “MLP with Adaptive Learning Rate”"),
            {**MLP, **DECAY, **SMALL},
            repeats=3,
        ),
        Experiment(
            "mlp-2000-constant",
            "2,000 images at a constant rate",
            Figure("section 2: “MLP without Adaptive Learning Rate”"),
            {**MLP, **SMALL},
            repeats=3,
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
        ),
        Experiment(
            "cnn-50000",
            "LeNet-like CNN, 50,000 images",
            Figure("section 3: “an accuracy of 98.88”", value=0.9888, tolerance=0.005),
            {**CNN, **WHOLE},
            reading="SGD at 0.001 with momentum 0.9, as in the tutorial that the report follows.",
        ),
        Experiment(
            "cnn-2000",
            "LeNet-like CNN, 2,000 images",
            Figure("section 3: “Convolutional Neural Network”"),
            {**CNN, **SMALL},
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
