"""What each stage does, in words for someone who meets it for the first time."""

from math import isfinite, log

from explorer.config.run import Activation
from explorer.data.catalog import DATASETS
from explorer.data.words import figure, title_of
from explorer.scratch.walk import StepRecord
from explorer.ui.backprop_settings import Setup
from explorer.ui.backprop_stages import Stage
from explorer.ui.wording import plain

_FLAT: dict[Activation, str] = {
    "sigmoid": "Where the sigmoid is flat (a near 0 or 1), little of it passes",
    "tanh": "Where tanh is flat (a near −1 or 1), little of it passes",
    "relu": "Where z is positive all of it passes, elsewhere nothing",
    "identity": "All of it passes: nothing was bent",
}


def stage_words(stage: Stage, record: StepRecord, setup: Setup) -> str:
    """A short paragraph on a stage, with the numbers of this step."""
    return {
        "images": _images,
        "forward": _forward,
        "loss": _loss,
        "backward": _backward,
        "update": _update,
    }[stage.kind](stage, record, setup)


def _images(_: Stage, record: StepRecord, setup: Setup) -> str:
    side, images = setup.side, record.X.shape[1]
    return (
        f"**A mini-batch of {images} image{'s' * (images != 1)}.** Each image is a column of X: its {side} × "
        f"{side} = {side * side:,} pixels, from 0 (paper) to 1 (ink). Y says which class is right: 1 in its "
        "row, 0 in the others. Press **Step** to send the images forward."
    )


def _forward(stage: Stage, record: StepRecord, setup: Setup) -> str:
    units, inputs = record.before[stage.layer - 1].W.shape
    if stage.layer < len(record.before):
        return (
            f"**Forward through layer {stage.layer}.** Each of the {units} units weighs the {inputs:,} "
            f"numbers that it sees and adds them up, with its bias: that is Z. Then the activation "
            f"({plain(title_of(setup.config.network.activation))}) bends every sum: A is all that the next "
            "layer sees."
        )
    label = int(record.Y[:, 0].argmax())
    name = DATASETS[setup.config.data.dataset].class_names[label]
    share = f"{100 * record.P[label, 0]:.0f} %" if isfinite(record.P[label, 0]) else "no number"
    binary = setup.config.loss == "binary_cross_entropy"
    how = (
        "A sigmoid turns each into a share between 0 and 1, the answer P."
        if binary
        else "The softmax turns them into ten shares that add up to 1, the answer P."
    )
    return (
        f"**Forward through layer {stage.layer}, the output.** Ten weighted sums an image, one a class: "
        f"the logits Z. {how} Image 0 shows {plain(name)}: the network gives "
        f"that {share}."
    )


def _loss(_: Stage, record: StepRecord, setup: Setup) -> str:
    meaning = {
        "cross_entropy": "An image costs −ln of the share that its right class got: 0 for certainty, "
        f"ln 10 ≈ {log(10):.2f} for guessing.",
        "mean_squared_error": "An image costs the mean squared distance of its answer from 1 and 0: 0 is "
        "perfect, 0.09 is guessing.",
        "binary_cross_entropy": "Each class is a yes-or-no question of its own; an image costs −ln of the "
        "share that each right answer got, added up.",
    }[setup.config.loss]
    if not isfinite(record.score.loss):
        return (
            f"**How wrong is it?** {meaning} But the numbers on the way here have left all bounds: "
            "J, the mean over the batch, is no finite number."
        )
    images = record.X.shape[1]
    right = round(record.score.accuracy * images)
    return (
        f"**How wrong is it?** {meaning} J, the mean over the batch, is **{figure(record.score.loss)}**; "
        f"{right} of {images} images {'is' if right == 1 else 'are'} classified correctly. From here it goes "
        "backward, with one question for every number: how does J change if this number grows a little? "
        "dZ is short for ∂J/∂Z."
    )


def _backward(stage: Stage, record: StepRecord, setup: Setup) -> str:
    depth = len(record.before)
    if stage.layer == depth:
        error = (
            "The error of every answer, brought through the softmax's slopes"
            if setup.config.loss == "mean_squared_error"
            else "Answer minus target, shared among the images: no more than the error itself"
        )
        return (
            f"**Backward through layer {depth}, the output.** dZ first. {error}. Times what the layer saw, "
            "summed over the images, it is dW: how J changes with each weight. Summed alone, it is db."
        )
    flat = _FLAT.get(setup.config.network.activation, "The slope g′ says how much of it passes")
    return (
        f"**Backward through layer {stage.layer}.** The weights that carried A forward carry the blame back: "
        f"dA. {flat}: dZ = dA ∘ g′(Z), cell by cell. Then dW and db, as in every layer."
    )


def _update(_: Stage, record: StepRecord, setup: Setup) -> str:
    rule = setup.config.optimizer
    before, after = in_loss(record.score.loss), in_loss(record.score_after.loss)
    return (
        f"**Update.** Every weight and bias goes a little against its gradient "
        f"({plain(title_of(rule.name))}, learning rate {figure(rule.learning_rate)}). The same "
        "images asked again: the loss goes from "
        f"**{before}** to **{after}**"
        + (
            ". It went up: the step was too long for this slope."
            if record.score_after.loss > record.score.loss
            else "."
        )
    )


def in_loss(loss: float) -> str:
    """A loss in four decimals, or in words where it is no finite number."""
    return f"{loss:.4f}" if isfinite(loss) else "no finite number"
