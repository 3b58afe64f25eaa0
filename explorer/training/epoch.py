"""One pass over the training images."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import inf
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config.run import Loss, RunConfig
from explorer.errors import DivergedError
from explorer.records import Change, StepMetrics
from explorer.training.batches import Batches
from explorer.training.curve import Curve
from explorer.training.monitoring import observed_steps
from explorer.training.objectives import losses_and_hits
from explorer.training.pace import Pace
from explorer.training.state import Tick
from explorer.training.step import Steps
from explorer.training.stopwatch import Stopwatch

LOOK_SECONDS = 0.1  # between two looks at the losses
# Looked at together at least this often; after every block of 1,024 images it cost 784-10-10 a tenth.
LOOK_IMAGES = 8_192
# Off a CPU a look waits for the device. An epoch's first comes after so many steps, which tell how many take
# ``LOOK_SECONDS``; each comes after so many answers at the latest, as they are kept until then.
FIRST_STEPS, LOOK_IMAGES_AHEAD = 8, 1 << 20


@dataclass(frozen=True, slots=True)
class Tally:
    """What the steps of an epoch, or of its first part, add up to for one network, in ``seconds``."""

    steps: int
    images: int
    loss_sum: float
    correct: int
    seconds: float


@dataclass(slots=True)
class Tallies:
    """The same for all networks of a stack, while it grows; sums (K,)."""

    loss_sums: NDArray[np.float64]
    correct: NDArray[np.int64]
    steps: int = 0
    images: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, stack: int) -> "Tallies":
        """For so many networks, before the first step."""
        return cls(np.zeros(stack), np.zeros(stack, np.int64))

    def row(self, row: int) -> Tally:
        """As it stands for one of them."""
        return Tally(
            self.steps, self.images, float(self.loss_sums[row]), int(self.correct[row]), self.seconds
        )


@dataclass(slots=True)
class Unseen:
    """Logits (batches, K, 10, B), labels (batches, S, B) of steps whose losses nobody has looked at yet."""

    parts: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    images: int = 0

    def keep(self, logits: Tensor, labels: Tensor) -> None:
        """Take copies, as the next block overwrites both."""
        self.parts.append((logits.clone(), labels.clone()))
        self.images += logits.shape[0] * logits.shape[1] * logits.shape[3]

    @torch.no_grad()
    def look(self, loss: Loss, tallies: Tallies) -> NDArray[Any]:
        """The mean loss of each step (steps, K), which are added to the tallies; waits for the device."""
        parts, self.parts, self.images = self.parts, [], 0
        stack = len(tallies.loss_sums)
        losses = [np.empty((0, stack))]
        for batch_size, group in groupby(parts, key=lambda part: part[1].shape[2]):
            logits, labels = map(torch.cat, zip(*group, strict=True))
            each = stack // labels.shape[1]
            if each > 1:
                labels = labels.unsqueeze(2).expand(-1, -1, each, -1)
            losses_of_images, hits = losses_and_hits(
                loss, logits.flatten(0, 1), labels.reshape(-1, batch_size)
            )
            # Row by row in double precision: the same bits however many steps are looked at together.
            means = losses_of_images.cpu().numpy().mean(axis=1, dtype=np.float64).reshape(-1, stack)
            tallies.steps += len(means)
            tallies.images += len(means) * batch_size
            # One after the other: the same bits however many are added at once.
            sums = np.concatenate((tallies.loss_sums[None], means * batch_size))
            tallies.loss_sums = np.add.accumulate(sums)[-1]
            tallies.correct += hits.view(-1, stack).sum(0).cpu().numpy()
            losses.append(means)
        return np.concatenate(losses)


PassEvent = StepMetrics | Tick | DivergedError | Tally


class Pass:
    """One pass of a stack of networks over their images; ``active`` are the rows of those still in it.

    A network leaves it when its loss is no longer finite, when its time is over, or when somebody drops it.
    """

    def __init__(
        self,
        configs: Sequence[RunConfig],
        epoch: int,
        *,
        steps: Steps,
        batches: Batches,
        curve: Curve,
        stopwatch: Stopwatch,
        allowed: Sequence[float | None],
        active: Sequence[int],
        paces: Sequence[Pace],
    ) -> None:
        self.active = list(active)
        self.tallies = Tallies.of(len(configs))
        self._configs = configs
        self._epoch = epoch
        self._steps = steps
        self._batches = batches
        self._curve = curve
        self._stopwatch = stopwatch
        self._allowed = [inf if seconds is None else seconds for seconds in allowed]
        self._unseen = Unseen()
        self._pending: dict[int, list[StepMetrics]] = {row: [] for row in self.active}
        self._before = (epoch - 1) * batches.steps_per_epoch  # steps of earlier epochs
        self._paces = paces
        # Counted from 0; what is changed while this pass yields holds from it on.
        self.next_step = self._before

    def drop(self, row: int) -> None:
        """Say no more of one network."""
        if row in self.active:
            self.active.remove(row)

    def run(self) -> Generator[list[tuple[int, PassEvent]], None, None]:
        """Run the steps, and tell what happened to which row, at least about every ``LOOK_SECONDS``.

        An error or a tally is the last that is told of a row: the loss became infinite or not a number, or
        the time allowed was over after so many steps (at least one).
        """
        batches, stopwatch, steps = self._batches, self._stopwatch, self._steps
        self._curve.clear()
        started = last_look = looked_at = stopwatch.seconds
        deadline = started + min(self._allowed[row] for row in self.active)
        observed = observed_steps(batches.steps_per_epoch)
        most = LOOK_IMAGES_AHEAD if batches.runs_ahead else LOOK_IMAGES
        done = unseen_steps = 0
        steps_ahead = FIRST_STEPS
        for block in batches.blocks(self._epoch):
            steps.begin(block, self._before + done)
            kept = 0
            for index in range(block.batches):
                steps.run(index, observe=done in observed)
                done += 1
                unseen_steps += 1
                self.next_step = self._before + done
                now = stopwatch.seconds
                due, is_late = now - last_look >= LOOK_SECONDS, now >= deadline
                if batches.runs_ahead:  # the clock tells how far the host is, but not the device
                    due = unseen_steps >= steps_ahead
                if not (due or is_late or index + 1 == block.batches):
                    continue
                self._unseen.keep(steps.logits[kept : index + 1], block.labels[kept : index + 1])
                kept = index + 1
                if not (due or is_late or self._unseen.images >= most):
                    continue
                news = self._look()
                self.tallies.seconds = stopwatch.seconds - started
                if batches.runs_ahead:
                    took = max(stopwatch.seconds - looked_at, 1e-6)
                    steps_ahead = max(1, int(unseen_steps * LOOK_SECONDS / took))
                    due = stopwatch.seconds - last_look >= LOOK_SECONDS / 2
                looked_at, unseen_steps = stopwatch.seconds, 0
                if is_late:
                    news += self._end_late(now - started)
                if not (due or news):
                    continue
                stopwatch.pause()
                yield news + self._news()
                stopwatch.resume()
                last_look = looked_at = stopwatch.seconds
                if not self.active:
                    return
                deadline = started + min(self._allowed[row] for row in self.active)
        news = self._look()
        self.tallies.seconds = stopwatch.seconds - started
        rest = self._curve.rest(self._epoch, self._before + self.tallies.steps, self.active)
        stopwatch.pause()
        yield news + [(row, bin_) for row in self.active for bin_ in self._pending[row] + rest[row]]
        stopwatch.resume()

    def _look(self) -> list[tuple[int, PassEvent]]:
        """Take in the losses of the last steps; rows that are no longer finite leave, and are returned."""
        first = self._before + self.tallies.steps + 1
        losses = self._unseen.look(self._configs[0].loss, self.tallies)
        failures: list[tuple[int, PassEvent]] = []
        is_bad = ~np.isfinite(losses)
        if is_bad.any():
            for row in [row for row in self.active if is_bad[:, row].any()]:
                index = int(is_bad[:, row].argmax())
                error = diverged(
                    self._configs[row],
                    self._epoch,
                    first + index,
                    float(losses[index, row]),
                    self._paces[row].rate(first + index - 1, self._batches.steps_per_epoch),
                )
                self.active.remove(row)
                failures += [*((row, bin_) for bin_ in self._pending[row]), (row, error)]
        for row, bins in self._curve.add(self._epoch, first, losses, self.active).items():
            self._pending[row] += bins
        return failures

    def _end_late(self, seconds: float) -> list[tuple[int, PassEvent]]:
        """The last words on rows whose time is over."""
        rest = self._curve.rest(self._epoch, self._before + self.tallies.steps, self.active)
        words: list[tuple[int, PassEvent]] = []
        for row in [row for row in self.active if seconds >= self._allowed[row]]:
            self.active.remove(row)
            words += [(row, bin_) for bin_ in self._pending[row] + rest[row]]
            words.append((row, self.tallies.row(row)))
        return words

    def _news(self) -> list[tuple[int, PassEvent]]:
        """What is new of each row: full bins, or else a sign of life."""
        tick, pending = Tick(self._before + self.tallies.steps), self._pending
        self._pending = {row: [] for row in self.active}
        return [(row, event) for row in self.active for event in pending[row] or (tick,)]


def train_epoch(
    config: RunConfig,
    epoch: int,
    *,
    steps: Steps,
    batches: Batches,
    curve: Curve,
    stopwatch: Stopwatch,
    seconds_allowed: float | None,
    pace: Pace,
    wanted_rate: Callable[[], float | None],
) -> Generator[StepMetrics | Tick | Change, None, Tally]:
    """Run one network's steps of an epoch (counted from 1), or as many as the time allows (at least one).

    A ``wanted_rate`` holds from the next step on.

    Raises:
        DivergedError: a loss is infinite or not a number.
    """
    one = Pass(
        [config],
        epoch,
        steps=steps,
        batches=batches,
        curve=curve,
        stopwatch=stopwatch,
        allowed=[seconds_allowed],
        active=[0],
        paces=[pace],
    )
    for news in one.run():
        for _, event in news:
            if isinstance(event, DivergedError):
                raise event
            if isinstance(event, Tally):
                return event
            yield event
        change = pace.heed(wanted_rate(), one.next_step, batches.steps_per_epoch)
        if change is not None:
            yield change
    return one.tallies.row(0)


def diverged(config: RunConfig, epoch: int, step: int, loss: float, rate: float) -> DivergedError:
    """The error, with a hint that fits the configuration; ``step`` counts from 1 and had this rate."""
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
