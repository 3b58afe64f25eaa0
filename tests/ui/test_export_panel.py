import io

import pytest
from streamlit.testing.v1 import AppTest

from explorer.records import RunStatus
from explorer.settings import Settings, read_settings
from explorer.sharing.bundle import write_bundle
from explorer.sharing.exports import FORMS
from explorer.storage.store import Store, open_store
from explorer.ui import runs_bundle

from .conftest import Opener, texts
from .recorded import record_baseline, record_run

EXPORT = "from explorer.ui.export_panel import export_form\nexport_form({})"
BUNDLE = "from explorer.ui.runs_bundle import bundle_form\nbundle_form({})"
IMPORT = "from explorer.ui.runs_bundle import import_runs\nimport_runs()"


def page(script: str) -> AppTest:
    return AppTest.from_string(script, default_timeout=120).run()


def test_nothing_is_made_before_it_is_asked_for(store: Store, home: Settings):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = page(EXPORT.format(run.id))
    assert not tab.get("download_button")
    assert FORMS["csv"].help in texts(tab.caption)
    tab.button(key="export.make").click().run()
    assert not tab.exception
    (save,) = tab.get("download_button")
    assert f"run-{run.id}.csv" in save.proto.label


def test_another_form_is_another_file(store: Store, home: Settings):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = page(EXPORT.format(run.id))
    tab.button_group(key="export.form").set_value("tensorboard").run()
    assert not tab.get("download_button")
    tab.button(key="export.make").click().run()
    (save,) = tab.get("download_button")
    assert f"events.out.tfevents.run-{run.id}" in save.proto.label


def test_what_a_run_cannot_give_is_said_in_words(store: Store, home: Settings):
    queued, fitted = record_run(store, home, RunStatus.QUEUED), record_baseline(store, RunStatus.FINISHED)
    for run, name, words in ((queued, "script", "no result yet"), (fitted, "onnx", "classical method")):
        tab = page(EXPORT.format(run.id))
        tab.button_group(key="export.form").set_value(name).run()
        tab.button(key="export.make").click().run()
        assert words in texts(tab.warning)
        assert not tab.get("download_button")
        assert not tab.exception


def test_a_run_that_was_deleted_meanwhile_is_said_to_be_gone(store: Store, home: Settings):
    run = record_run(store, home, RunStatus.FINISHED)
    export, bundle = page(EXPORT.format(run.id)), page(BUNDLE.format((run.id,)))
    store.delete(run.id)
    for tab, key in ((export, "export.make"), (bundle, "bundle.make")):
        tab.button(key=key).click().run()
        assert "There is no run" in texts(tab.warning)
        assert not tab.exception


def test_the_page_of_a_run_offers_its_export(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    tab.button(key=f"export:{run.id}").click().run()
    assert not tab.exception
    assert tab.button(key="export.make").label == "Make the file"


def test_selected_runs_become_one_bundle(store: Store, home: Settings):
    runs = [record_run(store, home, RunStatus.FINISHED) for _ in range(2)]
    tab = page(BUNDLE.format(tuple(run.id for run in runs)))
    assert "**2 runs**" in texts(tab.markdown)
    tab.button(key="bundle.make").click().run()
    (save,) = tab.get("download_button")
    assert f"runs-{runs[0].id}-to-{runs[1].id}.explorer.zip" in save.proto.label


def test_a_bundle_too_large_for_the_browser_is_left_to_the_command_line(
    store: Store, home: Settings, monkeypatch: pytest.MonkeyPatch
):
    run = record_run(store, home, RunStatus.FINISHED)
    monkeypatch.setattr(runs_bundle, "MOST_MEGABYTES", 0)
    tab = page(BUNDLE.format((run.id,)))
    assert f"runs export {run.id} --format bundle" in tab.code[0].value
    assert not tab.button


def test_active_runs_are_not_bundled(store: Store, home: Settings):
    run = record_run(store, home, RunStatus.RUNNING)
    assert "still queued or running" in texts(page(BUNDLE.format((run.id,))).warning)


def test_a_bundle_comes_in_on_the_empty_runs_page(store: Store, open_page: Opener, tmp_path):
    other = read_settings({"EXPLORER_HOME": str(tmp_path / "other")})
    elsewhere = open_store(other)
    run = record_run(elsewhere, other, RunStatus.FINISHED, name="from elsewhere", network__hidden=[64])
    for epoch in (1, 2, 3):  # what the recorder keeps is no whole network
        (other.runs / str(run.id) / f"epoch-{epoch:04d}.safetensors").unlink()
    file = io.BytesIO()
    write_bundle(elsewhere, other, [run.id], file)
    elsewhere.close()
    tab = open_page("runs")
    tab.file_uploader[0].set_value(("runs.zip", file.getvalue(), "application/zip")).run()
    tab.button(key="runs.import.take").click().run()
    assert not tab.exception
    assert "1 run imported" in texts(tab.info)
    assert store.run(1).name == "from elsewhere"
    assert tab.dataframe[0].value["name"].tolist() == ["from elsewhere"]


def test_the_file_chosen_right_before_the_click_is_the_one_that_comes_in(store: Store, home: Settings):
    run, file = record_run(store, home, RunStatus.FINISHED), io.BytesIO()
    for epoch in (1, 2, 3):  # what the recorder keeps is no whole network
        (home.runs / str(run.id) / f"epoch-{epoch:04d}.safetensors").unlink()
    write_bundle(store, home, [run.id], file)
    tab = page(IMPORT)
    tab.file_uploader[0].set_value(("runs.zip", b"not a bundle", "application/zip")).run()
    tab.file_uploader[0].set_value(("runs.zip", file.getvalue(), "application/zip"))
    tab.button(key="runs.import.take").click().run()
    assert not tab.error
    assert len(store.runs()) == 2


def test_a_file_that_is_no_bundle_is_refused_in_words(store: Store, home: Settings):
    tab = page(IMPORT)
    tab.file_uploader[0].set_value(("runs.zip", b"not a bundle", "application/zip")).run()
    tab.button(key="runs.import.take").click().run()
    assert "no sound bundle of runs" in texts(tab.error)
    assert store.runs() == ()
    assert not tab.exception
