import pytest

from explorer.cli.cores import brief_spinning, usable_cores


def test_threads_spin_briefly_unless_the_user_chose():
    assert brief_spinning({}) == {"GOMP_SPINCOUNT": "1000"}


@pytest.mark.parametrize("name", ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"])
def test_the_users_choice_wins(name: str):
    assert brief_spinning({name: "active"}) == {}


def test_there_is_a_core_for_us():
    assert usable_cores() >= 1
