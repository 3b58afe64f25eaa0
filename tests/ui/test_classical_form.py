import pytest

from explorer.config.baseline import PARAMETERS
from explorer.config.parsing import baseline_from_paths
from explorer.records import RunStatus
from explorer.storage.store import Store
from explorer.ui import classical_form as form
from explorer.ui import classical_trials as trials

from .recorded import record_baseline


def test_an_untouched_form_is_the_default_baseline():
    reading = form.read(form.default_values())
    assert reading.config == baseline_from_paths({})
    assert reading.problems == ()


@pytest.mark.parametrize("method", PARAMETERS)
def test_a_method_has_its_own_parameters_and_no_other_is_asked_for(method: str):
    values = form.default_values() | {form.METHOD: method, "baseline.k": 7, "baseline.C": 2.0}
    assert form.parameters(values) == tuple(f"baseline.{name}" for name in PARAMETERS[method])  # type: ignore[index]
    config = form.read(values).config
    assert config is not None
    assert config.baseline.k == (7 if method == "knn" else 3)
    assert (2.0 if method in ("linear_svm", "rbf_svm", "logistic") else 1.0) == config.baseline.C


def test_hog_settings_count_only_for_hog():
    values = form.default_values() | {"data.hog.cell_size": 4}
    assert form.read(values).config == baseline_from_paths({})
    config = form.read(values | {form.FEATURES: "hog"}).config
    assert config is not None
    assert config.data.hog.cell_size == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"baseline.k": 1000, "data.train_size": 20}, "baseline.k"),
        ({"baseline.k": None}, "baseline.k"),
        ({form.METHOD: "linear_svm", "baseline.C": 0.0}, "baseline.C"),
        ({form.METHOD: "rbf_svm", "baseline.gamma": "wide"}, "baseline.gamma"),
        ({"data.train_size": 5_000}, "data.train_size"),
        ({form.FEATURES: "hog", "data.hog.cell_size": 14, "data.hog.block_size": 3}, "data.hog.block_size"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changes: dict[str, object], field: str):
    reading = form.read(form.default_values() | changes)
    assert reading.config is None
    assert [problem.field for problem in reading.problems] == [field]
    assert reading.problems_of(field) == reading.problems


def test_all_that_is_wrong_is_named_at_once():
    small_cells = {form.FEATURES: "hog", "data.hog.cell_size": 14, "data.hog.block_size": 3}
    for changes, fields in (
        ({"baseline.k": 30, "data.train_size": 20}, ["data.hog.block_size", "baseline.k"]),
        ({"baseline.k": None, "data.train_size": 5_000}, ["baseline.k", "data.train_size"]),
        ({"baseline.k": 30, "data.train_size": "few"}, ["data.train_size", "data.hog.block_size"]),
    ):
        reading = form.read(form.default_values() | small_cells | changes)
        named = [problem.field for problem in reading.problems if problem.field in fields]
        assert named == fields
        assert {problem.field for problem in reading.problems} == {*fields, "data.hog.block_size"}


def test_noisy_copies_are_neighbours_too():
    values = form.default_values() | {"data.train_size": 20, "data.noisy_copies": 1}
    assert form.read(values | {"baseline.k": 40}).config is not None
    assert [problem.field for problem in form.read(values | {"baseline.k": 41}).problems] == ["baseline.k"]


def test_an_address_keeps_what_is_sound_and_names_the_rest():
    values, problems = form.values_from_query(
        {"baseline.model": "forest", "baseline.trees": "many", "data.features": "hog", "colour": "red"}
    )
    assert (values[form.METHOD], values["baseline.trees"], values[form.FEATURES]) == ("forest", 100, "hog")
    assert {problem.field for problem in problems} == {"baseline.trees", "colour"}


def test_values_to_try_leave_out_what_the_images_have_no_room_for():
    config = baseline_from_paths({"data.features": "hog", "data.hog.block_size": 3})
    sizes = [each.data.hog.cell_size for each in trials.configs(config, "data.hog.cell_size")]
    assert sizes == [4, 5, 7, 9]  # two cells of 14 hold no block of three
    few = baseline_from_paths({"data.train_size": 10})
    assert [each.baseline.k for each in trials.configs(few, "baseline.k")] == [1, 3, 5, 7, 9]


def test_only_values_that_no_run_has_fitted_or_will_fit_are_missing(store: Store):
    config = baseline_from_paths({})
    record_baseline(store, RunStatus.FINISHED, baseline__k=5)
    record_baseline(store, RunStatus.QUEUED, baseline__k=7)
    record_baseline(store, RunStatus.FAILED, baseline__k=9, reason="No memory.")
    record_baseline(store, RunStatus.FINISHED, baseline__k=1, data__features="hog")
    missing = trials.missing(config, "baseline.k", store.runs())
    assert [each.baseline.k for each in missing] == [1, 3, 9]
    assert trials.values_in_words("baseline.k", missing) == "1, 3, 9"


def test_points_have_the_forms_images_and_one_line_for_all_that_else_is_equal(store: Store):
    own = record_baseline(store, RunStatus.FINISHED, baseline__model="rbf_svm", baseline__C=10)
    other = record_baseline(
        store, RunStatus.FINISHED, baseline__model="rbf_svm", baseline__gamma=0.1, data__features="hog"
    )
    record_baseline(store, RunStatus.FINISHED, baseline__model="rbf_svm", data__train_size=100)
    record_baseline(store, RunStatus.FINISHED, baseline__model="linear_svm")
    record_baseline(store, RunStatus.RUNNING, baseline__model="rbf_svm")
    config = baseline_from_paths({"baseline.model": "rbf_svm"})
    points = trials.points(config, "baseline.C", store.runs(), "Test")
    assert [(name, trial.value, trial.run_id) for name, trial in points] == [
        ("pixels, γ = scale", 10.0, own.id),
        ("HOG, 9 directions, 7×7 cells, 2×2 blocks, γ = 0.1", 1.0, other.id),
    ]
    assert points[0][1].accuracy == 0.994
    assert [trial.run_id for _, trial in trials.points(config, "baseline.gamma", store.runs(), "Test")] == [
        other.id  # γ = scale is no number
    ]
    assert [
        trial.value for _, trial in trials.points(config, "data.hog.cell_size", store.runs(), "Test")
    ] == [7]
