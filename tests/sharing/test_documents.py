import base64
import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from PIL import Image

from explorer.plots.paper import Paper, Words
from explorer.sharing.document import Document, Figures, Paragraph, Points, Section, Table
from explorer.sharing.document_html import as_html
from explorer.sharing.document_markdown import as_markdown

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class _Reader(HTMLParser):
    """Collects tags, attributes and the text that is seen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def document(text: str) -> Document:
    """One of everything, with this text everywhere."""
    figure = Paper(50, 20, (Words(0, 10, text),), text, text)
    blocks = (
        Paragraph(text), Paragraph(text, is_code=True), Points((text,)),
        Table(text, (text, "n"), ((text, "1"),)), Figures((figure, figure), text, (Table("", (text,), ()),)),
    )  # fmt: skip
    return Document(text, (("By", text),), (Section(text, blocks), Section(text, (), level=3)))


def test_html_has_no_script_and_loads_nothing():
    page = _Reader(as_html(document(HOSTILE)))
    assert not {"script", "img", "iframe", "link", "object"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    addresses = [value for name, value in page.attributes if name in ("src", "href")]
    assert all(address and address.startswith("data:image/png;base64,") for address in addresses)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in page.attributes
    assert page.words.count(HOSTILE) > 8


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("1. no list", "1\\. no list"),
        ("> no quote", "&gt; no quote"),
        ("*no* _stress_ `code`", "\\*no\\* \\_stress\\_ \\`code\\`"),
        ("[a](javascript:alert(1))", "\\[a\\](javascript:alert(1))"),
        ("a | b ~ $x$ \\", "a \\| b \\~ \\$x\\$ \\\\"),
        ("<b>&lt;", "&lt;b&gt;&amp;lt;"),
        ("=====", "\\====="),
        ("plain words, 99.5 % (of 3)", "plain words, 99.5 % (of 3)"),
    ],
)
def test_markdown_shows_signs_as_they_are(line: str, written: str):
    made = as_markdown(Document("t", (), (Section("s", (Paragraph(line),)),)))
    assert made == f"# t\n\n\n\n## s\n\n{written}\n"


def test_markdown_holds_its_pictures_at_its_end():
    made = as_markdown(document("words"))
    named = re.findall(r"!\[words\]\[(figure-\d)\]", made)
    assert named == ["figure-1", "figure-2"]
    found = dict(re.findall(r"^\[(figure-\d)\]: data:image/png;base64,(\S+)$", made, re.MULTILINE))
    assert list(found) == named
    assert all(Image.open(BytesIO(base64.b64decode(text))).size == (100, 40) for text in found.values())


def test_code_can_not_be_left_early():
    made = as_markdown(Document("t", (), (Section("s", (Paragraph("a\n```\nb", is_code=True),)),)))
    assert made.count("```") == 2


def test_lines_of_own_words_stay_lines():
    parts = (Paragraph("one\ntwo"),)
    assert "one\\\ntwo" in as_markdown(Document("t", (), (Section("s", parts),)))
    assert "<p>one<br>two</p>" in as_html(Document("t", (), (Section("s", parts),)))
