"""The Draw page, with strokes as the browser tells them."""

import json
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.config.parsing import config_from_paths
from explorer.data.drawing import Steps, prepare_drawing
from explorer.data.strokes import as_sent, draw_strokes
from explorer.jobs.execution import train_here
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.data.drawn_digits import drawn

from .conftest import Opener, add_run, address_of, texts
from .recorded import record_baseline, record_run

ZERO, SEVEN = 0, 14  # of the drawings by hand


@pytest.fixture
def network(store: Store, home: Settings) -> Run:
    """A small network that has really learned."""
    fields = {"network.hidden": [32], "training.epochs": 6, "training.device": "cpu"}
    return train_here(store, home, config_from_paths(fields), name="small")


def draw(tab: AppTest, number: int = SEVEN, seq: int = 1, **moved: float) -> AppTest:
    """Draw one of the digits on the pad."""
    told = {"seq": seq, "strokes": as_sent(drawn(number, **moved))}
    tab.session_state["draw.pad"] = {"drawing": told}
    return tab.run()


def cards(tab: AppTest) -> list[dict[str, Any]]:
    """What the answers' component was given."""
    for component in tab.get("bidi_component"):
        data = json.loads(component.proto.json) if component.proto.json else {}
        if "cards" in data:
            return list(data["cards"])
    return []


def test_without_a_run_the_first_one_is_queued_and_the_pad_is_there(home: Settings, open_page: Opener):
    tab = open_page("draw")
    assert "The first network is being trained" in texts(tab.info)
    assert len(tab.get("bidi_component")) >= 1
    draw(tab)
    assert len(tab.get("image")) == 4
    assert not cards(tab)
    assert not tab.exception


def test_with_no_run_and_none_on_its_way_it_says_how_to_get_one(store: Store, open_page: Opener):
    add_run(store, RunStatus.FAILED, reason="worker lost")
    tab = open_page("draw")
    assert "no network to answer yet" in texts(tab.info)
    assert tab.get("page_link")


def test_before_anything_is_drawn_the_cards_wait(store: Store, network: Run, open_page: Opener):
    tab = open_page("draw")
    (card,) = cards(tab)
    assert card["answer"] is None
    assert card["note"] == "waits for a digit"
    assert "nothing drawn yet" in texts(tab.caption)
    assert not tab.get("image")
    assert address_of(tab) == {"runs": str(network.id)}


def test_a_drawing_is_answered_with_its_steps_and_its_layers(store: Store, network: Run, open_page: Opener):
    tab = draw(open_page("draw"))
    (card,) = cards(tab)
    assert card["answer"] == 7
    assert sum(card["values"]) == pytest.approx(1, abs=1e-4)
    assert len(tab.get("image")) == 5  # four steps and a layer
    said = texts(tab.caption)
    assert "280 × 280 pixels" in said
    assert "moved" in said
    assert "units answer" in said
    assert not tab.get("plotly_chart")  # figures are too slow to follow a pen
    assert not tab.exception


def test_off_centre_strokes_need_centring(store: Store, network: Run, open_page: Opener):
    tab = draw(open_page("draw"), ZERO, shrunk=0.45, right=230, down=230)
    assert cards(tab)[0]["answer"] == 0
    tab.toggle(key="draw.step:centre").set_value(False).run()
    assert cards(tab)[0]["answer"] != 0
    assert "left there" in texts(tab.caption)
    tab.toggle(key="draw.step:centre").set_value(True).run()
    assert cards(tab)[0]["answer"] == 0


def test_answer_and_layers_follow_the_pen(store: Store, network: Run, open_page: Opener):
    tab = draw(open_page("draw"))
    before, answer = tab.get("image")[-1].proto, cards(tab)[0]["values"]
    draw(tab, number=ZERO, seq=2)
    assert cards(tab)[0]["values"] != answer
    assert tab.get("image")[-1].proto != before


def test_runs_answer_side_by_side_and_one_whose_weights_are_gone_says_so(
    store: Store, home: Settings, network: Run, open_page: Opener
):
    other = train_here(
        store,
        home,
        config_from_paths({"network.preset": "lenet", "training.epochs": 1, "training.device": "cpu"}),
    )
    damaged = record_run(store, home, RunStatus.FINISHED)  # with weights of its first layer alone
    tab = draw(open_page("draw", runs=f"{network.id},{other.id},{damaged.id}"))
    assert [card["title"].split(" · ")[0] for card in cards(tab)] == [str(network.id), str(other.id)]
    assert "does not fit the run's network" in texts(tab.warning)
    tab.button_group(key="draw.inside").set_value(other.id).run()
    assert len(tab.get("image")) == 4 + 4  # of the steps; two convolutions and two dense layers
    assert "6 × 12 × 12, after pooling and activation" in texts(tab.caption)
    assert not tab.exception


def test_runs_that_cannot_answer_are_named(store: Store, home: Settings, network: Run, open_page: Opener):
    machine = record_baseline(store, RunStatus.FINISHED, baseline__model="linear_svm")
    new = add_run(store, RunStatus.RUNNING)
    tab = open_page("draw", runs=f"{network.id},{machine.id},{new.id},4711")
    said = texts(tab.info)
    assert f"Run {machine.id} gives no shares to its classes" in said
    assert f"Run {new.id} has not finished an epoch yet" in said
    assert "Run 4711 is not in the store" in said
    assert len(cards(tab)) == 1


def test_a_run_deleted_in_another_tab_is_told_and_the_rest_goes_on(
    store: Store, network: Run, open_page: Opener
):
    tab = draw(open_page("draw"))
    store.delete(network.id)
    draw(tab, seq=2)
    assert "no network to answer yet" in texts(tab.info)
    assert len(tab.get("image")) == 4
    assert not tab.exception


def test_no_run_chosen_leaves_the_pad(store: Store, network: Run, open_page: Opener):
    tab = open_page("draw")
    tab.multiselect[0].set_value([]).run()
    assert "Choose a run above" in texts(tab.info)
    assert "runs" not in address_of(tab)
    draw(tab)
    assert len(tab.get("image")) == 4


def test_what_is_no_drawing_is_one_message_and_nothing_is_lost(store: Store, network: Run, open_page: Opener):
    tab = draw(open_page("draw"))
    for told in ({"seq": 2, "strokes": "x"}, {"seq": 2, "strokes": [{"points": [1e99, 1], "width": 80}]}, 7):
        tab.session_state["draw.pad"] = {"drawing": told}
        tab.run()
        assert "draw again" in texts(tab.error)
        assert not tab.exception
    draw(tab, seq=3)
    assert cards(tab)[0]["answer"] == 7


def test_a_drawing_is_kept_with_its_label_and_the_pad_cleared(store: Store, network: Run, open_page: Opener):
    tab = draw(open_page("draw"))
    tab.button(key="draw.keep:7").click().run()
    kept = store.handwriting.all()
    assert kept.labels.tolist() == [7]
    expected = prepare_drawing(draw_strokes(drawn(SEVEN)))
    assert expected is not None
    np.testing.assert_array_equal(kept.images[0], expected.image)
    assert "Kept as a 7" in texts(tab.caption)
    assert cards(tab)[0]["answer"] is None  # the pad is empty for the next
    (link,) = [link for link in tab.get("page_link") if "handwriting" in link.proto.query_string]
    assert "1 drawing" in link.proto.label
    tab.button(key="draw.unkeep").click().run()
    assert len(store.handwriting.all()) == 0
    assert "Kept" not in texts(tab.caption)


def test_a_stroke_and_a_switch_right_before_the_click_are_kept_and_a_second_press_keeps_nothing_more(
    store: Store, network: Run, open_page: Opener
):
    tab = draw(open_page("draw"), ZERO)
    tab.session_state["draw.pad"] = {"drawing": {"seq": 2, "strokes": as_sent(drawn(SEVEN))}}
    tab.toggle(key="draw.step:centre").set_value(False)
    tab.button(key="draw.keep:7").click().run()
    kept = store.handwriting.all()
    expected = prepare_drawing(draw_strokes(drawn(SEVEN)), Steps(centre=False))
    assert expected is not None
    np.testing.assert_array_equal(kept.images, expected.image[None])
    assert cards(tab)[0]["answer"] is None  # the pad is empty for the next

    draw(tab, ZERO, seq=3)
    tab.session_state["draw.pad"] = {"drawing": {"seq": 4, "strokes": []}}  # as after a press just before
    tab.button(key="draw.keep:0").click().run()
    assert store.handwriting.all().labels.tolist() == [7]
    assert not tab.exception


def uploaded(pixels: np.ndarray) -> tuple[str, bytes, str]:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "digit.png", file.getvalue(), "image/png"


def test_a_photo_is_read_in_place_of_a_drawing_and_refused_in_words(
    store: Store, network: Run, open_page: Opener
):
    tab = open_page("draw")
    tab.button_group(key="draw.source").set_value("Photo").run()
    assert cards(tab)[0]["answer"] is None
    sheet = 235 - (draw_strokes(drawn(SEVEN, shrunk=0.6)) // 255 * 200).astype(np.uint8)
    tab.file_uploader(key="draw.file").set_value(uploaded(sheet)).run()
    assert cards(tab)[0]["answer"] == 7
    assert not tab.exception
    tab.file_uploader(key="draw.file").set_value(("digit.png", b"no picture", "image/png")).run()
    assert "no JPEG" in texts(tab.warning)
    assert cards(tab)[0]["answer"] is None
