"""What the networks of a stack answer on the same images, in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config.run import Activation, Loss
from explorer.data.preparation import Scaling, prepare
from explorer.evaluation.evaluate import Answers
from explorer.evaluation.units import is_dead
from explorer.training.objectives import image_losses, likeliest
from explorer.training.step import Network

# Answers in one forward pass, of all networks together: their activations stay in the cache of a CPU.
ANSWERS = 4_000
FEWEST_IMAGES, MOST_IMAGES = 100, 1_000


@dataclass(frozen=True, slots=True)
class Findings(Answers):
    """Of one network: also the dead share of each hidden layer."""

    dead_shares: tuple[float, ...]


def examine(
    network: Network,
    activations: Sequence[Activation],
    images: Tensor,
    labels: Tensor,
    *,
    scaling: Scaling,
    loss: Loss,
    start: int = 0,
) -> list[Findings]:
    """Ask networks ``start`` and following, one for each of ``activations``, about every image.

    ``images`` (N, …) and ``labels`` (N,) lie on the networks' device; the host waits for it once, at the end.
    """
    stack, stop = len(activations), start + len(activations)
    step = min(MOST_IMAGES, max(FEWEST_IMAGES, ANSWERS // stack))
    sums, answers, farthest = [], [], list[Tensor]()
    with torch.inference_mode():
        for first in range(0, len(images), step):
            own = labels[first : first + step].expand(stack, -1)
            logits, strays = network.answer(prepare(images[first : first + step], scaling), start, stop)
            sums.append(image_losses(loss, logits, own).sum(1))
            answers.append(likeliest(logits))
            farthest = [torch.maximum(*pair) for pair in zip(farthest or strays, strays, strict=True)]
        predictions = torch.cat(answers, dim=1)
        hits = (predictions == labels).sum(1).tolist()
        losses = torch.stack(sums).cpu().double().sum(0).tolist()
        shares = _dead_shares(activations, farthest)
        likeliest_classes = predictions.to(torch.uint8).cpu().numpy()
    return [
        Findings(losses[index] / len(images), hits[index], likeliest_classes[index].copy(), shares[index])
        for index in range(stack)
    ]


def _dead_shares(activations: Sequence[Activation], strays: Sequence[Tensor]) -> list[tuple[float, ...]]:
    """For each network, of each hidden layer, from its units' distances (k, units)."""
    dead = [
        torch.stack(
            [is_dead(activation, layer[row]).float().mean() for row, activation in enumerate(activations)]
        )
        for layer in strays
    ]
    if not dead:
        return [()] * len(activations)
    return [tuple(row) for row in torch.stack(dead, dim=1).tolist()]
