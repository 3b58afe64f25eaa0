"""Whose robustness is looked at: networks that see pixels, an MLP beside a CNN at first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.config.run import RunConfig
from explorer.data.partition import held_back_images
from explorer.data.words import title_of
from explorer.records import Run
from explorer.storage.checkpoints import Checkpoints
from explorer.ui import cache, state
from explorer.ui.robustness_address import runs_in_address
from explorer.ui.wording import numbered_runs, plain

MOST_RUNS = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """A run under a name that no other has, with the epoch whose weights are asked (0 for a baseline)."""

    run: Run
    name: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: ``view`` begins the names of what a tab remembers, ``help`` says which runs are offered.

    ``accepts`` says whether a run can be asked, ``why_not`` why one can't.
    """

    view: str
    accepts: Callable[[Run], bool]
    why_not: Callable[[Run], str]
    help: str

    def chosen(self) -> tuple[int, ...]:
        """The runs that the choice shows."""
        return tuple(state.said(f"{self.view}.runs", ()))


def can_be_asked(run: Run) -> bool:
    """Whether a run is a network that sees pixels and has finished an epoch."""
    return isinstance(run.config, RunConfig) and run.config.data.features == "pixels" and run.epoch > 0


def first_choice(runs: Sequence[Run]) -> tuple[int, ...]:
    """The newest MLP and the newest CNN on one dataset, else the newest run; runs come newest first.

    Runs with a result go before those that have none (yet); of several datasets the last used is taken.
    """
    for candidates in ([run for run in runs if run.network_result is not None], runs):
        pairs: dict[str, dict[str, int]] = {}
        for run in candidates:
            kinds = pairs.setdefault(run.config.data.dataset, {})
            kinds.setdefault(run.network_config.network.kind, run.id)
        complete = [pair for pair in pairs.values() if len(pair) > 1]
        if complete:
            newest = max(complete, key=lambda pair: max(pair.values()))
            return newest["mlp"], newest["cnn"]
    return tuple(run.id for run in runs[:1])


def choose_runs(runs: Sequence[Run], asking: Asking) -> list[Subject]:
    """Draw the choice; says of runs that were wanted and can't be asked why they are left out."""
    possible = {run.id: run for run in runs if asking.accepts(run)}
    kept, widget = f"{asking.view}.wanted", f"{asking.view}.runs"
    named = runs_in_address() if state.arrived() or not state.is_kept(kept) else None
    if named is not None:
        state.keep(kept, named)
    elif not state.is_kept(kept):
        networks = [run for run in possible.values() if isinstance(run.config, RunConfig)]
        state.keep(kept, first_choice(networks))
    wanted: Sequence[int] = state.recall(kept)
    shown = [run_id for run_id in wanted if run_id in possible][:MOST_RUNS]
    if state.said(widget) != shown:
        state.put(widget, shown)
    names = {run.id: f"{run.id} · {run.name}" for run in possible.values()}
    chosen = st.multiselect(
        "Runs",
        list(possible),
        shown,
        key=state.key_of(widget),
        format_func=lambda run_id: f"{names[run_id]} · {title_of(possible[run_id].config.data.dataset)}",
        max_selections=MOST_RUNS,
        placeholder="Choose up to six networks",
        on_change=_take,
        args=(kept, widget),
        help=asking.help,
    )
    _left_out(wanted, possible, runs, asking)
    found = [_subject(possible[run_id], names[run_id], asking.view) for run_id in chosen]
    return [subject for subject in found if subject is not None]


def say_what_is_missing(subjects: Sequence[Subject], runs: Sequence[Run]) -> None:
    """How to get a CNN, or an MLP, to hold beside the others; and what makes them hard to compare."""
    kinds = {run.network_config.network.kind for run in runs if can_be_asked(run)}
    if "cnn" not in kinds:
        st.info(
            "There is no convolutional network to compare with yet. Train a LeNet with the same images.",
            icon=":material/filter_b_and_w:",
        )
        st.page_link(
            "pages/train.py",
            label="Set up a LeNet",
            icon=":material/play_arrow:",
            query_params={"network.preset": "lenet"} | _dataset_of(subjects),
        )
    elif "mlp" not in kinds:
        st.info(
            "There is no fully connected network to compare with yet: train one on the Train page.",
            icon=":material/compare_arrows:",
        )
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")
    datasets = dict.fromkeys(title_of(subject.run.config.data.dataset) for subject in subjects)
    if len(datasets) > 1:
        st.caption(f"Each run is asked about images of its own dataset: {plain(', '.join(datasets))}.")
    elif len({subject.run.config.data.labels for subject in subjects}) > 1:
        st.caption("These runs learned different labels, and each is asked about images of its own alone.")
    elif len({held_back_images(subject.run.config.data) for subject in subjects}) > 1:
        st.caption("These runs held different validation images back: small differences may be chance.")


def _dataset_of(subjects: Sequence[Subject]) -> dict[str, str]:
    return {"data.dataset": subjects[0].run.config.data.dataset} if subjects else {}


def _take(kept: str, widget: str) -> None:
    state.keep(kept, tuple(state.said(widget, ())))


def _left_out(wanted: Iterable[int], possible: Iterable[int], runs: Sequence[Run], asking: Asking) -> None:
    there_are = {run.id: run for run in runs}
    left_out = [run_id for run_id in wanted if run_id not in possible]
    for run_id in left_out:
        if run_id in there_are:
            st.info(f"Run {run_id} {asking.why_not(there_are[run_id])}.", icon=":material/info:")
    gone = [run_id for run_id in left_out if run_id not in there_are]
    if gone:
        said = numbered_runs(gone)
        why = (
            "is not in the store: it was deleted, or never was"
            if len(gone) == 1
            else "are not in the store: they were deleted, or never were"
        )
        st.info(f"{said[0].upper()}{said[1:]} {why}.", icon=":material/info:")


def _why_not(run: Run) -> str:
    if not isinstance(run.config, RunConfig):
        return "is a classical baseline; only networks are asked here"
    if run.config.data.features != "pixels":
        return "sees HOG features: its images would have to be changed before HOG is computed"
    return no_epoch_yet(run)


ROBUSTNESS = Asking(
    "robustness",
    can_be_asked,
    _why_not,
    f"Networks that see pixels and have finished an epoch; up to {MOST_RUNS}.",
)


def no_epoch_yet(run: Run) -> str:
    """What keeps a network from being asked that has no weights."""
    return "has not finished an epoch yet" if run.status.is_active else "ended before its first epoch"


def _subject(run: Run, name: str, view: str) -> Subject | None:
    """The run with the epoch of its result; of a running run, the one that was newest at the first look."""
    if run.result is not None:
        return Subject(run, name, 0 if run.network_result is None else run.network_result.kept_epoch)
    kept = Checkpoints(cache.settings(), run.id).epochs()
    if not kept:
        st.warning(
            f"**{plain(name)}**: no weights of this run are kept. Train it again to ask it.",
            icon=":material/error:",
        )
        return None
    pinned = f"{view}.epoch:{run.id}"
    epoch: int = state.recall(pinned, kept[-1])
    if epoch not in kept:
        epoch = kept[-1]
    state.keep(pinned, epoch)
    _say_moment(run, epoch, kept[-1], view)
    return Subject(run, name, epoch)


def _say_moment(run: Run, epoch: int, newest: int, view: str) -> None:
    """Which of its epochs a run without a result is shown at; a button for the newest."""
    going = "is still training" if run.status.is_active else title_of(run.status).lower()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Run {run.id} {going}: asked with its weights after epoch {epoch:,}.", width="content")
        if newest != epoch:
            st.button(
                f"Use epoch {newest:,}",
                key=f"{view}.newest:{run.id}",
                icon=":material/update:",
                type="tertiary",
                on_click=state.keep,
                args=(f"{view}.epoch:{run.id}", newest),
            )
