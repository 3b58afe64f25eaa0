"""A visitor without a browser: sessions over the dashboard's websocket, each redraw of a page timed.

Run as a program with an address and a JSON object, ``{"views": [[page, query], …], "redraws": n}``,
``{"page": [page, query], "sessions": n, "seconds": s}`` or ``{"drawn": query, "strokes": n}``, it prints
JSON.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from threading import Barrier, BrokenBarrierError, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Navigation_pb2 import Navigation
from websockets.sync.client import connect

from explorer.errors import ExplorerError

PATIENCE_SECONDS = 60.0
SETTLED_SECONDS = 0.5  # the pace of a page that waits for an answer is faster, that of live figures slower
VIEW = "run_panel.view"
_LATER = ForwardMsg.FINISHED_EARLY_FOR_RERUN  # the script asked to be run again


class VisitError(ExplorerError):
    """A page could not be drawn."""


@dataclass
class Session:
    """One tab. ``choices`` are the options of each choice by buttons that is on the page, by its key."""

    address: str
    page: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    paces: dict[str, float] = field(default_factory=dict)  # seconds, by the fragment that redraws itself
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)  # what components of ours were given, by their names

    def __enter__(self) -> Self:
        self._opened = connect(
            f"{self.address.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            proxy=None,
            open_timeout=PATIENCE_SECONDS,
        )
        self._socket = self._opened.__enter__()
        self._ids: dict[str, str] = {}
        self._chosen: dict[str, str] = {}
        self._told: dict[str, Any] = {}
        self._components: dict[str, tuple[str, str]] = {}  # id and fragment, by the component's name
        self._page_hash = ""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def choose(self, key: str, option: str) -> None:
        """Press one of the buttons; felt at the next ``draw``."""
        self._chosen[key] = option

    def tell(self, component: str, value: Mapping[str, Any]) -> float:
        """Have a component of ours say something; seconds until its fragment is redrawn."""
        if component not in self._components:
            raise VisitError(f"There is no {component} on {self._name}.")
        widget, fragment = self._components[component]
        self._told[widget] = value
        return self.draw(fragment, is_paced=False)

    def draw(self, fragment: str = "", *, is_paced: bool = True) -> float:
        """Have the page drawn, or one of its fragments as its own pace would; seconds until it is done."""
        if not fragment:
            self.paces.clear()
        started, elements = time.perf_counter(), 0
        asked = self._state(fragment, is_paced=is_paced)
        self._socket.send(BackMsg(rerun_script=asked).SerializeToString())
        while True:
            message = ForwardMsg.FromString(self._received())
            kind = message.WhichOneof("type")
            if kind == "script_finished" and message.script_finished != _LATER:
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise VisitError(f"The page {self._name} has an error in its script.")
                if not elements:
                    raise VisitError(f"Nothing was drawn on {self._name}.")
                return time.perf_counter() - started
            elements += kind == "delta"
            self._note(message, kind)

    @property
    def is_settled(self) -> bool:
        """Whether nothing on the page waits for an answer that is being worked out."""
        return not any(pace < SETTLED_SECONDS for pace in self.paces.values())

    @property
    def _name(self) -> str:
        return f"/{self.page}?{urlencode(self.query)}"

    def _received(self) -> bytes:
        try:
            received = self._socket.recv(PATIENCE_SECONDS)
        except TimeoutError:
            raise VisitError(
                f"The page {self._name} was not drawn within {PATIENCE_SECONDS:.0f} s."
            ) from None
        return received if isinstance(received, bytes) else received.encode()

    def _state(self, fragment: str, *, is_paced: bool) -> ClientState:
        state = ClientState(
            query_string=urlencode(self.query),
            page_name="" if self._page_hash else self.page,
            page_script_hash=self._page_hash,
            fragment_id=fragment,
            is_auto_rerun=bool(fragment) and is_paced,
        )
        for key, option in self._chosen.items():
            widget = state.widget_states.widgets.add()
            widget.id = self._ids[key]
            widget.string_array_value.data.append(option)
        for widget_id, value in self._told.items():
            state.widget_states.widgets.add(id=widget_id, json_value=json.dumps(value))
        return state

    def _note(self, message: ForwardMsg, kind: str | None) -> None:
        if kind == "navigation":
            self._note_page(message.navigation)
        elif kind == "auto_rerun":
            self.paces[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "page_not_found":
            raise VisitError(f"There is no page {self._name}.")
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception":
                raise VisitError(f"The page {self._name} shows: {element.exception.message}")
            if element.WhichOneof("type") == "alert" and element.alert.format == Alert.ERROR:
                raise VisitError(f"The page {self._name} says: {element.alert.body}")
            if element.WhichOneof("type") == "bidi_component":
                self._note_component(element.bidi_component, message.delta.fragment_id)
            if element.WhichOneof("type") == "button_group":
                self._note_choice(element.button_group)

    def _note_page(self, navigation: Navigation) -> None:
        """Which page is drawn now; the first redraw of a session would else be of another page."""
        self._page_hash = navigation.page_script_hash
        drawn = next(page for page in navigation.app_pages if page.page_script_hash == self._page_hash)
        if (drawn.url_pathname or "") != self.page and not (drawn.is_default and not self.page):
            raise VisitError(f"The page {self._name} was asked for, and /{drawn.url_pathname} was drawn.")

    def _note_component(self, component: Any, fragment: str) -> None:
        name = component.component_name.rpartition(".")[2]
        self._components[name] = component.id, fragment
        self.shown[name] = component.json

    def _note_choice(self, group: Any) -> None:
        key = group.id.rpartition("-")[2]
        self._ids[key] = group.id
        self.choices[key] = tuple(option.content for option in group.options)


def first_look(session: Session) -> float:
    """Seconds of the first look at a page; afterwards nothing on it is awaited any more."""
    first = session.draw()
    settle(session)
    return first


def settle(session: Session) -> None:
    """Draw until no answer is awaited."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not session.is_settled:
        if time.monotonic() > deadline:
            raise VisitError(f"What {session.page} asks was not answered in {PATIENCE_SECONDS:.0f} s.")
        time.sleep(0.2)
        session.draw()


def redraw_times(
    address: str, pages: Sequence[tuple[str, Mapping[str, str]]], redraws: int
) -> dict[str, dict[str, list[float]]]:
    """Seconds of each page's (and each view's) first and later looks; they take turns.

    A page with the views of a run is opened once a view.
    """
    with ExitStack() as tabs:
        sessions, firsts = _opened(address, pages, tabs)
        times: dict[str, list[float]] = {name: [] for name in sessions}
        for _ in range(redraws):
            for name, session in sessions.items():
                times[name].append(session.draw())
    return {name: {"first": [firsts[name]], "redraws": times[name]} for name in sessions}


def _opened(
    address: str, pages: Sequence[tuple[str, Mapping[str, str]]], tabs: ExitStack
) -> tuple[dict[str, Session], dict[str, float]]:
    sessions: dict[str, Session] = {}
    firsts: dict[str, float] = {}
    for page, query in pages:
        session = tabs.enter_context(Session(address, page, query))
        first = first_look(session)
        name = " ".join(
            [page or "train", *(f"{key}={value}" for key, value in query.items() if key != "run")]
        )
        options = session.choices.get(VIEW, ()) if page == "run" else ()
        for option in options:
            view = tabs.enter_context(Session(address, page, query))
            first_look(view)
            view.choose(VIEW, option)
            looked = view.draw()
            settle(view)
            sessions[f"{name} · {option}"], firsts[f"{name} · {option}"] = view, looked
        if not options:
            sessions[name], firsts[name] = session, first
    return sessions, firsts


def live_times(
    address: str, page: str, query: Mapping[str, str], sessions: int, seconds: float
) -> dict[str, list[float]]:
    """Seconds of each live update of so many tabs of one page, each at its own pace, for so long.

    ``since`` and ``until`` are seconds since 1970, between which all were open and did nothing else.
    """
    updates: list[float] = []
    failures: list[str] = []
    since: list[float] = []
    drawn = Barrier(sessions, lambda: since.append(time.time()))

    def watch(number: int) -> None:
        try:
            with Session(address, page, query) as session:
                session.draw()
                if not session.paces:
                    raise VisitError(f"Nothing on {page} is live.")
                fragment, pace = max(session.paces.items(), key=lambda entry: entry[1])
                drawn.wait(PATIENCE_SECONDS)
                time.sleep(pace * number / sessions)
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    took = session.draw(fragment)
                    updates.append(took)
                    fragment = fragment if fragment in session.paces else next(iter(session.paces), fragment)
                    pace = session.paces.get(fragment, pace)  # more tabs may have come
                    time.sleep(max(0.0, pace - took))
        except BrokenBarrierError:
            return  # another tab failed, which is told
        except Exception as error:  # noqa: BLE001 -- told by the main thread
            drawn.abort()
            failures.append(f"{type(error).__name__}: {error}")

    watchers = [Thread(target=watch, args=(number,)) for number in range(sessions)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    if failures:
        raise VisitError(f"{len(failures)} of {sessions} tabs failed; the first: {failures[0]}")
    return {
        "updates": updates,
        "median": [median(updates)],
        "since": since,
        "until": [since[0] + seconds],
    }


def answer_times(address: str, query: Mapping[str, str], strokes: int) -> dict[str, list[float]]:
    """Seconds from the end of each of so many strokes on the drawing pad to the answers of all the runs."""
    with Session(address, "draw", query) as session:
        first_look(session)
        times = []
        for number in range(1, strokes + 1):
            x = 250 + 500 * number // strokes
            points = [value for step in range(50) for value in (x - 4 * step, 200 + 12 * step)]
            stroke = {"points": points, "width": 80, "erases": False}
            told = {"drawing": {"seq": number, "strokes": [stroke]}}
            times.append(session.tell("drawing_pad", told))
            if any(card["answer"] is None for card in json.loads(session.shown["answer_bars"])["cards"]):
                raise VisitError("A drawing was not answered.")
    return {"answers": times}


def main(address: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the program prints."""
    if "views" in wanted:
        return redraw_times(address, wanted["views"], wanted["redraws"])
    if "drawn" in wanted:
        return answer_times(address, wanted["drawn"], wanted["strokes"])
    page, query = wanted["page"]
    return live_times(address, page, query, wanted["sessions"], wanted["seconds"])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))) + "\n")
