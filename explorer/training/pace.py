"""How long each step of a run is: its schedule, where that counts from, and what was changed on the way."""

from collections.abc import Sequence

from explorer.config.run import RunConfig
from explorer.records import Change, Parent
from explorer.training.schedule import learning_rate_at

LEARNING_RATE = "optimizer.learning_rate"


class Pace:
    """The learning rate of every step of a run, and the step's number as its optimizer counts.

    Steps are counted from 0 over the whole curve, that of the parents included. A change sets the rate that
    the schedule multiplies, from its step on; so equal changes at equal steps give equal numbers.
    """

    def __init__(
        self, config: RunConfig, parent: Parent | None = None, changes: Sequence[Change] = ()
    ) -> None:
        self._config = config
        self._parent = parent or Parent(None, 0)
        self._changes = [change for change in changes if change.field == LEARNING_RATE]

    @property
    def is_constant(self) -> bool:
        """Whether every step has the rate of the config."""
        schedule = self._config.schedule
        return schedule.name == "constant" and not schedule.warmup_epochs and not self._changes

    def rate(self, step: int, steps_per_epoch: int) -> float:
        """The learning rate of a step."""
        return learning_rate_at(
            self._config,
            step,
            steps_per_epoch,
            rate=self._base(step),
            schedule_from=self._parent.schedule_from,
        )

    def optimizer_step(self, step: int, steps_per_epoch: int) -> int:
        """How many steps the optimizer remembers, this one included; Adam corrects its means by it."""
        return step + 1 - self._parent.epoch * steps_per_epoch + self._parent.optimizer_steps

    def heed(self, wanted: float | None, step: int, steps_per_epoch: int) -> Change | None:
        """Take a wanted rate from this step on, in place of what was to change later.

        None where nothing is wanted, or no step is left. A wish for the rate that holds is answered too.
        """
        if wanted is None or step >= self._config.training.epochs * steps_per_epoch:
            return None
        before = self._base(step)
        change = Change(LEARNING_RATE, step // steps_per_epoch + 1, step + 1, before, wanted)
        self._changes = [earlier for earlier in self._changes if earlier.step <= change.step]
        if wanted != before:
            self._changes.append(change)
        return change

    def _base(self, step: int) -> float:
        """What the schedule multiplies at a step."""
        base = self._config.optimizer.learning_rate
        for change in self._changes:
            if change.step <= step + 1:
                base = change.value
        return base
