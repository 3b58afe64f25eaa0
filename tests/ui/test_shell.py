from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import ROOT, Opener, texts

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_store(page: str, store: Store, open_page: Opener):
    tab = open_page(page)
    assert not tab.exception
    assert not tab.error


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_run_without_its_frame_calls_the_frame(page: str, store: Store):
    # So Streamlit does with the first request of a process, for want of a call of st.navigation.
    tab = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=120).run()
    assert not tab.exception
    assert "Train" in [button.label for button in tab.button]


def test_a_page_stays_framed_over_many_runs(store: Store, open_page: Opener):
    tab = open_page("workers")
    for _ in range(3):
        tab.run()
        assert "Workers" in texts(tab.title)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_trace_when_the_store_is_damaged(page: str, home: Settings, open_page: Opener):
    (home.home / "explorer.db").write_bytes(b"this is no database" * 100)
    tab = open_page(page)
    assert not tab.exception
    assert len(tab.error) == 1
    assert "Traceback" not in texts(tab.error)


def test_a_home_that_is_a_file_is_told_in_words(
    home: Settings, open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "file"))
    tab = open_page()
    assert not tab.exception
    assert len(tab.error) == 1
    assert str(tmp_path / "file") in texts(tab.error).replace("\\", "")


def test_help_explains_the_two_kinds_of_silent_units(store: Store, open_page: Opener):
    text = texts(open_page("help").markdown)
    assert "Dead unit" in text
    assert "Not the same as dead" in text
