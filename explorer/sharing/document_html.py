"""A document as one HTML file: nothing is loaded, no script runs, and it prints well."""

from html import escape
from pathlib import Path

from explorer.plots.paper_svg import as_svg, printable
from explorer.sharing.document import Block, Document, Figures, Paragraph, Points, Section, Table

# What a browser may do with the file: show it. Even a forgotten escape could start nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = (Path(__file__).parent / "document.css").read_text(encoding="utf-8")


def as_html(document: Document) -> str:
    """The whole file; every text in it is escaped."""
    title = _text(document.title)
    facts = "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in document.facts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<dl>{facts}</dl>\n"
        f"{''.join(_section(section) for section in document.sections)}</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    heading = f"h{section.level}"
    blocks = "\n".join(_block(block) for block in section.blocks)
    return f"<{heading}>{_text(section.title)}</{heading}>\n{blocks}\n"


def _block(block: Block) -> str:
    match block:
        case Paragraph(is_code=True):
            return f"<pre>{_text(block.text)}</pre>"
        case Paragraph():
            return f"<p>{_text(block.text).replace(chr(10), '<br>')}</p>"
        case Points():
            return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in block.items)}</ul>"
        case Table():
            return _table(block)
        case Figures():
            pair = " pair" if len(block.papers) > 1 else ""
            drawn = "".join(as_svg(paper) for paper in block.papers)
            caption = f"<figcaption>{_text(block.caption)}</figcaption>"
            return f'<figure><div class="figures{pair}">{drawn}</div>{caption}</figure>'


def _table(table: Table) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        looks = (' class="text"' if place < table.texts else "" for place in range(len(cells)))
        return "".join(f"<{tag}{look}>{_text(cell)}</{tag}>" for look, cell in zip(looks, cells, strict=True))

    caption = f"<caption>{_text(table.caption)}</caption>" if table.caption else ""
    rows = "\n".join(f"<tr>{row(cells, 'td')}</tr>" for cells in table.rows)
    head = f"<thead><tr>{row(table.head, 'th')}</tr></thead>"
    return f'<div class="wide"><table>{caption}{head}\n<tbody>{rows}</tbody></table></div>'


def _text(text: str) -> str:
    return escape(printable(text))
