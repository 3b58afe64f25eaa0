"""The mean squared error of a run over its epochs, from the weights that were kept; in the inspector."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.errors import AnalysisError
from explorer.evaluation.losses import mean_loss
from explorer.jobs.answers import Answer, Part
from explorer.jobs.looking import Looking
from explorer.storage.arrays import Arrays


def squared_errors(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epochs, part`` → ``epochs`` so far and ``errors``, as many, growing epoch by epoch.

    An error is the mean over images and classes of (softmax − one-hot)², whatever the run trained with.
    """
    epochs = [int(epoch) for epoch in request["epochs"]]
    found: list[float] = []
    for done, epoch in enumerate(epochs, 1):
        if request["part"] == "test":
            looking.unlock_test(int(request["run_id"]))
        looked = looking.open(int(request["run_id"]), epoch)
        images, labels = looked.part(request["part"])
        if not len(images):
            raise AnalysisError(f"The run has no {request['part']} images.")
        found.append(float(mean_loss("mean_squared_error", looked.subject.logits(images), labels)))
        yield Part(done / len(epochs), _arrays(epochs[:done], found))
    return _arrays(epochs, found)


def _arrays(epochs: list[int], errors: list[float]) -> Arrays:
    return {"epochs": np.array(epochs, np.int64), "errors": np.array(errors, np.float64)}
