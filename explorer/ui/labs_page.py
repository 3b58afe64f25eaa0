"""The Labs page: the experiments of five reports, what was reported beside what is measured here."""

import streamlit as st

from explorer.data.words import in_words, setting_title
from explorer.errors import LabNotFoundError
from explorer.labs import running
from explorer.labs.experiment import Lab
from explorer.ui import guard, shell, state
from explorer.ui.dataset_note import dataset_note
from explorer.ui.labs_evidence import evidence
from explorer.ui.labs_look import LAB, QUICK, asked_lab, look
from explorer.ui.labs_pictures import pictures
from explorer.ui.labs_standing import is_gone, standing
from explorer.ui.labs_table import chosen, chosen_control, table
from explorer.ui.looks_at_test import looks_line
from explorer.ui.pace import live_fragment
from explorer.ui.run_views import view_shown
from explorer.ui.wording import plain

VIEW, UNKNOWN = "labs.view", "labs.unknown"
POLL_SECONDS = 2.0
NAMES = {lab_id: f"{lab_id.capitalize()} report" for lab_id in running.LABS}
VIEWS = {"experiments": "Experiments", "figures": "Figures", "open": "What was left open"}
FIRST_VIEW = next(iter(VIEWS))


def show() -> None:
    """Draw the page."""
    st.title("Labs")
    st.caption(
        "Five student reports on MNIST, experiment by experiment: what each reported, and what comes out "
        "here. The quick version takes about a minute; the whole one can be left and come back to."
    )
    lab, quick = _choice()
    st.subheader(f"{NAMES[lab.id]}: {lab.title}", anchor=False)
    st.markdown(plain(lab.about))
    # A part that redraws itself is known by its place: what may or may not stand before it has its own.
    note, standing_place, view_place, body_place = (st.container() for _ in range(4))
    with note:
        unknown = state.take(UNKNOWN)
        if unknown:
            st.warning(plain(unknown), icon=":material/link_off:")
        ready = dataset_note("mnist")
        if quick and lab.quick:
            st.caption(f":material/bolt: **Quick version:** {_quick_in_words(lab)}")
    with standing_place:
        _Standing(lab, quick, is_ready=ready).draw()
    with view_place:
        view = _view()
    _say_address(lab, quick, view)
    with body_place:
        if view == "experiments":
            _Experiments(lab, quick, is_ready=ready).draw()
        elif view == "figures":
            _Figures(lab, quick).draw()
        else:
            _gaps(lab)
    # What stands above tells of test images in any view.
    looks_line(list(look(lab, quick=quick).runs.values()))


def _choice() -> tuple[Lab, bool]:
    """The lab and the version, of the address where it names them."""
    if state.arrived() or state.said(LAB) is None:
        named = st.query_params.get("lab", "")
        if named and named not in running.LABS:
            state.keep(UNKNOWN, str(LabNotFoundError(named, tuple(running.LABS))))
        if named in running.LABS or state.said(LAB) is None:
            lab_id = named if named in running.LABS else next(iter(running.LABS))
            state.put(LAB, lab_id)
            state.put(QUICK, st.query_params.get("quick", "1") != "0")
            state.put(VIEW, st.query_params.get("view", FIRST_VIEW))
            state.put(chosen_control(running.LABS[lab_id]), st.query_params.get("experiment"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Report",
            list(running.LABS),
            default=state.said(LAB),
            key=state.key_of(LAB),
            required=True,
            persist_state="session",
            format_func=NAMES.__getitem__,
            help="In the order of their files.",
        )
        st.toggle(
            "Quick version",
            value=state.said(QUICK),
            key=state.key_of(QUICK),
            persist_state="session",
            help="Fewer images, epochs and repeats: shows the effect, and is not judged by the numbers.",
        )
    return asked_lab()


def _view() -> str:
    said = state.said(VIEW)
    chosen_view = st.segmented_control(
        "View",
        list(VIEWS),
        default=said if said in VIEWS else FIRST_VIEW,
        key=state.key_of(VIEW),
        required=True,
        persist_state="session",
        format_func=VIEWS.__getitem__,
        label_visibility="collapsed",
    )
    return str(chosen_view or FIRST_VIEW)


def _say_address(lab: Lab, quick: bool, view: str) -> None:
    experiment = chosen(lab)
    wanted = {"lab": lab.id, "quick": "1" if quick else "0"}
    if view != FIRST_VIEW:
        wanted["view"] = view
    elif experiment is not None:
        wanted["experiment"] = experiment.id
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def _quick_in_words(lab: Lab) -> str:
    settings = "; ".join(
        f"{setting_title(path).lower()} {in_words(value)}" for path, value in (lab.quick or {}).items()
    )
    repeats = "one run" if lab.quick_repeats == 1 else f"at most {lab.quick_repeats} runs"
    return plain(
        f"{settings}; {repeats} an experiment. It shows the effect; the titles name the whole version."
    )


class _Standing:
    """Progress, guess and buttons, redrawn while runs of the lab wait or train."""

    def __init__(self, lab: Lab, quick: bool, *, is_ready: bool) -> None:
        self._lab, self._quick, self._is_ready = lab, quick, is_ready
        now = look(lab, quick=quick)
        self._is_active, self._is_gone = now.progress.is_active, is_gone(now)

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_active or self._is_gone else None)

    def _body(self) -> None:
        with guard.in_words():
            now = look(self._lab, quick=self._quick)
            standing(now, is_ready=self._is_ready)
            if (now.progress.is_active, is_gone(now)) != (self._is_active, self._is_gone):
                st.rerun()


class _Experiments:
    """The table, redrawn while the lab trains, and below it the evidence of the chosen experiment."""

    def __init__(self, lab: Lab, quick: bool, *, is_ready: bool) -> None:
        self._lab, self._quick, self._chosen, self._is_ready = lab, quick, chosen(lab), is_ready
        self._now = look(lab, quick=quick)
        self._run_view = view_shown()

    def draw(self) -> None:
        """Register both fragments, each in a place of its own."""
        table_place, evidence_place = st.container(), st.container()
        with table_place:
            live_fragment(self._table, POLL_SECONDS if self._now.progress.is_active else None)
        with evidence_place:
            experiment = self._chosen
            is_live = experiment is not None and self._now.is_active(experiment)
            live_fragment(self._evidence, POLL_SECONDS if is_live else None)

    def _table(self) -> None:
        with guard.in_words():
            table(look(self._lab, quick=self._quick))
            if chosen(self._lab) != self._chosen:
                st.rerun()  # another row was chosen

    def _evidence(self) -> None:
        with guard.in_words():
            now = look(self._lab, quick=self._quick)
            run = evidence(now, chosen(self._lab), is_ready=self._is_ready)
            if chosen(self._lab) != self._chosen:
                st.rerun()
            if run is not None and view_shown() != self._run_view:
                shell.open_run(run.id)  # something was pressed that the run's own page shows


class _Figures:
    """The pictures of the whole lab, redrawn while it trains."""

    def __init__(self, lab: Lab, quick: bool) -> None:
        self._lab, self._quick = lab, quick
        self._is_active = look(lab, quick=quick).progress.is_active

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_active else None)

    def _body(self) -> None:
        with guard.in_words():
            pictures(look(self._lab, quick=self._quick))


def _gaps(lab: Lab) -> None:
    st.markdown("**What the report leaves open, and how it was read here**")
    for gap in lab.gaps:
        with st.expander(plain(gap.unsaid), icon=":material/help_center:"):
            st.markdown(f"**{plain(gap.reading)}** {plain(gap.why)}")
    if lab.readings:
        lines = [f"- {plain(titles)}: {plain(reading)}" for reading, titles in lab.readings.items()]
        st.caption("\n".join(lines))
