"""The report of a lab as a file: reported and measured figures, pictures, and the student's own words."""

import streamlit as st

from explorer.labs.experiment import Lab
from explorer.labs.report import file_name, make_lab_report
from explorer.sharing.report import OwnWords
from explorer.ui import cache
from explorer.ui.report_panel import form

HELP = (
    "Reported beside measured figures, curves, matrices, what the report leaves open, your guesses and your "
    "own words in one file, at any time of the lab."
)


def lab_report_button(lab: Lab, quick: bool) -> None:
    """A button that opens the dialog for this lab; nothing is made before its own button is pressed."""
    if st.button("Lab report", key="labs.report", icon=":material/description:", type="tertiary", help=HELP):
        lab_report_dialog(lab, quick)


@st.dialog("Lab report", width="medium", icon=":material/description:")
def lab_report_dialog(lab: Lab, quick: bool) -> None:
    """The form of the report, over the page."""
    lab_report_form(lab, quick)


def lab_report_form(lab: Lab, quick: bool) -> None:
    """Title, author and own words, the format, and the file once it is made."""

    def make(suffix: str, own: OwnWords) -> bytes:
        return make_lab_report(cache.store(), cache.settings(), lab, suffix, own, quick=quick)

    form(make, lambda suffix: file_name(lab, suffix, quick=quick))
