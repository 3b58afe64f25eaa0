import numpy as np
import pytest

from explorer.plots.gallery import Gallery, gallery, gallery_tiles, percent

# Images 1 and 6 are fours read as nines, 3 a four read as one, 4 a nine read as four; the others are right.
LABELS = np.array([4, 4, 9, 4, 9, 1, 4, 4], np.uint8)
ANSWERS = np.array([4, 9, 9, 1, 4, 1, 9, 4], np.uint8)
SURE = np.array([0.9, 0.6, 0.8, 0.7, 0.5, 0.99, 0.95, 0.4], np.float32)
NAMES = tuple("0123456789")
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 28, 28), dtype=np.uint8)


def probabilities() -> np.ndarray:
    made = np.zeros((8, 10), np.float32)
    made[np.arange(8), ANSWERS] = SURE
    return made


def test_the_images_of_a_cell_are_exactly_those_with_that_truth_and_answer():
    rng = np.random.default_rng(1)
    labels, answers = rng.integers(0, 10, (2, 3_000)).astype(np.uint8)
    for true in range(10):
        for answer in range(10):
            shown = gallery(labels, answers, true=true, answer=answer)
            expected = [i for i in range(3_000) if labels[i] == true and answers[i] == answer]
            assert shown.indices.tolist() == expected


def test_the_surest_mistake_comes_first():
    shown = gallery(LABELS, ANSWERS, probabilities())
    assert shown.indices.tolist() == [6, 3, 1, 4]
    assert shown.confidences is not None
    assert shown.confidences.tolist() == pytest.approx([0.95, 0.7, 0.6, 0.5])
    assert (shown.labels.tolist(), shown.answers.tolist()) == ([4, 4, 4, 9], [9, 1, 9, 4])


def test_one_class_alone_can_be_chosen_on_either_side():
    assert gallery(LABELS, ANSWERS, probabilities(), true=4).indices.tolist() == [6, 3, 1]
    assert gallery(LABELS, ANSWERS, probabilities(), answer=4).indices.tolist() == [4]
    assert gallery(LABELS, ANSWERS, probabilities(), true=4, answer=9).indices.tolist() == [6, 1]


def test_of_right_answers_the_least_sure_comes_first():
    assert gallery(LABELS, ANSWERS, probabilities(), true=4, answer=4).indices.tolist() == [7, 0]


def test_without_probabilities_images_stay_in_order():
    shown = gallery(LABELS, ANSWERS)
    assert shown.indices.tolist() == [1, 3, 4, 6]
    assert shown.confidences is None


def test_pages_hold_every_image_once():
    shown = gallery(LABELS, ANSWERS, probabilities())
    pages = [shown.page(number, 3) for number in (1, 2)]
    assert [page.indices.tolist() for page in pages] == [[6, 3, 1], [4]]
    assert pages[1].confidences is not None
    assert pages[1].confidences.tolist() == pytest.approx([0.5])


def test_a_tile_tells_truth_answer_and_certainty():
    drawn = gallery_tiles(gallery(LABELS, ANSWERS, probabilities()), IMAGES, NAMES, marked=3)
    assert drawn.captions == ("4 → 9<br>95 %", "4 → 1<br>70 %", "4 → 9<br>60 %", "9 → 4<br>50 %")
    assert drawn.hovers[0] == "image 6: 4, read as 9 with 95 %"
    assert drawn.keys == (6, 3, 1, 4)
    assert drawn.marked == (False, True, False, False)
    np.testing.assert_array_equal(drawn.images[0], IMAGES[6])


def test_what_is_not_known_is_not_written():
    drawn = gallery_tiles(gallery(LABELS, ANSWERS, true=4, answer=4), IMAGES, NAMES)
    assert drawn.captions == ("4", "4")
    assert drawn.hovers[0] == "image 0: 4, read rightly"


def test_long_names_take_a_line_each():
    page = Gallery(np.array([0]), np.array([0], np.uint8), np.array([1], np.uint8), None)
    assert gallery_tiles(page, IMAGES, ("Ankle boot", "Bag")).captions == ("Ankle boot<br>→ Bag",)


def test_nearly_certain_is_not_certain():
    assert [percent(share) for share in (0.034, 0.97, 0.9996, 0.99999, 1.0)] == [
        "3 %", "97 %", "99.96 %", "> 99.99 %", "100 %",
    ]  # fmt: skip
