"""What happens in the training of some runs, whichever engine trains them."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import closing

import torch

from explorer.jobs.stack_members import StackMember
from explorer.scratch import engine as scratch
from explorer.training.engine import TrainingEvent
from explorer.training.stack import Member, MemberEnd, train_stack


def events_of(
    part: Sequence[StackMember],
    device: torch.device,
    drop: Callable[[], Collection[int]],
    rates: Callable[[], Mapping[int, float]],
) -> Generator[tuple[int, TrainingEvent | MemberEnd], None, None]:
    """What happens, by the place of the member that it happens to; ``drop`` and ``rates`` name places too."""
    if part[0].config.training.engine == "torch":
        members = [
            Member(member.config, member.splits, member.state, member.run.parent, tuple(member.changes))
            for member in part
        ]
        return train_stack(members, device, drop, rates)
    (member,) = part
    events = scratch.train(
        member.config,
        member.splits,
        device,
        member.state,
        parent=member.run.parent,
        changes=tuple(member.changes),
        wanted_rate=lambda: rates().get(0),
    )
    return _alone(events, drop)


def _alone(
    events: Generator[TrainingEvent, None, None], drop: Callable[[], Collection[int]]
) -> Generator[tuple[int, TrainingEvent | MemberEnd], None, None]:
    """The events of a stack of one, from an engine that knows no stacks."""
    with closing(events):
        for event in events:
            yield 0, event
            if drop():
                return
