"""All methods in one table: the best run of each, networks among them, and accuracy against time."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import values_by_path
from explorer.config.run import RunConfig
from explorer.data.words import title_of
from explorer.plots.methods import Best, Clock, best_of_each, draw_methods
from explorer.records import Run
from explorer.ui import cache, guard, shell
from explorer.ui import classical_form as form
from explorer.ui.classical_trials import feature_words, parameter_words
from explorer.ui.form import Values
from explorer.ui.looks_at_test import looks_line
from explorer.ui.networks import short_name
from explorer.ui.pace import live_fragment
from explorer.ui.wording import plain

POLL_SECONDS = 2.0
CLOCKS: dict[str, Clock] = {"To train": "training", "To predict": "prediction"}
NETWORKS = {"mlp": "Network", "cnn": "CNN"}


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "method": text("Method", width=140),
        "features": text("Sees", width=70, help="Pixels, or histograms of oriented gradients."),
        "test": number("Test", format="%.2f %%", width=75, help="Share of right answers on the test images."),
        "validation": number(
            "Validation", format="%.2f %%", width=85, help="By this the best run of a method was chosen."
        ),
        "images": number("Training images", format="localized", width=110),
        "training": number(
            "Training (s)", format="%.3f", width=90, help="Time to fit, without computing the features."
        ),
        "prediction": number(
            "Prediction (s)", format="%.3f", width=100, help="Time to answer all test images."
        ),
        "size": number("Size", format="bytes", width=80, help="What a prediction needs to have in memory."),
        "parameters": number("Weights", format="localized", width=85, help="Learned numbers of a network."),
        "settings": text("Settings", width=290),
        "run": number("Run", width=50),
    }


def methods_view(current: Values) -> None:
    """Draw the table and the figure of the chosen dataset."""
    _Methods(str(current[form.DATASET])).draw()


def method_name(best: Best) -> str:
    """A method's name for tables and figures."""
    return NETWORKS.get(best.method) or title_of(best.method)


def settings_words(run: Run) -> str:
    """The parameters of a baseline, or the layers and the activation of a network."""
    config = run.config
    if isinstance(config, BaselineConfig):
        words = [parameter_words(config)]
        if config.data.features == "hog":
            words.append(feature_words(config).removeprefix("HOG, "))
        return ", ".join(words)
    layers = short_name(values_by_path(config))
    return f"{layers}, {title_of(config.network.activation)}, {config.training.epochs} epochs"


def methods_table(bests: Sequence[Best]) -> pd.DataFrame:
    """One row a method, in the order given; what was not measured is empty."""
    rows = [
        (
            method_name(best),
            "HOG" if best.features == "hog" else "pixels",
            100 * best.accuracy,
            100 * best.validation if best.validation is not None else None,
            _training_images(best.run),
            best.training_seconds,
            best.prediction_seconds,
            best.size_bytes,
            best.parameters,
            settings_words(best.run),
            best.run.id,
        )
        for best in bests
    ]
    return pd.DataFrame(rows, columns=list(_columns()))


def _training_images(run: Run) -> int | None:
    config: RunConfig | BaselineConfig = run.config
    return form.training_images(config.data)


class _Methods:
    """Table and figure as a fragment that polls only while some run is active."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._fresh: Sequence[Run] | None = cache.store().runs()
        self._is_live = any(run.status.is_active for run in self._fresh)

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            runs = cache.store().runs() if self._fresh is None else self._fresh
            self._fresh = None
            if any(run.status.is_active for run in runs) != self._is_live:
                st.rerun()
            _draw(self._dataset, runs)


def _draw(dataset: str, every: Sequence[Run]) -> None:
    runs = [run for run in every if not run.config.data.labels]
    _left_out(every)
    datasets = tuple(dict.fromkeys(run.config.data.dataset for run in runs if run.result is not None))
    if not datasets:
        _nothing(runs)
        return
    chosen = datasets[0]
    if len(datasets) > 1:
        chosen = st.pills(
            "Dataset",
            datasets,
            default=dataset if dataset in datasets else datasets[0],
            required=True,
            format_func=title_of,
            key="classical.methods.dataset",
            help="Which images the methods below were fitted to.",
        )
    bests = best_of_each([run for run in runs if run.config.data.dataset == chosen])
    st.markdown(f"**The best run of each method on {plain(title_of(chosen))}**")
    _table(bests)
    _figure(bests)


def _left_out(runs: Sequence[Run]) -> None:
    left_out = sum(run.result is not None and bool(run.config.data.labels) for run in runs)
    if left_out:
        st.caption(
            f":material/filter_alt: Left out: {left_out:,} {'run' if left_out == 1 else 'runs'} on some "
            "labels alone, validated on those and tested on all."
        )


def _nothing(runs: Sequence[Run]) -> None:
    active = [run for run in runs if run.status.is_active]
    if active:
        st.info(
            f"{len(active)} run{'s are' if len(active) > 1 else ' is'} under way; each has its row here "
            "when it ends.",
            icon=":material/hourglass_top:",
            title="No result yet",
        )
    else:
        st.info(
            "Fit a classical method here, or train a network on the Train page: the best run of each "
            "method gets a row.",
            icon=":material/leaderboard:",
            title="No result yet",
        )


def _table(bests: Sequence[Best]) -> None:
    ids = tuple(best.run.id for best in bests)
    event = st.dataframe(
        methods_table(bests),
        hide_index=True,
        column_config=_columns(),
        on_select="rerun",
        selection_mode="single-row",
        key=f"classical.methods:{hash(ids)}",
        height=35 * (len(ids) + 1) + 2,
        placeholder="–",
        alt=f"The best run of each method: {_in_words(bests)}",
    )
    picked = [ids[row] for row in event["selection"]["rows"] if row < len(ids)]
    if picked and st.button(f"Open run {picked[0]}", icon=":material/open_in_new:"):
        shell.open_run(picked[0])
    st.caption(
        "Which run of a method is its best is decided by the validation images; the test images only say "
        "how good it is. Select a row to open its run. A network's size is its weights as 32-bit numbers."
    )
    looks_line([best.run for best in bests])


def _in_words(bests: Sequence[Best]) -> str:
    return "; ".join(
        f"{method_name(best)} on {'HOG' if best.features == 'hog' else 'pixels'} {100 * best.accuracy:.2f} %"
        for best in bests
    )


def _figure(bests: Sequence[Best]) -> None:
    clock = st.segmented_control(
        "Time",
        list(CLOCKS),
        default="To train",
        required=True,
        key="classical.methods.clock",
        label_visibility="collapsed",
    )
    kind = CLOCKS[clock or "To train"]
    shown = [best for best in bests if kind == "training" or best.prediction_seconds is not None]
    if not shown:
        st.info(
            "None of these runs has timed its predictions: an earlier version trained them.",
            icon=":material/timer_off:",
        )
        return
    st.plotly_chart(
        draw_methods(shown, [method_name(best) for best in shown], kind),
        key=f"classical.methods.figure:{kind}",
        config={"displayModeBar": False},
        alt="Test accuracy of each method over the time it takes",
    )
