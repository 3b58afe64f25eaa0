"""The learning rate over the epochs, in the fold of the schedule."""

import pytest

from explorer.config.parsing import config_from_paths
from explorer.storage.store import Store
from explorer.ui.schedule_preview import in_words, planned

from .conftest import Opener, texts


def words(**values: object) -> str:
    changed = {path.replace("__", "."): value for path, value in values.items()}
    return in_words(planned(config_from_paths({"optimizer.learning_rate": 0.01, **changed})))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "Every step has the rate 0.01."),
        (
            {"schedule__name": "step", "schedule__gamma": 0.1, "schedule__step_epochs": 4},
            "From 0.01 in the first step down to 0.0001 in the last.",
        ),
        (
            {"schedule__warmup_epochs": 2, "training__batch_size": "full"},
            "From 0.005 in the first step up to 0.01 after 1 epoch; then it stays.",
        ),
        (
            {"schedule__name": "one_cycle", "training__batch_size": "full"},
            "From 0.0004 in the first step up to 0.01 after 2 epochs, down to 4e-08 in the last.",
        ),
    ],
    ids=["constant", "steps", "warm-up", "one-cycle"],
)
def test_words_tell_the_first_the_greatest_and_the_last_rate(values: dict[str, object], expected: str):
    assert words(**values) == expected


def test_noisy_copies_make_an_epoch_longer():
    plain = planned(config_from_paths({}))
    noisy = planned(config_from_paths({"data.noisy_copies": 1}))
    assert (plain.steps_per_epoch, noisy.steps_per_epoch) == (21, 41)  # of 1,293 and of 2,586 images


def test_the_figure_follows_the_form(store: Store, open_page: Opener):
    tab = open_page(**{"schedule.name": "cosine"})
    assert "From 0.001 in the first step down to" in texts(tab.caption)
    assert len(tab.get("plotly_chart")) == 1
    tab.number_input(key="control:schedule.warmup_epochs").set_value(2).run()
    assert "up to 0.001 after 1.95 epochs" in texts(tab.caption)


def test_a_rate_that_stays_needs_no_figure(store: Store, open_page: Opener):
    tab = open_page()
    assert "Every step has the rate 0.001." in texts(tab.caption)
    assert not tab.get("plotly_chart")


def test_a_form_that_is_not_complete_has_no_figure(store: Store, open_page: Opener):
    tab = open_page(**{"schedule.name": "cosine"})
    tab.number_input(key="control:optimizer.learning_rate").set_value(20.0).run()
    assert texts(tab.exception) == ""
    assert not tab.get("plotly_chart")


def test_a_lesson_that_hides_the_schedule_does_not_draw_it(store: Store, open_page: Opener):
    tab = open_page(**{"schedule.name": "cosine", "hide": "schedule.name"})
    assert texts(tab.exception) == ""
    assert not tab.get("plotly_chart")
