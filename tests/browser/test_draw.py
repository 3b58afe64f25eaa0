"""Real strokes on the drawing pad, and the answers to them, in Chromium with a network trained here."""

import re
from collections.abc import Callable, Sequence

from playwright.sync_api import Locator, expect

from explorer.data.strokes import Stroke
from tests.browser.conftest import PHONE, Server, Tab, wait_until
from tests.data.drawn_digits import drawn

OpenTab = Callable[..., Tab]
NETWORK = {"network.hidden": [64], "training.epochs": 20}
ZERO, FIVE, SEVEN = 0, 10, 14  # of the drawings by hand


def open_pad(tab: Tab) -> Locator:
    """The pad of the Draw page, ready to be drawn on."""
    tab.open("/draw")
    paper = tab.page.locator("canvas.paper")
    expect(paper).to_be_visible()
    tab.settle()
    return paper


def draw(tab: Tab, paper: Locator, strokes: Sequence[Stroke], *, lifts: bool = True) -> None:
    """Draw with the mouse's button down; the last stroke may be left unfinished."""
    box = paper.bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [
            (box["x"] + x * box["width"] / 1000, box["y"] + y * box["height"] / 1000)
            for x, y in stroke.points
        ]
        tab.page.mouse.move(*places[0])
        tab.page.mouse.down()
        for place in places[1:]:
            tab.page.mouse.move(*place, steps=2)
        if lifts or stroke is not strokes[-1]:
            tab.page.mouse.up()


def press_tool(tab: Tab, name: str) -> None:
    tab.page.locator(".pad .tools").get_by_role("button", name=name, exact=True).click()


def expect_answer(tab: Tab, answer: str) -> None:
    """Wait for the answer of the first card."""
    expect(tab.page.locator(".card .answer").first).to_have_text(answer)


def toggle(tab: Tab, name: str) -> None:
    tab.page.get_by_text(name, exact=True).click()
    tab.settle()


def test_strokes_are_answered_undone_erased_and_kept(server: Server, open_tab: OpenTab):
    server.train(NETWORK)
    tab = open_tab(server)
    paper = open_pad(tab)
    expect_answer(tab, "–")
    draw(tab, paper, drawn(SEVEN), lifts=False)
    expect(tab.page.locator(".card .answer").first).to_have_text(re.compile("^[0-9]$"))  # within the stroke
    tab.page.mouse.up()
    expect_answer(tab, "7")
    expect(tab.page.get_by_text("moved")).to_be_visible()
    expect(tab.page.get_by_text(re.compile("units answer"))).to_be_visible()

    draw(tab, paper, [Stroke(((100, 900), (300, 960)), 80)])  # and what a click too many does
    expect(tab.page.locator(".card .sure").first).not_to_have_text("")
    tab.page.keyboard.press("Control+z")
    expect_answer(tab, "7")
    press_tool(tab, "Clear")
    expect_answer(tab, "–")
    press_tool(tab, "Undo")
    expect_answer(tab, "7")

    press_tool(tab, "Eraser")
    there_and_back = [
        (x, y) for y in range(150, 901, 70) for x in ((150, 850) if y // 70 % 2 else (850, 150))
    ]
    draw(tab, paper, [Stroke(tuple(there_and_back), 80)])
    expect_answer(tab, "–")
    press_tool(tab, "Pen")
    press_tool(tab, "Clear")

    draw(tab, paper, drawn(FIVE))
    expect_answer(tab, "5")
    tab.click_button("5")
    tab.expect_text("Kept as a 5.")
    expect_answer(tab, "–")
    store = server.store
    wait_until(lambda: store.handwriting.all().labels.tolist() == [5], "the drawing is kept")
    store.close()
    tab.expect_no_exception()


def test_an_off_centre_digit_needs_centring_and_the_keyboard_draws_too(server: Server, open_tab: OpenTab):
    server.train(NETWORK)
    tab = open_tab(server, size=PHONE)
    paper = open_pad(tab)
    paper.scroll_into_view_if_needed()
    draw(tab, paper, drawn(ZERO, shrunk=0.45, right=230, down=230))
    expect_answer(tab, "0")
    toggle(tab, "Centre of mass")
    tab.expect_text("left there")
    expect(tab.page.locator(".card .answer").first).not_to_have_text("0")
    toggle(tab, "Centre of mass")
    expect_answer(tab, "0")

    # The strokes outlive the pad: it is drawn anew after the photo's turn.
    tab.page.get_by_text("Photo", exact=True).click()
    tab.expect_text("A photo of one digit")
    expect_answer(tab, "–")
    tab.page.get_by_text("Draw", exact=True).last.click()
    expect_answer(tab, "0")

    # A one by the keyboard: the pen is put down in the middle and goes down.
    tab.page.locator("canvas.paper").focus()
    tab.page.keyboard.press("Delete")
    expect_answer(tab, "–")
    for key in ["ArrowUp"] * 8 + [" "] + ["ArrowDown"] * 16 + [" "]:
        tab.page.keyboard.press(key)
    expect(tab.page.locator(".card .answer").first).to_have_text(re.compile("^[0-9]$"))
    expect(tab.page.locator(".pad .status")).to_have_text("Pen up")
    tab.expect_no_exception()
