"""Who answers which question about a run's network; requests are plain JSON values, answers named arrays."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.data.features import inputs_of
from explorer.errors import AnalysisError
from explorer.evaluation.changes import CHANGES
from explorer.evaluation.robustness import accuracies, examples
from explorer.evaluation.units import UnitWatch
from explorer.inspection.ablation import switch_off_each
from explorer.inspection.attribution import input_times_gradient, integrated_gradients, occlusion
from explorer.inspection.class_images import class_images
from explorer.inspection.embedding import layer_vectors, neighbour_map, principal_components
from explorer.inspection.subject import BATCH
from explorer.inspection.units import feature_maps, layer_activity, unit_activity
from explorer.jobs.looking import Looked, Looking
from explorer.storage.arrays import Arrays
from explorer.training.shelf import PROBE_IMAGES

HISTOGRAM_BINS = 60
EXAMPLES = 8
MOST_VALUES = 50_000  # activations of a layer in an epoch that a histogram counts


@dataclass(frozen=True, slots=True)
class Part:
    """How far an answer is (in [0, 1]) and, where there is something to see already, the answer so far."""

    progress: float
    arrays: Arrays | None = None


Answer = Generator[Part, None, Arrays]
Answerer = Callable[[Mapping[str, Any], Looking], Answer]


def probabilities(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part`` → ``probabilities`` (N, 10) float32 in split order."""
    looked = _open(request, looking)
    images, _ = looked.part(request["part"])
    yield Part(0.1)
    return {"probabilities": looked.subject.probabilities(images).numpy()}


def attribution(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part, index, digit, method`` → ``values`` (28, 28), ``score``, ``baseline_score``.

    ``method``: input_times_gradient, integrated_gradients, or occlusion (with ``patch``).
    """
    looked = _open(request, looking)
    _refuse_features(looked, "Attributions are drawn on pixels; this network sees HOG features.")
    image, digit = _image(looked, request), int(request["digit"])
    yield Part(0.1)
    if request["method"] == "occlusion":
        found = yield from _shares(occlusion(looked.subject, image, digit, int(request.get("patch", 5))))
    elif request["method"] == "integrated_gradients":
        found = integrated_gradients(looked.subject, image, digit)
    else:
        found = input_times_gradient(looked.subject, image, digit)
    return {
        "values": found.values.numpy(),
        "score": np.array(found.score),
        "baseline_score": np.array(found.baseline_score),
    }


def imagined(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, seed, smooth`` → ``images`` (10, 28, 28) float32 in [0, 1], seen while they grow."""
    looked = _open(request, looking)
    _refuse_features(looked, "This network sees HOG features, from which no image can be drawn.")
    growing = class_images(looked.subject, seed=int(request["seed"]), smooth=bool(request["smooth"]))
    while True:
        try:
            share, images = next(growing)
        except StopIteration as end:
            return {"images": end.value.numpy()}
        yield Part(share, {"images": images.numpy()})


def ablation(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part, layer`` → right answers by class: ``images``, ``intact``, ``without``."""
    looked = _open(request, looking)
    images, labels = _sample(looked, request)
    layer = _hidden_layer(looked, request)
    found = yield from _shares(switch_off_each(looked.subject, images, labels, layer))
    return {"images": found.images.numpy(), "intact": found.intact.numpy(), "without": found.without.numpy()}


def unit(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part, layer, unit`` → what drives the unit, as ``UnitActivity`` names it."""
    looked = _open(request, looking)
    images, labels = looked.part(request["part"])
    yield Part(0.1)
    activity = layer_activity(looked.subject, images, _hidden_layer(looked, request))
    chosen = int(request["unit"])
    if not 0 <= chosen < activity.shape[1]:
        raise AnalysisError(f"The layer has {activity.shape[1]:,} units; there is no unit {chosen}.")
    found = unit_activity(activity, labels, chosen)
    return {
        "drivers": found.drivers.numpy(),
        "driven": found.driven.numpy(),
        "counts": found.counts.numpy(),
        "edges": found.edges.numpy(),
        "by_class": found.by_class.numpy(),
    }


def maps(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part, index`` → ``map.0``, ``map.1`` …: (filters, height, width) or (units,)."""
    looked = _open(request, looking)
    yield Part(0.1)
    found = feature_maps(looked.subject, _image(looked, request))
    return {f"map.{number}": values.numpy() for number, values in enumerate(found)}


def activations(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part`` → histogram of each hidden layer: ``counts.0``, ``edges.0`` and so on."""
    looked = _open(request, looking)
    images, _ = _sample(looked, request)
    yield Part(0.1)
    arrays: Arrays = {}
    for number, values in enumerate(looked.subject.activations(images)):
        counts, edges = np.histogram(values.numpy(), HISTOGRAM_BINS)
        arrays |= {f"counts.{number}": counts, f"edges.{number}": edges.astype(np.float32)}
    return arrays


def dead_units(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch`` → for each hidden layer which units are dead: ``dead.0`` (units,) bool and so on.

    Looked for on the images on which training looks: those of validation, else some of training.
    """
    looked = _open(request, looking)
    images = _probe(looked)
    watch = UnitWatch(looked.subject.config.network.activation)
    for start in range(0, len(images), BATCH):
        watch.watch(looked.subject.activations(images[start : start + BATCH]))
        yield Part(min(1.0, (start + BATCH) / len(images)))
    return {f"dead.{number}": units.numpy() for number, units in enumerate(watch.dead_units())}


def activation_history(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epochs, images`` → histograms of each hidden layer over epochs, growing epoch by epoch.

    ``epochs`` so far, ``counts.0`` (epochs so far, bins) over ``edges.0`` (bins + 1,), and so on; edges are
    those of all epochs.
    """
    epochs = [int(epoch) for epoch in request["epochs"]]
    values: list[list[Tensor]] = []
    for done, epoch in enumerate(epochs):
        looked = looking.open(int(request["run_id"]), epoch)
        images = _probe(looked)
        kept = looked.subject.activations(images[_spread(len(images), int(request["images"]))])
        found = [_some(layer.flatten()) for layer in kept]
        values = [[*before, now] for before, now in zip(values or [[] for _ in found], found, strict=True)]
        yield Part((done + 1) / len(epochs), _histograms(values, epochs))
    return _histograms(values, epochs)


def _histograms(values: list[list[Tensor]], epochs: list[int]) -> Arrays:
    arrays: Arrays = {"epochs": np.array(epochs[: len(values[0]) if values else 0])}
    for number, layer in enumerate(values):
        low, high = min(float(each.min()) for each in layer), max(float(each.max()) for each in layer)
        edges = np.linspace(low, high if high > low else low + 1, HISTOGRAM_BINS + 1)
        counts = np.stack([np.histogram(each.numpy(), edges)[0] for each in layer])
        arrays |= {f"counts.{number}": counts, f"edges.{number}": edges.astype(np.float32)}
    return arrays


def _some(values: Tensor) -> Tensor:
    """At most so many of the values, evenly spread."""
    return values if len(values) <= MOST_VALUES else values[_spread(len(values), MOST_VALUES)].clone()


def _probe(looked: Looked) -> Tensor:
    """The images on which dead units are looked for."""
    images, _ = looked.part("validation")
    if len(images):
        return images
    images, _ = looked.part("train")
    return images[torch.linspace(0, len(images) - 1, min(PROBE_IMAGES, len(images))).long()]


def embedding(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part, layer, dimensions, method, images`` → ``points`` (N, dimensions), ``indices``.

    ``method``: pca (with ``shares`` of the variance) or tsne. Layer 0 is the pixels, the last the logits.
    """
    looked = _open(request, looking)
    images, _ = looked.part(request["part"])
    indices = _spread(len(images), int(request["images"]))
    yield Part(0.1)
    layer, dimensions = int(request["layer"]), int(request["dimensions"])
    try:
        vectors = layer_vectors(looked.subject, images[indices], layer)
    except ValueError as error:
        raise AnalysisError(f"There is no such layer: {error}.") from error
    yield Part(0.3)
    arrays: Arrays = {"indices": indices.numpy()}
    if request["method"] == "tsne":
        try:
            return arrays | {"points": neighbour_map(vectors, dimensions)}
        except ValueError as error:
            raise AnalysisError(f"{error}.") from error
    points, shares = principal_components(vectors, dimensions)
    return arrays | {"points": points.numpy(), "shares": shares.numpy()}


def robustness(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part, change, images`` → ``accuracies`` (levels,), growing level by level."""
    looked = _open(request, looking)
    _refuse_features(looked, "Images are changed before HOG is computed; that is not measured here.")
    images, labels = _sample(looked, request)
    change = CHANGES[request["change"]]
    growing = accuracies(looked.subject.logits, images, labels, change)
    while True:
        try:
            share, found = next(growing)
        except StopIteration as end:
            return {"accuracies": np.array(end.value)}
        yield Part(share, {"accuracies": np.array(found)})


def changed_images(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``run_id, epoch, part, change`` → ``images`` (levels, 8, 28, 28) uint8: how the changes look."""
    looked = _open(request, looking)
    _refuse_features(looked, "This network sees HOG features.")
    images, _ = looked.part(request["part"])
    yield Part(0.1)
    chosen = images[_spread(len(images), EXAMPLES)]
    return {"images": examples(chosen, CHANGES[request["change"]]).numpy()}


def _open(request: Mapping[str, Any], looking: Looking) -> Looked:
    if request.get("part") == "test":
        looking.unlock_test(int(request["run_id"]))
    return looking.open(int(request["run_id"]), int(request["epoch"]))


def _sample(looked: Looked, request: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """Images and labels of the part; at most ``images`` of them, evenly spread, where that is asked."""
    images, labels = looked.part(request["part"])
    if not len(images):
        raise AnalysisError(f"The run has no {request['part']} images.")
    indices = _spread(len(images), int(request.get("images", len(images))))
    return images[indices], labels[indices]


def _spread(available: int, wanted: int) -> Tensor:
    """Ascending indices, at most ``wanted``, evenly spread."""
    return torch.linspace(0, available - 1, min(wanted, available)).round().long()


def _image(looked: Looked, request: Mapping[str, Any]) -> Tensor:
    images, _ = looked.part(request["part"])
    index = int(request["index"])
    if not 0 <= index < len(images):
        raise AnalysisError(f"There are {len(images):,} {request['part']} images; there is no image {index}.")
    return images[index]


def _hidden_layer(looked: Looked, request: Mapping[str, Any]) -> int:
    network = looked.subject.config.network
    layers, layer = len(network.blocks) + len(network.hidden), int(request["layer"])
    if not 0 <= layer < layers:
        raise AnalysisError(f"The network has {layers} hidden layers; there is no layer {layer + 1}.")
    return layer


def _refuse_features(looked: Looked, reason: str) -> None:
    if inputs_of(looked.subject.config.data) is not None:
        raise AnalysisError(reason)


def _shares(working: Generator[float, None, Any]) -> Generator[Part, None, Any]:
    """Passes on how much is done; the value at the end."""
    while True:
        try:
            share = next(working)
        except StopIteration as end:
            return end.value
        yield Part(share)


ANSWERERS: dict[str, Answerer] = {
    "probabilities": probabilities,
    "attribution": attribution,
    "class_images": imagined,
    "ablation": ablation,
    "unit": unit,
    "feature_maps": maps,
    "activations": activations,
    "activation_history": activation_history,
    "dead_units": dead_units,
    "embedding": embedding,
    "robustness": robustness,
    "changed_images": changed_images,
}
