"""One view each of what the runs of an experiment show; most are those of a run's own page."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.data.catalog import DATASETS
from explorer.data.words import title_of
from explorer.plots.comparison import Member, overlay
from explorer.plots.curves import Measure
from explorer.plots.gallery import Gallery, gallery_tiles
from explorer.plots.labs_error import draw_error_curve, error_curve
from explorer.plots.tiles import GAP, draw_tiles
from explorer.records import EpochMetrics, Run
from explorer.storage.arrays import Arrays
from explorer.storage.checkpoints import Checkpoints
from explorer.ui import cache, results_units, results_weights
from explorer.ui.answers import answer
from explorer.ui.compare_chart import curves_chart
from explorer.ui.compare_history import epochs_of
from explorer.ui.labs_pictures import CONFIG, layered_epochs
from explorer.ui.results_mistakes import ROW_SHARES, mistakes
from explorer.ui.results_mistakes_answers import answers_of
from explorer.ui.results_mistakes_gallery import mistakes_gallery
from explorer.ui.screen import is_phone
from explorer.ui.scrubber import Moment

FIRST_IMAGES, PHONE_IMAGES = 20, 10
SIDE, ZOOM = 28, 2


def curves(runs: Sequence[Run]) -> None:
    """Loss and accuracy over the epochs, a line a repeat."""
    epochs = epochs_of(runs)
    members = [Member(f"seed {run.network_config.training.seed}", (epochs.get(run.id, ()),)) for run in runs]
    drawn = [overlay(members, measure, "epoch") for measure in measures_of(list(epochs.values()))]
    curves_chart(drawn, "epoch", key="labs.curves")


def measures_of(histories: Sequence[Sequence[EpochMetrics]]) -> tuple[Measure, ...]:
    """What was measured at the ends of epochs: of the training images, and of those that were watched."""
    every = [history[-1] for history in histories if history]
    if any(epoch.test_accuracy is not None for epoch in every):
        return "train_loss", "test_loss", "train_accuracy", "test_accuracy"
    if any(epoch.validation_accuracy is not None for epoch in every):
        return "train_loss", "validation_loss", "train_accuracy", "validation_accuracy"
    return "train_loss", "train_accuracy"


def stopping(runs: Sequence[Run]) -> None:
    """A line a repeat: how far it went and where it was best; below it the curves."""
    rows = []
    for run in runs:
        result, training = run.network_result, run.network_config.training
        rows.append(
            {
                "Seed": training.seed,
                "Epochs": f"{result.epochs_run if result is not None else run.epoch} of {training.epochs}",
                "Best epoch": result.best_epoch if result is not None else None,
                "Watched": title_of(training.monitor),
                "Test accuracy": 100 * result.test.accuracy if result is not None else None,
            }
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="content",
        placeholder="–",
        column_config={"Test accuracy": st.column_config.NumberColumn(format="%.2f %%")},
        key="labs.stopping",
        alt="Where each repeat stopped",
    )
    curves(runs)


def confusion(run: Run) -> None:
    """The confusion matrix in counts with precision, recall and F1, and the very images."""
    mistakes(run, _epochs(run), _moment(run))


def row_shares(run: Run) -> None:
    """The same with the matrix in percent of each row."""
    mistakes(run, _epochs(run), _moment(run), first=ROW_SHARES)


def weights(run: Run) -> None:
    """The first layer's weights as tiles."""
    results_weights.weights(run, _moment(run))


def units(run: Run) -> None:
    """Dead and inactive shares of each layer over the epochs, side by side."""
    results_units.units(run, list(_epochs(run)), None)


def gallery(run: Run) -> None:
    """The first test images with what the network reads in them, and below them its mistakes."""
    moment = _moment(run)
    if moment is None or not moment.is_result:
        st.info(
            "The gallery comes with the end of the run, if its weights were kept.", icon=":material/image:"
        )
        return
    answers = answers_of(run, "test", _epochs(run), moment, is_wanted=True)
    if answers is None:
        return
    names = DATASETS[run.config.data.dataset].class_names
    first = np.arange(min(PHONE_IMAGES if is_phone() else FIRST_IMAGES, len(answers.labels)))
    sure = None
    if answers.probabilities is not None:
        sure = answers.probabilities[first, answers.answers[first]]
    shown = Gallery(first, answers.labels[first], answers.answers[first], sure)
    drawn = gallery_tiles(shown, answers.images, names, columns=5 if is_phone() else 10)
    right = int((answers.labels == answers.answers).sum())
    st.markdown(
        f"**The first test images**, with what it reads in them ({right:,} of {len(answers.labels):,} right)"
    )
    with st.container(width=drawn.columns * (SIDE + GAP) * ZOOM):
        st.plotly_chart(
            draw_tiles(drawn, zoom=ZOOM),
            key="labs.gallery",
            config=CONFIG,
            alt="The first test images with their class, what they were read as, and how surely",
        )
    st.markdown("**Its mistakes**")
    mistakes_gallery(run, answers)


def squared_error(run: Run) -> None:
    """The mean squared error of the answers over the epochs, worked out from the weights that were kept."""
    kept = Checkpoints(cache.settings(), run.id).epochs()
    if not kept:
        st.info("It is worked out from the weights of each epoch; none are kept.", icon=":material/function:")
        return
    part = "validation" if len(cache.validation_labels(run.config.data)) else "test"
    st.caption(
        f"Mean over the {part} images and the ten classes of (probability − right answer)². The run makes "
        "another loss small; the error is worked out from the weights that were kept after each epoch."
    )
    request = {"run_id": run.id, "epochs": list(kept), "part": part}
    answer(
        "labs.squared_error", "squared_errors", request, _draw_error, run_id=run.id,
        waiting="Working out the error, epoch by epoch …", keeps_last=False,
    )  # fmt: skip


def _draw_error(arrays: Arrays) -> None:
    drawn = error_curve(arrays["epochs"].tolist(), arrays["errors"].tolist())
    st.plotly_chart(draw_error_curve(drawn), key="labs.error", config=CONFIG, alt=drawn.summary)
    st.caption(drawn.summary)


def _epochs(run: Run) -> tuple[EpochMetrics, ...]:
    return () if isinstance(run.config, BaselineConfig) else layered_epochs(run)


def _moment(run: Run) -> Moment | None:
    """The weights that the run's result was measured with, or the newest that were kept."""
    if isinstance(run.config, BaselineConfig):
        return None
    kept = Checkpoints(cache.settings(), run.id).epochs()
    if not kept:
        return None
    result = run.network_result
    is_result = result is not None and result.kept_epoch in kept
    return Moment(result.kept_epoch if result is not None and is_result else kept[-1], kept, is_result)
