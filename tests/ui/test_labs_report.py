from streamlit.testing.v1 import AppTest

from explorer.settings import Settings
from explorer.storage.store import Store

FORM = """
from explorer.labs.running import find_lab
from explorer.ui.labs_report import lab_report_form
lab_report_form(find_lab("third"), True)
"""


def test_the_report_of_a_lab_is_made_when_it_is_asked_for(store: Store, home: Settings):
    tab = AppTest.from_string(FORM, default_timeout=30).run()
    assert not tab.get("download_button")
    next(button for button in tab.button if button.label == "Make the report").click().run()
    assert not tab.exception
    (save,) = tab.get("download_button")
    assert "Save lab-third-quick.html" in save.proto.label
