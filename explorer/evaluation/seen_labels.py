"""How the test of what was trained on some labels alone went among the images of those."""

from explorer.config.run import Data
from explorer.data.words import labels_in_words
from explorer.records import Evaluation


def among_seen(data: Data, test: Evaluation, percent: str = " %") -> str:
    """What it could learn, and how much of that it got right, in words; empty where it saw all labels.

    ``percent`` is the sign as it stands where the sentences are shown.
    """
    if not data.labels:
        return ""
    images = sum(sum(test.confusion[label]) for label in data.labels)
    right = sum(test.confusion[label][label] for label in data.labels)
    share = f" ({100 * right / images:.2f}{percent})" if images else ""
    return (
        f"It saw the labels {labels_in_words(data)} alone. The test asks all classes: "
        f"{test.images - images:,} of the {test.images:,} images are of others. "
        f"Of the {images:,} that it could learn it got {right:,} right{share}."
    )
