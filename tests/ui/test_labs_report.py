from streamlit.testing.v1 import AppTest

from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, texts

FORM = """
from explorer.labs.running import find_lab
from explorer.ui.labs_report import lab_report_form
lab_report_form(find_lab("third"), True)
"""


def test_the_report_of_a_lab_is_made_when_it_is_asked_for(store: Store, home: Settings):
    tab = AppTest.from_string(FORM, default_timeout=120).run()
    assert not tab.get("download_button")
    next(button for button in tab.button if button.label == "Make the report").click().run()
    assert not tab.exception
    (save,) = tab.get("download_button")
    assert "Save lab-third-quick.html" in save.proto.label


def test_the_labs_page_offers_the_report(store: Store, open_page: Opener):
    tab = open_page("labs", lab="third")
    tab.button(key="labs.report").click().run()
    assert not tab.exception
    assert tab.text_area(key="report.words").max_chars == 50_000


def test_an_unknown_lab_in_the_address_is_named_with_those_that_there_are(store: Store, open_page: Opener):
    tab = open_page("labs", lab="sixth")
    assert not tab.exception
    assert "first, second, third, fourth, fifth." in texts(tab.warning)
    assert not tab.run().warning


def test_a_missing_dataset_is_one_message_and_nothing_can_be_run(store: Store, open_page: Opener):
    tab = open_page("labs", lab="third")
    assert tab.button(key="labs.run").disabled
    (note,) = tab.info
    assert "MNIST" in note.value
