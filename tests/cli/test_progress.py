import io

import pytest

from explorer.classical.feature_files import FeatureProgress
from explorer.cli.progress import Progress
from explorer.cli.words import bar, duration
from explorer.records import StepMetrics
from explorer.training.state import Tick
from tests.cli.samples import Clock, Terminal, epoch_metrics


def bin_of(step: int, loss: float = 0.5) -> StepMetrics:
    return StepMetrics(1, step, step, loss, loss, loss)


def followed(stream: io.StringIO, epochs: int = 2) -> tuple[Progress, Clock]:
    clock = Clock()
    progress = Progress(stream, epochs, clock=clock)
    progress.start(total_steps=21 * epochs, images_a_step=100.0)
    return progress, clock


def test_a_terminal_sees_epoch_share_pace_time_left_loss_and_accuracy(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    progress, clock = followed(stream)
    clock.now += 2.0
    progress.show(epoch_metrics(1))
    clock.now += 1.0
    progress.show(bin_of(28, loss=0.125))  # 28 of 42 steps in 3 s: 933 images/s, 1.5 s left
    progress.close()
    last = stream.getvalue().split("\r")[-1]
    assert last.startswith("epoch 2/2")
    for part in ("67%", "933 images/s", "0:02 left", "loss 0.1250", "validation 75.00%"):
        assert part in last
    assert stream.getvalue().endswith("\n")


def test_a_terminal_is_redrawn_at_most_ten_times_a_second():
    stream = Terminal()
    progress, clock = followed(stream)
    for step in range(1, 22):
        clock.now += 0.01
        progress.show(Tick(step))
    assert stream.getvalue().count("\r") == 3


def test_a_narrow_terminal_gets_one_line_not_two(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    progress, clock = followed(stream)
    clock.now += 1.0
    progress.show(bin_of(3))
    assert len(stream.getvalue().replace("\r", "").replace("\x1b[K", "")) == 29


def test_without_a_terminal_lines_are_plain():
    stream = io.StringIO()
    progress, clock = followed(stream)
    clock.now += 1.0
    progress.show(bin_of(10))
    progress.show(epoch_metrics(1))
    clock.now += 1.0
    progress.show(epoch_metrics(2))
    progress.close()
    first, last = stream.getvalue().splitlines()
    assert first.startswith("epoch 1 of 2: train loss 1.0000, accuracy 50.00%; validation loss 0.3333")
    assert first.endswith("2,100 images/s, 0:01 left")
    assert last.startswith("epoch 2 of 2")
    assert "\r" not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_fast_epochs_write_one_line_a_second_and_the_first_and_the_last():
    stream = io.StringIO()
    progress, clock = followed(stream, epochs=1000)
    for number in range(1, 251):  # stopped early, a hundred epochs a second
        clock.now += 0.01
        progress.show(epoch_metrics(number))
    progress.close()
    numbers = [int(line.split()[1]) for line in stream.getvalue().splitlines()]
    assert numbers[0] == 1
    assert numbers[-1] == 250
    assert len(numbers) == 4


def test_a_run_without_validation_says_so_by_silence():
    stream = io.StringIO()
    progress, clock = followed(stream)
    clock.now += 1.0
    progress.show(epoch_metrics(1, validated=False))
    assert "validation" not in stream.getvalue()


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.0, "····"), (0.5, "██··"), (1.0, "████"), (1 / 32, "▏···"), (7.0, "████"), (-1.0, "····")],
)
def test_a_bar_is_filled_in_eighths(share: float, drawn: str):
    assert bar(share, 4) == drawn


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (7, "0:07"), (750, "12:30"), (3_723, "1:02:03")]
)
def test_durations_read_like_a_clock(seconds: float, text: str):
    assert duration(seconds) == text


def test_a_terminal_sees_features_being_computed_before_training_starts(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream, clock = Terminal(), Clock()
    progress = Progress(stream, epochs=2, clock=clock)
    for done in (500, 600, 2_000):
        progress.show(FeatureProgress(done, 2_000))  # no time goes by: only the first and the last are drawn
    drawn = stream.getvalue().split("\r")[1:]
    assert len(drawn) == 2
    assert "computing HOG features of 2,000 images" in drawn[0]
    assert " 25%" in drawn[0]
    assert "100%" in drawn[1]


def test_elsewhere_one_line_says_that_features_are_computed():
    stream, clock = io.StringIO(), Clock()
    progress = Progress(stream, epochs=2, clock=clock)
    for done in (500, 1_000):
        clock.now += 5
        progress.show(FeatureProgress(done, 1_000))
    assert stream.getvalue() == "computing HOG features of 1,000 images …\n"
