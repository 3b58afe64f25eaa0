"""What happened in a run: rules over its recorded numbers, each with its evidence and one run to try next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from math import log
from statistics import median
from typing import Any

from explorer.config.run import RunConfig
from explorer.data.catalog import DATASETS
from explorer.evaluation.remedies import (
    Remedy,
    higher_rate,
    lower_rate,
    more_images,
    more_to_see,
    more_ways,
    obstacle,
    restraint,
)
from explorer.evaluation.sweeps import is_diverged
from explorer.records import EpochMetrics, Evaluation, Run, RunResult, RunStatus

ONE_CLASS, BY_CHANCE = 0.95, 0.01  # of all answers; of them, right beyond that one class
DEAD, MOSTLY_DEAD = 0.4, 0.75  # of a layer's units; of one that answers well nevertheless
INACTIVE, LOST = 0.9, 0.5  # of a layer's units and images without a gradient; accuracy of one that is lost
VANISHED = 0.01  # gradient norm of the first layer over that of the output
LITTLE = 0.01  # percent; what is less is told as that
POOR = 0.9  # accuracy under which a weak gradient or a slow rate is an illness
SLOW, SLUGGISH, CREEPING = 0.6, 0.35, 0.02  # of the first epoch's loss left; and lost an epoch
RISE, FITTED = 1.05, 0.2  # of validation loss over its least; of training loss over it
JUMP, RESTLESS = 1.05, 0.2  # of the last epoch's training loss; of all epochs
GAP = 0.1  # of accuracy, between training and validation images
STILL, STILL_AT_ONCE = 0.05, 0.06  # of the loss lost in the last fifth of the epochs; where that is one epoch
SATISFIED = 0.98  # training accuracy from which a falling training loss promises nothing
CONFUSED, CONFUSED_IMAGES, OF_ALL_MISTAKES = 0.1, 5, 0.2
# The loss of a network that gives each of ten classes a tenth.
KNOWS_NOTHING = {
    "cross_entropy": log(10),
    "mean_squared_error": 0.09,
    "binary_cross_entropy": log(10) + 9 * log(10 / 9),
}
BLOWN_UP = 2.0  # times that
NOT_BESIDE = {
    # Who has learned nothing has nothing to improve on, and confuses all classes.
    "collapse": ("divergence", "still_improving", "confusion"),
    "too_slow": ("still_improving", "confusion"),
    "divergence": ("too_slow", "still_improving", "confusion"),
    # Units without a gradient are no matter of small steps.
    "vanishing": ("divergence", "too_slow"),
    "saturation": ("divergence", "too_slow", "still_improving"),
    "dead_units": ("divergence", "too_slow"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A symptom with its evidence in words, and what to change in a next run (dotted fields).

    Without changes the advice is to let the same run go on.
    """

    name: str
    symptom: str
    evidence: str
    advice: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Course:
    """A run that has a result, as the rules look at it."""

    run: Run
    result: RunResult
    epochs: Sequence[EpochMetrics]

    @cached_property
    def config(self) -> RunConfig:
        return self.run.network_config

    @cached_property
    def rate(self) -> float:
        """The learning rate that was set last."""
        set_last = [change.value for change in self.run.changes if change.field == "optimizer.learning_rate"]
        return set_last[-1] if set_last else self.config.optimizer.learning_rate

    @cached_property
    def asked(self) -> Evaluation:
        """The answers to judge by: never those on the test set."""
        return self.result.validation if self.result.validation is not None else self.result.train

    @cached_property
    def has_learned(self) -> bool:
        """Whether it knows its own training images: then nothing was in the way of learning."""
        return self.result.train.accuracy >= POOR

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the ten classes."""
        return DATASETS[self.config.data.dataset].class_names

    @cached_property
    def images(self) -> str:
        return "validation images" if self.result.validation is not None else "training images"

    @cached_property
    def losses(self) -> list[float]:
        """Of validation where there is one."""
        validation = [epoch.validation_loss for epoch in self.epochs if epoch.validation_loss is not None]
        return validation or [epoch.train_loss for epoch in self.epochs]

    @cached_property
    def obstacle(self) -> Remedy | None:
        """What is in the way of learning; to be asked where something is."""
        found = obstacle(self.config, self.epochs, self.rate)
        if found is None and self.jumps:
            words = f"The training loss rose in {self.jumps:,} of {len(self.epochs) - 1:,} epochs."
            found = replace(lower_rate(self.config, self.rate), evidence=words)
        return found

    @cached_property
    def jumps(self) -> int:
        """In how many epochs the training loss rose, if in so many that the steps are too long; else 0."""
        losses = [epoch.train_loss for epoch in self.epochs]
        rises = sum(after > JUMP * before for before, after in pairwise(losses))
        return rises if rises > 1 and rises >= RESTLESS * (len(losses) - 1) else 0

    def found(self, name: str, symptom: str, evidence: str, remedy: Remedy) -> Finding:
        """A finding whose evidence goes on with what its remedy is told by."""
        return Finding(name, symptom, f"{evidence} {remedy.evidence}".strip(), remedy.advice, remedy.changes)


def diagnose(run: Run, epochs: Sequence[EpochMetrics]) -> tuple[Finding, ...]:
    """The findings of a network's run that has ended, the gravest first; none where nothing is wrong.

    None of a baseline: it has no course that could go astray.
    """
    if not isinstance(run.config, RunConfig):
        return ()
    if is_diverged(run):
        return (_diverged(run, run.config),)
    result = run.network_result
    if result is None or not epochs:
        return ()
    course = _Course(run, result, epochs)
    rules = (
        _collapse, _blown_up, _vanishing, _saturation, _dead_units, _too_slow, _over_fitting,
        _still_improving, _confusion,
    )  # fmt: skip
    found = {finding.name: finding for rule in rules if (finding := rule(course)) is not None}
    hidden = {other for name in found for other in NOT_BESIDE.get(name, ())}
    findings = [finding for name, finding in found.items() if name not in hidden]
    held = restraint(course.config, epochs) if course.asked.accuracy < LOST else None
    if not findings and held is not None:
        findings = [course.found("held_back", "It is held back", "It has hardly learned.", held)]
    return tuple(findings)


def _diverged(run: Run, config: RunConfig) -> Finding:
    rate = config.optimizer.learning_rate
    found = obstacle(config, (), rate)
    remedy = lower_rate(config, rate) if found is None else replace(found, evidence="")
    return Finding(
        "divergence", "The training diverged", f"{run.reason.split('. ')[0].rstrip('.')}.",
        remedy.advice, remedy.changes,
    )  # fmt: skip


def _blown_up(course: _Course) -> Finding | None:
    loss, nothing = course.asked.loss, KNOWS_NOTHING[course.config.loss]
    if loss is None or loss < BLOWN_UP * nothing or course.has_learned:
        return None
    remedy = course.obstacle
    if remedy is None:
        if course.losses[-1] <= course.losses[0]:
            return None  # it began there
        remedy = lower_rate(course.config, course.rate)
    evidence = (
        f"Its loss on the {course.images} is {loss:,.1f}; a network that knows nothing and gives each "
        f"class a tenth has {nothing:.2g}."
    )
    return course.found("divergence", "Its weights have blown up", evidence, remedy)


def _collapse(course: _Course) -> Finding | None:
    asked = course.asked
    answers = [sum(row[digit] for row in asked.confusion) for digit in range(len(asked.confusion))]
    share, digit = max((count / max(1, asked.images), digit) for digit, count in enumerate(answers))
    of_class = sum(asked.confusion[digit])
    if share < ONE_CLASS or asked.correct > of_class + BY_CHANCE * asked.images:
        return None  # the others it knows are few, as may be in a dataset of one's own
    evidence = (
        f"It answers “{course.names[digit]}” to {100 * share:.0f} % of the {course.images}. Its accuracy of "
        f"{100 * asked.accuracy:.1f} % is no more than that class's share of the images."
    )
    causes = (_saturation(course), _dead_units(course), _vanishing(course))
    cause = next((finding for finding in causes if finding is not None), None)
    symptom = "It answers with one class only"
    if cause is not None:
        return Finding("collapse", symptom, f"{evidence} {cause.evidence}", cause.advice, cause.changes)
    remedy = course.obstacle or higher_rate(course.config, course.rate) or more_to_see(course.config)
    return course.found("collapse", symptom, evidence, remedy)


def _vanishing(course: _Course) -> Finding | None:
    if course.config.network.activation not in ("sigmoid", "tanh") or course.has_learned:
        return None
    ratios = [
        first.gradient_norm / last.gradient_norm
        for first, last in (
            (epoch.layers[0], epoch.layers[-1]) for epoch in course.epochs if len(epoch.layers) > 2
        )
        if first.gradient_norm is not None and last.gradient_norm
    ]
    if not ratios or median(ratios) > VANISHED:
        return None
    evidence = (
        f"At {course.epochs[-1].layers[0].name} the gradient has {_little(100 * median(ratios))} % of its "
        "norm at the output: the lower layers hardly move."
    )
    remedy = course.obstacle or Remedy("Train with ReLU.", {"network.activation": "relu"})
    return course.found("vanishing", "The gradient vanishes on its way down", evidence, remedy)


def _saturation(course: _Course) -> Finding | None:
    network = course.config.network
    if network.activation not in ("sigmoid", "tanh"):
        return None
    worst = _most_dead(course)
    if worst is not None:
        name, share = worst
        evidence = (
            f"In {name}, {100 * share:.0f} % of the units are within 0.001 of saturation on every image."
        )
    else:
        # At ±1 on all images, if not always at the same end; to be told from a gradient lost on its way
        # down by the layer above it.
        still = [layer for layer in course.epochs[-1].layers[:-1] if (layer.inactive_share or 0) >= INACTIVE]
        is_wide = network.initialisation == "gaussian" and course.obstacle is not None
        if not still or not is_wide:
            return None
        evidence = (
            f"In {still[0].name}, {100 * (still[0].inactive_share or 0):.0f} % of units and images have no "
            "gradient to speak of: the units are at one of their ends."
        )
    remedy = course.obstacle
    if remedy is None and network.initialisation != "glorot_uniform":
        remedy = Remedy("Begin with Glorot's weights.", {"network.initialisation": "glorot_uniform"})
    return course.found(
        "saturation", "Units are saturated", evidence, remedy or lower_rate(course.config, course.rate)
    )


def _dead_units(course: _Course) -> Finding | None:
    worst = _most_dead(course) if course.config.network.activation == "relu" else None
    if worst is None:
        return None
    name, share = worst
    evidence = f"In {name}, {100 * share:.0f} % of the units are zero on every image, and learn no more."
    remedy = course.obstacle or Remedy(
        "Train with leaky ReLU, whose units can't die.", {"network.activation": "leaky_relu"}
    )
    return course.found("dead_units", "Units have died", evidence, remedy)


def _too_slow(course: _Course) -> Finding | None:
    losses = [epoch.train_loss for epoch in course.epochs]
    falls = sum(after < before for before, after in pairwise(losses))
    if course.run.parent is not None or len(losses) < 3 or falls < 0.9 * (len(losses) - 1):
        return None  # a branch begins where its parent had come
    middle = len(losses) // 2
    creep = 1 - (losses[-1] / losses[middle]) ** (1 / max(1, len(losses) - 1 - middle))
    left = losses[-1] / losses[0]
    if left < (SLUGGISH if creep < CREEPING else SLOW) or course.has_learned:
        return None
    remedy = restraint(course.config, course.epochs) or higher_rate(course.config, course.rate)
    if remedy is None:
        return None
    is_rate, is_raw = "optimizer.learning_rate" in remedy.changes, "data.scaling" in remedy.changes
    return course.found(
        "too_slow",
        "It learns too slowly" if is_raw or not is_rate else "The learning rate is too low",
        f"The training loss falls steadily, but after {len(losses)} epochs {100 * left:.0f} % of the first "
        "epoch's is left." + (" Raw pixels of up to 255 bear no higher learning rate." if is_raw else ""),
        remedy,
    )


def _over_fitting(course: _Course) -> Finding | None:
    known = [(epoch.validation_loss, epoch) for epoch in course.epochs if epoch.validation_loss is not None]
    if course.result.validation is not None and known:
        by_heart, unseen = course.result.train.accuracy, course.result.validation.accuracy
        if by_heart - unseen >= GAP:
            return course.found(
                "over_fitting",
                "It over-fits",
                f"It reads {100 * by_heart:.1f} % of its training images, but {100 * unseen:.1f} % of the "
                "validation images: it learns its images by heart.",
                more_images(course.config) or more_ways(course.config),
            )
    if len(known) < 4 or course.config.training.keep == "best":
        return None
    least, best = min(known, key=lambda pair: pair[0])
    last, trained = known[-1][0], course.epochs[-1].train_loss
    if last < RISE * least or last - least < 0.02 or trained > FITTED * last:
        return None
    return course.found(
        "over_fitting",
        "It over-fits",
        f"The validation loss was least after epoch {best.epoch:,} ({least:.4f}) and has risen to "
        f"{last:.4f}, while the training loss fell to {trained:.4f}: it learns its images by heart.",
        more_images(course.config) or more_ways(course.config),
    )


def _still_improving(course: _Course) -> Finding | None:
    run, training, losses = course.run, course.config.training, course.losses
    is_stopped = run.status is RunStatus.STOPPED
    if len(losses) < 3 or (run.epoch < training.epochs and not is_stopped):
        return None
    before = max(1, len(losses) // 5)
    reached = min(losses[:-before])
    gained = 1 - losses[-1] / reached if reached else 0.0
    if gained < (STILL if before > 1 else STILL_AT_ONCE) or losses[-1] > min(losses):
        return None
    is_validated = course.result.validation is not None
    asked = course.asked
    if asked.correct == asked.images or (not is_validated and asked.accuracy > SATISFIED):
        return None  # the loss of what is right falls on for ever
    kind = "validation" if is_validated else "training"
    evidence = (
        f"In the last {'epoch' if before == 1 else f'{before} epochs'} the {kind} loss fell by "
        f"{100 * gained:.0f} %."
    )
    if is_stopped and run.epoch < training.epochs:
        return course.found(
            "still_improving", "It was still improving when it was stopped", evidence,
            Remedy(f"Let it go on: {training.epochs - run.epoch:,} of {training.epochs:,} epochs are left."),
        )  # fmt: skip
    more = min(1000, 3 * training.epochs)
    if more <= training.epochs:
        return None
    changes: dict[str, Any] = {"training.epochs": more}
    if is_validated and training.keep != "best":
        changes["training.keep"] = "best"
    kept = ", and keep the best weights" if "training.keep" in changes else ""
    return course.found(
        "still_improving",
        "It was still improving",
        evidence,
        Remedy(f"Train for {more:,} epochs{kept}.", changes),
    )


def _confusion(course: _Course) -> Finding | None:
    rows = course.asked.confusion
    mistakes = course.asked.images - course.asked.correct
    pairs = [
        (count, true, answer)
        for true, row in enumerate(rows)
        for answer, count in enumerate(row)
        if true != answer
    ]
    count, true, answer = max(pairs)
    of_class, true_name, answered = sum(rows[true]), course.names[true], course.names[answer]
    if count < CONFUSED_IMAGES or count < CONFUSED * of_class or count < OF_ALL_MISTAKES * mistakes:
        return None
    evidence = (
        f"{count} of {of_class} {course.images} of class {true_name} are read as {answered}: "
        f"{100 * count / mistakes:.0f} % of all mistakes."
    )
    return course.found(
        "confusion", f"It takes {true_name} for {answered}", evidence, more_to_see(course.config)
    )


def _little(value: float) -> str:
    return f"{value:.2g}" if value >= LITTLE else f"less than {LITTLE}"


def _most_dead(course: _Course) -> tuple[str, float] | None:
    """The layer with the greatest dead share at the end, if that is an illness."""
    shares = [
        (layer.dead_share, layer.name) for layer in course.epochs[-1].layers if layer.dead_share is not None
    ]
    share, name = max(shares, default=(0.0, ""))
    return (name, share) if share >= (MOSTLY_DEAD if course.has_learned else DEAD) else None
