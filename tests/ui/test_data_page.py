"""Datasets on the Data page: looked at before they are kept, used like any other, and missed in words."""

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from explorer.data.own import own_names, read_facts
from explorer.data.own_images import AS_IT_IS, OwnImages, Part
from explorer.data.own_keeping import delete_own, keep_own
from explorer.jobs.fetching import FetchStatus, fetch_lock, write_fetch_status
from explorer.jobs.locks import hold
from explorer.records import Run, RunStatus
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store
from explorer.ui.run_panel import VIEWS
from tests.data.own_samples import as_idx, as_zip, class_folders, digits

from .conftest import ROOT, Opener, key_of, texts
from .recorded import record_run


def keep(home: Settings, name: str = "ours") -> None:
    images = OwnImages(Part(*digits(200)), Part(*digits(50, 1)), "mine.zip", AS_IT_IS, "By hand.")
    keep_own(images, name, home.data)


def upload(tab: AppTest, *files: tuple[str, bytes]) -> AppTest:
    named = [(name, content, "application/octet-stream") for name, content in files]
    return tab.file_uploader[0].set_value(named).run()


def labels(tab: AppTest) -> list[str]:
    return [button.label for button in tab.button]


def alts(tab: AppTest) -> list[str]:
    return [chart.proto.alt for chart in tab.get("plotly_chart")]


def test_without_datasets_of_ones_own_the_page_says_what_one_may_be(store: Store, open_page: Opener):
    tab = open_page("data")
    assert [heading.value for heading in tab.subheader] == ["Add your own", "Known datasets"]
    assert "ZIP" in texts(tab.caption)
    assert "Fetch MNIST" in labels(tab)
    assert not tab.exception
    assert not tab.error


def test_a_dataset_is_looked_at_named_and_kept(store: Store, home: Settings, open_page: Opener):
    tab = upload(open_page("data"), ("Our Class.zip", as_zip(class_folders(*digits(100)))))
    assert "80 images to train on, 20 to test with." in texts(tab.markdown)
    assert "20 of the 100 images, the same share of each class, were split off" in texts(tab.markdown)
    assert alts(tab) == [f"Some images of each digit, and how many there are: {', '.join(['8 + 2'] * 10)}"]
    assert own_names(home.data) == ()
    assert tab.text_input(key="data.name").value == "our-class"
    tab.text_input(key="data.name").set_value("class-5b").run()
    tab.button(key="data.save").click().run()
    assert own_names(home.data) == ("own:class-5b",)
    assert "class-5b can be trained on now." in texts(tab.toast)
    assert tab.subheader[0].value == "Your own datasets"
    assert "data.save" not in {button.key for button in tab.button}
    link = next(link for link in tab.get("page_link") if "own" in link.proto.query_string)
    assert link.proto.query_string == "data.dataset=own%3Aclass-5b"


def test_a_pair_of_idx_files_is_taken_together(store: Store, home: Settings, open_page: Opener):
    images, classes = digits(60)
    tab = upload(open_page("data"), ("images", as_idx(images)), ("labels", as_idx(classes)))
    assert "48 images to train on, 12 to test with." in texts(tab.markdown)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.zip", as_zip({"../../x.png": b""}), "leads out of its folder"),
        ("model.pkl", b"\x80\x04\x95", "neither idx nor CSV nor ZIP"),
        ("train.csv", b"a,b\n1,2\n", "has no column label"),
    ],
    ids=["a way out of the folder", "a pickle", "no labels"],  # not the bytes: an archive tells the time
)
def test_files_that_make_no_dataset_are_refused_in_words(
    store: Store, open_page: Opener, name: str, content: bytes, words: str
):
    tab = upload(open_page("data"), (name, content))
    assert words in texts(tab.error)
    assert not tab.exception
    assert "data.save" not in {button.key for button in tab.button}
    assert own_names(read_settings().data) == ()


def test_a_name_that_is_taken_is_refused_and_the_files_stay(store: Store, home: Settings, open_page: Opener):
    keep(home, "ours")
    tab = upload(open_page("data"), ("ours.zip", as_zip(class_folders(*digits(100, seed=7)))))
    tab.button(key="data.save").click().run()
    assert "There is a dataset called ours already" in texts(tab.error)
    tab.text_input(key="data.name").set_value("others").run()
    tab.button(key="data.save").click().run()
    assert own_names(home.data) == ("own:others", "own:ours")


def test_digits_without_an_image_are_named(store: Store, open_page: Opener):
    images, classes = digits(60)
    tab = upload(open_page("data"), ("a.zip", as_zip(class_folders(images, classes % 8))))
    assert "no image to train on of 8, 9" in texts(tab.warning)


def test_a_fetch_under_way_is_shown_with_its_progress(store: Store, home: Settings, open_page: Opener):
    write_fetch_status(home, "mnist", FetchStatus("running"))
    lock = hold(fetch_lock(home, "mnist"))  # as the process that fetches
    assert lock is not None
    with lock:
        assert "Fetch MNIST" not in labels(open_page("data"))


def test_deleting_a_dataset_tells_which_runs_used_it(store: Store, home: Settings, open_page: Opener):
    keep(home)
    record_run(store, home, RunStatus.FINISHED, name="the one", data__dataset="own:ours")
    tab = open_page("data")
    tab.button(key="data.own.delete:ours").click().run()
    assert "1 run used it: 1 · the one" in texts(tab.warning)
    assert read_facts("own:ours", home.data) is not None
    next(button for button in tab.button if button.label == "Delete for good").click().run()
    assert own_names(home.data) == ()
    assert not tab.exception


# A dataset of one's own is one like any other


def test_it_can_be_chosen_wherever_datasets_are_chosen(store: Store, home: Settings, open_page: Opener):
    keep(home)
    tab = open_page("train", **{"data.dataset": "own:ours"})
    assert tab.selectbox(key=key_of(tab, "control:data.dataset")).value == "own:ours"
    assert "ours (own)" in tab.selectbox(key=key_of(tab, "control:data.dataset")).options
    assert not tab.exception
    assert "ours (own)" in open_page("classical").selectbox(key="classical:data.dataset").options
    assert "ours (own)" in open_page("backprop").selectbox(key="dataset").options


@pytest.fixture
def orphan(store: Store, home: Settings) -> Run:
    """A run whose dataset was deleted after it was trained."""
    keep(home)
    run = record_run(store, home, RunStatus.FINISHED, data__dataset="own:ours")
    delete_own("ours", home.data)
    return run


def test_every_view_of_a_run_whose_dataset_is_gone_still_opens(orphan: Run, open_page: Opener):
    tab = open_page("run", run=str(orphan.id))
    for view in VIEWS:
        tab.segmented_control(key=key_of(tab, "run_panel.view")).set_value(view).run()
        assert not tab.exception, view
        assert "Something went wrong" not in texts(tab.error), view


@pytest.mark.parametrize("page", ["runs", "compare", "robustness", "classical", "draw"])
def test_every_page_opens_with_a_run_whose_dataset_is_gone(page: str, orphan: Run, open_page: Opener):
    query = {"runs": str(orphan.id)} if page in ("compare", "robustness", "draw") else {}
    tab = open_page(page, **query)
    assert not tab.exception
    assert "Something went wrong" not in texts(tab.error)


def test_a_link_to_a_dataset_that_is_gone_says_so_and_does_not_train(orphan: Run, open_page: Opener):
    tab = open_page("train", **{"data.dataset": "own:ours"})
    assert "a dataset that is here" in texts(tab.warning) + texts(tab.error) + texts(tab.markdown)
    assert not tab.exception


def test_the_page_loads_no_library_of_images_or_of_learning():
    program = (
        "import sys, explorer.ui.data_page\n"
        "print(sorted({'torch', 'sklearn', 'skimage', 'explorer.data.photo'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
