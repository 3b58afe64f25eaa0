import signal

import pytest

from explorer.cli.ctrl_c import CtrlC, ctrl_c_between_events
from explorer.training.state import Tick
from tests.cli.samples import epoch_metrics


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def test_before_the_first_event_ctrl_c_acts_at_once():
    with ctrl_c_between_events(), pytest.raises(KeyboardInterrupt):
        press()


def test_between_events_it_waits_for_the_next_one():
    with ctrl_c_between_events() as ctrl_c:
        ctrl_c.pass_on(Tick(1))
        press()
        assert ctrl_c.is_waiting
        with pytest.raises(KeyboardInterrupt):
            ctrl_c.pass_on(Tick(2))
        assert not ctrl_c.is_waiting


def test_an_epochs_weights_are_waited_for():
    with ctrl_c_between_events() as ctrl_c:
        ctrl_c.pass_on(Tick(1))
        press()
        ctrl_c.pass_on(epoch_metrics(1))
        with pytest.raises(KeyboardInterrupt):
            ctrl_c.pass_on("the state at the end of that epoch")


def test_a_second_ctrl_c_acts_at_once():
    with ctrl_c_between_events() as ctrl_c:
        ctrl_c.pass_on(Tick(1))
        press()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_too_late_to_stop_anything_it_is_remembered():
    with ctrl_c_between_events() as ctrl_c:
        ctrl_c.pass_on(Tick(1))
        press()
    assert ctrl_c.is_waiting


def test_afterwards_python_handles_it_again():
    with ctrl_c_between_events():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_where_ctrl_c_is_ignored_it_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ctrl_c_between_events() as ctrl_c:
            ctrl_c.pass_on(Tick(1))
            press()
            assert not ctrl_c.is_waiting
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_is_raised_without_ctrl_c():
    ctrl_c = CtrlC()
    ctrl_c.pass_on(Tick(1))
    assert not ctrl_c.is_waiting


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_end_asked_for_by_another_program_waits_like_ctrl_c_and_is_named(number: signal.Signals):
    with ctrl_c_between_events() as ctrl_c:
        ctrl_c.pass_on(Tick(1))
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt, match=number.name):
            ctrl_c.pass_on(Tick(2))
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_closed_terminal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with ctrl_c_between_events():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
