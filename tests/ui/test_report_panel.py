from streamlit.testing.v1 import AppTest

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, texts
from .recorded import record_run

FORM = "from explorer.ui.report_panel import report_form\nreport_form(({},))"


def press(tab: AppTest, label: str) -> AppTest:
    return next(button for button in tab.button if button.label == label).click().run()


def test_nothing_is_made_before_it_is_asked_for(store: Store, home: Settings):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = AppTest.from_string(FORM.format(run.id), default_timeout=120).run()
    assert not tab.get("download_button")
    tab.text_area(key="report.words").set_value("It <b>learns</b>.")
    press(tab, "Make the report")
    assert not tab.exception
    (save,) = tab.get("download_button")
    assert f"lab-report-run-{run.id}.html" in save.proto.label


def test_a_run_that_was_deleted_meanwhile_is_said_to_be_gone(store: Store, home: Settings):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = AppTest.from_string(FORM.format(run.id), default_timeout=120).run()
    store.delete(run.id)
    press(tab, "Make the report")
    assert not tab.exception
    assert "There is no run" in texts([*tab.error, *tab.warning, *tab.info])


def test_the_page_of_a_run_offers_its_report(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    tab.button(key=f"report:{run.id}").click().run()
    assert not tab.exception
    assert tab.text_area(key="report.words").max_chars == 50_000
