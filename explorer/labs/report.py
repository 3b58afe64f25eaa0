"""The report of a lab as one file: what was reported and measured, what was read into it, and figures."""

from collections.abc import Sequence

from explorer.data.words import duration, title_of
from explorer.errors import ConfigError
from explorer.jobs.machine import machine_in_words
from explorer.labs.experiment import Lab
from explorer.labs.guess import guesses, outcome_in_words, winner_in_words
from explorer.labs.judged import Judged, judged, judged_orders, met
from explorer.labs.report_pictures import picture_sections
from explorer.labs.report_printed import printed_sections
from explorer.labs.report_runs import run_sections
from explorer.labs.running import Ids, command
from explorer.labs.time_taken import time_taken
from explorer.records import Run
from explorer.settings import Settings
from explorer.sharing.document import Block, Document, Paragraph, Points, Section, Table
from explorer.sharing.report import NO_WORDS, OwnWords, author_and_date, notes, text_problems, written
from explorer.storage.store import Store

MARKS = {True: "✓", False: "✗", None: ""}
HEAD = (
    "Experiment", "Where", "Reported", "Measured", "Difference", "Tolerance", "Verdict", "Runs",
)  # fmt: skip


def make_lab_report(
    store: Store,
    settings: Settings,
    lab: Lab,
    suffix: str,
    own: OwnWords = NO_WORDS,
    *,
    quick: bool = False,
    experiments: Ids = None,
) -> bytes:
    """The report as UTF-8, in the format that the suffix names (``.html``, ``.md``), at any time of the lab.

    Raises:
        ConfigError: another suffix, or too many own words.
        ExperimentNotFoundError: the lab has none of that name.
        StoreError: the store can't be read.
    """
    problems = text_problems(suffix, own)
    if problems:
        raise ConfigError(problems)
    lines = judged(store, lab, quick=quick, experiments=experiments)
    usual = f"The {lab.id} report: {lab.title}{' (quick version)' if quick else ''}"
    again = command(lab, quick=quick, experiments=experiments)
    sections = (
        *notes(own),
        Section("In short", tuple(_in_short(lab, lines, quick=quick))),
        Section("Reported and measured", tuple(_table(lab, lines, quick=quick))),
        *_guessed(store, lab, lines, quick=quick),
        *picture_sections(store, lab, lines),
        *printed_sections(lab, lines),
        *run_sections(store, settings, lab, lines),
        *_open(lab),
        Section("To do it again", (Paragraph(again, is_code=True),)),
    )
    facts = (*author_and_date(own), *_facts(lab, lines, quick=quick))
    return written(Document(own.title.strip() or usual, facts, sections), suffix)


def file_name(lab: Lab, suffix: str, *, quick: bool) -> str:
    """What the file is called: ``lab-fourth-quick.html``."""
    return f"lab-{lab.id}{'-quick' if quick else ''}{suffix}"


def _facts(lab: Lab, lines: Sequence[Judged], *, quick: bool) -> list[tuple[str, str]]:
    runs = _runs(lines)
    version = "quick: fewer images, epochs and repeats; not judged" if quick else "whole"
    facts = [("Lab", f"{lab.id} ({version})"), ("Runs", f"{len(runs):,}")]
    taken = time_taken(runs)
    if taken.clock:
        facts.append(
            ("Took", f"{duration(taken.clock)} on the clock, {duration(taken.training)} of training")
        )
    devices = sorted({title_of(run.device) for run in runs if run.device is not None})
    if devices:
        facts.append(("Device", ", ".join(devices)))
    return [*facts, ("Report made on", machine_in_words())]


def _in_short(lab: Lab, lines: Sequence[Judged], *, quick: bool) -> list[Block]:
    as_reported, judgeable = met(lines)
    if quick:
        said = "This is the quick version: it shows the effects, and its numbers are not judged."
    elif judgeable:
        said = (
            f"{as_reported} of the {judgeable} reported figures that could "
            f"be judged came out as reported; {len(lines)} were looked at."
        )
    else:
        said = f"Of {len(lines)} experiments none can be judged yet."
    return [Paragraph(f"{lab.about} {said}")]


def _table(lab: Lab, lines: Sequence[Judged], *, quick: bool) -> list[Block]:
    rows = tuple(
        (
            line.experiment.title,
            line.experiment.figure.where,
            line.reported or "—",
            line.value or "—",
            line.difference or "—",
            line.tolerance or "—",
            f"{MARKS[line.verdict.is_met]} {line.verdict.words}".strip(),
            _numbers([run.id for run in line.measured.runs]),
        )
        for line in lines
    )
    note = (
        "Measured: mean ± sample standard deviation (runs). Tolerances were never tuned to what came out; "
        "a difference is measured minus reported."
    )
    blocks: list[Block] = [Table("", HEAD, rows, texts=len(HEAD)), Paragraph(note)]
    orders = judged_orders(lab, tuple(lines), quick=quick)
    if orders:
        said = (f"{MARKS[verdict.is_met]} {verdict.words}".strip() for verdict in orders)
        blocks.append(Points(tuple(said)))
    return blocks


def _guessed(store: Store, lab: Lab, lines: Sequence[Judged], *, quick: bool) -> tuple[Section, ...]:
    """The lab's question: what was guessed, and which of its experiments wins, seed by seed."""
    made = guesses(store, lab, quick=quick)
    known = {line.experiment.id: line.measured for line in lines}
    means = {name: measured.mean for name, measured in known.items()}
    is_done = all(measured.is_whole for measured in known.values())
    winner = winner_in_words(lab, {name: measured.runs for name, measured in known.items()})
    said = tuple(
        f"{guess.made_at.astimezone():%d %B %Y, %H:%M}: "
        f"{outcome_in_words(lab, guess, means, is_done=is_done)}"
        for guess in made
    )
    if not said and not winner:
        return ()
    blocks: list[Block] = [Paragraph(f"{lab.question.words} {winner}".strip())]
    if said:
        blocks.append(Points(said))
    title = "The question, and what was guessed before" if said else "The question"
    return (Section(title, tuple(blocks)),)


def _open(lab: Lab) -> tuple[Section, ...]:
    rows = tuple((gap.unsaid, gap.reading, gap.why) for gap in lab.gaps)
    rows += tuple((titles, reading, "—") for reading, titles in lab.readings.items())
    if not rows:
        return ()
    head = ("What the report leaves open", "How it was read", "Why")
    return (Section("What the report leaves open", (Table("", head, rows, texts=3),)),)


def _runs(lines: Sequence[Judged]) -> tuple[Run, ...]:
    """Each once."""
    return tuple({run.id: run for line in lines for run in line.measured.runs}.values())


def _numbers(run_ids: Sequence[int]) -> str:
    """``7``, ``3–5, 9``; — for none."""
    spans: list[list[int]] = []
    for number in sorted(run_ids):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{low}" if low == high else f"{low}–{high}" for low, high in spans) or "—"
