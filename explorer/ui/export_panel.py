"""The Export dialog of a run: which form, what it is good for, and the file once it is made."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.sharing.exports import FORMS, export
from explorer.ui import cache, guard
from explorer.ui.wording import bytes_in_words, plain

HELP = "The run as a file: a table, weights, ONNX, a script that trains it anew, and more."


def export_button(run_id: int) -> None:
    """A button that opens the dialog; nothing is made before a form is chosen and asked for."""
    if st.button("Export", key=f"export:{run_id}", icon=":material/download:", type="tertiary", help=HELP):
        export_dialog(run_id)


@st.dialog("Export run", width="medium", icon=":material/download:")
def export_dialog(run_id: int) -> None:
    """The forms of one run, over the page."""
    export_form(run_id)


def export_form(run_id: int) -> None:
    """The form's choice and its file; says in words where the run can't be given so."""
    with guard.in_words():
        chosen = st.segmented_control(
            "Form",
            tuple(FORMS),
            default="csv",
            required=True,
            format_func=lambda name: FORMS[name].title,
            key="export.form",
            help="What the run becomes: a table, one object, weights, a network, a program, or curves.",
        )
        form = FORMS[str(chosen)]
        st.caption(f"{form.help} For another installation of this program, choose Bundle on the Runs page.")
        if not st.button("Make the file", key="export.make", type="primary", icon=":material/draft:"):
            return
        try:
            with st.spinner("Making the file …"):
                content = export(cache.store(), cache.settings(), run_id, form.name)
        except ExplorerError as error:
            st.warning(plain(str(error)), icon=":material/info:", title="This can't be exported")
            return
        name = form.file_name(cache.store().run(run_id))
        st.download_button(
            f"Save {name} ({bytes_in_words(len(content))})",
            content,
            name,
            form.mime,
            key="export.save",
            on_click="ignore",
            icon=":material/download:",
        )
