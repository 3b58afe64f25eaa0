"""The lab report: a dialog that takes the student's own words and makes one file of runs or of a lab."""

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.sharing.report import MOST_RUNS, MOST_WORDS, OwnWords, file_name, make_report
from explorer.ui import cache, guard
from explorer.ui.wording import bytes_in_words

# How each format is called, its ending and its kind.
FORMATS = {"HTML": (".html", "text/html"), "Markdown": (".md", "text/markdown")}
HELP = (
    "Configuration, curves, tables, figures and your own words in one file. HTML opens in every browser, "
    "without network, and prints; Markdown is for a notebook or a repository."
)


def report_button(run_ids: Sequence[int], *, key: str) -> None:
    """A button that opens the dialog for these runs; nothing is made before its own button is pressed."""
    too_many = len(run_ids) > MOST_RUNS
    if st.button(
        "Lab report",
        key=f"report:{key}",
        icon=":material/description:",
        type="tertiary",
        disabled=too_many,
        help=f"At most {MOST_RUNS} runs fit into a report." if too_many else HELP,
    ):
        report_dialog(tuple(run_ids))


@st.dialog("Lab report", width="medium", icon=":material/description:")
def report_dialog(run_ids: Sequence[int]) -> None:
    """The form of the report, over the page."""
    report_form(run_ids)


def report_form(run_ids: Sequence[int]) -> None:
    """Title, author and own words, the format, and the file once it is made."""

    def make(suffix: str, own: OwnWords) -> bytes:
        return make_report(cache.store(), cache.settings(), run_ids, suffix, own)

    form(make, lambda suffix: file_name(run_ids, suffix))


def form(make: Callable[[str, OwnWords], bytes], name: Callable[[str], str]) -> None:
    """The form of any report: ``make`` writes it in the format of a suffix, ``name`` says the file's name."""
    with guard.in_words():
        made = _form(make)
        if made is None:
            return
        content, suffix, mime = made
        st.download_button(
            f"Save {name(suffix)} ({bytes_in_words(len(content))})",
            content,
            name(suffix),
            mime,
            key="report.save",
            on_click="ignore",
            icon=":material/download:",
        )


def _form(make: Callable[[str, OwnWords], bytes]) -> tuple[bytes, str, str] | None:
    """The report with its ending and its kind, once it was asked for."""
    with st.form(key="report.form", border=False):
        title = st.text_input(
            "Title",
            key="report.title",
            placeholder="Lab report: …",
            max_chars=200,
            persist_state="session",
            help="The heading of the report.",
        )
        author = st.text_input(
            "Your name",
            key="report.author",
            max_chars=200,
            persist_state="session",
            help="Stands under the title.",
        )
        words = st.text_area(
            "Your own words",
            key="report.words",
            height=200,
            max_chars=MOST_WORDS,
            placeholder="What did you want to find out? What did you expect? What do the figures show?",
            help="They stand at the beginning of the report, as they are; an empty line begins a paragraph.",
            persist_state="session",
        )
        chosen = st.segmented_control(
            "Format", tuple(FORMATS), default="HTML", required=True, key="report.format", help=HELP
        )
        is_wanted = st.form_submit_button("Make the report", type="primary", icon=":material/description:")
    if not is_wanted:
        return None
    suffix, mime = FORMATS[str(chosen)]
    with st.spinner("Drawing the figures …"):
        made = make(suffix, OwnWords(title, author, words))
    return made, suffix, mime
