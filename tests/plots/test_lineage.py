"""The curves of a run that branched off: its ancestors' up to the fork, then its own, on one axis."""

from dataclasses import replace

from explorer.plots.lineage import Ancestor, Mark, marks, rate_change
from explorer.plots.training import training_curves
from explorer.records import Change

from .records import epoch, step

FASTER = Change("optimizer.learning_rate", epoch=2, step=16, before=0.01, value=0.1)


def ancestor(name: str = "run 7", until: int = 2) -> Ancestor:
    """Three epochs of 10 steps, of which the first ``until`` lead up to the fork."""
    steps = tuple(replace(step(number, 1.0 / number), epoch=(number + 9) // 10) for number in range(1, 31))
    epochs = tuple(epoch(number, validation_loss=0.5, validation_accuracy=0.9) for number in (1, 2, 3))
    return Ancestor(name, until, 10.0, steps, epochs, (FASTER, replace(FASTER, epoch=3, step=25)))


def test_a_fork_is_drawn_from_the_fork_on_after_its_parents_curve() -> None:
    own = (replace(step(45, 0.1), epoch=3, first_step=41),)
    curves = training_curves(own, (), total_steps=100, planned_epochs=5, ancestors=[ancestor()])
    loss, accuracy = curves.panels
    parts = [(trace.name, trace.of, trace.places[0], trace.places[-1]) for trace in loss.traces]
    assert parts == [
        ("training", "run 7", 2.0, 40.0),  # 20 steps of 10 an epoch, on an axis of 20 an epoch
        ("validation", "run 7", 20.0, 40.0),
        ("training", "", 45.0, 45.0),
        ("validation", "", 40.0, 40.0),  # where the one ends, the other begins
    ]
    assert [(trace.of, trace.places) for trace in accuracy.traces][:2] == [("run 7", (20.0, 40.0))] * 2
    assert "training of run 7 from" in loss.summary
    assert loss.summary.endswith("rate 0.01 → 0.1; from run 7.")


def test_a_fork_that_waits_shows_its_parents_curve_over_epochs() -> None:
    curves = training_curves((), (), total_steps=0, planned_epochs=5, ancestors=[ancestor()])
    assert (curves.last_step, curves.steps_per_epoch) == (5, 1.0)
    assert curves.panels[0].traces[0].places[-1] == 2.0
    assert curves.marks == (Mark(1.5, "rate 0.01 → 0.1"), Mark(2.0, "from run 7"))


def test_of_a_grandparent_only_what_came_before_its_child_is_drawn() -> None:
    line = [ancestor("run 1", until=1), ancestor("run 2", until=2)]
    curves = training_curves((), (), total_steps=50, planned_epochs=5, ancestors=line)
    training = [(trace.of, trace.places) for trace in curves.panels[0].traces if trace.name == "training"]
    assert training == [
        ("run 1", tuple(map(float, range(1, 11)))),
        ("run 2", tuple(map(float, range(11, 21)))),
    ]


def test_a_parent_that_is_gone_leaves_a_mark_and_no_curve() -> None:
    gone = Ancestor("run 7, deleted", 2, 0.0, (), ())
    curves = training_curves((), (), total_steps=50, planned_epochs=5, ancestors=[gone])
    assert [panel.traces for panel in curves.panels] == [(), ()]
    assert curves.marks == (Mark(20.0, "from run 7, deleted"),)


def test_a_changed_rate_is_marked_where_it_began_to_hold() -> None:
    assert marks((), [FASTER], 10.0) == (Mark(15, "rate 0.01 → 0.1"),)
    assert rate_change(replace(FASTER, before=0.001, value=1e-5)) == "rate 0.001 → 1e-05"
