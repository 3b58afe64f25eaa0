import pytest

from explorer.data.words import duration, in_short, setting_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0004, "1 ms"),
        (0.04, "40 ms"),
        (2.51, "2.5 s"),
        (42.4, "42 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_short(seconds: float, words: str):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [("data.labels", [], "all"), ("data.labels", [3, 8], "3 · 8"), ("network.hidden", [], "none")],
)
def test_no_labels_are_all_and_no_layers_are_none(path: str, value: list[int], words: str):
    assert setting_in_words(path, value) == words


@pytest.mark.parametrize(("count", "words"), [(950, "950"), (12_345, "12.3 k"), (4_600_000, "4.6 M")])
def test_counts_have_three_digits(count: int, words: str):
    assert in_short(count) == words
