"""The Guide page: from the first run to the first insights, step by step."""

import secrets
from collections.abc import Mapping

import streamlit as st

from explorer.config.fields import config_to_query
from explorer.config.sweeping import group_name
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.records import Run, RunStatus
from explorer.ui import cache, guard, run_views, shell, state, sweep_address
from explorer.ui.guide_findings import finding
from explorer.ui.guide_places import PLACES, Place
from explorer.ui.guide_steps import STEPS, Step, config_of, is_done, run_of
from explorer.ui.pace import live_fragment
from explorer.ui.results_status import stage_in_words
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

STEP, SEEN = "guide.step", "guide.address"
GO, REFUSAL = "guide.go", "guide.refusal"
LOOKED = "guide.looked"  # in the store: the steps whose place was opened, by name
POLL_SECONDS = 1.0

Going = tuple[str, Mapping[str, str]]


def show() -> None:
    """Draw the page."""
    going: Going | None = state.take(GO)
    if going is not None:
        st.switch_page(shell.PAGES / f"{going[0]}.py", query_params=dict(going[1]))
    st.title("Guide")
    st.caption(
        "Eight small experiments with the bundled digits, about ten minutes in all. Each sets itself up "
        "with a button, and has a question that its result answers. Take them in any order."
    )
    number = _number()
    steps = tuple(step for step in STEPS if _is_there(step))
    number = min(number, len(steps))
    now = _Now()
    done = tuple(now.is_done(step) for step in steps)
    left, right = st.columns([4, 9], gap="large")
    with left:
        st.progress(sum(done) / len(steps), f"{sum(done)} of {len(steps)} steps done")
        _list(steps, done, number)
    with right, st.container(border=True):
        _step(steps[number - 1], number, len(steps), now)
    if all(done):
        _end()
    _show_number(number)


class _Now:
    """What the store holds of the guide's runs."""

    def __init__(self) -> None:
        every = [run for run in cache.store().runs() if run.config.data.dataset == "digits"]
        self._runs = {name: run_of(name, every) for name in {name for step in STEPS for name in step.runs}}
        self._looked = frozenset(cache.store().setting(LOOKED, default=[]))

    def of(self, step: Step) -> dict[str, Run | None]:
        """The runs of a step, by name."""
        return {name: self._runs[name] for name in step.runs}

    def missing(self, step: Step) -> tuple[str, ...]:
        """The runs of a step that have to be started."""
        return tuple(
            name
            for name, run in self.of(step).items()
            if run is None or not (is_done(run) or run.status.is_active)
        )

    def found(self, step: Step) -> str:
        """What came out of a step; empty where that is not known yet."""
        runs = {name: run for name, run in self.of(step).items() if run is not None and is_done(run)}
        return finding(step.name, cache.store(), runs) if len(runs) == len(step.runs) else ""

    def is_done(self, step: Step) -> bool:
        """Whether the step's experiment was made, and where there is something to look at, was looked at."""
        return bool(self.found(step)) and (step.name not in _TO_LOOK_AT or step.name in self._looked)


_TO_LOOK_AT = tuple(step.name for step in STEPS if step.needs and step.name != "draw")


def _is_there(step: Step) -> bool:
    return step.name != "draw" or (shell.PAGES / "draw.py").exists()


def _number() -> int:
    """The step that is shown, counted from 1: the one that was chosen, or that a new address names."""
    text = st.query_params.get("step", "")
    if text != state.recall(SEEN, "") and not (state.arrived() and not text):
        named = int(text) if text.isdecimal() and len(text) < 3 else 1
        state.keep(STEP, min(max(named, 1), len(STEPS)))
    number: int = state.recall(STEP, 1)
    return number


def _show_number(number: int) -> None:
    text = str(number) if number > 1 else ""
    st.query_params.from_dict({"step": text} if text else {})
    state.keep(SEEN, text)


def _go_to(number: int) -> None:
    state.keep(STEP, number)


def _list(steps: tuple[Step, ...], done: tuple[bool, ...], number: int) -> None:
    small = is_phone()
    with st.container(horizontal=small, gap="small" if small else "xxsmall"):
        for place, (step, is_over) in enumerate(zip(steps, done, strict=True), start=1):
            st.button(
                str(place) if small else f"{place} · {step.title}",
                key=f"guide.step:{place}",
                icon=":material/check_circle:" if is_over else ":material/radio_button_unchecked:",
                type="secondary" if place == number else "tertiary",
                on_click=_go_to,
                args=(place,),
            )


def _step(step: Step, number: int, count: int, now: _Now) -> None:
    st.subheader(f"{number} · {step.title}", anchor=False)
    st.markdown(step.text)
    st.markdown(f":material/help: **{step.question}**")
    with st.container():  # what stands below keeps its place when the message goes
        refusal = state.take(REFUSAL)
        if refusal:
            st.error(plain(refusal), icon=":material/error:")
    needed = next((other for other in STEPS if other.name == step.needs), None)
    if needed is not None and now.missing(needed):
        place = STEPS.index(needed) + 1
        st.info(f"This needs the network of step {place}.", icon=":material/arrow_upward:")
        st.button(f"To step {place}", icon=":material/arrow_back:", on_click=_go_to, args=(place,))
        return
    with st.container():
        _troubles(step, now)
    _buttons(step, now)
    is_live = any(run is not None and run.status.is_active for run in now.of(step).values())
    live_fragment(lambda: _outcome(step, is_live=is_live), POLL_SECONDS if is_live else None)
    if number < count and now.is_done(step):
        st.button(
            "Next step", icon=":material/arrow_forward:", type="primary", on_click=_go_to, args=(number + 1,)
        )


def _buttons(step: Step, now: _Now) -> None:
    missing, runs = now.missing(step), now.of(step)
    with st.container(horizontal=True):
        if missing and step.start:
            st.button(
                step.start,
                icon=":material/play_arrow:",
                type="primary",
                key=f"guide.start:{step.name}",
                on_click=_start,
                args=(step,),
                help="Trains in the background, on the bundled digits; it takes seconds.",
            )
        known = {name: run for name, run in runs.items() if run is not None}
        if len(known) == len(runs) and not missing:
            for place in PLACES[step.name]:
                st.button(
                    place.label,
                    icon=place.icon,
                    key=f"guide.look:{step.name}:{place.label}",
                    type="secondary" if now.is_done(step) else "primary",
                    on_click=_open,
                    args=(step, place, known),
                )


def _troubles(step: Step, now: _Now) -> None:
    for run in now.of(step).values():
        if run is None or run.status.is_active or is_done(run):
            continue
        if run.status is RunStatus.FAILED:
            st.error(plain(run.reason), icon=":material/error:", title=f"Run {run.id} failed")
        else:
            st.info(
                f"Run {run.id} ({plain(run.name)}) was {run.status.value} before its end. Start it anew "
                "here, or open it on the Runs page to let it go on.",
                icon=":material/pause_circle:",
            )


def _outcome(step: Step, *, is_live: bool) -> None:
    """How far the runs are, and what came out; drawn again while one of them trains."""
    with guard.in_words():
        now = _Now()
        runs = [run for run in now.of(step).values() if run is not None]
        going = [run for run in runs if run.status.is_active]
        if bool(going) != is_live:
            st.rerun()
        if going:
            shares = [
                1.0 if not run.status.is_active else run.step / run.total_steps if run.total_steps else 0.0
                for run in runs
            ]
            ended = len(runs) - len(going)
            told = f"{ended} of {len(step.runs)} trained · " if len(step.runs) > 1 else ""
            st.progress(min(sum(shares) / len(step.runs), 1.0), f"{told}{_doing(going[0])}")
            return
        found = now.found(step)
        if found and now.is_done(step):
            with st.container(border=False):
                st.success(found, icon=":material/lightbulb:", title="What came out")
        elif not now.missing(step) and not now.is_done(step):
            st.caption(_HINTS.get(step.name, "Look at it, and come back here for the answer in numbers."))


_HINTS = {
    "shift": "Open Robustness and wait for its two curves; then come back here.",
    "draw": "This step is done when a drawing was kept.",
}


def _doing(run: Run) -> str:
    if run.status is RunStatus.QUEUED:
        return f"run {run.id} waits for a worker; the first one takes some seconds to start"
    return f"run {run.id}: {plain(stage_in_words(run))}"


def _start(step: Step) -> None:
    """Queue the runs that are missing, and go where they can be watched."""
    names = _Now().missing(step)
    if not names:
        return  # a press just before this one queued them
    is_sweep = step.name == "rate"
    configs = [config_of(name) for name in (step.runs if is_sweep else names)]  # a sweep is looked at whole
    try:
        if len(configs) == 1:
            run = queue.submit(cache.store(), cache.settings(), configs[0])
        elif is_sweep:
            group = group_name("sweep", ["optimizer.learning_rate"], secrets.token_hex(3))
            queue.submit_group(cache.store(), cache.settings(), configs, group)
        else:
            group = f"guide {secrets.token_hex(3)} · {step.title.lower()}"
            queue.submit_group(cache.store(), cache.settings(), configs, group)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
        return
    if step.name == "first":
        state.keep(GO, ("train", {"run": str(run.id), **config_to_query(configs[0])}))
    elif is_sweep:
        state.keep(GO, ("sweep", {sweep_address.GROUP: sweep_address.token_of(group)}))


def _open(step: Step, place: Place, runs: Mapping[str, Run]) -> None:
    """Leave for what the step looks at, and remember that it was looked at."""
    try:
        looked = cache.store().setting(LOOKED, default=[])
        cache.store().set_setting(LOOKED, sorted({*looked, step.name}))
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
        return
    if place.view:
        run_views.show_view(place.view)
    state.keep(GO, (place.page, place.parameters(runs)))


def _end() -> None:
    st.success(
        "You have seen a network learn, fail, and be looked into. Go on with your own questions: "
        "**Backprop** takes one step of the training apart, **Classical** does without networks, and "
        "**Sweep** searches for something better than what you have.",
        icon=":material/school:",
        title="That was the guide",
    )
