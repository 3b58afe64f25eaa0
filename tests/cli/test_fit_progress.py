import io

from explorer.cli.fit_progress import FitReport
from explorer.jobs.fit_execution import FitProgress
from tests.cli.samples import Clock, Terminal


def report_of(stream: io.StringIO, *looks: tuple[float, str, int, int]) -> str:
    """What is written where each look comes so many seconds after the one before."""
    clock = Clock()
    report = FitReport(stream, clock)
    for seconds, stage, done, total in looks:
        clock.now += seconds
        report.show(FitProgress(stage, done, total))
    report.close()
    return stream.getvalue()


def test_a_stage_that_is_over_leaves_a_line_with_its_time():
    looks = ((0, "Starting", 0, 0), (0.9, "Fitting", 0, 1), (0.25, "Asking", 1, 4), (0.5, "Asking", 4, 4))
    assert report_of(io.StringIO(), *looks).splitlines() == [
        "Starting: 0.9 s",
        "Fitting: 0.2 s",
        "Asking: 0.5 s",
    ]


def test_without_a_terminal_a_long_stage_tells_after_a_second_and_then_every_five():
    looks = [(0.5, "Fitting", number // 4, 10) for number in range(30)]
    assert report_of(io.StringIO(), *looks).splitlines() == [
        "Fitting: 0 of 10, 0:01 so far",
        "Fitting: 3 of 10, 0:06 so far",
        "Fitting: 5 of 10, 0:11 so far",
        "Fitting: 14.5 s",
    ]


def test_one_unit_of_work_is_no_measure():
    assert report_of(io.StringIO(), (0, "Fitting", 0, 1), (2, "Fitting", 0, 1)).splitlines()[0] == (
        "Fitting: 0:02 so far"
    )


def test_on_a_terminal_one_line_is_redrawn_at_most_ten_times_a_second():
    looks = [(0.04, "Fitting", 5, 10) for _ in range(11)]
    drawn = report_of(Terminal(), *looks)
    assert drawn.count("\r") == 4 + 1
    assert "Fitting  ██████████··········  50%  0:00" in drawn
    assert drawn.endswith("\rFitting: 0.4 s\x1b[K\n")


def test_nothing_is_written_where_nothing_was_shown():
    assert report_of(io.StringIO()) == ""
