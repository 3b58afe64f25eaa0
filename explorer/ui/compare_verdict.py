"""Whether the best of the compared repeats beats the next best, seed by seed, or more seeds are needed."""

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.config.run import RunConfig
from explorer.errors import ExplorerError
from explorer.evaluation.entries import Entry, by_accuracy, latest_accuracy
from explorer.evaluation.paired import compare_pairs, in_a_sentence
from explorer.jobs import queue
from explorer.records import Run
from explorer.ui import cache, compare_address, state
from explorer.ui.wording import plain

REFUSAL = "compare.verdict.refusal"


def verdict(entries: Sequence[Entry]) -> None:
    """Say who wins among entries of several seeds, by validation accuracy; nothing where there are no two."""
    repeated = [entry for entry in by_accuracy(entries, latest_accuracy) if len(_by_seed(entry)) > 1]
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")
    if len(repeated) < 2 or any(entry.is_active for entry in repeated[:2]):
        return
    first, second = repeated[:2]
    found = compare_pairs(_by_seed(first), _by_seed(second))
    if found is None:
        st.caption("The two best have no seed in common, so they can't be compared seed by seed.")
        return
    sentence = in_a_sentence(found, plain(_short(first)), plain(_short(second)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/balance: **{sentence}**", width="content")
        st.caption(
            f"By validation accuracy, {found.seeds} seeds in common; ± is the 95 % confidence interval of "
            "the mean difference (Student, 1908).",
            width="content",
        )
        more = found.more_seeds
        if more is not None:
            st.button(
                f"Add {more} {'seed' if more == 1 else 'seeds'} to both",
                icon=":material/add:",
                key="compare.verdict.add",
                on_click=_add,
                args=([*first.ids], [*second.ids], more),
                help="Queues the same settings with the next seeds; they join the comparison.",
            )


def next_seeds(first: Sequence[Run], second: Sequence[Run], count: int) -> list[RunConfig]:
    """The settings of both with the seeds that follow the greatest of either."""
    configs = [run.network_config for run in (*first, *second)]
    start = max(config.training.seed for config in configs) + 1
    return [
        runs[0].network_config.model_copy(
            update={"training": runs[0].network_config.training.model_copy(update={"seed": start + number})}
        )
        for runs in (first, second)
        for number in range(count)
    ]


def _by_seed(entry: Entry) -> Mapping[int, float]:
    return {
        run.config.training.seed: value
        for run in entry.runs
        if isinstance(run.config, RunConfig) and (value := latest_accuracy(run)) is not None
    }


def _short(entry: Entry) -> str:
    return f"{entry.runs[0].name} (run {entry.runs[0].id} …)"


def _add(first: list[int], second: list[int], count: int) -> None:
    store = cache.store()
    try:
        ours, theirs = ([store.run(run_id) for run_id in ids] for ids in (first, second))
        group = ours[0].group or f"repeats of run {ours[0].id}"
        new = queue.submit_group(store, cache.settings(), next_seeds(ours, theirs, count), group)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        choice = compare_address.runs_in_address()
        if choice:
            ids = [*choice, *(run.id for run in new)]
            compare_address.show_in_address(ids, compare_address.group_in_address())
