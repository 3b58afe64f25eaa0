"""One pass over the training images."""

from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite

import numpy as np
import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.errors import DivergedError
from explorer.records import StepMetrics
from explorer.training.batches import Batches
from explorer.training.curve import Curve
from explorer.training.monitoring import observed_steps
from explorer.training.objectives import losses_and_hits
from explorer.training.schedule import learning_rate_at
from explorer.training.state import Tick
from explorer.training.step import Steps
from explorer.training.stopwatch import Stopwatch

LOOK_SECONDS = 0.1  # between two looks at the losses on a CPU; elsewhere they are looked at after each block
# Looked at together at least this often; after every block of 1,024 images it cost 784-10-10 a tenth.
LOOK_IMAGES = 8_192


@dataclass(slots=True)
class Tally:
    """What the steps of an epoch add up to; ``seconds`` spent on them."""

    steps: int = 0
    images: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Unseen:
    """Logits (batches, 10, B) and labels (batches, B) of steps whose losses nobody has looked at yet."""

    parts: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    images: int = 0

    def keep(self, logits: Tensor, labels: Tensor) -> None:
        """Take copies, as the next block overwrites both."""
        self.parts.append((logits.clone(), labels.clone()))
        self.images += labels.numel()

    @torch.no_grad()
    def look(self, config: RunConfig, tally: Tally) -> list[float]:
        """The mean loss of each step, which are added to the tally; waits for the device."""
        parts, self.parts, self.images = self.parts, [], 0
        losses: list[float] = []
        for batch_size, group in groupby(parts, key=lambda part: part[1].shape[1]):
            logits, labels = map(torch.cat, zip(*group, strict=True))
            losses_of_images, hits = losses_and_hits(config.loss, logits, labels)
            # Row by row in double precision: the same bits however many steps are looked at together.
            means: list[float] = losses_of_images.cpu().numpy().mean(axis=1, dtype=np.float64).tolist()
            tally.steps += len(means)
            tally.images += len(means) * batch_size
            for loss in means:
                tally.loss_sum += loss * batch_size
            tally.correct += int(hits)
            losses += means
        return losses


def train_epoch(
    config: RunConfig,
    epoch: int,
    *,
    steps: Steps,
    batches: Batches,
    curve: Curve,
    stopwatch: Stopwatch,
    seconds_allowed: float | None,
) -> Generator[StepMetrics | Tick, None, Tally]:
    """Run the steps of an epoch (counted from 1), or as many as the time allows (at least one).

    Raises:
        DivergedError: a loss is infinite or not a number.
    """
    tally, unseen, pending = Tally(), Unseen(), list[StepMetrics]()
    started = last_look = stopwatch.seconds
    before = (epoch - 1) * batches.steps_per_epoch  # steps of earlier epochs
    observed = observed_steps(batches.steps_per_epoch)
    done, out_of_time = 0, False

    def look() -> list[StepMetrics]:
        first = before + tally.steps + 1
        losses = unseen.look(config, tally)
        _refuse_divergence(config, losses, epoch, first, batches.steps_per_epoch)
        return curve.add(epoch, first, losses)

    for block in batches.blocks(epoch):
        steps.begin(block, before + done)
        kept = 0
        for index in range(block.batches):
            steps.run(index, observe=done in observed)
            done += 1
            now = stopwatch.seconds
            out_of_time = seconds_allowed is not None and now - started >= seconds_allowed
            due = now - last_look >= LOOK_SECONDS
            if not (out_of_time or index + 1 == block.batches or (due and not batches.runs_ahead)):
                continue
            unseen.keep(steps.logits[kept : index + 1, 0], block.labels[kept : index + 1])
            kept = index + 1
            if out_of_time:
                break
            if due or unseen.images >= LOOK_IMAGES:
                pending += look()
            if due:
                stopwatch.pause()
                yield from pending or (Tick(before + tally.steps),)
                stopwatch.resume()
                pending, last_look = [], stopwatch.seconds
        if out_of_time:
            break
    pending += look()
    tally.seconds = stopwatch.seconds - started
    stopwatch.pause()
    yield from pending + curve.finish(epoch, before + tally.steps)
    stopwatch.resume()
    return tally


def _refuse_divergence(
    config: RunConfig, losses: list[float], epoch: int, first_step: int, steps_per_epoch: int
) -> None:
    for step, loss in enumerate(losses, first_step):
        if not isfinite(loss):
            raise diverged(config, epoch, step, loss, steps_per_epoch)


def diverged(config: RunConfig, epoch: int, step: int, loss: float, steps_per_epoch: int) -> DivergedError:
    """The error, with a hint that fits the configuration; ``step`` counts from 1."""
    rate = learning_rate_at(config, step - 1, steps_per_epoch)
    hints = [f"Lower optimizer.learning_rate (it was {rate:.3g})"]
    if config.optimizer.reduction == "sum":
        hints.append("set optimizer.reduction to mean")
    if config.data.scaling == "none":
        hints.append("set data.scaling to unit")
    if config.regularisation.gradient_noise:
        hints.append(f"lower regularisation.gradient_noise (it is {config.regularisation.gradient_noise:g})")
    if config.regularisation.clip_norm is None:
        hints.append("set regularisation.clip_norm to 1")
    return DivergedError(
        epoch, step, loss, " or ".join([", ".join(hints[:-1]), hints[-1]]).removeprefix(" or ") + "."
    )
