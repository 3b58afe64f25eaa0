"""A matrix cell by cell: names, limits, and what can be read and clicked."""

import numpy as np
import pytest

from explorer.plots.backprop_matrix import draw_matrix, exact, matrix


def small():
    return matrix(np.array([[1.0, -2.5], [0.0, 0.123456789]]), ["unit 0", "unit 1"], ["image 0", "image 1"])


def test_each_cell_says_where_it_is_and_what_it_holds():
    assert small().sentences == (
        "unit 0, image 0: 1", "unit 0, image 1: −2.5", "unit 1, image 0: 0", "unit 1, image 1: 0.123456789"
    )  # fmt: skip


def test_colours_are_symmetric_around_zero():
    figure = draw_matrix(small())
    assert small().limit == 2.5
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-2.5, 2.5)
    middle = [color for place, color in figure.data[0].colorscale if place == 0.5]
    assert all(color.endswith(", 0)") for color in middle)


def test_points_answer_for_their_own_cell():
    points = draw_matrix(small()).data[1]
    assert list(zip(points.x, points.y, points.text, strict=True))[1] == (1, 0, "unit 0, image 1: −2.5")


def test_the_marked_cell_is_framed():
    frame = draw_matrix(small(), marked=(1, 0)).layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 0.5, 0.5, 1.5)


def test_the_first_row_is_on_top():
    first, last = draw_matrix(small()).layout.yaxis.range
    assert first > last


def test_large_matrices_say_their_cells_by_row_and_column():
    wide = matrix(np.ones((16, 784)), [f"unit {n}" for n in range(16)], [f"pixel {n}" for n in range(784)])
    assert not wide.can_be_clicked
    figure = draw_matrix(wide)
    assert len(figure.data) == 1
    assert figure.data[0].customdata[3][700] == "unit 3"
    assert "%{z:.9~g}" in figure.data[0].hovertemplate
    assert len(figure.layout.xaxis.tickvals) <= 16


def test_numbers_are_written_where_there_is_room():
    narrow = matrix(np.ones((12, 8)), [str(n) for n in range(12)], [str(n) for n in range(8)])
    assert draw_matrix(narrow).data[0].text[11][7] == "1.00"
    wide = matrix(np.ones((4, 20)), [str(n) for n in range(4)], [str(n) for n in range(20)])
    assert draw_matrix(wide).data[0].texttemplate is None


def test_small_and_huge_numbers_are_written_in_a_unit_that_is_told():
    small_ones = matrix(np.array([[0.0024, -0.00051, -1e-9]]), ["r"], ["a", "b", "c"])
    assert small_ones.unit_words == "cells in units of 10⁻³"
    assert draw_matrix(small_ones).data[0].text == (["2.40", "−0.51", "0.00"],)
    huge = matrix(np.array([[1.5e78, np.inf]]), ["r"], ["a", "b"])
    assert huge.unit_words == "cells in units of 10⁷⁸"
    assert draw_matrix(huge).data[0].text == (["1.50", ""],)
    tiny = matrix(np.array([[5e-324]]), ["r"], ["c"])
    assert draw_matrix(tiny).data[0].text == ([""],)


def test_numbers_of_the_usual_size_are_written_as_they_are():
    usual = matrix(np.array([[0.15, -12.346, -0.001]]), ["r"], ["a", "b", "c"])
    assert usual.unit_words == ""
    assert draw_matrix(usual).data[0].text == (["0.15", "−12.35", "0.00"],)
    unwritten = matrix(np.full((4, 20), 1e-5), [str(n) for n in range(4)], [str(n) for n in range(20)])
    assert unwritten.unit_words == ""


def test_what_is_no_number_has_no_colour_and_sets_no_limit():
    broken = matrix(np.array([[np.nan, 3.0, np.inf]]), ["r"], ["a", "b", "c"])
    assert broken.limit == 3
    assert np.isnan(draw_matrix(broken).data[0].z[0][[0, 2]]).all()
    assert matrix(np.zeros((1, 1)), ["r"], ["c"]).limit == 1


def test_names_must_fit():
    with pytest.raises(ValueError, match="1 × 2 names"):
        matrix(np.zeros((2, 2)), ["r"], ["a", "b"])


def test_exact_numbers_have_nine_digits():
    assert exact(-1 / 3) == "−0.333333333"
    assert exact(-0.0) == "0"
    assert [exact(value) for value in (float("nan"), float("inf"), float("-inf"))] == ["NaN", "∞", "−∞"]
