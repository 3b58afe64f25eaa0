"""A lab report of one or several runs as one file: HTML that needs no network, or Markdown."""

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from explorer.data.words import title_of
from explorer.errors import ConfigError, Problem
from explorer.records import Run
from explorer.settings import Settings
from explorer.sharing.document import Document, Paragraph, Section
from explorer.sharing.document_html import as_html
from explorer.sharing.document_markdown import as_markdown
from explorer.sharing.report_material import gather
from explorer.sharing.report_run import run_sections
from explorer.sharing.report_several import best_run, several_sections
from explorer.storage.store import Store

WRITERS = {".html": as_html, ".htm": as_html, ".md": as_markdown, ".markdown": as_markdown}
MOST_RUNS = 200
MOST_WORDS = 50_000  # characters of the author's own text
LIBRARIES = ("torch", "numpy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a student adds to a report; it stays text, whatever it holds, and may be empty."""

    title: str = ""
    author: str = ""
    words: str = ""


NO_WORDS = OwnWords()


def make_report(
    store: Store,
    settings: Settings,
    run_ids: Sequence[int],
    suffix: str,
    own: OwnWords = NO_WORDS,
) -> bytes:
    """The report as UTF-8, in the format that the suffix names (``.html``, ``.md``).

    Raises:
        ConfigError: another suffix, no run or too many, or too many own words.
        RunNotFoundError: one of the runs does not exist.
        StoreError: the store can't be read.
    """
    problems = text_problems(suffix, own)
    if not 1 <= len(run_ids) <= MOST_RUNS:
        problems += (Problem("runs", len(run_ids), f"1 to {MOST_RUNS} runs"),)
    if problems:
        raise ConfigError(problems)
    runs = [store.run(run_id) for run_id in dict.fromkeys(run_ids)]
    document = lab_report(store, settings, runs, own)
    return written(document, suffix)


def lab_report(
    store: Store,
    settings: Settings,
    runs: Sequence[Run],
    own: OwnWords = NO_WORDS,
) -> Document:
    """The report as a document without a format."""
    sections = list(notes(own))
    if len(runs) == 1:
        sections += run_sections(gather(store, settings, runs[0]))
        usual = f"Lab report: {runs[0].name}"
    else:
        usual = f"Lab report: {len(runs)} runs"
        sections += several_sections(runs, store.epochs_together({run.id: 0 for run in runs}))
        best = best_run(runs)
        if best is not None:
            sections.append(Section(f"The best run by validation accuracy: {best.id} · {best.name}", ()))
            inner = run_sections(gather(store, settings, best))
            sections += [Section(section.title, section.blocks, level=3) for section in inner]
    return Document(own.title.strip() or usual, tuple(_facts(runs, own)), tuple(sections))


def file_name(runs: Sequence[int], suffix: str) -> str:
    """What the file is called: ``lab-report-run-7.html``."""
    numbers = "-".join(str(run_id) for run_id in runs[:6]) + ("-and-more" if len(runs) > 6 else "")
    return f"lab-report-run{'s' * (len(runs) > 1)}-{numbers}{suffix}"


def text_problems(suffix: str, own: OwnWords) -> tuple[Problem, ...]:
    """What is wrong with the format that is asked for, or with the author's words."""
    problems: tuple[Problem, ...] = ()
    if suffix.lower() not in WRITERS:
        hint = "The ending of the file's name says which."
        problems += (Problem("report", suffix or "no ending", "a file ending in .html or .md", hint),)
    if len(own.words) > MOST_WORDS:
        problems += (Problem("words", len(own.words), f"at most {MOST_WORDS:,} characters"),)
    return problems


def written(document: Document, suffix: str) -> bytes:
    """The document as UTF-8 in the format of a suffix that ``text_problems`` has nothing against."""
    return WRITERS[suffix.lower()](document).encode()


def notes(own: OwnWords) -> tuple[Section, ...]:
    """The author's own words as a section, if there are any; an empty line begins a paragraph."""
    parts = re.split(r"\n\s*\n", own.words.replace("\r\n", "\n").strip())
    return (Section("Notes", tuple(Paragraph(part.strip()) for part in parts)),) if own.words.strip() else ()


def author_and_date(own: OwnWords) -> list[tuple[str, str]]:
    """The first lines under the title: who wrote it, if that was said, and when."""
    named = [("By", own.author.strip())] if own.author.strip() else []
    return [*named, ("Date", f"{datetime.now().astimezone():%d %B %Y, %H:%M %Z}")]


def _facts(runs: Sequence[Run], own: OwnWords) -> list[tuple[str, str]]:
    facts = author_and_date(own)
    if len(runs) == 1:
        run = runs[0]
        group = f", group {run.group}" if run.group else ""
        facts.append(("Run", f"{run.id} · {run.name} ({run.status.value}{group})"))
        if run.ended_at is not None:
            facts.append(("Trained", f"{run.ended_at.astimezone():%d %B %Y, %H:%M %Z}"))
    else:
        facts.append(("Runs", ", ".join(str(run.id) for run in runs)))
    devices = sorted({title_of(run.device) for run in runs if run.device is not None})
    if devices:
        facts.append(("Device", ", ".join(devices)))
    facts.append(("Report made on", f"{platform.system()} {platform.machine()}, {_versions()}"))
    return facts


def _versions() -> str:
    parts = [f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(parts)
