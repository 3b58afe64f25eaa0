"""Our handwriting on the Data page: every run scored on it, drawings corrected, exported and imported."""

import io
import zipfile

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.run import RunConfig
from explorer.data.own_export import as_archive
from explorer.data.own_reading import read_drawings, read_own
from explorer.models.architecture import parameter_shapes
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.handwriting import DrawnSet
from explorer.storage.store import Store
from explorer.ui import handwriting_scores
from explorer.ui.handwriting_scores import score_together
from tests.data.own_samples import as_zip, digits, upload

from .conftest import Opener, key_of, texts
from .recorded import record_baseline, record_run

SEVENS = 3


@pytest.fixture
def drawn(store: Store) -> DrawnSet:
    """Twelve drawings, three of them sevens."""
    images, _ = digits(12)
    for image, label in zip(images, [7, 7, 7, 0, 1, 2, 3, 4, 5, 6, 8, 9], strict=True):
        store.handwriting.keep(image, label, raster=np.kron(image, np.ones((4, 4), np.uint8)))
    return store.handwriting.all()


def always_seven(store: Store, home: Settings, **fields: object) -> int:
    """A finished run whose network says seven to everything."""
    run = record_run(store, home, RunStatus.FINISHED, **fields)
    assert isinstance(run.config, RunConfig)
    weights = {
        name: np.zeros(shape, np.float32) for name, shape in parameter_shapes(run.config.network).items()
    }
    weights["output.bias"][7] = 1
    Checkpoints(home, run.id).save_epoch(3, weights)
    return run.id


def table(tab: AppTest) -> list[dict[str, object]]:
    return list(tab.dataframe[0].value.to_dict("records"))


def test_an_empty_set_says_how_it_is_filled(store: Store, open_page: Opener):
    tab = open_page("data", view="handwriting")
    assert "keep it with its label" in texts(tab.info)
    assert not tab.exception
    assert tab.query_params["view"] in ("handwriting", ["handwriting"])


def test_without_a_run_there_is_no_score_yet(drawn: DrawnSet, open_page: Opener):
    tab = open_page("data", view="handwriting")
    assert "A run has its score here as soon as it has ended." in texts(tab.info)
    assert "12 drawings" in texts(tab.subheader)
    assert f"**7** ({SEVENS})" in texts(tab.caption)


def test_each_run_has_its_score_beside_its_test_accuracy(
    drawn: DrawnSet, store: Store, home: Settings, open_page: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(handwriting_scores, "SECONDS_A_LOOK", 60.0)
    always_seven(store, home, name="sevens")
    always_seven(store, home, name="filters", network__kind="cnn", network__blocks=[{"filters": 2}])
    record_run(store, home, RunStatus.FINISHED, name="of another shape")
    record_baseline(store, RunStatus.FINISHED, name="trees", baseline__model="forest")
    record_run(store, home, RunStatus.RUNNING, name="not yet")
    tab = open_page("data", view="handwriting")
    found = {str(row["run"]).partition(" · ")[2]: row for row in table(tab)}
    assert list(found) == ["trees", "of another shape", "filters", "sevens"]
    assert [found[name]["our handwriting"] for name in ("filters", "sevens")] == [f"{SEVENS} of 12"] * 2
    assert found["sevens"]["share"] == pytest.approx(25)
    assert found["sevens"]["test"] == pytest.approx(99.4)
    assert found["trees"]["our handwriting"] == "can't be asked"
    assert "The trees of a forest are not kept" in texts(tab.caption)
    assert "of another shape: The checkpoint does not fit" in texts(tab.caption)
    alts = [chart.proto.alt for chart in tab.get("plotly_chart")]
    assert any(alt.endswith("misreads: what they show, and what it says") for alt in alts)
    assert not tab.exception


def test_answers_are_worked_out_once_and_one_drawing_more_is_one_portion_more(
    drawn: DrawnSet, store: Store, home: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(handwriting_scores, "PORTION", 5)
    monkeypatch.setattr(handwriting_scores, "SECONDS_A_LOOK", 60.0)
    run = store.run(always_seven(store, home))
    asked = []
    answers = handwriting_scores._answers
    monkeypatch.setattr(
        handwriting_scores, "_answers", lambda *told: asked.append(len(told[2])) or answers(*told)
    )
    first = score_together([run], drawn.images)[run.id]
    assert first.right(drawn.labels) == SEVENS
    assert asked == [5, 5, 2]
    score_together([run], np.concatenate([drawn.images, drawn.images[:1]]))
    assert asked == [5, 5, 2, 3]


def test_what_takes_longer_than_a_moment_goes_on_at_the_next_look(
    drawn: DrawnSet, store: Store, home: Settings, monkeypatch: pytest.MonkeyPatch
):
    runs = [store.run(always_seven(store, home)) for _ in range(3)]
    monkeypatch.setattr(handwriting_scores, "SECONDS_A_LOOK", -1.0)
    found = [len(score_together(runs, drawn.images)) for _ in range(4)]
    assert found == [1, 2, 3, 3]  # however slow the machine is, each look gets one further


def test_a_drawing_is_corrected_and_deleted(drawn: DrawnSet, store: Store, open_page: Opener):
    number = int(drawn.numbers[0])
    tab = open_page("data", view="handwriting")
    tab.session_state["data.drawing"] = number
    tab.run()
    assert f"**Drawing {number}**, kept as a 7" in texts(tab.markdown)
    tab.segmented_control(key=key_of(tab, f"data.drawing.label:{number}")).set_value(1).run()
    assert store.handwriting.all().labels[0] == 1
    tab.button(key="data.drawing.delete").click().run()
    assert number not in store.handwriting.all().numbers
    assert f"Drawing {number} is deleted." in texts(tab.toast)
    assert not tab.exception


def test_a_drawing_that_somebody_else_deleted_is_no_longer_shown(
    drawn: DrawnSet, store: Store, open_page: Opener
):
    tab = open_page("data", view="handwriting")
    tab.session_state["data.drawing"] = int(drawn.numbers[0])
    store.handwriting.forget(int(drawn.numbers[0]))
    tab.run()
    assert "11 drawings" in texts(tab.subheader)
    assert not tab.exception


def test_what_is_exported_comes_back_and_makes_a_dataset_too(drawn: DrawnSet):
    archive = as_archive(drawn.images, drawn.labels, {"drawings": 12})
    assert archive == as_archive(drawn.images, drawn.labels, {"drawings": 12})
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.namelist()[:3] == ["facts.json", "7/00001.png", "7/00002.png"]
    part = read_drawings(upload("our-handwriting.zip", archive))
    np.testing.assert_array_equal(part.images, drawn.images)
    np.testing.assert_array_equal(part.labels, drawn.labels)
    images, labels = digits(60)
    assert len(read_own([upload("ours.zip", as_archive(images, labels, {}))]).train) == 48


def test_drawings_are_imported_and_none_comes_twice(drawn: DrawnSet, store: Store, open_page: Opener):
    images, labels = digits(14, seed=3)
    content = as_archive(
        np.concatenate([drawn.images[:2], images]), np.concatenate([drawn.labels[:2], labels]), {}
    )
    tab = open_page("data", view="handwriting")
    tab.file_uploader[0].set_value(("theirs.zip", content, "application/zip")).run()
    next(button for button in tab.button if button.label == "Import").click().run()
    assert "14 drawings came in, 2 were here already." in texts(tab.toast)
    assert len(store.handwriting.all()) == 26
    assert not tab.exception


def test_a_hostile_import_is_refused_in_words(drawn: DrawnSet, store: Store, open_page: Opener):
    tab = open_page("data", view="handwriting")
    content = as_zip({"3/a.pkl": b"\x80\x04"})
    tab.file_uploader[0].set_value(("theirs.zip", content, "application/zip")).run()
    next(button for button in tab.button if button.label == "Import").click().run()
    assert "3/a.pkl, which is no image" in texts(tab.error)
    assert len(store.handwriting.all()) == 12
