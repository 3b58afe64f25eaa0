"""What redraws itself keeps its place on the page: Streamlit ignores the clicks in a part that moved."""

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage

from explorer.config.axes import Axis
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import guide_page, workers_page
from explorer.ui.runs_dialogs import MESSAGE

from .conftest import Opener, add_run, texts
from .recorded import record_run
from .sweeps import RATE, make_group


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The places at which something was drawn that redraws itself; cleared by the test."""
    register, noted = MemoryFragmentStorage.register, set[str]()

    def note(self: MemoryFragmentStorage, key: str, *others: object, **more: object) -> None:
        noted.add(key)
        register(self, key, *others, **more)

    monkeypatch.setattr(MemoryFragmentStorage, "register", note)
    return noted


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("runs", MESSAGE),
        ("workers", workers_page.MESSAGE),
        ("guide", guide_page.REFUSAL),
    ],
)
def test_nothing_moves_when_a_message_is_shown(
    store: Store, open_page: Opener, places: set[str], page: str, name: str
):
    add_run(store, RunStatus.RUNNING)
    tab = open_page(page)
    places.clear()
    tab.run()
    before = set(places)
    assert before
    tab.session_state[name] = "Something is to be said."
    places.clear()
    tab.run()
    assert "Something is to be said." in texts([*tab.info, *tab.error])
    assert places == before


def test_nothing_moves_when_another_run_of_a_comparison_is_gone(
    store: Store, home: Settings, open_page: Opener, places: set[str]
):
    runs = [record_run(store, home, RunStatus.RUNNING, epochs=2) for _ in range(3)]
    tab = open_page("compare", runs=",".join(str(run.id) for run in runs))
    places.clear()
    tab.run()
    before = set(places)
    assert before
    store.end(runs[0].id, RunStatus.STOPPED)
    store.delete(runs[0].id)
    places.clear()
    tab.run()
    assert "There is no run" in texts(tab.info)
    assert places == before


def test_nothing_moves_when_there_is_another_sweep_to_choose(
    store: Store, open_page: Opener, places: set[str]
):
    make_group(store, Axis(RATE, (0.001, 0.01)))
    tab = open_page("sweep")
    places.clear()
    tab.run()
    before = set(places)
    assert before
    make_group(store, Axis(RATE, (0.001, 0.01)), group="sweep 9bd4e0 · learning rate")
    places.clear()
    tab.run()
    assert "Sweep" in [box.label for box in tab.selectbox]
    assert places == before


def test_nothing_moves_when_an_address_was_refused_and_that_was_read(
    store: Store, open_page: Opener, places: set[str]
):
    tab = open_page("train", **{"optimizer.learning_rate": "30", "data.dataset": "mnist"})  # it is not here
    assert "Not everything in this address could be used" in [warning.proto.title for warning in tab.warning]
    before = set(places)
    assert before
    places.clear()
    next(button for button in tab.button if button.label == "Understood").click().run()
    assert not tab.warning
    assert places == before
