"""The pictures of a lab: values exactly, figures by what they hold."""

import pytest

from explorer.plots.labs_beside import BesideRow, beside, draw_beside
from explorer.plots.labs_error import draw_error_curve, error_curve
from explorer.plots.labs_grid import GridCell, draw_lab_grid, lab_grid
from explorer.plots.labs_response import ResponseLine, ResponsePoint, draw_lab_response, lab_response
from explorer.plots.labs_units import pooled_shares
from explorer.records import EpochMetrics, LayerMetrics
from tests.cli.samples import epoch_metrics

SIGMOID = BesideRow("sigmoid", 0.92, 0.0, (0.91, 0.93), 0.925, 0.002, "reported 92 %, measured 92.5 %")
UNKNOWN = BesideRow("ReLU", 0.98, None, (0.97, 0.99), None, None, "reported 98 %, not measured yet")


def test_reported_and_measured_share_an_axis_that_reaches_no_further_than_they_do():
    drawn = beside([SIGMOID, UNKNOWN], is_share=True)
    assert drawn.ends == pytest.approx((0.91 - 0.08 * 0.08, 0.99 + 0.08 * 0.08))
    assert drawn.summary == (
        "sigmoid: reported 92 %, measured 92.5 %; ReLU: reported 98 %, not measured yet."
    )
    whole = BesideRow("any", None, None, (0.0, 1.0), 0.5, None, "measured 50 %")
    assert beside([whole], is_share=True).ends == (-0.01, 1.01)


def test_measured_are_dots_with_their_deviation_and_what_is_not_measured_has_none():
    figure = draw_beside(beside([SIGMOID, UNKNOWN], is_share=True))
    measured, reported = figure.data
    assert list(measured.x) == pytest.approx([92.5])
    assert list(measured.error_x.array) == pytest.approx([0.2])
    assert list(reported.x) == pytest.approx([92.0, 98.0])
    assert len(figure.layout.shapes) == 2  # what is allowed
    assert [note.text.split("<br>")[0] for note in figure.layout.annotations] == [
        "<b>sigmoid</b>",
        "<b>ReLU</b>",
    ]


def test_losses_are_drawn_in_their_own_unit():
    loss = BesideRow("tanh", 0.03, None, (0.01, 0.05), 0.02, None, "")
    assert list(draw_beside(beside([loss], is_share=False)).data[0].x) == [0.02]


def response_of(*points: ResponsePoint):
    return lab_response([ResponseLine("backward", points)], "σ", 0.92)


def test_a_response_tells_what_diverged_and_what_is_not_measured_yet():
    drawn = response_of(
        ResponsePoint(0.01, 0.9, False, None),
        ResponsePoint(0.5, None, True, None),
        ResponsePoint(1.0, None, False, 0.86),
    )
    assert drawn.summary == ("Accuracy over σ. backward: 90.0 % at 0.01, diverged at 0.5; without: 92.0 %.")
    figure = draw_lab_response(drawn)
    assert {trace.name: list(trace.x) for trace in figure.data} == {
        "backward": [0.01], "diverged": [0.5], "reported": [1.0],
    }  # fmt: skip
    assert figure.layout.xaxis.type == "log"
    assert "not measured yet" in response_of(ResponsePoint(1.0, None, False, None)).summary


def test_losses_stand_on_an_axis_of_their_own_and_what_diverged_above_them():
    points = (ResponsePoint(0.01, 2.5, False, None), ResponsePoint(0.5, None, True, None))
    drawn = lab_response([ResponseLine("sums", points)], "σ", 0.276, is_share=False)
    assert drawn.summary == "Loss over σ. sums: 2.5 at 0.01, diverged at 0.5; without: 0.276."
    figure = draw_lab_response(drawn)
    assert {trace.name: list(trace.y) for trace in figure.data} == {"sums": [2.5], "diverged": [2.5]}
    assert figure.layout.yaxis.type == "log"
    assert [round(line.y0, 3) for line in figure.layout.shapes] == [0.276, 2.303]
    # On a logarithmic axis words stand by the logarithm of their height, lines by the height itself.
    assert {note.text: round(10**note.y, 3) for note in figure.layout.annotations} == {
        "without: 0.276": 0.276,
        "guessing": 2.303,
    }


def cell(share: float | None, note: str = "", *, is_reported: bool = False) -> GridCell:
    return GridCell(share, note, f"{share}", is_reported)


def test_a_grid_names_its_best_and_its_worst_and_frames_what_is_reported():
    cells = [[cell(0.1), cell(0.98, is_reported=True)], [cell(None, "diverged"), cell(None)]]
    drawn = lab_grid(cells, column_title="rate", columns=["1", "2"], rows=["CNN", "MLP"])
    assert drawn.summary == "2 of 4 measured. Best: 0.98. Worst: 0.1."
    figure = draw_lab_grid(drawn)
    assert list(figure.data[1].text) == ["10.0", "98.0", "diverged", ""]
    assert len(figure.layout.shapes) == 1
    with pytest.raises(ValueError, match="2 rows of 1 cells"):
        lab_grid(cells, column_title="rate", columns=["1"], rows=["CNN", "MLP"])


def epoch(number: int, *hidden: tuple[int, float, float]) -> EpochMetrics:
    made = epoch_metrics(number)
    layers = [LayerMetrics("", units, dead, inactive, 1.0, 1.0, 1.0) for units, dead, inactive in hidden]
    output = LayerMetrics("output", 10, None, 1.0, 1.0, 1.0, 1.0)
    return EpochMetrics(
        **{**{name: getattr(made, name) for name in made.__slots__}, "layers": (*layers, output)}
    )


def test_shares_are_those_of_all_hidden_units_and_means_over_the_repeats():
    first = [epoch(1, (30, 0.0, 0.2), (10, 1.0, 0.6)), epoch(2, (30, 0.5, 0.2), (10, 0.5, 0.2))]
    second = [epoch(1, (30, 1.0, 0.4), (10, 1.0, 0.0))]
    dead, inactive = pooled_shares({"ReLU": [first, second], "tanh": [[]]})
    (line,) = dead.layers
    assert (line.name, line.units, line.epochs) == ("ReLU", 40, (1, 2))
    assert line.values == pytest.approx(((0.25 + 1.0) / 2, 0.5))  # the output layer is no part of it
    assert inactive.layers[0].values == pytest.approx(((0.3 + 0.3) / 2, 0.2))


def test_an_error_curve_tells_its_ends_and_wants_as_many_errors_as_epochs():
    drawn = error_curve([1, 2, 3], [0.09, 0.02, 0.03])
    assert drawn.summary == "Mean squared error from 0.0900 to 0.0300, least 0.0200."
    assert list(draw_error_curve(drawn).data[0].y) == [0.09, 0.02, 0.03]
    with pytest.raises(ValueError, match="3 epochs"):
        error_curve([1, 2, 3], [0.1])
