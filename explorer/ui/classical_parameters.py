"""The accuracy that each value of a parameter gives, and the button that tries the values."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, get_args

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import value_at
from explorer.data.catalog import presence
from explorer.data.words import title_of
from explorer.errors import ExplorerError, RunNotFoundError, RunStateError
from explorer.jobs import queue
from explorer.plots.methods_parameters import Trials, draw_trials, trials_by_name
from explorer.records import Run, RunStatus
from explorer.ui import cache, classical_controls, classical_trials, guard, state
from explorer.ui import classical_form as form
from explorer.ui.classical_form import Reading
from explorer.ui.classical_trials import Part
from explorer.ui.form import Values
from explorer.ui.pace import live_fragment
from explorer.ui.wording import plain, problem_sentence

POLL_SECONDS = 1.0
MOST_LINES = 6
MESSAGE = "classical.parameters.message"
REFUSAL = "classical.parameters.refusal"


def parameters_view(current: Values, reading: Reading) -> None:
    """Draw the choice of the parameter and the figure over all fits that there are."""
    left, middle, right = st.columns(3)
    with left:
        classical_controls.draw(form.METHOD, current, reading)
    with middle:
        classical_controls.draw(form.DATASET, current, reading)
    with right:
        classical_controls.draw(form.FEATURES, current, reading)
    known = classical_trials.parameters(current)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        path = st.segmented_control(
            "Parameter",
            known,
            default=known[0],
            required=True,
            format_func=lambda path: form.known(path).title,
            key=f"classical.parameter:{current[form.METHOD]}:{current[form.FEATURES]}",
            help="What is varied: each value is a fit of its own, all else as above.",
        )
        part: Part = st.segmented_control(
            "Accuracy on",
            get_args(Part),
            default="Validation",
            required=True,
            key="classical.parameters.part",
            help="Choose a value by the validation images: the test images are for the end.",
        )
    config = reading.config
    if config is None:
        reasons = "\n".join(f"- {plain(problem_sentence(problem))}" for problem in reading.problems)
        st.warning(reasons, icon=":material/edit:", title="Before anything can be tried")
        return
    _Figure(config, path or known[0], part).draw()


class _Figure:
    """Figure and button as a fragment that polls only while some fit is under way."""

    def __init__(self, config: BaselineConfig, path: str, part: Part) -> None:
        self._config, self._path, self._part = config, path, part
        self._fresh: Sequence[Run] | None = cache.store().runs()
        self._is_live = bool(_active(self._fresh))

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            runs = cache.store().runs() if self._fresh is None else self._fresh
            self._fresh = None
            if bool(_active(runs)) != self._is_live:
                st.rerun()
            _try_button(self._config, self._path, runs)
            _under_way(runs)
            _failures(self._config, self._path, runs)
            _figure(self._config, self._path, self._part, runs)


def _active(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.status.is_active and isinstance(run.config, BaselineConfig)]


def _try_button(config: BaselineConfig, path: str, runs: Sequence[Run]) -> None:
    title = form.known(path).title
    wanted = classical_trials.missing(config, path, runs)
    every = classical_trials.configs(config, path)
    here = presence(config.data.dataset, cache.settings().data)
    values = classical_trials.values_in_words(path, wanted or every)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Try {title} = {values}",
            key="classical.try",
            icon=":material/playlist_add:",
            type="primary",
            disabled=not wanted or not here.is_ready,
            on_click=_try,
            args=(path,),
            help="Fits the method once with each value; all other settings as on the view Fit.",
        )
        if not here.is_ready:
            st.caption(f"{plain(here.reason)} The view Fit can fetch it.", width="content")
        elif not wanted:
            st.caption("These have all been fitted, or wait for their turn.", width="content")
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")


def _try(path: str) -> None:
    """Queue what is missing of the button's parameter, with all else as the form says now."""
    values, title = classical_controls.values(), form.known(path).title
    config = form.read(values).config
    if config is None:
        return  # the page says why
    method = title_of(config.baseline.model)
    if path not in classical_trials.parameters(values):
        state.keep(REFUSAL, f"Nothing was started: {title} has no part in {method}.")
        return
    wanted = classical_trials.missing(config, path, cache.store().runs())
    if not wanted:
        return  # a press just before this one queued them
    group = f"{title} · {method} · {title_of(config.data.features)}"
    try:
        queue.submit_group(cache.store(), cache.settings(), wanted, group)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))


def _under_way(runs: Sequence[Run]) -> None:
    active = _active(runs)
    if not active:
        return
    running = next((run for run in active if run.status is RunStatus.RUNNING), None)
    waiting = sum(run.status is RunStatus.QUEUED for run in active)
    words = f"{waiting} more wait" if running and waiting != 1 else "1 more waits" if running else ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if running is None:
            st.progress(0.0, f"{waiting} {'waits' if waiting == 1 else 'wait'} for a worker …")
        else:
            share = min(running.step / running.total_steps, 1.0) if running.total_steps else 0.0
            stage = f": {running.stage}" if running.stage else ""
            st.progress(share, f"{plain(running.name)}{plain(stage)}{f' · {words}' if waiting else ''}")
        st.button(
            "Stop",
            key="classical.stop",
            icon=":material/stop:",
            on_click=_stop,
            args=(tuple(run.id for run in active),),
            help="Ends the fit in hand and takes those that wait out of the queue; finished ones stay.",
        )


def _stop(run_ids: tuple[int, ...]) -> None:
    for run_id in run_ids:
        with suppress(RunStateError, RunNotFoundError):  # it has ended meanwhile, or was deleted
            queue.stop(cache.store(), cache.settings(), run_id)


def _failures(config: BaselineConfig, path: str, runs: Sequence[Run]) -> None:
    """What went wrong with one of the values, unless a later run went well."""
    wanted = classical_trials.configs(config, path)
    newest: dict[int, Run] = {}
    for run in reversed(runs):
        if run.config in wanted:
            newest[wanted.index(run.config)] = run
    failed = [run for run in newest.values() if run.status is RunStatus.FAILED]
    if failed:
        lines = "\n".join(f"- {plain(run.name)} (run {run.id}): {plain(run.reason)}" for run in failed)
        st.error(lines, icon=":material/error:", title="Not every value could be fitted")


def _figure(config: BaselineConfig, path: str, part: Part, runs: Sequence[Run]) -> None:
    own = classical_trials.line_name(config, path)
    every = trials_by_name(classical_trials.points(config, path, runs, part))
    lines = [line for line in every if line.name == own or len(line.trials) > 1][:MOST_LINES]
    if not lines:
        active = bool(_active(runs))
        st.info(
            "The first point comes when the first fit ends."
            if active
            else f"No fit with these images has {part.lower()} images to show yet. Press the button to try "
            "the values; each fit adds a point.",
            icon=":material/show_chart:",
            title="No point yet",
        )
        return
    title = form.known(path).title
    value: Any = value_at(config, path)
    st.plotly_chart(
        draw_trials(
            lines,
            parameter=title,
            part=part.lower(),
            is_logarithmic=path in classical_trials.LOGARITHMIC,
            marked=float(value) if isinstance(value, int | float) else None,
        ),
        key=f"classical.parameters:{path}",
        config={"displayModeBar": False},
        alt=f"{part} accuracy over {title}. {_best_words(lines[0], title)}",
    )
    st.caption(
        "  \n".join(
            [*(_best_words(line, title) for line in lines), "The dotted line marks the form's value."]
        )
    )


def _best_words(line: Trials, title: str) -> str:
    best = line.best
    return f"{plain(line.name)}: best {100 * best.accuracy:.2f} % with {title} = {best.value:.6g}"
