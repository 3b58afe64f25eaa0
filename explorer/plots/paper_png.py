"""A figure for paper as PNG, drawn without a browser."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from math import hypot

from PIL import Image, ImageDraw

from explorer.plots.paper import Area, Box, Dot, Line, Mark, Paper, Picture, Point, Words, font

SCALE = 2  # pixels for a unit of the figure
SMOOTH = 2  # drawn so many times larger, then shrunk: Pillow draws lines without smoothing
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
WITHOUT_GLYPH = str.maketrans({"→": ">", "←": "<", "‖": "|", "∂": "d", "Δ": "d", "−": "-", "⁻": "-"})


def as_png(paper: Paper, scale: int = SCALE) -> bytes:
    """The figure as PNG, ``scale`` pixels for each of its units."""
    zoom = scale * SMOOTH
    image = Image.new("RGB", (round(paper.width * zoom), round(paper.height * zoom)), "white")
    pen = ImageDraw.Draw(image, "RGBA")
    for mark in paper.marks:
        _draw(image, pen, mark, zoom)
    buffer = BytesIO()
    size = round(paper.width * scale), round(paper.height * scale)
    image.resize(size, Image.Resampling.LANCZOS).save(buffer, "PNG")
    return buffer.getvalue()


def _draw(image: Image.Image, pen: ImageDraw.ImageDraw, mark: Mark, zoom: int) -> None:
    match mark:
        case Line():
            for part in _strokes(mark.points, mark.dash):
                pen.line(_zoomed(part, zoom), mark.color, max(1, round(mark.width * zoom)), joint="curve")
        case Area():
            if len(mark.points) > 1:
                pen.polygon(_zoomed(mark.points, zoom), f"{mark.color}{round(255 * mark.opacity):02x}")
        case Box():
            corners = (mark.left, mark.top), (mark.left + mark.width, mark.top + mark.height)
            pen.rectangle(_zoomed(corners, zoom), mark.fill or None, mark.frame or None, width=zoom)
        case Dot():
            corners = (
                (mark.x - mark.radius, mark.y - mark.radius),
                (mark.x + mark.radius, mark.y + mark.radius),
            )
            pen.ellipse(_zoomed(corners, zoom), mark.color)
        case Words():
            pen.text(
                (mark.x * zoom, mark.y * zoom),
                mark.text.translate(WITHOUT_GLYPH),
                mark.color,
                font(mark.size * zoom),
                ANCHORS[mark.anchor],
                stroke_width=zoom / 5 if mark.is_bold else 0,
            )
        case Picture():
            size = max(1, round(mark.width * zoom)), max(1, round(mark.height * zoom))
            picture = Image.fromarray(mark.pixels).resize(size, Image.Resampling.NEAREST)
            image.paste(picture, (round(mark.left * zoom), round(mark.top * zoom)))


def _zoomed(points: Sequence[Point], zoom: int) -> list[Point]:
    return [(x * zoom, y * zoom) for x, y in points]


def _strokes(points: Sequence[Point], dash: Sequence[float]) -> Iterator[list[Point]]:
    """The line, or its strokes where it is dashed."""
    if not dash:
        yield list(points)
        return
    lengths = list(dash) * (1 + len(dash) % 2)
    place, left, stroke = 0, lengths[0], list(points[:1])
    for end in points[1:]:
        start = stroke[-1]
        while (distance := hypot(end[0] - start[0], end[1] - start[1])) > left:
            share = left / distance
            start = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
            if place % 2 == 0:
                yield [*stroke, start]
            place += 1
            left, stroke = lengths[place % len(lengths)], [start]
        left -= distance
        stroke = [*stroke, end] if place % 2 == 0 else [end]
    if place % 2 == 0 and len(stroke) > 1:
        yield stroke
