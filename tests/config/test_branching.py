"""A branch may learn in another way, but not of other images or with another network."""

import pytest

from explorer.config.branching import branch_problems, free_fields, restarts_schedule
from explorer.config.fields import values_by_path
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig

PARENT = config_from_paths({"network.hidden": [16], "training.epochs": 5, "training.batch_size": 64})


def changed(**changes: object) -> RunConfig:
    own = {path.replace("__", "."): value for path, value in changes.items()}
    return config_from_paths(values_by_path(PARENT) | {"training.epochs": 10} | own)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer__name": "sgd", "optimizer__momentum": 0.9, "optimizer__learning_rate": 0.5},
        {"schedule__name": "one_cycle"},
        {"regularisation__l2": 0.01, "regularisation__activation_noise": 0.1, "network__dropout": 0.5},
        {"training__batch_size": "full", "training__seed": 7, "training__patience": 2},
        {"data__augmentation__shift": 2.0},
    ],
)
def test_how_it_learns_is_free(changes: dict[str, object]) -> None:
    assert branch_problems(PARENT, 5, changed(**changes)) == ()


def test_what_does_not_fit_the_weights_is_named_all_of_it() -> None:
    wrong = changed(
        network__hidden=[8],
        network__activation="tanh",
        data__dataset="mnist",
        data__split_seed=3,
        data__scaling="unit",
        loss="mean_squared_error",
        training__engine="numpy",
        training__epochs=4,
    )
    problems = branch_problems(PARENT, 4, wrong)
    assert {problem.field for problem in problems} == {
        "network.hidden", "network.activation", "data.dataset", "data.split_seed", "data.scaling", "loss",
        "training.engine", "training.epochs",
    }  # fmt: skip
    assert "network.hidden must be [16] as in the run it branches off from, got [8]." in [
        str(each).partition(" A branch")[0] for each in problems
    ]


def test_a_schedule_that_is_changed_begins_anew_and_its_warm_up_must_fit() -> None:
    assert not restarts_schedule(PARENT, changed())
    warm = changed(schedule__name="cosine", schedule__warmup_epochs=5)
    assert restarts_schedule(PARENT, warm)
    assert [problem.field for problem in branch_problems(PARENT, 5, warm)] == ["schedule.warmup_epochs"]
    assert branch_problems(PARENT, 4, warm) == ()


def test_fields_of_images_and_network_are_not_offered() -> None:
    offered = {entry.path for entry in free_fields()}
    assert {"optimizer.learning_rate", "schedule.gamma", "network.dropout"} < offered
    assert not offered & {"network.hidden", "data.dataset", "loss", "training.engine", "data.noisy_copies"}
