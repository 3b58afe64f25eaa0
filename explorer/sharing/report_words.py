"""What a report says of a run in sentences."""

import shlex
from collections.abc import Sequence
from math import sqrt

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import config_to_query
from explorer.config.run import RunConfig
from explorer.data.catalog import DATASETS
from explorer.data.words import duration, figure, labels_in_words, title_of
from explorer.evaluation.seen_labels import among_seen
from explorer.records import BaselineResult, EpochMetrics, Evaluation, Run, RunResult, RunStatus
from explorer.storage.names import features_name, method_name

CERTAINTY = 1.96  # standard deviations: 95 %


def right_in_words(part: Evaluation, images: str) -> str:
    """``9,214 of 10,000 test images right (92.14 %)``."""
    return f"{part.correct:,} of {part.images:,} {images} images right ({100 * part.accuracy:.2f} %)"


def interval_in_words(part: Evaluation) -> str:
    """How far the share may be off by the draw of the images alone (Wilson, 1927)."""
    low, high = wilson_interval(part.correct, part.images)
    return (
        f"Another {part.images:,} images of the same kind would give between {100 * low:.2f} % and "
        f"{100 * high:.2f} % (95 % interval of Wilson, 1927)."
    )


def wilson_interval(right: int, images: int, certainty: float = CERTAINTY) -> tuple[float, float]:
    """The score interval of a share of so many right ones (Wilson, 1927)."""
    share, weight = right / images, certainty**2 / images
    middle = (share + weight / 2) / (1 + weight)
    reach = certainty / (1 + weight) * sqrt(share * (1 - share) / images + weight / (4 * images))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def headline(run: Run) -> tuple[str, ...]:
    """What came out, in a few sentences; what is missing is said to be missing."""
    if run.result is None:
        return (f"{_standing(run)} It has no result on the test images.",)
    test = run.result.test
    said = (f"{right_in_words(test, 'test')}.", interval_in_words(test), among_seen(run.config.data, test))
    return tuple(sentence for sentence in said if sentence)


def _standing(run: Run) -> str:
    """Where a run without a result stands."""
    if run.status is RunStatus.RUNNING:
        return f"Run {run.id} is still training: this is how it stands after epoch {run.epoch:,}."
    reason = f" {run.reason}" if run.reason else ""
    return f"Run {run.id} is {run.status.value}.{reason}"


def configuration(run: Run) -> str:
    """What was trained on what, and how, in a few sentences."""
    data = run.config.data
    images = f"{DATASETS[data.dataset].title} ({features_name(data)})"
    if data.labels:
        images += f", labels {labels_in_words(data)} alone"
    if isinstance(run.config, BaselineConfig):
        return f"{_sentence_case(method_name(run.config.baseline))}, fitted to {images}."
    config = run.network_config
    return " ".join((f"{_network(config)}, trained on {images}.", _training(config), *_origin(run)))


def _network(config: RunConfig) -> str:
    network = config.network
    kind = "a fully connected network" if network.kind == "mlp" else "a convolutional network"
    if network.preset is not None:
        kind += f" ({title_of(network.preset)})"
    layers = []
    if network.blocks:
        layers.append(_counted(len(network.blocks), "convolution"))
    units = " and ".join(f"{units:,}" for units in network.hidden)
    if units:
        layers.append(
            f"{'hidden layers' if len(network.hidden) > 1 else 'one hidden layer'} of {units} units"
        )
    inside = f" with {' and '.join(layers)}" if layers else " without hidden layers"
    bend = f", activation {title_of(network.activation)}" if layers else ""
    return f"{_sentence_case(kind)}{inside}{bend}"


def _training(config: RunConfig) -> str:
    training, optimizer = config.training, config.optimizer
    batch = (
        "the whole training set at once"
        if training.batch_size == "full"
        else f"mini-batches of {training.batch_size:,} images"
    )
    schedule = "" if config.schedule.name == "constant" else f", schedule {title_of(config.schedule.name)}"
    return (
        f"{title_of(optimizer.name)} at a learning rate of {figure(optimizer.learning_rate)}{schedule}, "
        f"{batch}, {_counted(training.epochs, 'epoch')}, loss {title_of(config.loss).lower()}, "
        f"seed {training.seed}."
    )


def _origin(run: Run) -> tuple[str, ...]:
    """Where a fork began, and what was changed while the run trained."""
    said = []
    if run.parent is not None:
        whose = "a run of another installation" if run.parent.run_id is None else f"run {run.parent.run_id}"
        said.append(f"It branched off {whose} after epoch {run.parent.epoch:,} and counts its epochs on.")
    for change in run.changes:
        name = change.field.rpartition(".")[2].replace("_", " ")
        said.append(
            f"In epoch {change.epoch:,}, before step {change.step:,}, its {name} was changed from "
            f"{figure(change.before)} to {figure(change.value)}."
        )
    return tuple(said)


def effort(run: Run) -> str:
    """What it took: parameters or features, epochs, time, threads."""
    result = run.result
    if isinstance(result, RunResult):
        kept = "the best one" if run.network_config.training.keep == "best" else "the last one"
        return (
            f"{result.parameters:,} parameters; {_counted(result.epochs_run, 'epoch')} in "
            f"{duration(result.duration_seconds)} on {_counted(result.threads, 'thread')}, "
            f"{result.samples_per_second:,.0f} images a second. The weights of epoch {result.kept_epoch:,} "
            f"({kept}) were kept."
        )
    if isinstance(result, BaselineResult):
        return (
            f"{result.features:,} numbers an image; fitted in {duration(result.fit_seconds)}, all test "
            f"images answered in {duration(result.predict_seconds)} on {_counted(result.threads, 'thread')}."
        )
    return ""


def curves_in_words(epochs: Sequence[EpochMetrics]) -> tuple[str, ...]:
    """Where validation was best, and whether the network does better on what it trained on."""
    known = [epoch for epoch in epochs if epoch.validation_loss is not None]
    if not known:
        return ("There are no validation images, so over-fitting can't be seen.",)
    least = min(known, key=lambda epoch: epoch.validation_loss or 0.0)
    last = known[-1]
    said = [f"The validation loss was least after epoch {least.epoch:,} ({least.validation_loss:.4g})."]
    if least.epoch < last.epoch and (last.validation_loss or 0.0) > 1.05 * (least.validation_loss or 0.0):
        said.append(
            f"Until epoch {last.epoch:,} it rose to {last.validation_loss:.4g}: from there on the network "
            "over-fitted."
        )
    if last.validation_accuracy is not None:
        gap = 100 * (last.train_accuracy - last.validation_accuracy)
        said.append(
            f"After the last epoch {100 * last.train_accuracy:.2f} % of the training images were right and "
            f"{100 * last.validation_accuracy:.2f} % of the validation images ({gap:+.2f} points)."
        )
    return tuple(said)


def command(run: Run) -> str:
    """The command that asks for the same run again."""
    query = config_to_query(run.config)
    if isinstance(run.config, BaselineConfig):
        parts = ["baseline", "--model", run.config.baseline.model]
        for path, value in query.items():
            if path == "baseline.model":
                continue
            is_own = path.startswith("baseline.")
            parts += ["--param" if is_own else "--set", f"{path.removeprefix('baseline.')}={value}"]
    else:
        parts = ["train", *(part for path, value in query.items() for part in ("--set", f"{path}={value}"))]
    return f"python -m explorer {shlex.join(parts)}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _sentence_case(text: str) -> str:
    return text if text[:2] == "kN" else text[:1].upper() + text[1:]
