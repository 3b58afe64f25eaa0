"""Whose robustness is looked at: networks that see pixels, an MLP beside a CNN at first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.config.run import RunConfig
from explorer.records import Run
from explorer.storage.checkpoints import Checkpoints
from explorer.ui import cache, state
from explorer.ui.robustness_address import runs_in_address
from explorer.ui.wording import plain, title_of

MOST_RUNS = 6
CHOSEN = "robustness.runs"
WANTED = "robustness.wanted"
EPOCH = "robustness.epoch:"


@dataclass(frozen=True, slots=True)
class Subject:
    """A run under a name that no other has, with the epoch whose weights are asked."""

    run: Run
    name: str
    epoch: int


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


def choose_runs(runs: Sequence[Run]) -> list[Subject]:
    """Draw the choice; says of runs that were wanted and can't be asked why they are left out."""
    possible = {run.id: run for run in runs if can_be_asked(run)}
    named = runs_in_address() if state.arrived() or not state.is_kept(WANTED) else None
    if named is not None:
        state.keep(WANTED, named)
    elif not state.is_kept(WANTED):
        state.keep(WANTED, first_choice(tuple(possible.values())))
    wanted: Sequence[int] = state.recall(WANTED)
    shown = [run_id for run_id in wanted if run_id in possible][:MOST_RUNS]
    if state.said(CHOSEN) != shown:
        state.put(CHOSEN, shown)
    names = {run.id: f"{run.id} · {run.name}" for run in possible.values()}
    chosen = st.multiselect(
        "Runs",
        list(possible),
        shown,
        key=state.key_of(CHOSEN),
        format_func=lambda run_id: f"{names[run_id]} · {title_of(possible[run_id].config.data.dataset)}",
        max_selections=MOST_RUNS,
        placeholder="Choose up to six networks",
        on_change=_take,
        help=f"Networks that see pixels and have finished an epoch; up to {MOST_RUNS}.",
    )
    _left_out(wanted, possible, runs)
    found = [_subject(possible[run_id], names[run_id]) for run_id in chosen]
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
    elif len({_held_back(subject.run) for subject in subjects}) > 1:
        st.caption("These runs held different validation images back: small differences may be chance.")


def _dataset_of(subjects: Sequence[Subject]) -> dict[str, str]:
    return {"data.dataset": subjects[0].run.config.data.dataset} if subjects else {}


def _held_back(run: Run) -> tuple[object, ...]:
    data = run.network_config.data
    return data.train_size, data.validation_size, data.split_seed


def _take() -> None:
    state.keep(WANTED, tuple(state.said(CHOSEN, ())))


def _left_out(wanted: Iterable[int], possible: Iterable[int], runs: Sequence[Run]) -> None:
    there_are = {run.id: run for run in runs}
    for run_id in wanted:
        if run_id not in possible:
            run = there_are.get(run_id)
            why = "is not in the store: it was deleted, or never was" if run is None else _why_not(run)
            st.info(f"Run {run_id} {why}.", icon=":material/info:")


def _why_not(run: Run) -> str:
    if not isinstance(run.config, RunConfig):
        return "is a classical baseline; only networks are asked here"
    if run.config.data.features != "pixels":
        return "sees HOG features: its images would have to be changed before HOG is computed"
    return "has not finished an epoch yet" if run.status.is_active else "ended before its first epoch"


def _subject(run: Run, name: str) -> Subject | None:
    """The run with the epoch of its result; of a running run, the one that was newest at the first look."""
    result = run.network_result
    if result is not None:
        return Subject(run, name, result.kept_epoch)
    kept = Checkpoints(cache.settings(), run.id).epochs()
    if not kept:
        st.warning(
            f"**{plain(name)}**: no weights of this run are kept. Train it again to ask it.",
            icon=":material/error:",
        )
        return None
    pinned = f"{EPOCH}{run.id}"
    epoch: int = state.recall(pinned, kept[-1])
    if epoch not in kept:
        epoch = kept[-1]
    state.keep(pinned, epoch)
    _say_moment(run, epoch, kept[-1])
    return Subject(run, name, epoch)


def _say_moment(run: Run, epoch: int, newest: int) -> None:
    """Which of its epochs a run without a result is shown at; a button for the newest."""
    going = "is still training" if run.status.is_active else title_of(run.status).lower()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Run {run.id} {going}: asked with its weights after epoch {epoch:,}.", width="content")
        if newest != epoch:
            st.button(
                f"Use epoch {newest:,}",
                key=f"robustness.newest:{run.id}",
                icon=":material/update:",
                type="tertiary",
                on_click=state.keep,
                args=(f"{EPOCH}{run.id}", newest),
            )
