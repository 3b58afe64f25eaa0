"""An MLP beside a CNN on the Robustness page, in Chromium with the real worker and the real inspector."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from explorer.evaluation.change_levels import CHANGE_LEVELS
from explorer.records import AnalysisState
from explorer.storage.analyses import key_of
from explorer.storage.arrays import unpack
from tests.browser.conftest import Server, Tab

OpenTab = Callable[..., Tab]


def see(tab: Tab, summary: str) -> None:
    """Wait for the figure whose description begins so."""
    figure = tab.page.get_by_role("figure", name=re.compile(f"^{summary}")).first
    expect(figure).to_be_visible()


def trained_pair(server: Server) -> tuple[int, int]:
    """An MLP and a LeNet on the bundled digits."""
    mlp, cnn = server.train(
        {"training.epochs": 3, "network.hidden": [32]}, {"training.epochs": 3, "network.preset": "lenet"}
    )
    return mlp.id, cnn.id


def test_an_mlp_and_a_cnn_are_asked_about_moved_images(server: Server, open_tab: OpenTab):
    mlp, cnn = trained_pair(server)
    tab = open_tab(server)
    tab.open("/robustness")
    tab.expect_text("At ")
    see(tab, r"Accuracy over shift \(pixels\)\. At ")
    level = (
        tab.page.get_by_role("paragraph")
        .get_by_text("8 pixels", exact=True)
        .or_(tab.page.get_by_role("paragraph").filter(has_text=re.compile("^8 pixels$")))
    )  # under its digits; a hidden cell of the table says it too
    expect(level.first).to_be_visible()
    expect(tab.page).to_have_url(re.compile(rf"runs={mlp}(,|%2C){cnn}&change=shift&images=1000"))

    run = server.store.run(mlp)
    assert run.network_result is not None
    assert run.network_result.validation is not None
    request = {
        "run_id": mlp, "epoch": run.network_result.kept_epoch, "part": "validation", "change": "shift",
        "images": 1000,
    }  # fmt: skip
    found = unpack(server.store.analyses.answer(key_of("robustness", request)))["accuracies"]
    assert len(found) == len(CHANGE_LEVELS["shift"].levels)
    assert abs(found[0] - run.network_result.validation.accuracy) < 1e-9  # unchanged: the plain accuracy
    assert found[-1] < found[0]
    tab.expect_text(f"{100 * found[0]:.1f} % (run {mlp})")
    tab.expect_no_exception()


def test_all_nine_changes_are_drawn_and_a_deleted_run_is_named(server: Server, open_tab: OpenTab):
    mlp, cnn = trained_pair(server)
    tab = open_tab(server)
    tab.open(f"/robustness?runs={mlp},{cnn}&change=overview")
    tab.expect_text("The runs differ most under")
    for change in CHANGE_LEVELS.values():
        see(tab, f"{change.title}: accuracy")
    expect(tab.page.get_by_text("Cancel", exact=True)).to_have_count(0)
    asked = key_of(
        "robustness",
        {"run_id": cnn, "epoch": 3, "part": "validation", "change": "noise", "images": 1000},
    )
    question = server.store.analyses.find(asked)
    assert question is not None
    assert question.state is AnalysisState.DONE
    server.store.delete(cnn)
    tab.page.reload()
    tab.expect_text(f"Run {cnn} is not in the store")
    tab.expect_text("Most is lost under")
    tab.expect_no_exception()
