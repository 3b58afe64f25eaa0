import pytest

from explorer.plots.placement import place


def spots(*values: object) -> list[float]:
    placed = place(values, str)
    return [pytest.approx(placed.of(value)) for value in values]


def test_numbers_that_span_a_decade_lie_on_a_logarithmic_axis():
    placed = place([0.001, 0.1, 0.01], str)
    assert placed.kind == "log"
    assert spots(0.001, 0.1, 0.01) == [0.05, 0.95, 0.5]
    assert [text for _, text in placed.ticks] == ["0.001", "0.003", "0.01", "0.03", "0.1"]
    assert [place_ for place_, text in placed.ticks if text == "0.01"] == [pytest.approx(0.5)]


def test_other_numbers_lie_on_a_linear_axis_and_are_marked_themselves():
    placed = place([0.0, 0.25, 0.5], str)
    assert placed.kind == "linear"
    assert [text for _, text in placed.ticks] == ["0.0", "0.25", "0.5"]
    assert [spot for spot, _ in placed.ticks] == pytest.approx([0.05, 0.5, 0.95])
    assert len(place([n / 100 for n in range(50, 100)], str).ticks) <= 7


def test_a_zero_beside_decades_stands_evenly_with_the_others():
    placed = place([0, 0.0001, 0.1], str)
    assert placed.kind == "even"
    assert spots(0, 0.0001, 0.1) == [0.05, 0.5, 0.95]


@pytest.mark.parametrize("values", [("relu", "tanh"), ([64], [8, 8]), (True, False), (None, 3), (16, "full")])
def test_what_is_no_number_stands_evenly(values: tuple[object, ...]):
    placed = place(values, str)
    assert placed.kind == "even"
    assert [spot for spot, _ in placed.ticks] == [pytest.approx(0.05), pytest.approx(0.95)]


def test_one_value_stands_in_the_middle_and_none_nowhere():
    assert place([0.1], str).ticks == ((0.5, "0.1"),)
    assert place([0.1, 0.1], str).ticks == ((0.5, "0.1"),)
    assert place([], str).ticks == ()


@pytest.mark.parametrize("low", [1e-8, 0.0002, 0.7, 3.0])
@pytest.mark.parametrize("factor", [10.0, 37.0, 1e4, 1e9])
def test_a_logarithmic_axis_is_marked_within_itself_and_not_too_often(low: float, factor: float):
    ticks = place([low, low * factor], str).ticks
    assert 1 <= len(ticks) <= 9
    assert all(0.05 - 1e-6 <= spot <= 0.95 + 1e-6 for spot, _ in ticks)
