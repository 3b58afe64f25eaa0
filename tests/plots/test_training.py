import math

from explorer.plots.training import training_curves

from .records import epoch, step

STEPS = tuple(step(number, 2.0 / number, low=1.0 / number, high=3.0 / number) for number in range(1, 21))
EPOCHS = (
    epoch(1, train_accuracy=0.5, validation_loss=0.4, validation_accuracy=0.6),
    epoch(2, train_accuracy=0.75, validation_loss=0.3, validation_accuracy=0.7),
)


def test_loss_is_a_band_over_steps_with_dots_at_the_ends_of_epochs():
    loss, _ = training_curves(STEPS, EPOCHS, total_steps=50, planned_epochs=5).panels
    training, validation = loss.traces
    assert (training.name, training.places[:3], training.values[:2]) == (
        "training",
        (1.0, 2.0, 3.0),
        (2.0, 1.0),
    )
    assert (training.low[0], training.high[0], training.is_dotted) == (1.0, 3.0, False)
    assert (validation.name, validation.places, validation.values) == ("validation", (10.0, 20.0), (0.4, 0.3))
    assert validation.is_dotted
    assert validation.low == ()


def test_accuracy_has_training_and_validation_in_the_colours_of_the_losses():
    loss, accuracy = training_curves(STEPS, EPOCHS, total_steps=50, planned_epochs=5).panels
    assert [(trace.name, trace.values) for trace in accuracy.traces] == [
        ("training", (0.5, 0.75)),
        ("validation", (0.6, 0.7)),
    ]
    assert [trace.color for trace in loss.traces] == [trace.color for trace in accuracy.traces] == [0, 1]


def test_the_axis_reaches_to_the_planned_end_until_the_run_is_over():
    assert training_curves(STEPS, EPOCHS, total_steps=50, planned_epochs=5).last_step == 50
    assert training_curves(STEPS, EPOCHS, total_steps=50, planned_epochs=5).steps_per_epoch == 10
    assert training_curves(STEPS, EPOCHS, total_steps=50, planned_epochs=5, is_over=True).last_step == 20


def test_before_the_first_step_the_empty_axis_shows_the_planned_epochs():
    empty = training_curves((), (), total_steps=0, planned_epochs=8)
    assert (empty.last_step, empty.steps_per_epoch) == (8, 1.0)
    assert [panel.traces for panel in empty.panels] == [(), ()]
    assert empty.panels[0].summary == "Loss: no value yet."
    assert empty.panels[0].empty == "The first point comes in a moment"


def test_a_run_that_ended_before_its_first_step_waits_for_nothing():
    empty = training_curves((), (), total_steps=80, planned_epochs=8, is_over=True)
    assert [panel.empty for panel in empty.panels] == ["No step was recorded", "No epoch was finished"]
    assert empty.last_step == 80


def test_values_that_are_not_finite_are_left_out():
    broken = (*STEPS, step(21, math.nan), step(22, math.inf))
    loss, _ = training_curves(
        broken, (epoch(1, validation_loss=math.inf),), total_steps=50, planned_epochs=5
    ).panels
    assert [trace.name for trace in loss.traces] == ["training"]
    assert len(loss.traces[0].places) == 20


def test_a_watched_test_set_is_a_line_of_its_own():
    watched = (epoch(1, test_loss=0.7, test_accuracy=0.5),)
    loss, accuracy = training_curves((), watched, total_steps=50, planned_epochs=5).panels
    assert [trace.name for trace in loss.traces] == ["test"]
    assert [trace.name for trace in accuracy.traces] == ["training", "test"]


def test_the_summary_says_where_each_line_began_ended_and_was_best():
    _, accuracy = training_curves(STEPS, EPOCHS, total_steps=50, planned_epochs=5).panels
    assert accuracy.summary == (
        "Accuracy: training from 50.00% to 75.00%, best 75.00%; "
        "validation from 60.00% to 70.00%, best 70.00%."
    )


def test_a_long_run_has_at_most_five_hundred_points_a_line():
    steps = tuple(step(number, 1.0) for number in range(1, 2001))
    epochs = tuple(epoch(number, validation_loss=1.0, validation_accuracy=0.5) for number in range(1, 1001))
    curves = training_curves(steps, epochs, total_steps=10_000, planned_epochs=1000)
    assert max(len(trace.places) for panel in curves.panels for trace in panel.traces) <= 500
