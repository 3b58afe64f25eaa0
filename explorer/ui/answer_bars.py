"""How sure each of several runs is of each class: bars that change in place, in the browser's next frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.ui.browser_source import source

STYLE = source("answer_bars.css")
SCRIPT = source("answer_bars.js")

# Plotly takes a tenth of a second in the browser for each figure that changes; these take none.
_mount = st.components.v2.component(
    "explorer.answer_bars",
    html='<div class="answers" role="group" aria-label="Answers" aria-live="polite"></div>',
    css=STYLE,
    js=SCRIPT,
)


@dataclass(frozen=True, slots=True)
class Card:
    """One run's answer: a share for each class, in [0, 1]; none while there is nothing to answer."""

    title: str
    names: tuple[str, ...]
    values: tuple[float, ...] = ()
    note: str = ""

    @property
    def answer(self) -> int | None:
        """The class of the greatest share."""
        return max(range(len(self.values)), key=self.values.__getitem__) if self.values else None


def answer_bars(cards: Sequence[Card], *, key: str) -> None:
    """Draw a card for each run, side by side as far as there is room."""
    _mount(key=key, data={"cards": [as_data(card) for card in cards]}, width="stretch", height="content")


def as_data(card: Card) -> dict[str, Any]:
    """What the browser gets of a card."""
    return {
        "title": card.title,
        "names": list(card.names),
        "values": [round(value, 6) for value in card.values],
        "answer": card.answer,
        "note": card.note,
    }
