"""Whether the best of the compared repeats beats the others, seed by seed, or more seeds are needed."""

from collections.abc import Sequence
from statistics import fmean

import streamlit as st

from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.evaluation.entries import Entry
from explorer.evaluation.paired import Comparison, in_a_sentence
from explorer.evaluation.repeats import Part, answers, compare_repeats, missing, part_of, why_not
from explorer.jobs import queue
from explorer.records import Run, RunStatus
from explorer.ui import cache, compare_address, state
from explorer.ui.wording import plain

REFUSAL, NEW = "compare.verdict.refusal", "compare.verdict.new"
OTHERS = 3  # beside the next best
EXPLAINED = (
    "The difference is taken seed by seed, since runs of one seed see the same images in the same order; ± "
    "is the 95 % confidence interval of its mean (Student, 1908). It tells how much is the luck of the "
    "seed, not that of these images."
)
ADDED = (
    "Queues the same settings with further seeds; they join the comparison. Adding seeds until a verdict "
    "comes makes it less sure: where there is no difference, one is then found about once in ten times, "
    "not once in twenty."
)


def verdict(entries: Sequence[Entry]) -> None:
    """Say who wins by accuracy, or what to add; nothing where there are no two networks to compare."""
    if state.take(NEW):
        st.rerun()  # the whole page, not only what redraws itself: the choice above has changed
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")
    networks = [entry for entry in entries if all(isinstance(run.config, RunConfig) for run in entry.runs)]
    part = part_of([run for entry in networks for run in entry.runs])
    ranked = sorted(networks, key=lambda entry: -(_mean(entry, part) or 0.0))
    measured = list[Entry]()
    for entry in ranked:
        if _mean(entry, part) is not None and not any(_is_same(entry, other) for other in measured):
            measured.append(entry)
    if len(measured) < 2:
        return
    first, second, *others = measured
    waiting = sum(run.status.is_active for entry in (first, second) for run in entry.runs)
    if waiting:
        runs = "run" if waiting == 1 else "runs"
        st.caption(
            f":material/balance: Who is better is told once {waiting} more {runs} of the best two have ended."
        )
        return
    reason = why_not(first.runs, second.runs, part)
    if reason:
        st.caption(f":material/balance: The best two can't be told apart. {reason}")
        return
    names = _names(measured)
    found = compare_repeats(first.runs, second.runs, part)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/balance: **{_told(found, first, second, names)}**", width="content")
        _add_button(found, first, second)
    _explained(found, part, is_chosen=len(measured) > 2)
    for entry in others[:OTHERS]:
        if len(entry.runs) > 1 and not entry.is_active and not why_not(first.runs, entry.runs, part):
            st.caption(_told(compare_repeats(first.runs, entry.runs, part), first, entry, names))


def _told(found: Comparison | None, first: Entry, second: Entry, names: dict[str, str]) -> str:
    ours, theirs = plain(names[first.name]), plain(names[second.name])
    if found is None:
        return f"{ours} and {theirs} have no seed in common."
    sentence = in_a_sentence(found, ours, theirs)
    if sentence.startswith("Cannot"):
        seeds = "one seed" if found.seeds == 1 else f"{found.seeds} seeds"
        what = "Cannot tell yet" if _lacking(first, second) else sentence.removesuffix(".")
        return f"{ours} or {theirs}? {what} (from {seeds} in common)."
    return sentence


def _explained(found: Comparison | None, part: Part, *, is_chosen: bool) -> None:
    words = ["By validation accuracy."]
    if part == "test":
        words = [
            "By test accuracy, since these runs hold no validation images back: a choice by it is too good "
            "for new images."
        ]
    if is_chosen and found is not None and found.is_sure:
        words.append("They are the best two by these very numbers, so the difference is a little too large.")
    st.caption(" ".join(words), help=EXPLAINED)


def _add_button(found: Comparison | None, first: Entry, second: Entry) -> None:
    more = 0 if found is None else found.more_seeds
    if more is None:
        return
    added = missing(first.runs, second.runs, more)
    if not added:
        return
    label = (
        f"Train the {len(added)} missing runs"
        if _lacking(first, second)
        else f"Add {more} {'seed' if more == 1 else 'seeds'} to both"
    )
    st.button(
        label,
        icon=":material/add:",
        key="compare.verdict.add",
        on_click=_add,
        args=([*first.ids], [*second.ids], more),
        help=ADDED,
    )


def _add(first: list[int], second: list[int], more: int) -> None:
    store, new = cache.store(), list[Run]()
    try:
        ours, theirs = ([store.run(run_id) for run_id in ids] for ids in (first, second))
        wanted = missing(ours, theirs, more)
        active = store.runs(statuses=(RunStatus.QUEUED, RunStatus.RUNNING))
        there = {run.config: run for run in active}  # a press just before this one may have queued them
        new += [there[config] for config in wanted if config in there]
        for runs in (ours, theirs):
            own = [config for config in wanted if config not in there and _is_repeat(config, runs[0])]
            if own:
                group = runs[0].group or f"repeats of run {runs[0].id}"
                new += queue.submit_group(store, cache.settings(), own, group)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    choice = compare_address.runs_in_address()
    state.keep(NEW, bool(new))
    if choice and new:
        ids = list(dict.fromkeys((*choice, *(run.id for run in new))))
        compare_address.show_in_address(ids, compare_address.group_in_address())


def _is_same(first: Entry, second: Entry) -> bool:
    return _is_repeat(first.runs[0].network_config, second.runs[0])


def _is_repeat(config: RunConfig, run: Run) -> bool:
    seedless = {"training": {"seed"}}
    return config.model_dump(exclude=seedless) == run.network_config.model_dump(exclude=seedless)


def _mean(entry: Entry, part: Part) -> float | None:
    known = [said.accuracy for run in entry.runs if (said := answers(run, part)) is not None]
    return fmean(known) if known else None


def _names(entries: Sequence[Entry]) -> dict[str, str]:
    """Short names: that of the runs where no other entry has it, else with the number of the first run."""
    own = [entry.runs[0].name for entry in entries]
    return {
        entry.name: name if own.count(name) == 1 else f"{name} (run {entry.runs[0].id} …)"
        for entry, name in zip(entries, own, strict=True)
    }


def _lacking(first: Entry, second: Entry) -> bool:
    """Whether one has a seed that the other has not."""
    return {_seed(run) for run in first.runs} != {_seed(run) for run in second.runs}


def _seed(run: Run) -> int:
    return run.network_config.training.seed
