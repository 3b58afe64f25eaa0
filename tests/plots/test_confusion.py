import pytest

from explorer.plots.confusion import confusion_matrix, draw_confusion, largest_mistakes, most_confused

# Rows are the true classes: of four a's one was read as b; both b's were read as c; there is no c.
COUNTS = ((3, 1, 0), (0, 0, 2), (0, 0, 0))


def test_shares_are_of_the_images_of_a_row():
    matrix = confusion_matrix(COUNTS, "abc")
    assert matrix.shares == ((0.75, 0.25, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
    assert matrix.mistakes == 3


def test_every_cell_is_told_in_words():
    matrix = confusion_matrix(COUNTS, "abc")
    assert matrix.sentences[0][1] == "a read as b: 1 image (25.0 %)"
    assert matrix.sentences[1][2] == "b read as c: 2 images (100.0 %)"
    assert matrix.sentences[0][0] == "a classified correctly: 3 images (75.0 %)"


def test_the_largest_mistakes_come_first_and_hits_never():
    matrix = confusion_matrix(COUNTS, "abc")
    assert largest_mistakes(matrix) == ("b read as c: 2 images (100.0 %)", "a read as b: 1 image (25.0 %)")
    assert largest_mistakes(confusion_matrix(((5, 0), (0, 5)), "ab")) == ()


def test_counts_that_do_not_fit_the_names_are_refused():
    with pytest.raises(ValueError, match="2 names need 2×2"):
        confusion_matrix(COUNTS, "ab")


def test_the_colour_scale_is_that_of_the_mistakes_alone():
    hits, mistakes, text = draw_confusion(confusion_matrix(COUNTS, "abc")).data
    assert [list(row) for row in hits.z] == [[1, None, None], [None, 1, None], [None, None, 1]]
    assert [list(row) for row in mistakes.z] == [[None, 1, None], [None, None, 2], [None, None, None]]
    assert (mistakes.zmin, mistakes.zmax) == (0, 2)
    assert list(text.text) == ["3", "1", "", "", "", "2", "", "", ""]
    assert text.hovertext[5] == "b read as c: 2 images (100.0 %)"


def test_the_text_of_a_cell_lies_on_its_cell():
    text = draw_confusion(confusion_matrix(COUNTS, "abc")).data[2]
    place = list(zip(text.y, text.x, text.text, strict=True))
    assert ("a", "b", "1") in place  # rows = true class
    assert ("b", "c", "2") in place


def test_row_percentages_are_written_without_losing_small_ones():
    _, mistakes, text = draw_confusion(confusion_matrix(COUNTS, "abc"), as_shares=True).data
    assert [cell for cell in text.text if cell] == ["75.0", "25.0", "100"]
    assert mistakes.zmax == 1.0


def test_a_matrix_without_mistakes_can_be_drawn():
    assert draw_confusion(confusion_matrix(((2, 0), (0, 2)), "ab")).data[1].zmax == 1


def test_a_click_tells_the_cell_and_the_chosen_one_is_framed():
    figure = draw_confusion(confusion_matrix(COUNTS, "abc"), marked=(0, 1))
    assert [list(cell) for cell in figure.data[2].customdata[:4]] == [[0, 0], [0, 1], [0, 2], [1, 0]]
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, -0.5, 0.5)
    assert not draw_confusion(confusion_matrix(COUNTS, "abc")).layout.shapes


def test_the_most_confused_cells_are_those_of_the_sentences():
    assert most_confused(confusion_matrix(COUNTS, "abc")) == ((1, 2), (0, 1))
