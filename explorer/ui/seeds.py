"""How many seeds a run is trained with, and what runs that differ only in their seed amount to together."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st

from explorer.config.run import RunConfig
from explorer.config.sweeping import repeated
from explorer.errors import ConfigError, ExplorerError, RunNotFoundError
from explorer.evaluation.repeats import part_of, with_seed
from explorer.evaluation.sweeps import Score, summarise
from explorer.jobs import queue
from explorer.jobs.group_cost import estimate_group
from explorer.records import EpochMetrics, Run, RunStatus
from explorer.ui import cache, compare_address, guard, state, sweep_history
from explorer.ui.pace import live_fragment
from explorer.ui.wording import plain

GROUP = "repeats"  # how the names of such groups begin
CHOICES = (1, 5, 10)
CONTROL = "train.seeds"
MORE, REFUSAL = 4, "seeds.refusal"
POLL_SECONDS = 1.5
CHEAP = 2.5  # five seeds in less than this many times the time of one are offered


def seeds_control(config: RunConfig) -> None:
    """The choice, with what five seeds would cost where they cost little."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Seeds",
            CHOICES,
            default=1,
            required=True,
            key=CONTROL,
            persist_state="session",
            format_func=lambda count: "1 seed" if count == 1 else f"{count} seeds",
            label_visibility="collapsed",
            help="Runs that differ only in their seed tell how much of a result is luck.",
        )
        words = in_words(config, chosen())
        if words:
            st.caption(words, width="content")


def chosen() -> int:
    """How many seeds are asked for."""
    return int(state.recall(CONTROL) or 1)


def in_words(config: RunConfig, count: int) -> str:
    """What several seeds cost beside one, where that is known; empty for one where five are dear."""
    several = max(count, 5)
    try:
        cost = estimate_group(cache.store(), cache.settings(), repeated(config, several))
    except ConfigError:
        return ""
    times = cost.times_one
    if times is None or (count == 1 and times > CHEAP):
        return ""
    would = "would take" if count == 1 else "take"
    return f"{several} seeds {would} {beside_one(times, several, measured=cost.measured)}."


def beside_one(times: float, several: int, *, measured: bool) -> str:
    """How long so many runs take beside one: at least as long, and never longer than one after the other.

    Times that were measured while the machine was busy may say otherwise.
    """
    about = "" if measured else "about "
    if round(times, 1) <= 1.0:
        return f"{about}as long as one"
    return f"{about}{min(times, several):.1f}\N{NO-BREAK SPACE}× the time of one"


def repeats_note(run: Run) -> None:
    """Under a run: what it and its repeats amount to together, and a button that trains more of them."""
    _Note(run).draw()


class _Note:
    """The line as a fragment of its own: of a run that has ended, the repeats may still train."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._is_live = _is_active(run)

    def draw(self) -> None:
        """Register the fragment; it polls only while one of the repeats waits or trains."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            _note(self._run)
            if _is_active(self._run) != self._is_live:
                st.rerun()


def _is_active(run: Run) -> bool:
    return any(each.status.is_active for each in _together_with(run)[0] if each.id != run.id)


def _together_with(run: Run) -> tuple[tuple[Run, ...], Mapping[int, Sequence[EpochMetrics]]]:
    """The run and its repeats, and what is known of their epochs."""
    group = _group_of(run)
    if run.group != group and not cache.store().runs(group=group, limit=1):
        return (run,), {}
    now = sweep_history.look(group)
    return _repeats(run, now.runs), now.epochs


def _note(run: Run) -> None:
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")
    runs, epochs = _together_with(run)
    can_repeat = run.result is not None and run.parent is None
    if len(runs) < 2 and not can_repeat:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(runs) > 1:
            st.markdown(f":material/casino: {_together(run, runs, epochs)}", width="content")
            st.page_link(
                "pages/compare.py",
                label="Compare them",
                icon=":material/stacked_line_chart:",
                query_params=compare_address.as_query([each.id for each in runs]),
            )
        if can_repeat:
            st.button(
                f"Train {MORE} more seeds",
                icon=":material/casino:",
                type="tertiary",
                key=f"seeds.more:{run.id}",
                on_click=_train_more,
                args=(run.id,),
                help="Queues the same settings with other seeds: how much of this result is luck?",
            )


def _together(run: Run, runs: Sequence[Run], epochs: Mapping[int, Sequence[EpochMetrics]]) -> str:
    score: Score = "validation_accuracy" if part_of(runs) == "validation" else "test_accuracy"
    accuracy = summarise(runs, (), epochs)[0].score(score)
    words = [f"Seed {run.network_config.training.seed}, one of {len(runs)}"]
    if accuracy is not None:
        spread = f" ± {100 * accuracy.deviation:.2f}" if accuracy.deviation is not None else ""
        so_far = " so far" if any(each.status.is_active for each in runs) else ""
        which = score.replace("_", " ")
        words.append(f"together **{100 * accuracy.mean:.2f}{spread} %** {which}{so_far}")
    failed = sum(each.status is RunStatus.FAILED for each in runs)
    if failed:
        words.append(f"{failed} failed")
    return " · ".join(words)


def _group_of(run: Run) -> str:
    """The group of its repeats, whether or not there are any."""
    is_of_repeats = run.group is not None and run.group.startswith(GROUP)
    return run.group or "" if is_of_repeats else f"{GROUP} of run {run.id}"


def _repeats(run: Run, group: Sequence[Run]) -> tuple[Run, ...]:
    """The run and those of the group that differ from it in the seed only, with the one they repeat."""
    found = {each.id: each for each in (*group, run)}
    origin = _group_of(run).removeprefix(f"{GROUP} of run ")
    if origin.isdecimal() and int(origin) not in found:
        with suppress(RunNotFoundError):
            found[int(origin)] = cache.store().run(int(origin))
    return tuple(
        each
        for _, each in sorted(found.items())
        if isinstance(each.config, RunConfig)
        and with_seed(each.config, 0) == with_seed(run.network_config, 0)
    )


def _train_more(run_id: int) -> None:
    try:
        run = cache.store().run(run_id)
        group = _group_of(run)
        runs = _repeats(run, cache.store().runs(group=group))
        first = max(each.network_config.training.seed for each in runs) + 1
        configs = repeated(with_seed(run.network_config, first), MORE)
        queue.submit_group(cache.store(), cache.settings(), configs, group)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        sweep_history.look_anew(group)
