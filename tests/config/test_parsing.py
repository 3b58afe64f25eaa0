"""A wrong request lists all its faults; a right one becomes the config that was meant."""

import pytest

from explorer.config.parsing import config_from_paths, config_from_query, parse_assignments, parse_config
from explorer.config.run import RunConfig
from explorer.errors import ConfigError


def problems_of(*assignments: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse_assignments(assignments)
    return {problem.field: str(problem) for problem in caught.value.problems}


@pytest.mark.parametrize("text", ["[3]", "[3,3]", "[3,10]", '["a",3]', "3", "[3.5,4]", "[true,4]", "null"])
def test_labels_are_two_or_more_of_the_ten(text: str) -> None:
    (problem,) = problems_of(f"data.labels={text}").values()
    assert "0…9" in problem


def test_labels_are_kept_in_order_and_once() -> None:
    assert parse_assignments(["data.labels=[8,3,8]"]).data.labels == (3, 8)
    assert parse_assignments(["data.labels=[]"]).data.labels == ()


def test_all_ten_labels_are_none_in_particular() -> None:
    everything = parse_assignments(["data.labels=[0,1,2,3,4,5,6,7,8,9]"])
    assert everything == parse_assignments([])


def test_an_empty_request_is_the_default_config():
    assert parse_config({}) == RunConfig()


def test_assignments_take_json_values_and_bare_words():
    config = parse_assignments(
        ["network.hidden=[512,128]", "network.activation=sigmoid", "optimizer.learning_rate=1e-3"]
    )
    assert config.network.hidden == (512, 128)
    assert config.network.activation == "sigmoid"
    assert config.optimizer.learning_rate == 0.001


def test_assignments_override_the_values_of_a_file():
    config = parse_assignments(
        ["training.epochs=3"], {"training": {"epochs": 7, "seed": 5}, "loss": "mean_squared_error"}
    )
    assert (config.training.epochs, config.training.seed, config.loss) == (3, 5, "mean_squared_error")


def test_every_fault_is_listed_at_once():
    problems = problems_of(
        "optimizer.learning_rate=30",
        "network.hiden=[3]",
        "network.hidden=[0,5]",
        "training.batch_size=0",
        'network.blocks=[{"filters":0}]',
        "training.device=gpu",
        "data.features=hog",
        "data.hog.block_size=4",
        "data.hog.cell_size=14",
        "data.noisy_copies=1",
        "data.augmentation.shift=2",
        "optimizer.momentum=0.9",
        "nonsense",
    )
    assert set(problems) == {
        "optimizer.learning_rate",
        "network.hiden",
        "network.hidden[0]",
        "training.batch_size",
        "network.blocks[0].filters",
        "training.device",
        "data.hog.block_size",
        "data.noisy_copies",
        "data.augmentation",
        "optimizer.momentum",
        "--set",
    }


def test_a_message_names_value_bounds_and_hint():
    message = problems_of("optimizer.learning_rate=30")["optimizer.learning_rate"]
    assert message == ("optimizer.learning_rate must be in (0, 10], got 30. Try 0.1 for SGD, 0.001 for Adam.")


def test_an_unknown_field_names_the_nearest_known_one():
    assert problems_of("network.hiden=[3]")["network.hiden"].endswith("Did you mean network.hidden?")


@pytest.mark.parametrize(
    ("assignment", "field"),
    [
        ("optimizer.learning_rate=NaN", "optimizer.learning_rate"),
        ("optimizer.learning_rate=Infinity", "optimizer.learning_rate"),
        ("optimizer.learning_rate=0", "optimizer.learning_rate"),
        ("training.epochs=1.5", "training.epochs"),
        ("training.epochs=true", "training.epochs"),
        ("training.batch_size=half", "training.batch_size"),
        ("network.hidden=[]", "network.hidden"),
        ("network.hidden=[1,1,1,1,1,1,1,1,1]", "network.hidden"),
        ("network.hidden=[4097]", "network.hidden[0]"),
        ("network.hidden=5", "network.hidden"),
        ("network.preset=vgg", "network.preset"),
        ("training.device=cuda:x", "training.device"),
        ("training.engine=jax", "training.engine"),
        ("optimizer.nesterov=true", "optimizer.nesterov"),
        ("optimizer.weight_decay=0.1", "optimizer.weight_decay"),
        ("network.blocks=[{}]", "network.blocks"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(assignment: str, field: str):
    assert field in problems_of(assignment)


def test_the_numpy_engine_names_everything_that_it_cannot_train():
    words = ("training.engine=numpy", "network.kind=cnn", "network.batch_norm=true", "training.device=cuda")
    assert set(problems_of(*words)) == {"network.kind", "network.batch_norm", "training.device"}


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_numpy_computes_on_the_cpu_where_the_device_is_left_open(device: str):
    config = parse_assignments(["training.engine=numpy", f"training.device={device}"])
    assert config.training.device == "cpu"
    assert parse_assignments(["training.engine=numpy"]) == config


def test_whole_wrong_shapes_are_refused_in_words():
    for values in ([], {"network": 3}, {"network": {"preset": ["lenet"]}}, {"zzz": 1}):
        with pytest.raises(ConfigError) as caught:
            parse_config(values)  # type: ignore[arg-type]
        assert caught.value.problems


def test_a_preset_fixes_its_layers_and_leaves_the_rest_free():
    config = parse_assignments(["network.preset=lenet", "network.activation=tanh"])
    assert config.network.kind == "cnn"
    assert config.network.hidden == (120, 84)
    assert [block.filters for block in config.network.blocks] == [6, 16]
    assert config.network.activation == "tanh"


def test_a_preset_refuses_other_layers_than_its_own():
    assert "network.hidden" in problems_of("network.preset=lenet", "network.hidden=[3]")


def test_a_preset_written_out_again_is_the_same_config():
    config = parse_assignments(["network.preset=keras_cnn"])
    assert parse_config(config.model_dump(mode="json")) == config


def test_convolutions_that_leave_no_image_are_refused():
    blocks = (
        '[{"filters":4,"kernel":11,"padding":"valid","pooling":4},{"filters":4,"kernel":5,"padding":"valid"}]'
    )
    assert "network.blocks[1]" in problems_of("network.kind=cnn", f"network.blocks={blocks}")


@pytest.mark.parametrize("choice", ["training.patience=5", "training.keep=best"])
def test_choosing_by_validation_needs_a_validation_set(choice: str):
    assert "training.monitor" in problems_of("data.validation_fraction=0", choice)
    assert "training.monitor" in problems_of("data.validation_size=0", choice)


@pytest.mark.parametrize(
    "assignments",
    [
        ("schedule.warmup_epochs=10", "training.epochs=10"),
        ("schedule.warmup_epochs=2", "schedule.name=one_cycle"),
    ],
)
def test_a_warm_up_that_does_not_fit_is_refused(assignments: tuple[str, ...]):
    assert "schedule.warmup_epochs" in problems_of(*assignments)


def test_dotted_values_and_addresses_are_checked_like_assignments():
    assert config_from_paths({"training.epochs": 3}).training.epochs == 3
    with pytest.raises(ConfigError, match=r"zzz must be one of the known fields"):
        config_from_query({"zzz": "1"})


def test_a_value_too_long_for_a_message_is_cut_short():
    with pytest.raises(ConfigError) as refused:
        parse_assignments([f"network.hidden={list(range(1, 5000))}"])
    message = str(refused.value)
    assert message.startswith("network.hidden must be")
    assert "characters)" in message
    assert len(message) < 500


def test_a_text_of_too_many_brackets_is_no_list():
    with pytest.raises(ConfigError, match=r"network\.hidden must be"):
        parse_assignments(["network.hidden=" + "[" * 50_000])


def test_an_assignment_needs_a_field():
    with pytest.raises(ConfigError, match="--set must be FIELD=VALUE, got '=3'"):
        parse_assignments(["=3"])
