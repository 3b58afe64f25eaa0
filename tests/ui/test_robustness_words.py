from explorer.evaluation.change_levels import CHANGE_LEVELS
from explorer.plots.robustness import robustness
from explorer.ui.robustness_words import EXPLAINED, LEVELS, caption, level_words, sentence

MLP, CNN = "7 · 64 · relu", "9 · lenet"
FALLING = [0.95, 0.9, 0.7, 0.41, 0.2, 0.12, 0.1, 0.1]
STEADY = [0.97, 0.96, 0.95, 0.93, 0.6, 0.4, 0.3, 0.2]


def test_two_runs_are_told_where_they_differ_most():
    told = sentence(robustness(CHANGE_LEVELS["shift"], {MLP: FALLING, CNN: STEADY}))
    assert told == (
        "At 3 pixels of shift run 7 (64 · relu) answers 41 % rightly, run 9 (lenet) 93 %. "
        "Unchanged: 95.0 % (run 7), 97.0 % (run 9)."
    )


def test_runs_that_do_not_differ_are_called_alike():
    told = sentence(robustness(CHANGE_LEVELS["shift"], {MLP: FALLING, CNN: [x + 0.01 for x in FALLING]}))
    assert told.startswith("These runs bear this alike: they are never more than 1.0 points apart.")


def test_one_run_is_told_against_its_unchanged_images():
    told = sentence(robustness(CHANGE_LEVELS["shift"], {MLP: FALLING}))
    assert told == "At 2 pixels of shift run 7 (64 · relu) answers 70 % rightly. Unchanged: 95.0 %."


def test_nothing_is_told_before_there_is_something():
    assert sentence(robustness(CHANGE_LEVELS["shift"], {MLP: FALLING, CNN: []})) == ""


def test_every_change_has_its_words():
    assert LEVELS.keys() == EXPLAINED.keys() == CHANGE_LEVELS.keys()
    for change in CHANGE_LEVELS.values():
        for level in change.levels:
            assert "{" not in level_words(change.name, level)


def test_levels_read_as_one_says_them():
    assert level_words("shift", 1) == "At 1 pixel of shift"
    assert level_words("stroke_width", -1.5) == "With strokes 1.5 pixels thinner"
    assert level_words("occlusion", 8) == "With a square of 8 × 8 pixels covered"
    assert level_words("rotation", -30) == "At −30° of rotation"
    assert caption("scale", 0.5) == "× 0.5"
    assert caption("rotation", -30) == "−30°"
    assert caption("shuffling", 5) == "5 %"
