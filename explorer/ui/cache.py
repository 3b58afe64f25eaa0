"""What every tab of one dashboard process shares: the settings, the open store, the hold on the runner."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config.run import Data
from explorer.data.files import Arrays, load_arrays
from explorer.data.partition import Partition, partition
from explorer.jobs.runner import attach_dashboard
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store

Value = TypeVar("Value")


def settings() -> Settings:
    """The settings of this process, read from the environment."""
    return read_settings()


def store() -> Store:
    """The open run store; a failure to open it is not remembered, so the next look tries again.

    Raises:
        StoreError: the store is corrupt, read-only, full or unreachable.
    """
    opened = _store(settings())
    if opened.is_detached:
        opened.close()
        forget_all()
        opened = _store(settings())
    return opened


def attach() -> None:
    """Tell the runner, once a process, that a dashboard is here until this process ends."""
    _attachment(settings())


@st.cache_resource(show_spinner=False)
def _store(settings: Settings) -> Store:
    return open_store(settings)


@st.cache_resource(show_spinner=False)
def _attachment(settings: Settings) -> object:
    return attach_dashboard(settings) or True


def validation_labels(data: Data) -> NDArray[np.uint8]:
    """The classes of the validation images in split order, read-only.

    Raises:
        DatasetError: a file of the dataset is missing or damaged.
    """
    return _validation_labels(data.model_dump_json(), settings().data)


@st.cache_resource(show_spinner=False, max_entries=8)
def _validation_labels(data: str, folder: Path) -> NDArray[np.uint8]:
    arrays, parts = _parted(data, folder)
    return _read_only(arrays.train_labels[parts.validation])


def validation_images(data: Data) -> NDArray[np.uint8]:
    """The validation images (N, 28, 28) in split order, read-only.

    Raises:
        DatasetError: a file of the dataset is missing or damaged.
    """
    return _validation_images(data.model_dump_json(), settings().data)


@st.cache_resource(show_spinner=False, max_entries=4)
def _validation_images(data: str, folder: Path) -> NDArray[np.uint8]:
    arrays, parts = _parted(data, folder)
    return _read_only(arrays.train_images[parts.validation])


def test_images(data: Data) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The test images (N, 28, 28) of a run and their classes (N,), in split order, read-only.

    Raises:
        DatasetError: a file of the dataset is missing or damaged.
    """
    images, labels = _test_images(data.model_dump_json(), settings().data)
    return images, labels


@st.cache_resource(show_spinner=False, max_entries=4)
def _test_images(data: str, folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    arrays, parts = _parted(data, folder)
    return _read_only(arrays.test_images[parts.test]), _read_only(arrays.test_labels[parts.test])


def _parted(data: str, folder: Path) -> tuple[Arrays, Partition]:
    """The files of a run's dataset, and which of their images are in which part."""
    config = Data.model_validate_json(data)
    arrays = load_arrays(config.dataset, folder)
    return arrays, partition(arrays.train_labels, arrays.test_labels, config)


def _read_only(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    values.setflags(write=False)
    return values


def made_once(make: Callable[[], Value], *key: str | int | bool) -> Value:
    """What ``make`` returned for this key when it was last needed; all tabs share it, so never change it.

    What ``make`` raises is raised each time and not remembered.
    """
    value: Value = _made_once(key, make)
    return value


@st.cache_resource(show_spinner=False, max_entries=32)
def _made_once(key: tuple[str | int | bool, ...], _make: Callable[[], Any]) -> Any:  # noqa: ARG001 - the key
    return _make()


def small_made_once(make: Callable[[], Value], *key: str | int | bool) -> Value:
    """As ``made_once``, for values of a few kilobytes, of which many are kept."""
    value: Value = _small_made_once(key, make)
    return value


@st.cache_resource(show_spinner=False, max_entries=2_000)
def _small_made_once(key: tuple[str | int | bool, ...], _make: Callable[[], Any]) -> Any:  # noqa: ARG001 - the key
    return _make()


def large_made_once(make: Callable[[], Value], *key: str | int | bool) -> Value:
    """As ``made_once``, for values of up to 40 MB, of which few are kept."""
    value: Value = _large_made_once(key, make)
    return value


@st.cache_resource(show_spinner=False, max_entries=6)
def _large_made_once(key: tuple[str | int | bool, ...], _make: Callable[[], Any]) -> Any:  # noqa: ARG001 - the key
    return _make()


def forget_all() -> None:
    """Let the open stores and the hold on the runner go, as the end of the process would."""
    _store.clear()
    _attachment.clear()
