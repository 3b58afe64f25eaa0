"""The mean squared error over the epochs, of a real trained network."""

import numpy as np
import pytest

from explorer.errors import AnalysisError, CheckpointError
from explorer.jobs.answering import KNOWN
from explorer.jobs.answers import Part
from explorer.jobs.execution import train_here
from explorer.jobs.looking import Looking
from explorer.records import Run
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.jobs.conftest import small


def ask(
    store: Store, settings: Settings, run: Run, **request: object
) -> tuple[list[Part], dict[str, np.ndarray]]:
    working = KNOWN["squared_errors"](
        {"run_id": run.id, "part": "validation", **request}, Looking(store, settings)
    )
    parts: list[Part] = []
    while True:
        try:
            parts.append(next(working))
        except StopIteration as end:
            return parts, end.value


def test_it_is_the_loss_of_a_run_that_trained_with_it_and_grows_epoch_by_epoch(
    store: Store, settings: Settings
):
    run = train_here(store, settings, small(loss="mean_squared_error", training__device="cpu"))
    parts, found = ask(store, settings, run, epochs=[1, 2, 3])
    recorded = [epoch.validation_loss for epoch in store.epochs(run.id)]
    np.testing.assert_allclose(found["errors"], recorded, rtol=1e-5)
    assert found["epochs"].tolist() == [1, 2, 3]
    assert [len(part.arrays["errors"]) for part in parts if part.arrays is not None] == [1, 2, 3]
    assert parts[-1].progress == 1.0


def test_epochs_and_parts_that_are_not_there_are_refused_in_words(store: Store, settings: Settings):
    run = train_here(
        store, settings, small(training__epochs=1, training__device="cpu", data__validation_fraction=0.0)
    )
    with pytest.raises(CheckpointError, match="epoch 9 are not kept"):
        ask(store, settings, run, epochs=[9], part="test")
    with pytest.raises(AnalysisError, match="no validation images"):
        ask(store, settings, run, epochs=[1])
