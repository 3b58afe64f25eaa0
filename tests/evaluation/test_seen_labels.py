import numpy as np

from explorer.config.run import Data
from explorer.evaluation.metrics import accuracy, per_class
from explorer.evaluation.seen_labels import among_seen
from explorer.records import Evaluation


def evaluation(counts: np.ndarray) -> Evaluation:
    rows = tuple(tuple(int(count) for count in row) for row in counts)
    return Evaluation(None, accuracy(counts), rows, per_class(counts))


def test_what_it_could_learn_is_told_apart_from_what_it_never_saw():
    counts = np.zeros((10, 10), dtype=int)
    counts[3, 3], counts[3, 8], counts[8, 8], counts[0, 8] = 7, 1, 4, 20
    assert among_seen(Data(labels=(3, 8)), evaluation(counts)) == (
        "It saw the labels 3, 8 alone. The test asks all classes: 20 of the 32 images are of others. "
        "Of the 12 that it could learn it got 11 right (91.67 %)."
    )


def test_without_test_images_of_its_labels_no_share_is_told():
    counts = np.zeros((10, 10), dtype=int)
    counts[0, 8] = 20
    said = among_seen(Data(dataset="fashion_mnist", labels=(3, 8)), evaluation(counts))
    assert said.startswith("It saw the labels 3 Dress, 8 Bag alone.")
    assert said.endswith("Of the 0 that it could learn it got 0 right.")


def test_of_what_saw_all_labels_nothing_is_said():
    assert among_seen(Data(), evaluation(np.eye(10, dtype=int))) == ""
