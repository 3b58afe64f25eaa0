"""The datasets that everybody can have: what they show, and whether they are here."""

import streamlit as st

from explorer.data.catalog import DATASETS, Dataset, presence
from explorer.ui import cache
from explorer.ui.dataset_note import dataset_note
from explorer.ui.wording import plain


def known_datasets() -> None:
    """A card for each; those that are missing can be fetched."""
    st.subheader("Known datasets")
    with st.container(horizontal=True, gap="medium"):
        for dataset in DATASETS.values():
            with st.container(border=True, width=400):
                _card(dataset)


def _card(dataset: Dataset) -> None:
    is_ready = presence(dataset.name, cache.settings().data).is_ready
    badge = ":green-badge[:material/check: ready]" if is_ready else ":gray-badge[not here]"
    st.markdown(f"**{plain(dataset.title)}** {badge}")
    st.caption(
        f"{plain(dataset.description)} {dataset.train_count:,} images to train on, "
        f"{dataset.test_count:,} to test with."
    )
    if is_ready:
        train_link(dataset.name)
    else:
        dataset_note(dataset.name)


def train_link(name: str) -> None:
    """A way to the Train page with this dataset chosen."""
    st.page_link(
        "pages/train.py",
        label="Train on it",
        icon=":material/play_arrow:",
        query_params={"data.dataset": name},
    )
