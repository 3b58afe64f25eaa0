"""Everything about one baseline: where its fit stands, what it got right, what it cost, how it was set."""

from datetime import UTC, datetime

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.data.words import duration
from explorer.errors import RunNotFoundError
from explorer.jobs.fit_execution import AGAIN
from explorer.records import BaselineResult, Request, Run, RunStatus
from explorer.storage.names import features_name
from explorer.ui import cache, guard
from explorer.ui.looks_at_test import looks_line
from explorer.ui.pace import live_fragment
from explorer.ui.results_mistakes import mistakes
from explorer.ui.results_numbers import part_metric, unlearnt_line
from explorer.ui.results_settings import settings_that_differ
from explorer.ui.results_status import header, waiting
from explorer.ui.wording import bytes_in_words, in_titles, plain

FAST_SECONDS, SLOW_SECONDS = 0.5, 1.0
FAST_FOR_SECONDS = 20.0
# What the units of a stage are called, where there are more than one.
UNITS = {"images": " images", "HOG": " images", "linear_svm": " classes", "forest": " trees"}

_ENDS = {
    RunStatus.FAILED: (st.error, "This fit failed", ":material/error:"),
    RunStatus.PAUSED: (st.info, "Paused", ":material/pause_circle:"),
    RunStatus.STOPPED: (st.info, "Stopped", ":material/stop_circle:"),
}


def baseline_panel(run: Run) -> None:
    """Draw one baseline, live while a worker has it in hand."""
    header(run)
    _Live(run).draw()


class _Live:
    """Progress, redrawn in place; the end of the fit draws the whole page anew."""

    def __init__(self, run: Run) -> None:
        self._fresh: Run | None = run
        self._run_id, self._status = run.id, run.status
        self._interval = _poll_seconds(run)

    def draw(self) -> None:
        """Register the fragment; it polls only while the run is active."""
        live_fragment(self._body, self._interval)

    def _body(self) -> None:
        with guard.in_words():
            try:
                run = self._fresh or cache.store().run(self._run_id)
            except RunNotFoundError as error:
                st.info(plain(str(error)), icon=":material/delete:", title="This run is not here")
                return
            self._fresh = None
            _standing(run)
            # Drawn first, so that nothing is missing from the page in between.
            if run.status is not self._status or _poll_seconds(run) != self._interval:
                st.rerun()


def _poll_seconds(run: Run) -> float | None:
    if not run.status.is_active:
        return None
    age = (datetime.now(UTC) - run.created_at).total_seconds()
    return FAST_SECONDS if age < FAST_FOR_SECONDS else SLOW_SECONDS


def _standing(run: Run) -> None:
    if run.status is RunStatus.QUEUED:
        waiting(run)
    elif run.status is RunStatus.RUNNING:
        _progress(run)
    else:
        _ended(run)
    if isinstance(run.result, BaselineResult):
        _numbers(run, run.result)
        mistakes(run, [])
    st.markdown("**Settings**")
    settings_that_differ(run)


def _progress(run: Run) -> None:
    share = run.step / run.total_steps if run.total_steps else 0.0
    text = run.stage or "The worker is starting the fit …"
    if run.total_steps > 1:
        text += f": {run.step:,} of {run.total_steps:,}{_unit(run)}"
    if run.started_at is not None:
        text += f" · {duration((datetime.now(UTC) - run.started_at).total_seconds())} so far"
    if run.request is not None:
        text += " · pausing …" if run.request is Request.PAUSE else " · stopping …"
    st.progress(min(share, 1.0), text=text)


def _unit(run: Run) -> str:
    return next(
        (unit for word, unit in UNITS.items() if word in run.stage),
        UNITS.get(run.config.baseline.model, "") if isinstance(run.config, BaselineConfig) else "",
    )


def _ended(run: Run) -> None:
    reason = plain(in_titles(run.reason.replace(AGAIN, "Start again fits it from the beginning.")))
    if run.status in _ENDS:
        say, title, icon = _ENDS[run.status]
        say(reason, title=title, icon=icon)
    elif reason:
        st.info(reason, icon=":material/info:")


def _numbers(run: Run, result: BaselineResult) -> None:
    test = result.test
    st.markdown(f"### {test.correct:,} of {test.images:,} test images right")
    with st.container(horizontal=True, gap="medium"):
        part_metric("Test accuracy", test, "Images the method never saw; asked once, at the end.")
        if result.validation is not None:
            part_metric("Validation accuracy", result.validation, "Images held back to choose parameters by.")
        if result.train is not None:
            part_metric("Training accuracy", result.train, "The images it was fitted to.")
        _metric("Fitting", duration(result.fit_seconds), "Time to fit, without computing features.")
        _metric("Predicting", duration(result.predict_seconds), f"Time to answer {test.images:,} images.")
        _metric("Size", bytes_in_words(result.model_bytes), "What a prediction needs to have in memory.")
    st.caption(_facts(run, result))
    unlearnt_line(run, test)
    looks_line((run,))


def _metric(label: str, value: str, meaning: str) -> None:
    st.metric(label, value, help=meaning, width="content")


def _facts(run: Run, result: BaselineResult) -> str:
    seen = f"{result.features:,} numbers an image ({features_name(run.config.data)})"
    facts = [seen]
    if run.config.data.features == "hog":
        how = f"computed in {duration(result.feature_seconds)}" if result.feature_seconds else "were on disk"
        facts.append(f"features {how}")
    threads = f"{result.threads} thread{'s' * (result.threads != 1)}"
    return " · ".join([*facts, f"{duration(result.duration_seconds)} in all on {threads}"])
