"""Noise in the forward and in the backward pass (section 5.1 of the fourth report), in the readings tried."""

from typing import Literal

from explorer.labs.experiment import Experiment, Figure, Gap
from explorer.labs.pictures import Response

SIGMAS = (0.01, 0.05, 0.1, 0.5, 1.0)
Way = Literal["forward", "backward"]
Place = Literal["sums", "activations"]
CHANCE_LOSS = 2.303  # −ln 0.1: ten classes equally likely
# At the report's rate sigmoid needs more steps to leave its plateau than a quick version has.
QUICK = {"data.train_size": 6000, "training.epochs": 6, "optimizer.learning_rate": 0.5}
QUICK_RATE = "The quick version trains at a rate of 0.5."
EPOCHS = 15  # the mean loss over the last one, for what a noisy network costs changes from step to step
OTHER_READING = "section 5.1, the other reading"


def _noise(name: str, way: Way, sigma: float, figure: Figure, place: Place = "sums") -> Experiment:
    on = "weighted sums" if place == "sums" else "activations"
    measured = ", training loss of the last epoch" if figure.metric == "train_loss" else ""
    return Experiment(
        f"{name}-{sigma:g}",
        f"Noise of σ {sigma:g} on the {on}, {way} pass{measured}",
        figure,
        {
            "network.activation": "sigmoid",
            f"regularisation.{'activation' if way == 'forward' else 'gradient'}_noise": sigma,
            "regularisation.noise_on": place,
        },
        reading=QUICK_RATE,
        quick=QUICK if way == "forward" else {**QUICK, "data.train_size": 2400, "training.epochs": EPOCHS},
    )


def _forward(sigma: float) -> Figure:
    if sigma == 1.0:
        return Figure("section 5.1: “~ 0.86”", value=0.86, tolerance=0.05)
    return Figure("section 5.1", between=(0.8, 1.0), statement="manages to converge")


def _loss(sigma: float) -> Figure:
    if sigma <= 0.05:
        return Figure("section 5.1", metric="train_loss", epoch=EPOCHS)
    # Far above what guessing costs.
    return Figure(
        "section 5.1",
        metric="train_loss",
        epoch=EPOCHS,
        between=(2 * CHANCE_LOSS, 1e9),
        statement="the loss explodes above 0.05",
    )


NOISE = (
    *(_noise("forward-noise", "forward", sigma, _forward(sigma)) for sigma in SIGMAS),
    *(_noise("backward-noise", "backward", sigma, Figure("section 5.1")) for sigma in SIGMAS),
    *(_noise("backward-noise-loss", "backward", sigma, _loss(sigma)) for sigma in SIGMAS),
    *(
        _noise("forward-activations-noise", "forward", sigma, Figure(OTHER_READING), "activations")
        for sigma in (0.5, 1.0)
    ),
    *(
        _noise(
            "backward-activations-noise-loss",
            "backward",
            sigma,
            Figure(OTHER_READING, metric="train_loss", epoch=EPOCHS),
            "activations",
        )
        for sigma in (0.01, 0.1, 1.0)
    ),
)
NOISE_GAPS = (
    Gap(
        "To what noise is added: “the h matrices”.",
        "To the weighted sums of every layer, the output's too, in both passes.",
        "Only so do both statements hold. Forward noise of σ 1 on the activations keeps the network at "
        "11.35 %, on the sums it learns all the same. Backward noise on the activations' gradients ends "
        "learning, but the loss stays at 2.3, what guessing costs; on the gradients of the sums it explodes. "
        "There nothing is learned at 0.01 either, of which the report shows curves and says nothing.",
    ),
    Gap(
        "Whether N(0, 0.01) gives the variance or the deviation of the noise.",
        "The deviation.",
        "Section 5.1 goes on with “the σ of the added noise is varied”.",
    ),
)
NOISE_PICTURES = (
    Response(
        "Noise in the forward and in the backward pass",
        "Section 5.1",
        "Noise on the gradients does far more harm than noise on the sums on the way forward.",
        "σ of the noise",
        {way: {sigma: f"{way}-noise-{sigma:g}" for sigma in SIGMAS} for way in ("forward", "backward")},
        without="sigmoid",
    ),
    Response(
        "Where forward noise acts",
        "Section 5.1, two readings",
        "On the sums the network stands a σ of 1, as the report says; on the activations it learns nothing.",
        "σ of the noise",
        {
            "on the sums": {sigma: f"forward-noise-{sigma:g}" for sigma in SIGMAS},
            "on the activations": {sigma: f"forward-activations-noise-{sigma:g}" for sigma in (0.5, 1.0)},
        },
        without="sigmoid",
    ),
    Response(
        "Where backward noise acts",
        "Section 5.1, two readings",
        "On the sums' gradients the training loss explodes, as the report says; on the activations' it stays "
        "at 2.3, what guessing costs.",
        "σ of the noise",
        {
            "on the sums": {sigma: f"backward-noise-loss-{sigma:g}" for sigma in SIGMAS},
            "on the activations": {
                sigma: f"backward-activations-noise-loss-{sigma:g}" for sigma in (0.01, 0.1, 1.0)
            },
        },
        without="sigmoid-train-loss",
    ),
)
