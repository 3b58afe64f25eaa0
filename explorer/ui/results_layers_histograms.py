"""How weights and activations of each layer are spread, epoch by epoch."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.data.features import inputs_of
from explorer.errors import CheckpointError
from explorer.models.architecture import WeightLayer, count_parameters, weight_layers
from explorer.plots.histograms import (
    History,
    Spread,
    draw_histogram,
    draw_history,
    history_of_counts,
    history_of_spreads,
    spread,
)
from explorer.records import Run
from explorer.storage.arrays import Arrays
from explorer.storage.checkpoints import Checkpoints
from explorer.ui import cache
from explorer.ui.answers import answer
from explorer.ui.scrubber import Moment
from explorer.ui.wording import plain

MOST_EPOCHS = 30
FEWEST_EPOCHS = 5
# Weights read at one look; more would hold up the page.
MOST_WEIGHTS = 8_000_000
ACTIVATION_IMAGES = 200
WIDE, NARROW, GAP = 340, 240, 18  # of one layer; two layers stand side by side where there is room
NO_MODE_BAR = {"displayModeBar": False}


def histograms(run: Run, moment: Moment) -> None:
    """Draw the histograms of every layer over the epochs, and that of the moment beside them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**How values are spread**", width="content")
        what = st.segmented_control(
            "Values", ["Weights", "Activations"], default="Weights", required=True,
            key=f"layers.values:{run.id}", label_visibility="collapsed",
        )  # fmt: skip
    layers = weight_layers(run.network_config.network, inputs=inputs_of(run.config.data))
    if what == "Weights":
        _weights(run, moment, layers)
    else:
        _activations(run, moment, layers[:-1])


def some_epochs(kept: Sequence[int], most: int, chosen: int) -> tuple[int, ...]:
    """At most so many of the kept epochs: the first, the last, the chosen one, and others evenly between."""
    if len(kept) <= most:
        return tuple(kept)
    places = np.linspace(0, len(kept) - 1, most).round().astype(int)
    taken = [kept[place] for place in places]
    if chosen in kept and chosen not in taken:
        nearest = min(range(1, most - 1), key=lambda place: abs(taken[place] - chosen))
        taken[nearest] = chosen
    return tuple(sorted(taken))


def _weights(run: Run, moment: Moment, layers: Sequence[WeightLayer]) -> None:
    config = run.network_config
    parameters = count_parameters(config.network, inputs=inputs_of(config.data))
    most = max(FEWEST_EPOCHS, min(MOST_EPOCHS, MOST_WEIGHTS // max(1, parameters)))
    epochs = some_epochs(moment.kept, most, moment.epoch)
    checkpoints = Checkpoints(cache.settings(), run.id)
    found: dict[int, Mapping[str, Spread]] = {}
    problem = ""
    for epoch in epochs:
        try:
            found[epoch] = cache.small_made_once(
                partial(_spreads, checkpoints, epoch),
                "spread of weights", str(checkpoints.folder), epoch, checkpoints.written_at(epoch),
            )  # fmt: skip
        except CheckpointError as error:
            problem = str(error)
    if problem:
        st.warning(plain(problem), icon=":material/broken_image:", title="Not all epochs can be shown")
    st.caption(
        "Of each layer's weights, how many have which value: the more, the fuller the colour."
        + _left_out(epochs, moment.kept)
    )
    cards = st.container(horizontal=True, gap="medium")
    for layer in layers:
        name = f"{layer.prefix}.weight"
        having = [epoch for epoch in found if name in found[epoch]]
        if having:
            history = history_of_spreads(having, [found[epoch][name] for epoch in having])
            _layer(cards, run, moment.epoch, f"weight of {layer.name}", history)


def _spreads(checkpoints: Checkpoints, epoch: int) -> dict[str, Spread]:
    arrays = checkpoints.load(epoch)
    return {name: spread(values) for name, values in arrays.items() if name.endswith(".weight")
            and ".norm." not in name}  # fmt: skip


def _activations(run: Run, moment: Moment, layers: Sequence[WeightLayer]) -> None:
    epochs = some_epochs(moment.kept, MOST_EPOCHS, moment.kept[-1])
    st.caption(
        f"What the units of each layer answer to {ACTIVATION_IMAGES} images: the more answers of a value, "
        "the fuller the colour." + _left_out(epochs, moment.kept)
    )
    answer(
        "layers.activations", "activation_history",
        {"run_id": run.id, "epochs": list(epochs), "images": ACTIVATION_IMAGES},
        lambda found: _draw_activations(run, moment, layers, found), run_id=run.id,
        waiting=f"Asking the networks of {len(epochs)} epochs …",
    )  # fmt: skip


def _draw_activations(run: Run, moment: Moment, layers: Sequence[WeightLayer], found: Arrays) -> None:
    cards = st.container(horizontal=True, gap="medium")
    for number, layer in enumerate(layers):
        if f"counts.{number}" not in found:
            continue
        history = history_of_counts(
            found["epochs"].tolist(), found[f"counts.{number}"], found[f"edges.{number}"]
        )
        _layer(cards, run, moment.epoch, f"activation of {layer.name}", history)


def _layer(cards: DeltaGenerator, run: Run, epoch: int, what: str, history: History) -> None:
    """One layer: all epochs, and beside them the one that is looked at."""
    pair = cards.container(horizontal=True, gap="small", width=WIDE + NARROW + GAP)
    with pair.container(width=WIDE):
        st.plotly_chart(
            draw_history(history, what, epoch),
            key=f"layers.history:{run.id}:{what}", config=NO_MODE_BAR,
            alt=f"How each {what} is spread over {len(history.epochs)} epochs",
        )  # fmt: skip
    if epoch in history.epochs:
        with pair.container(width=NARROW):
            shares = history.shares[history.epochs.index(epoch)]
            st.plotly_chart(
                draw_histogram(history.edges, shares, f"after epoch {epoch:,}"),
                key=f"layers.alone:{run.id}:{what}", config=NO_MODE_BAR,
                alt=f"Histogram of each {what} after epoch {epoch}",
            )  # fmt: skip


def _left_out(shown: Sequence[int], kept: Sequence[int]) -> str:
    return "" if len(shown) == len(kept) else f" {len(shown)} of {len(kept)} kept epochs."
