"""How many seeds a run is trained with, and what runs that differ only in their seed amount to together."""

import streamlit as st

from explorer.config.run import RunConfig
from explorer.config.sweeping import repeated
from explorer.errors import ConfigError
from explorer.evaluation.sweeps import summarise
from explorer.jobs.group_cost import estimate_group
from explorer.records import Run, RunStatus
from explorer.ui import cache, state, sweep_history
from explorer.ui.wording import plain

GROUP = "repeats"  # how the names of such groups begin
CHOICES = (1, 5, 10)
CONTROL = "train.seeds"
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
    about = "" if cost.measured else "about "
    would = "would take" if count == 1 else "take"
    return f"{several} seeds {would} {about}{times:.1f}\N{NO-BREAK SPACE}× the time of one."


def repeats_note(run: Run) -> None:
    """Under a run that is one of several seeds: what they amount to together."""
    if run.group is None or not run.group.startswith(GROUP):
        return
    now = sweep_history.look(run.group)
    if len(now.runs) < 2:
        return
    points = summarise(now.runs, (), now.epochs)
    seeds = f"Seed {run.network_config.training.seed}, one of {len(now.runs)}"
    accuracy = points[0].score("validation_accuracy") or points[0].score("test_accuracy")
    ended = sum(not each.status.is_active for each in now.runs)
    failed = len(now.with_status(RunStatus.FAILED))
    words = [seeds]
    if accuracy is not None:
        spread = f" ± {100 * accuracy.deviation:.2f}" if accuracy.deviation is not None else ""
        which = "validation" if points[0].score("validation_accuracy") else "test"
        so_far = " so far" if ended < len(now.runs) else ""
        words.append(f"together **{100 * accuracy.mean:.2f}{spread} %** {which} accuracy{so_far}")
    if failed:
        words.append(f"{failed} failed")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/casino: {plain(words[0])} · " + " · ".join(words[1:]), width="content")
        st.page_link(
            "pages/compare.py",
            label="Compare them",
            icon=":material/stacked_line_chart:",
            query_params={"group": run.group},
        )
