from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from explorer.plots.confusion import confusion_matrix
from explorer.plots.palette import LIGHT, NEGATIVE, POSITIVE
from explorer.plots.paper import Area, Box, Dot, Line, Paper, Picture, Words, shortened_to, text_width
from explorer.plots.paper_confusion import draw_matrix
from explorer.plots.paper_curves import Curve, Plot, draw_plot, nice_ticks
from explorer.plots.paper_png import as_png
from explorer.plots.paper_svg import as_svg
from explorer.plots.paper_tiles import draw_images, draw_weights, in_two_colors
from explorer.plots.tiles import tiles
from explorer.plots.weights import weight_tiles

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'a"><script>alert(1)</script>&amp;\x00'


def read(paper: Paper) -> tuple[ElementTree.Element, Image.Image]:
    """Both files, each opened by its reader."""
    picture = Image.open(BytesIO(as_png(paper)))
    picture.load()
    return ElementTree.fromstring(as_svg(paper)), picture  # noqa: S314 - made by us


def curve(name: str = "training", **facts: object) -> Curve:
    return replace(Curve(name, (1.0, 2.0, 3.0), (0.9, 0.5, 0.4)), **facts)


def test_every_mark_is_in_both_files():
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 255
    paper = Paper(
        100, 60,
        (
            Line(((0, 5), (100, 5)), "#0000ff", 4), Area(((0, 10), (40, 10), (40, 30)), "#00ff00", 0.5),
            Box(50, 10, 20, 20, "#123456"), Dot(85, 20, 8, "#ff00ff"), Picture(0, 40, 20, 20, red),
            Words(30, 55, "hello", size=12),
        ),
        "marks", "all of them",
    )  # fmt: skip
    svg, png = read(paper)
    assert {element.tag.removeprefix(SVG) for element in svg} == {
        "title", "desc", "rect", "polyline", "polygon", "circle", "image", "text",
    }  # fmt: skip
    assert png.size == (200, 120)
    places = {"line": (50, 5), "area": (35, 15), "box": (60, 20), "dot": (85, 20), "picture": (10, 50)}
    at = {name: png.getpixel((2 * x, 2 * y)) for name, (x, y) in places.items()}
    assert at["line"] == (0, 0, 255)
    assert at["area"] == pytest.approx((127, 255, 127), abs=1)
    assert (at["box"], at["dot"], at["picture"]) == ((0x12, 0x34, 0x56), (255, 0, 255), (255, 0, 0))
    assert min(pixel for x in range(60, 130) for pixel in png.getpixel((x, 104))) < 100  # ink of the word


def test_a_dashed_line_leaves_gaps():
    dashed = Paper(100, 10, (Line(((0, 5), (100, 5)), "#000000", 2, (10, 10)),), "", "")
    _, png = read(dashed)
    row = [png.getpixel((2 * x, 10))[0] for x in (5, 15, 25, 35, 45)]
    assert [value > 128 for value in row] == [False, True, False, True, False]


@pytest.mark.parametrize("name", [HOSTILE, "ünï → ‖W‖ 手", ""])
def test_names_stay_text_whatever_they_hold(name: str):
    paper = draw_plot(Plot(name, "epoch", (curve(name),), name))
    svg, _ = read(paper)
    assert svg.find(f".//{SVG}script") is None
    assert svg.findtext(f"{SVG}title") == name.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def test_a_plot_has_a_line_a_curve_and_grows_with_its_legend():
    few = draw_plot(Plot("Loss", "epoch", (curve(),), ""))
    many = draw_plot(Plot("Loss", "epoch", tuple(curve(f"run {n} with a long name") for n in range(12)), ""))
    assert many.height > few.height
    svg, _ = read(few)
    (line,) = [each for each in svg.iter(f"{SVG}polyline") if each.get("stroke-width") == "1.75"]
    assert len(line.get("points", "").split()) == 3
    assert line.get("stroke") == LIGHT[0]


def test_points_lie_where_their_values_say():
    drawn = draw_plot(Plot("", "", (Curve("a", (0.0, 5.0, 10.0), (0.0, 0.5, 1.0)),), "", reach=(0.0, 1.0)))
    (line,) = [mark for mark in drawn.marks if isinstance(mark, Line) and mark.width == 1.75]
    (x0, y0), (x1, y1), (x2, y2) = line.points
    assert (x1, y1) == pytest.approx(((x0 + x2) / 2, (y0 + y2) / 2))
    assert x0 < x2
    assert y0 > y2


@pytest.mark.parametrize("is_log", [False, True])
def test_values_that_have_no_place_are_left_out(is_log: bool):
    odd = Curve("a", (1.0, 2.0, 3.0, 4.0), (1.0, float("nan"), float("inf"), 0.1))
    drawn = draw_plot(Plot("", "", (odd, Curve("empty", (), ())), "", is_log=is_log))
    (line,) = [mark for mark in drawn.marks if isinstance(mark, Line) and mark.width == 1.75]
    assert len(line.points) == 2
    read(drawn)


def test_ticks_are_round():
    assert nice_ticks(0, 10, 5) == (0, 2, 4, 6, 8, 10)
    assert nice_ticks(0.912, 0.978, 5) == pytest.approx((0.92, 0.94, 0.96))


def test_a_matrix_shows_its_counts_and_tells_the_commonest_mistake():
    counts = np.diag([50] * 10)
    counts[4, 9] = 7
    drawn = draw_matrix(confusion_matrix(counts.tolist(), [str(n) for n in range(10)]), "Test images")
    svg, _ = read(drawn)
    texts = [element.text for element in svg.iter(f"{SVG}text")]
    assert texts.count("50") == 10
    assert "7" in texts
    assert "4 read as 9: 7 images" in (svg.findtext(f"{SVG}desc") or "")


def test_images_are_dark_on_white_with_their_captions():
    image = np.zeros((2, 28, 28), np.uint8)
    image[:, 14, 14] = 255
    svg, _ = read(drawn := draw_images(tiles(image, ["4 → 9<br>98 %", "1 → 7"]), "Mistakes"))
    assert [element.text for element in svg.iter(f"{SVG}text")] == ["Mistakes", "4 → 9", "98 %", "1 → 7"]
    pixels = next(mark for mark in drawn.marks if isinstance(mark, Picture)).pixels
    assert (pixels[14, 14].tolist(), pixels[0, 0].tolist()) == ([0, 0, 0], [255, 255, 255])


def test_weights_are_coloured_by_sign_on_one_scale():
    colors = in_two_colors(np.array([[1.0, -2.0, 0.0, np.nan]]), 1.0)
    assert colors[0, :3].tolist() == [list(POSITIVE), list(NEGATIVE), [255, 255, 255]]
    assert len(set(colors[0, 3].tolist())) > 1  # the gaps' bluish grey
    drawn = draw_weights(weight_tiles(np.ones((3, 784))), "Weights")
    read(drawn)
    assert drawn.summary.startswith("3 units")


def test_long_text_is_cut_to_its_room():
    assert shortened_to("short", 100) == "short"
    cut = shortened_to("x" * 500, 100)
    assert cut.endswith("…")
    assert text_width(cut) <= 100
