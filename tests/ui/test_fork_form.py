"""What a branch's settings amount to, and what is said of them."""

from explorer.config.fields import values_by_path
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.ui import fork_form

SGD = {"optimizer.name": "sgd", "optimizer.momentum": 0.9, "optimizer.learning_rate": 0.1}


def config(**fields: object) -> RunConfig:
    return config_from_paths({path.replace("__", "."): value for path, value in fields.items()})


def read(before: RunConfig, epoch: int = 3, **changes: object) -> RunConfig:
    own = {path.replace("__", "."): value for path, value in changes.items()}
    reading = fork_form.read(before, epoch, values_by_path(before) | own)
    assert reading.config is not None, reading.problems
    return reading.config


def test_settings_that_have_no_say_any_more_are_dropped_and_not_refused() -> None:
    before = config_from_paths(SGD)
    branch = read(before, optimizer__name="adam", optimizer__learning_rate=0.001)
    assert branch.optimizer.momentum == 0
    differences = fork_form.differences(before, branch)
    assert differences == ("Optimizer SGD → Adam", "Learning rate 0.1 → 0.001")


def test_settings_that_had_no_say_before_stay_as_they_were() -> None:
    before = config(schedule__gamma=0.5, network__initialisation_sigma=0.3, data__noisy_copies_sigma=0.2)
    assert read(before) == before
    assert fork_form.differences(before, read(before, training__epochs=20)) == ()


def test_all_problems_of_a_branch_are_found() -> None:
    values = values_by_path(config()) | {"optimizer.learning_rate": 30.0, "training.batch_size": 0}
    problems = fork_form.read(config(), 3, values).problems
    assert {problem.field for problem in problems} == {"optimizer.learning_rate", "training.batch_size"}
    problems = fork_form.read(config(), 12, values_by_path(config())).problems
    assert [problem.field for problem in problems] == ["training.epochs"]


def test_only_settings_with_a_say_are_offered() -> None:
    first, others = fork_form.fields_offered(values_by_path(config()))
    paths = [entry.path for entry in first]
    assert paths[:3] == ["optimizer.learning_rate", "optimizer.name", "training.batch_size"]
    assert "optimizer.momentum" not in paths
    assert {"training.seed", "regularisation.clip_norm"} < {entry.path for entry in others}
    first, _ = fork_form.fields_offered(values_by_path(config_from_paths(SGD)))
    assert "optimizer.momentum" in [entry.path for entry in first]


def told(before: RunConfig, branch: RunConfig, newest: int | None = 3) -> str:
    return " ".join(fork_form.what_goes_on(before, branch, 3, newest))


def test_what_becomes_of_memory_and_schedule_is_said() -> None:
    adam, cosine = config(), config(schedule__name="cosine")
    assert told(adam, adam) == "Adam goes on with what it remembers of earlier gradients."
    assert (
        "begins anew, without a memory of earlier gradients. The memory is kept of the newest epoch"
        in told(adam, adam, newest=8)
    )
    assert told(adam, config(optimizer__name="rmsprop")) == (
        "RMSprop begins anew, without a memory of earlier gradients."
    )
    assert told(adam, config(optimizer__name="sgd")) == ""  # it remembers nothing
    assert "The schedule begins with the branch." in told(adam, cosine)
    assert "goes on, over the epochs of the whole curve" in told(cosine, cosine)
