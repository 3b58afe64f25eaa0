"""The numbers a run ended with: the test images in words, then train, validation and test side by side."""

import pandas as pd
import streamlit as st

from explorer.data.words import duration, in_short
from explorer.evaluation.seen_labels import among_seen
from explorer.records import BaselineResult, Evaluation, Run, RunResult, RunStatus
from explorer.ui.looks_at_test import looks_line
from explorer.ui.wording import plain


def numbers(run: Run, result: RunResult) -> None:
    """Draw the result of an ended run."""
    test = result.test
    st.markdown(f"### {test.correct:,} of {test.images:,} test images right")
    with st.container(horizontal=True, gap="medium"):
        part_metric("Test accuracy", test, "Images the network never saw; used once, when the run ended.")
        if result.validation is not None:
            part_metric("Validation accuracy", result.validation, "Images held back to choose settings by.")
        part_metric(
            "Training accuracy", result.train, "The images it learned from, evaluated with the kept weights."
        )
    st.caption(_facts(run, result))
    unlearnt_line(run, test)
    looks_line((run,))
    training = run.network_config.training
    if training.monitor.startswith("test") and (training.patience is not None or training.keep == "best"):
        st.warning(
            "This run used the test images to decide when to stop or which weights to keep, "
            "so its test accuracy is too good to be true for new images.",
            icon=":material/warning:",
        )


def unlearnt_line(run: Run, test: Evaluation) -> None:
    """Say how the test went among the classes that it saw, if it trained on some labels alone."""
    said = among_seen(run.config.data, test)
    if said:
        st.info(plain(said), icon=":material/filter_alt:")


def evaluations(result: RunResult | BaselineResult) -> dict[str, Evaluation]:
    """The parts that were evaluated, by the names on screen, test first."""
    parts = {"Test": result.test, "Validation": result.validation, "Training": result.train}
    return {name: part for name, part in parts.items() if part is not None}


def numbers_table(result: RunResult) -> pd.DataFrame:
    """One row a part: right answers, images, accuracy in percent, loss."""
    return pd.DataFrame(
        [
            {
                "part": name,
                "right": part.correct,
                "images": part.images,
                "accuracy": 100 * part.accuracy,
                "loss": part.loss,
            }
            for name, part in evaluations(result).items()
        ]
    )


def part_metric(label: str, part: Evaluation, meaning: str) -> None:
    """The accuracy on one part, with the loss where there is one."""
    st.metric(
        label,
        f"{100 * part.accuracy:.2f} %",
        delta=None if part.loss is None else f"loss {part.loss:.4g}",
        delta_color="off",
        delta_arrow="off",
        help=f"{meaning} {part.correct:,} of {part.images:,} right.",
        width="content",
    )


def _facts(run: Run, result: RunResult) -> str:
    training = run.network_config.training
    before = run.parent.epoch if run.parent is not None else 0
    own = result.epochs_run - before
    epochs = f"{own:,} epoch{'s' * (own != 1)}"
    if before:
        epochs += f" after {before:,} of its parent,"
    elif run.status is RunStatus.STOPPED or result.epochs_run < training.epochs:
        epochs += f" of {training.epochs:,}"
    kept = f"weights of epoch {result.kept_epoch:,}"
    if training.keep == "best":
        kept += " (the best one)"
    return " · ".join(
        (
            f"{result.parameters:,} parameters",
            f"{epochs} in {duration(result.duration_seconds)}",
            f"{in_short(result.samples_per_second)} images/s",
            kept,
        )
    )
