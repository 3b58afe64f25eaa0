"""Bundles on the Runs page: the selected runs as one file, and the runs of a file from elsewhere."""

import io
from collections.abc import Sequence
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.sharing.bundle_format import SUFFIX
from explorer.ui import cache, guard
from explorer.ui.import_file import import_file
from explorer.ui.runs_dialogs import MESSAGE
from explorer.ui.wording import bytes_in_words, plain

UPLOAD = "runs.import"
MOST_MEGABYTES = 100  # through a browser, whose file is held in memory; the command line takes more


@st.dialog("Bundle runs", icon=":material/folder_zip:")
def bundle_dialog(run_ids: Sequence[int]) -> None:
    """Say what the file is for and how large it gets, and make it when asked."""
    bundle_form(run_ids)


def bundle_form(run_ids: Sequence[int]) -> None:
    """The selected runs as one file; says in words why that can't be."""
    from explorer.sharing.bundle import bundle_bytes, bundled_runs, write_bundle  # noqa: PLC0415 - when asked

    with guard.in_words():
        store, settings = cache.store(), cache.settings()
        try:
            runs = bundled_runs(store, run_ids)
        except ExplorerError as error:
            st.warning(plain(str(error)), icon=":material/info:", title="This can't be bundled")
            return
        size, counted = bundle_bytes(settings, runs), f"{len(runs)} run{'s' * (len(runs) != 1)}"
        st.write(
            f"**{counted}** with settings, results, curves, answers and weights in one file of about "
            f"{bytes_in_words(size)}. Another installation opens it by “Import runs”. The images stay here."
        )
        if size > MOST_MEGABYTES * 1_000_000:
            command = f"python -m explorer runs export {' '.join(str(run.id) for run in runs)}"
            st.info(
                f"This is more than {MOST_MEGABYTES} MB, too much to pass through the browser. Choose fewer "
                "runs, or use the command line:",
                icon=":material/info:",
            )
            st.code(f"{command} --format bundle -o runs{SUFFIX}", language="sh", wrap_lines=True)
            return
        if not st.button("Make the bundle", key="bundle.make", type="primary", icon=":material/folder_zip:"):
            return
        file = io.BytesIO()
        try:
            with st.spinner("Reading and checking every file …"):
                write_bundle(store, settings, run_ids, file)
        except ExplorerError as error:
            st.warning(plain(str(error)), icon=":material/info:", title="This can't be bundled")
            return
        name = (
            f"run-{runs[0].id}{SUFFIX}" if len(runs) == 1 else f"runs-{runs[0].id}-to-{runs[-1].id}{SUFFIX}"
        )
        st.download_button(
            f"Save {name} ({bytes_in_words(file.tell())})",
            file.getvalue(),
            name,
            "application/zip",
            key="bundle.save",
            on_click="ignore",
            icon=":material/download:",
        )


def import_runs() -> None:
    """The uploader for a bundle of another installation."""
    with st.expander("Import runs", icon=":material/upload:"):
        st.caption(
            "A bundle of another installation: its runs come in under new numbers, all of them or none. "
            f"Larger ones than {MOST_MEGABYTES} MB: `python -m explorer runs import FILE`."
        )
        import_file(UPLOAD, megabytes=MOST_MEGABYTES, take_in=_take_in, message=MESSAGE)


def _take_in(file: Any) -> str:
    from explorer.sharing.bundle_import import import_bundle  # noqa: PLC0415 - when a file came

    runs = import_bundle(cache.store(), cache.settings(), file)
    numbers = ", ".join(str(run.id) for run in runs)
    return f"{len(runs)} run{'s' * (len(runs) != 1)} imported: {numbers}."
