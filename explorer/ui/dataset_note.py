"""Whether the chosen dataset is on this machine, and the button that fetches it."""

import streamlit as st

from explorer.config.run import DatasetName
from explorer.data.catalog import DATASETS, Dataset, presence
from explorer.jobs.fetching import FetchStatus, fetch_status, forget_fetch, start_fetch
from explorer.ui import cache, guard
from explorer.ui.pace import live_fragment
from explorer.ui.wording import bytes_in_words, plain

POLL_SECONDS = 0.5


def dataset_note(name: DatasetName) -> bool:
    """Whether the dataset can be used; if not, a note says why and offers to fetch it."""
    settings = cache.settings()
    here = presence(name, settings.data)
    if here.is_ready:
        return True
    if DATASETS[name].is_own:
        st.info(
            f"{plain(here.reason)} Choose another dataset, or add the same images again under the same name.",
            icon=":material/folder_off:",
            title="This dataset of your own can't be used",
        )
        st.page_link("pages/data.py", label="Go to Data", icon=":material/dataset:")
        return False
    status = fetch_status(settings, name)
    fetching = status is not None and status.state == "running"
    _Note(DATASETS[name], here.reason, is_fetching=fetching).draw()
    return False


class _Note:
    """The note as a fragment that polls while a fetch is under way."""

    def __init__(self, dataset: Dataset, reason: str, *, is_fetching: bool) -> None:
        self._dataset, self._reason, self._is_fetching = dataset, reason, is_fetching

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_fetching else None)

    def _body(self) -> None:
        with guard.in_words():
            status = fetch_status(cache.settings(), self._dataset.name)
            if (status is not None and status.state == "running") != self._is_fetching:
                st.rerun()
            if status is not None and status.state == "running":
                self._draw_progress(status)
            else:
                self._draw_offer(status)

    def _draw_progress(self, status: FetchStatus) -> None:
        far = f"{bytes_in_words(status.done_bytes)} of {bytes_in_words(status.total_bytes)}"
        known = f" · {plain(status.file)}, {far}" if status.total_bytes else " · starting"
        st.progress(status.share, f"Fetching {self._dataset.title}{known}")

    def _draw_offer(self, status: FetchStatus | None) -> None:
        dataset = self._dataset
        if status is not None and status.state == "failed":
            st.error(
                plain(status.problem),
                icon=":material/cloud_off:",
                title=f"{dataset.title} could not be fetched",
            )
        else:
            st.info(
                f"{plain(self._reason)} Fetch it ({dataset.download_megabytes:g} MB), or train on the "
                f"bundled digits, which are always here.",
                icon=":material/download:",
                title=f"{dataset.title} is not on this machine",
            )
        again = status is not None and status.state == "failed"
        st.button(
            f"Fetch {dataset.title} again" if again else f"Fetch {dataset.title}",
            key=f"fetch:{dataset.name}",
            icon=":material/download:",
            on_click=_fetch,
            args=(dataset.name,),
        )


def _fetch(name: DatasetName) -> None:
    forget_fetch(cache.settings(), name)
    start_fetch(cache.settings(), name)
