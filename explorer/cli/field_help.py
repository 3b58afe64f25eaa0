"""The configuration fields as a page of help, derived from the configuration itself."""

import shutil
import textwrap
from collections.abc import Sequence
from itertools import groupby

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import Field, FieldKind, all_fields
from explorer.config.parsing import describe_field

INDENT = "      "
BLOCK_EXAMPLE = 'As in [{"filters": 16, "kernel": 3, "padding": "same", "pooling": 2}].'


def fields_help(width: int | None = None) -> str:
    """Every field with its help, what it accepts and its default, one paragraph each, ``width`` columns."""
    lines = ["fields (for --set, and as nested objects in --config):"]
    return "\n".join(lines + _paragraphs(all_fields(), width))


def baseline_fields_help(width: int | None = None) -> str:
    """The same for the fields of a baseline."""
    return "\n".join(["fields (for --set):", *_paragraphs(all_fields(BaselineConfig), width)])


def _paragraphs(fields: Sequence[Field], width: int | None) -> list[str]:
    columns = min(width or shutil.get_terminal_size().columns, 110)
    lines = []
    for section, entries in groupby(fields, key=lambda entry: entry.section):
        lines.append(f"\n  {section or 'the whole run'}")
        for entry in entries:
            text = describe_field(entry)
            if entry.unit:
                text += f" In {entry.unit}."
            if entry.kind is FieldKind.BLOCKS:
                text += f" {BLOCK_EXAMPLE}"
            lines.append(f"    {entry.path}")
            lines.extend(textwrap.wrap(text, columns, initial_indent=INDENT, subsequent_indent=INDENT))
    return lines
