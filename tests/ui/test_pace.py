import pytest

from explorer.ui.pace import PACES, SHARE, pace_of


@pytest.mark.parametrize(
    ("watchers", "seconds"), [(1, 1.0), (9, 1.0), (10, 1.5), (18, 2.0), (20, 3.0), (500, 5.0)]
)
def test_the_more_tabs_look_on_the_seldomer_each_is_drawn(watchers: int, seconds: float):
    assert pace_of(watchers) == seconds


def test_all_tabs_together_are_drawn_at_most_so_often_a_second():
    most = max(watchers / pace_of(watchers) for watchers in range(1, int(PACES[-1] / SHARE) + 1))
    assert most <= 1 / SHARE
