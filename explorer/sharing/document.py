"""A document without a format: sections of sentences, tables and figures, all of it plain text."""

from dataclasses import dataclass

from explorer.plots.paper import Paper


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences; a line break stays one. ``is_code`` is a command to be copied."""

    text: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``texts`` is how many columns, from the left, hold words; the others hold numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures side by side where there is room; ``caption`` says what is to be seen.

    ``numbers`` are what they show as tables, for readers of a format that may not show them.
    """

    papers: tuple[Paper, ...]
    caption: str
    numbers: tuple[Table, ...] = ()


Block = Paragraph | Points | Table | Figures


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it; ``level`` 2 is a section, 3 a part of one."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True, slots=True)
class Document:
    """``facts`` are lines below the title: who, when, where."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
