"""What would come out around a setting: many small copies of the form's run, trained while one looks."""

import secrets
from dataclasses import replace

import streamlit as st

from explorer.config.fields import field, value_at
from explorer.config.run import RunConfig
from explorer.data.words import figure
from explorer.errors import ExplorerError
from explorer.jobs.asking import ask
from explorer.jobs.previews import KIND, PREVIEWED, values_around, why_not
from explorer.plots.preview import Preview, draw_preview, preview
from explorer.records import Analysis, AnalysisState
from explorer.storage.arrays import unpack
from explorer.ui import cache, controls, guard, state
from explorer.ui.pace import live_fragment
from explorer.ui.wording import plain

IS_ON = "preview.is_on"
FIELD = "preview.field"
OWNER = "preview.owner"
LAST = "preview.last"
POLL_SECONDS = 0.25


def preview_panel(config: RunConfig) -> None:
    """The switch and, where it is on, the outcome over the whole range around one setting."""
    st.toggle(
        "Preview the outcome",
        key=IS_ON,
        help="Trains about twenty small copies of this run at once, over the whole range around a setting, "
        "on at most 4,000 images. Turn a knob and watch the curve change.",
    )
    if not state.recall(IS_ON):
        return
    chosen = st.segmented_control(
        "Setting",
        PREVIEWED,
        default=PREVIEWED[0],
        required=True,
        format_func=_title,
        key=FIELD,
        label_visibility="collapsed",
    )
    reason = why_not(config, chosen)
    if reason:
        st.caption(f":material/info: {plain(reason)}")
        return
    question = _ask(config, chosen)
    if question is not None:
        with st.container(height=330, border=False):
            _Outcome(config, chosen, question.key, is_live=question.state.is_open).draw()


def _title(path: str) -> str:
    entry = field(path)
    return path if entry is None else entry.title


def _ask(config: RunConfig, chosen: str) -> Analysis | None:
    if not state.is_kept(OWNER):
        state.keep(OWNER, secrets.token_hex(8))
    # The value of the setting itself only says where the range lies.
    request = {"field": chosen, "config": config.model_dump(mode="json")}
    try:
        return ask(cache.store(), cache.settings(), KIND, request, owner=state.recall(OWNER))
    except ExplorerError as error:
        st.warning(plain(str(error)), icon=":material/error:")
        return None


def _again(question: Analysis) -> None:
    ask(cache.store(), cache.settings(), KIND, question.request, owner=question.owner, again=True)


class _Outcome:
    """The figure as a fragment that polls only while there is more to come."""

    def __init__(self, config: RunConfig, chosen: str, key: str, *, is_live: bool) -> None:
        self._config, self._field, self._key, self._is_live = config, chosen, key, is_live

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            question = cache.store().analyses.find(self._key)
            if question is None:
                return
            if question.state.is_open != self._is_live:
                st.rerun()
            self._show(question)

    def _show(self, question: Analysis) -> None:
        if question.state is AnalysisState.FAILED:
            st.warning(plain(question.reason), icon=":material/error:", title="No preview")
            st.button(
                "Try again", key="preview:again", icon=":material/refresh:", on_click=_again, args=(question,)
            )
            return
        made = self._preview() if question.version else self._last()
        if made is None:
            st.caption(":material/hourglass_top: The first answer takes some seconds: PyTorch is loading …")
            return
        st.plotly_chart(draw_preview(made), key="preview:figure", config={"displayModeBar": False})
        if not question.version:
            st.caption(":material/hourglass_top: Training with the new settings …")
            return
        state.keep(LAST, (self._field, made))
        st.caption(_in_words(made, is_live=self._is_live))
        if made.best is not None and made.best != made.chosen:
            taken = st.button(
                f"Take {figure(made.best)}",
                key="preview:take",
                icon=":material/check:",
                on_click=controls.set_values,
                args=({self._field: made.best},),
            )
            if taken:
                st.rerun()  # the form stands outside this fragment

    def _last(self) -> Preview | None:
        """The answer to the question before: it stays until there is a new one, with the line moved."""
        kept: tuple[str, Preview] | None = state.recall(LAST)
        if kept is None or kept[0] != self._field:
            return None
        return replace(kept[1], chosen=float(value_at(self._config, self._field)))

    def _preview(self) -> Preview:
        arrays = unpack(cache.store().analyses.answer(self._key))
        accuracies = arrays["validation_accuracy"]
        return preview(
            _title(self._field),
            values_around(self._config, self._field),
            [float(value) for value in accuracies[-1]] if len(accuracies) else [],
            float(value_at(self._config, self._field)),
            len(accuracies),
        )


def _in_words(made: Preview, *, is_live: bool) -> str:
    networks = len(made.values) + len(made.diverged)
    epochs = f"{made.epochs} epoch{'s' * (made.epochs != 1)}"
    going = " so far" if is_live else ""
    if made.best is None or made.best_accuracy is None:
        return f"All {networks} networks diverged within {epochs}."
    best = f"best **{100 * made.best_accuracy:.1f} %** at {figure(made.best)}"
    gone = f"; {len(made.diverged)} diverged" if made.diverged else ""
    return f"{networks} networks, {epochs}{going}: {best}{gone}."
