"""A document as one file of Markdown (GitHub's kind), its figures within it as PNG."""

import base64
import re

from explorer.plots.paper_png import as_png
from explorer.plots.paper_svg import printable
from explorer.sharing.document import Block, Document, Figures, Paragraph, Points, Section, Table

SIGNS = re.compile(r"([\\`*_\[\]|~$])")
BEGINS = re.compile(r"^(\d*)([-+=#.)])")  # a list, a heading, a rule; "3.5" is none, but reads the same


def as_markdown(document: Document) -> str:
    """The whole file; every text in it shows as it is, whatever signs it holds.

    The pictures stand at its end, so that the words can be read without them too.
    """
    writer = _Writer()
    parts = [f"# {_text(document.title)}"]
    parts.append("\n".join(f"- **{_text(name)}:** {_text(value)}" for name, value in document.facts))
    parts += [part for section in document.sections for part in writer.section(section)]
    return "\n\n".join([*parts, *writer.pictures]) + "\n"


class _Writer:
    """Collects the pictures while the text is written."""

    def __init__(self) -> None:
        self.pictures: list[str] = []

    def section(self, section: Section) -> list[str]:
        blocks = [self._block(block) for block in section.blocks]
        return [f"{'#' * section.level} {_text(section.title)}", *blocks]

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(is_code=True):
                return f"```sh\n{printable(block.text).replace('```', '` ` `')}\n```"
            case Paragraph():
                return _lines(block.text)
            case Points():
                return "\n".join(f"- {_begun(item)}" for item in block.items)
            case Table():
                return _table(block)
            case Figures():
                shown = "\n".join(self._picture(paper.title, as_png(paper)) for paper in block.papers)
                return "\n\n".join([shown, f"*{_text(block.caption)}*", *map(_table, block.numbers)])

    def _picture(self, title: str, png: bytes) -> str:
        name = f"figure-{len(self.pictures) + 1}"
        self.pictures.append(f"[{name}]: data:image/png;base64,{base64.b64encode(png).decode()}")
        return f"![{_text(title)}][{name}]"


def _table(table: Table) -> str:
    lines = [
        _row(table.head),
        "|" + "|".join(":---" if place < table.texts else "---:" for place in range(len(table.head))) + "|",
        *(_row(cells) for cells in table.rows),
    ]
    caption = [f"**{_text(table.caption)}**", ""] if table.caption else []
    return "\n".join([*caption, *lines])


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(_text(cell) for cell in cells)} |"


def _lines(text: str) -> str:
    """Text whose lines stay lines; none of them begins a list, a heading or a block of code."""
    lines = (line.strip() for line in printable(text).split("\n"))
    return "\\\n".join(_begun(line) for line in lines if line)


def _begun(line: str) -> str:
    return BEGINS.sub(r"\1\\\2", _text(line))


def _text(text: str) -> str:
    """One line that shows as it is: signs that would format are escaped, tags and entities as well."""
    line = " ".join(printable(text).split())
    escaped = SIGNS.sub(r"\\\1", line.replace("&", "&amp;"))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")
