import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config.fields import Field, all_fields, config_to_query, value_at
from explorer.config.run import Augmentation, Data, Hog, RunConfig
from explorer.ui import form

from .fields import valid_values, values_with

FIELDS = all_fields()


@pytest.mark.parametrize("entry", FIELDS, ids=lambda entry: entry.path)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_field_survives_the_way_through_the_address(entry: Field, data: st.DataObject):
    values = values_with(entry, data.draw(valid_values(entry)))
    config = form.read(values).config
    assert config is not None, form.read(values).problems
    back, problems = form.values_from_query(config_to_query(config))
    assert problems == ()
    assert form.read(back).config == config


@pytest.mark.parametrize("entry", FIELDS, ids=lambda entry: entry.path)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_field_that_applies_reaches_the_config(entry: Field, data: st.DataObject):
    value = data.draw(valid_values(entry))
    config = form.read(values_with(entry, value)).config
    assert config is not None
    assert value_at(config, entry.path) == value


def test_an_untouched_form_is_the_default_config():
    assert form.read(form.default_values()) == form.Reading(RunConfig(), ())


def test_every_field_has_a_place_on_the_page():
    folded = {entry.path for topic in form.TOPICS for entry in form.shown_fields(topic)}
    assert folded | set(form.KNOBS) == {entry.path for entry in FIELDS}


def test_a_momentum_left_from_sgd_is_dropped_with_adam():
    values = form.default_values() | {"optimizer.momentum": 0.9, "optimizer.nesterov": True}
    assert form.read(values).config == RunConfig()
    assert "SGD and RMSprop" in form.why_not("optimizer.momentum", values)


def test_what_is_for_pixels_only_is_dropped_with_hog_features_and_back():
    hog = {"data.hog.cell_size": 4}
    pixels = {"data.noisy_copies": 2, "data.noisy_copies_sigma": 0.2, "data.augmentation.shift": 3.0}
    both = form.default_values() | hog | pixels
    on_pixels = form.read(both).config
    on_hog = form.read(both | {"data.features": "hog"}).config
    assert on_pixels is not None
    assert on_hog is not None
    assert on_pixels.data == Data(noisy_copies=2, noisy_copies_sigma=0.2, augmentation=Augmentation(shift=3))
    assert on_hog.data == Data(features="hog", hog=Hog(cell_size=4))


def test_hog_features_for_convolutions_are_refused_beside_their_field():
    reading = form.read(form.default_values() | {"data.features": "hog", "network.preset": "lenet"})
    assert [problem.field for problem in reading.problems] == ["data.features"]


def test_a_preset_sets_aside_the_layers_typed_before():
    values = form.default_values() | {"network.preset": "lenet", "network.hidden": "not a number"}
    config = form.read(values).config
    assert config is not None
    assert config.network.hidden == (120, 84)


def test_wrong_values_are_named_by_their_fields():
    values = form.default_values() | {
        "optimizer.learning_rate": 30.0,
        "network.hidden": [64, 0],
        "training.epochs": None,
    }
    reading = form.read(values)
    assert reading.config is None
    assert {problem.field for problem in reading.problems} == {
        "optimizer.learning_rate",
        "network.hidden[1]",
        "training.epochs",
    }
    assert reading.problems_of("network.hidden")[0].value == 0
    assert reading.problems_of("training.seed") == ()


def test_sizes_are_named_beside_what_the_numpy_engine_lacks():
    values = form.default_values() | {
        "training.engine": "numpy",
        "training.device": "cpu",
        "network.batch_norm": True,
        "data.train_size": 5_000,
    }
    fields = [problem.field for problem in form.read(values).problems]
    assert fields == ["network.batch_norm", "data.train_size"]


def test_more_images_than_a_dataset_has_are_refused_before_training():
    reading = form.read(form.default_values() | {"data.train_size": 50_000})
    assert [problem.field for problem in reading.problems] == ["data.train_size"]
    assert form.read(form.default_values() | {"data.train_size": 50_000, "data.dataset": "mnist"}).config


def test_a_wrong_address_names_every_problem_and_uses_the_rest():
    values, problems = form.values_from_query(
        {
            "optimizer.momentum": "0.5",
            "optimizer.name": "sgd",
            "colour": "red",
            "optimizer.learning_rate": "30",
            "network.hidden": "[0,5]",
            "data.train_size": "50000",
            "training.epochs": "3",
            "schedule.gamma": "NaN",
        }
    )
    assert {problem.field for problem in problems} == {
        "colour",
        "optimizer.learning_rate",
        "network.hidden[0]",
        "data.train_size",
        "schedule.gamma",
    }
    changed = {path: value for path, value in values.items() if value != form.default_values()[path]}
    assert changed == {"optimizer.momentum": 0.5, "optimizer.name": "sgd", "training.epochs": 3}


def test_a_contradiction_in_an_address_costs_one_field():
    values, problems = form.values_from_query({"training.patience": "3", "data.validation_fraction": "0"})
    assert len(problems) == 1
    assert values["training.patience"] == 3
    assert values["data.validation_fraction"] == 0.1


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=6))
def test_any_address_gives_a_form_that_can_train(query: dict[str, str]):
    values, _ = form.values_from_query(query)
    assert form.read(values).config is not None


@given(st.dictionaries(st.sampled_from([entry.path for entry in FIELDS]), st.text(max_size=12), max_size=6))
@settings(deadline=None)
def test_absurd_values_of_known_fields_give_a_form_that_can_train(query: dict[str, str]):
    values, _ = form.values_from_query(query)
    assert form.read(values).config is not None


def test_changed_fields_are_counted_only_where_they_apply():
    values = form.default_values() | {"optimizer.momentum": 0.9, "schedule.warmup_epochs": 2}
    paths = tuple(entry.path for entry in form.shown_fields("Optimizer and schedule"))
    assert form.changed_fields(values, paths) == ("schedule.warmup_epochs",)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("512, 128", [512, 128]),
        ("512-128", [512, 128]),
        ("[64]", [64]),
        ("10", [10]),
        ("", []),
        ("ten", "ten"),
    ],
)
def test_hidden_layers_are_read_as_people_write_them(text: str, units: object):
    assert form.parse_units(text) == units
