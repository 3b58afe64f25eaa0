"""The settings of the Backprop page: a small network, its batches, and how it learns; all in the address."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, get_args

import streamlit as st

from explorer.config.fields import field
from explorer.config.run import Activation, Data, Initialisation, Loss, RunConfig
from explorer.data.catalog import DATASETS, presence
from explorer.data.partition import part_sizes
from explorer.data.words import figure, title_of
from explorer.scratch.walk import SMALL_SIDES
from explorer.ui import cache, state
from explorer.ui.dataset_note import dataset_note
from explorer.ui.form import choices_of
from explorer.ui.wording import plain

MOST_UNITS = 16
COUNTS = (100, 200, 400, 800, 1200)
RATES = (*(float(f"{digit}e{power}") for power in (-4, -3, -2, -1, 0) for digit in (1, 2, 5)), 10.0)
OPTIMIZERS = ("sgd", "adam", "rmsprop", "adagrad")
WITH_MOMENTUM = ("sgd", "rmsprop")
MOMENTA = (0.0, 0.5, 0.9, 0.99)

DEFAULTS: dict[str, Any] = {
    "dataset": "digits", "side": 7, "images": 400, "batch_size": 8, "units": 12, "second": 0,
    "activation": "tanh", "initialisation": "glorot_normal", "loss": "cross_entropy", "optimizer": "sgd",
    "rate": 0.5, "momentum": 0.0, "seed": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setup:
    """What is walked through: a run's configuration, and the side of the images in pixels."""

    config: RunConfig
    side: int

    @property
    def in_words(self) -> str:
        """The network and how it learns, in one line."""
        network, config = self.config.network, self.config
        units = " → ".join(str(count) for count in (self.side**2, *network.hidden, 10))
        rule = config.optimizer
        return (
            f"{title_of(config.data.dataset)} · {units} · {title_of(network.activation)} · "
            f"{title_of(config.loss)} · {title_of(rule.name)} {figure(rule.learning_rate)} · "
            f"batches of {config.training.batch_size}"
        )

    @property
    def key(self) -> str:
        """The same text for the same setup."""
        return f"{self.side} {self.config.model_dump_json()}"


def settings() -> Setup:
    """Draw the controls, folded; what they are set to. Without the dataset's files, the bundled digits."""
    with st.expander("Network, data and learning", icon=":material/tune:", key="backprop.settings"):
        _controls()
        st.button("Back to defaults", icon=":material/restart_alt:", type="tertiary", on_click=_reset)
    setup = _setup()
    name = setup.config.data.dataset
    if presence(name, cache.settings().data).is_ready:
        return _with_images_there_are(setup)
    dataset_note(name)
    st.caption(f"Until {plain(DATASETS[name].title)} is here, the page goes on with the bundled digits.")
    data = setup.config.data.model_copy(update={"dataset": "digits"})
    return replace(setup, config=setup.config.model_copy(update={"data": data}))


def _with_images_there_are(setup: Setup) -> Setup:
    """The setup with all images of a dataset that has fewer than are asked for, and a line that says so."""
    data = setup.config.data
    available = part_sizes(Data(dataset=data.dataset)).train
    if data.train_size is None or data.train_size <= available:
        return setup
    st.caption(f"{plain(DATASETS[data.dataset].title)} has {available:,} images to learn from: all are used.")
    fewer = data.model_copy(update={"train_size": available})
    return replace(setup, config=setup.config.model_copy(update={"data": fewer}))


def _controls() -> None:
    data, network, learning = st.columns(3, gap="large")
    with data:
        _choice("Dataset", "dataset", choices_of("data.dataset"), _help("data.dataset"))
        _steps(
            "Image size",
            "side",
            SMALL_SIDES,
            "Each pixel of a smaller image is the mean of a square of the 28 × 28 pixels. "
            "With fewer inputs every weight can be read.",
            lambda side: f"{side} × {side}",
        )
        _steps("Images an epoch", "images", COUNTS, "How many training images there are.")
        _count("Batch size", "batch_size", 1, 32, "Images a step: the columns of X.")
    with network:
        _count(
            "Units of hidden layer 1",
            "units",
            1,
            MOST_UNITS,
            "More units can tell more apart; fewer can be read.",
        )
        _count(
            "Units of hidden layer 2",
            "second",
            0,
            MOST_UNITS,
            "A second layer between the first and the output; 0 leaves it out.",
        )
        _choice("Activation", "activation", get_args(Activation), _help("network.activation"))
        _choice(
            "Initial weights", "initialisation", get_args(Initialisation), _help("network.initialisation")
        )
    with learning:
        _choice("Loss", "loss", get_args(Loss), _help("loss"))
        _choice("Optimizer", "optimizer", OPTIMIZERS, _help("optimizer.name"))
        _steps("Learning rate", "rate", RATES, _help("optimizer.learning_rate"), figure)
        takes_momentum = state.recall("optimizer") in WITH_MOMENTUM
        _steps(
            "Momentum", "momentum", MOMENTA, _help("optimizer.momentum"), figure, disabled=not takes_momentum
        )
        st.number_input(
            "Seed",
            0,
            2**31 - 1,
            DEFAULTS["seed"],
            help=_help("training.seed"),
            key="seed",
            bind="query-params",
        )


# Values that are not the default are in the address, by the names of these keys.


def _choice(label: str, key: str, choices: tuple[str, ...], help_text: str) -> None:
    st.selectbox(
        label,
        choices,
        choices.index(DEFAULTS[key]),
        format_func=title_of,
        help=help_text,
        key=key,
        bind="query-params",
    )


def _steps(
    label: str,
    key: str,
    choices: tuple[Any, ...],
    help_text: str,
    words: Callable[[Any], str] = str,
    *,
    disabled: bool = False,
) -> None:
    st.select_slider(
        label,
        choices,
        DEFAULTS[key],
        format_func=words,
        help=help_text,
        key=key,
        bind="query-params",
        disabled=disabled,
    )


def _count(label: str, key: str, least: int, most: int, help_text: str) -> None:
    st.slider(label, least, most, DEFAULTS[key], help=help_text, key=key, bind="query-params")


def _help(path: str) -> str:
    entry = field(path)
    return plain(entry.help) if entry is not None else ""


def _setup() -> Setup:
    chosen = {key: state.recall(key) for key in DEFAULTS}
    momentum = chosen["momentum"] if chosen["optimizer"] in WITH_MOMENTUM else 0.0
    config = RunConfig.model_validate(
        {
            "data": {"dataset": chosen["dataset"], "train_size": chosen["images"], "scaling": "unit"},
            "network": {
                "hidden": [units for units in (chosen["units"], chosen["second"]) if units],
                "activation": chosen["activation"],
                "initialisation": chosen["initialisation"],
                "biases": "zeros",
            },
            "loss": chosen["loss"],
            "optimizer": {
                "name": chosen["optimizer"],
                "learning_rate": chosen["rate"],
                "momentum": momentum,
            },
            "training": {"batch_size": chosen["batch_size"], "seed": chosen["seed"], "engine": "numpy"},
        }
    )
    return Setup(config, chosen["side"])


def _reset() -> None:
    for name, value in DEFAULTS.items():
        state.keep(name, value)
