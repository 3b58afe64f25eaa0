"""Links to be passed on: of a whole configuration, of a run, or of a lesson made of it."""

from collections.abc import Mapping
from functools import cache
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import config_to_query, field
from explorer.config.kinds import AnyConfig
from explorer.config.run import RunConfig
from explorer.records import Run
from explorer.ui import lesson
from explorer.ui.lesson import Lesson
from explorer.ui.shell import PAGES

PARTS = {lesson.SEEDS: "The choice of seeds", lesson.PREVIEW: "The preview of the outcome"}


def link(page: str, parameters: Mapping[str, str]) -> str:
    """The whole address of a page of this dashboard, as the browser reaches it; ``""`` is the Train page."""
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    folders = parts.path.rstrip("/").split("/")
    if folders[-1] in _pages():
        folders.pop()
    path = "/".join([*folders, page]) or "/"
    query = urlencode(parameters, quote_via=quote, safe=",:")
    return urlunsplit((parts.scheme, parts.netloc, path if path.startswith("/") else f"/{path}", query, ""))


def link_of_config(config: AnyConfig, made: Lesson | None = None) -> str:
    """Opens the form with a configuration, of which only what differs from the defaults is named."""
    page = "classical" if isinstance(config, BaselineConfig) else ""
    return link(page, config_to_query(config) | (made.parameters() if made is not None else {}))


def copy_link_button(config: RunConfig) -> None:
    """A button that opens the link of what the Train form says; it stays open while a run goes on."""
    with st.popover(
        "Copy link",
        key="copy_link.config",
        icon=":material/link:",
        type="tertiary",
        help="A link that opens this page with these very settings, or a lesson made of them.",
    ):
        links_of_settings(config)


def copy_run_link_button(run: Run) -> None:
    """A button that opens the link of a run and that of its settings."""
    with st.popover(
        "Copy link",
        key=f"copy_link.run:{run.id}",
        icon=":material/link:",
        type="tertiary",
        help="A link to this run, or to its settings on the Train page.",
    ):
        st.markdown("**This run**: its curves and its views, for all who use this dashboard")
        _shown(link("run", {"run": str(run.id)}))
        if isinstance(run.config, RunConfig):
            links_of_settings(run.config)
        else:
            st.markdown("**Its settings**: opens the Classical page with them")
            _shown(link_of_config(run.config))


def links_of_settings(config: RunConfig) -> None:
    """Draw the link of a configuration, and the choice of what makes a lesson of it."""
    st.markdown("**These settings**: opens the Train page with them")
    _shown(link_of_config(config))
    is_lesson = st.toggle(
        "Make a lesson of it",
        key="copy_link.is_lesson",
        help="Fixes settings or takes them off the page, so that whoever opens the link turns the others.",
    )
    if not is_lesson:
        return
    locked = _pick("Lock", "Shown with its value, and can't be changed.", lesson.lockable(), "lock")
    hidden = _pick("Hide", "Not on the page; the runs still have its value.", _hideable(), "hide")
    made = Lesson(tuple(locked), tuple(hidden))
    if made:
        st.markdown("**The lesson**")
        _shown(link_of_config(config, made))
    else:
        st.caption("Choose what to lock or to hide: whole topics, or single settings.")


def _pick(label: str, help_text: str, names: tuple[str, ...], key: str) -> list[str]:
    return st.multiselect(
        label,
        names,
        format_func=name_of,
        key=f"copy_link.{key}",
        help=help_text,
        placeholder="Topics or settings",
    )


def _hideable() -> tuple[str, ...]:
    return (*lesson.lockable(), *PARTS)


def name_of(name: str) -> str:
    """What a name of a lesson's lists stands for, as the page calls it."""
    if name in PARTS:
        return PARTS[name]
    entry = field(name)
    section = (entry.section if entry is not None else name).rpartition(".")[2].replace("_", " ")
    if entry is None:
        return f"All of {'HOG' if section == 'hog' else section}"
    return f"{entry.title} · {section}" if section else entry.title


@cache
def _pages() -> frozenset[str]:
    return frozenset(path.stem for path in PAGES.glob("*.py"))


def _shown(address: str) -> None:
    st.code(address, language=None, wrap_lines=True)
