"""The answer to a preview: a stack of small copies of one run, trained while somebody looks."""

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.config.parsing import parse_config
from explorer.errors import AnalysisError
from explorer.jobs.answers import Answer, Part
from explorer.jobs.looking import Looking
from explorer.jobs.previews import small_copies, why_not
from explorer.records import EpochMetrics
from explorer.storage.arrays import Arrays
from explorer.training.stack import Member, MemberEnd, train_stack

ENOUGH_SECONDS = 1.5  # no epoch is begun after that


def preview(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``field, config`` → ``validation_accuracy``, ``train_loss`` (epochs, values), NaN where one diverged.

    Grows by an epoch at a time, as many as fit into about two seconds.
    """
    config, field = parse_config(request["config"]), str(request["field"])
    reason = why_not(config, field)
    if reason:
        raise AnalysisError(reason)
    copies = small_copies(config, field)
    epochs = copies[0].training.epochs
    yield Part(0.0)
    splits = looking.load(copies[0].data)
    members = [Member(copy, splits) for copy in copies]
    accuracies, losses = np.full((2, epochs, len(copies)), math.nan)
    waiting, complete = {epoch: set(range(len(copies))) for epoch in range(1, epochs + 1)}, 0
    began = time.monotonic()
    events = train_stack(members, torch.device("cpu"))
    try:
        for index, event in events:
            if isinstance(event, EpochMetrics):
                losses[event.epoch - 1, index] = event.train_loss
                if event.validation_accuracy is not None:
                    accuracies[event.epoch - 1, index] = event.validation_accuracy
                waiting[event.epoch].discard(index)
            elif isinstance(event, MemberEnd):
                for others in waiting.values():
                    others.discard(index)
            if complete < epochs and not waiting[complete + 1]:
                complete += 1
                yield Part(complete / epochs, _arrays(accuracies, losses, complete))
                if time.monotonic() - began > ENOUGH_SECONDS:
                    break
            else:
                yield Part(complete / epochs)
    finally:
        events.close()
    return _arrays(accuracies, losses, complete)


def _arrays(accuracies: NDArray[np.float64], losses: NDArray[np.float64], epochs: int) -> Arrays:
    return {"validation_accuracy": accuracies[:epochs].copy(), "train_loss": losses[:epochs].copy()}
