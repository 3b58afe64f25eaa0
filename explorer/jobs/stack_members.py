"""The runs of a stack in training: how far each is, and how it is to end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.jobs.endings import REQUESTED, Interruption, Outcome
from explorer.jobs.median_rule import MedianRule, median_rule_for, reason
from explorer.jobs.reasons import NOTHING_LEARNED, resumption, why_early
from explorer.jobs.recorder import Recording
from explorer.records import Change, EpochMetrics, Run, RunResult, RunStatus
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.training.engine import TrainingEvent, total_steps
from explorer.training.state import TrainingState


@dataclass(slots=True, eq=False)
class StackMember:
    """One run of the stack.

    ``state`` is the newest, ``wish`` why it is to end early. It ``is_trained`` once it came to the end of its
    training, and ``is_over`` once its end was told. ``changes`` were made while it trained.
    """

    run: Run
    config: RunConfig
    checkpoints: Checkpoints
    splits: Splits = field(init=False)  # once it was loaded
    state: TrainingState | None = None
    wish: Interruption | None = None
    is_trained: bool = False
    is_over: bool = False
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.changes = list(self.run.changes)
        if self.run.request is not None:  # it was paused, and is to be measured only
            self.wish = REQUESTED[self.run.request]

    @property
    def first_epoch(self) -> int:
        """The epoch after which its own begin; 0 unless it branched off from another run."""
        return self.run.parent.epoch if self.run.parent else 0

    @property
    def has_learned(self) -> bool:
        """Whether an epoch of its own was finished."""
        return self.epoch > self.first_epoch

    @property
    def epoch(self) -> int:
        """The newest epoch whose state is there."""
        return self.state.epoch if self.state else 0

    @property
    def pauses(self) -> bool:
        """Whether it is to end without being measured, to go on later."""
        return self.wish is not None and self.wish.status is RunStatus.PAUSED

    def outcome(self, result: RunResult | None) -> Outcome:
        """How it ended, in words."""
        if self.wish is not None and self.wish.status is RunStatus.PAUSED:
            return Outcome(RunStatus.PAUSED, f"{self.wish.reason} {resumption(self.state)}")
        reason = self.wish.reason if self.wish is not None else "Stopped."
        if self.state is None or not self.has_learned:
            return Outcome(RunStatus.STOPPED, f"{reason} {NOTHING_LEARNED}")
        if self.wish is not None:
            return Outcome(RunStatus.STOPPED, f"{reason} {resumption(self.state)}", result)
        return Outcome(RunStatus.FINISHED, why_early(self.config, self.state), result)


class MedianRules:
    """The median rules of the groups that switched them on, for the members of these groups."""

    def __init__(self, store: Store, members: Sequence[StackMember]) -> None:
        self._rules: dict[str, MedianRule] = {}
        for group in {member.run.group for member in members}:
            rule = median_rule_for(store, group)
            if group is not None and rule is not None:
                rule.hopeless(())  # reads what was recorded before
                self._rules[group] = rule

    def see(self, member: StackMember, event: TrainingEvent) -> None:
        """Take in an epoch before the store knows of it."""
        rule = self._rules.get(member.run.group or "")
        if rule is not None and isinstance(event, EpochMetrics):
            rule.see(member.run.id, event.epoch, event.validation_loss)

    def stop_hopeless(self, members: Sequence[StackMember]) -> None:
        """Have those end now whom their rule gives up; at the end of an epoch of all."""
        for group, rule in self._rules.items():
            own = {member.run.id: member for member in members if member.run.group == group}
            for run_id in rule.hopeless(own):
                own[run_id].wish = own[run_id].wish or Interruption(
                    RunStatus.STOPPED, reason(own[run_id].epoch)
                )


def by_epoch(members: Sequence[StackMember]) -> list[list[StackMember]]:
    """Members that can be trained together: those that go on from one epoch; a branch is trained alone."""
    parts: dict[tuple[int, int], list[StackMember]] = defaultdict(list)
    for member in members:
        parts[member.epoch, member.run.id if member.run.parent else 0].append(member)
    return list(parts.values())


def recording(member: StackMember) -> Recording:
    """What is to be kept of a member."""
    epochs = member.config.training.epochs
    images = len(member.splits.train_labels) * epochs
    return Recording(
        member.run.id,
        member.checkpoints,
        planned_epochs=epochs,
        images_per_step=images / total_steps(member.config, member.splits),
    )


def numbers(members: Sequence[StackMember]) -> str:
    """Their run numbers, for the log."""
    return ", ".join(str(member.run.id) for member in members)
