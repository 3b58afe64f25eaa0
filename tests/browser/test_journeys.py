"""What a person does with the dashboard, done in Chromium with the real worker."""

import os
import re
import signal
from collections.abc import Callable

import numpy as np
from playwright.sync_api import expect

from explorer.config.fields import config_to_query
from explorer.config.parsing import config_from_paths
from explorer.jobs.queue import workers
from explorer.records import Run, RunStatus
from explorer.storage.checkpoints import Checkpoints
from tests.browser.conftest import PHONE, Server, Tab, wait_until

# Long enough (minutes) that no machine ends it before the test has looked, with epochs that are short.
LONG = {"network.hidden": [512, 256], "training.epochs": 1000, "training.batch_size": 32}
OpenTab = Callable[..., Tab]


def newest(server: Server) -> Run:
    return server.store.runs(limit=1)[0]


def epoch_of(server: Server, run_id: int) -> int:
    return server.store.run(run_id).epoch


def address_of(values: dict[str, object]) -> str:
    query = config_to_query(config_from_paths(values))
    return "/?" + "&".join(f"{path}={value}" for path, value in query.items())


def start_long_run(server: Server, tab: Tab) -> Run:
    """Open a link to a long run, press Train, and wait until it has learned for some epochs."""
    tab.open(address_of(LONG))
    tab.click_button("Train")
    tab.page.wait_for_url(re.compile(r"[?&]run=\d+"))
    run_id = int(re.findall(r"[?&]run=(\d+)", tab.page.url)[0])
    wait_until(lambda: epoch_of(server, run_id) >= 2, "two epochs are recorded")
    return server.store.run(run_id)


def summary_of_loss(tab: Tab) -> str:
    return tab.page.get_by_role("img", name=re.compile("^Loss|loss")).first.get_attribute("aria-label") or ""


def test_a_click_on_train_draws_a_curve_that_grows(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    run = start_long_run(server, tab)
    assert run.config == config_from_paths(LONG)
    first = summary_of_loss(tab)
    wait_until(lambda: summary_of_loss(tab) != first, "the curve says something new")
    tab.expect_no_exception()


def test_the_whole_configuration_and_the_run_survive_a_reload(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    run = start_long_run(server, tab)
    before = epoch_of(server, run.id)
    tab.page.reload()
    tab.settle()
    assert f"run={run.id}" in tab.page.url
    assert "training.epochs=1000" in tab.page.url
    tab.expect_text(run.name)
    wait_until(lambda: epoch_of(server, run.id) > before, "the run has gone on")
    tab.expect_no_exception()


def test_stop_ends_a_run_and_shows_what_it_learned(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    run = start_long_run(server, tab)
    tab.click_button("Stop")
    tab.expect_text("of 360 test images right")
    stopped = server.store.run(run.id)
    assert stopped.status is RunStatus.STOPPED
    assert stopped.result is not None
    assert stopped.result.test.images == 360
    tab.expect_no_exception()


def test_pause_and_resume_continue_the_same_curve(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    run = start_long_run(server, tab)
    tab.click_button("Pause")
    wait_until(lambda: server.store.run(run.id).status is RunStatus.PAUSED, "the run is paused")
    before = server.store.epochs(run.id)
    tab.click_button("Resume")
    wait_until(lambda: epoch_of(server, run.id) > before[-1].epoch + 1, "the run goes on")
    after = server.store.epochs(run.id)
    assert [epoch.epoch for epoch in after] == list(range(1, len(after) + 1))
    assert [epoch.train_loss for epoch in after[: len(before)]] == [epoch.train_loss for epoch in before]
    tab.expect_no_exception()


def test_a_killed_worker_is_told_and_its_run_can_be_resumed(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    run = start_long_run(server, tab)
    victim = next(worker for worker in workers(server.settings) if run.id in worker.run_ids)
    os.kill(victim.pid, signal.SIGKILL)
    tab.expect_text("orker lost")
    lost = server.store.run(run.id)
    assert lost.status is RunStatus.FAILED
    tab.click_button("Resume")
    wait_until(lambda: epoch_of(server, run.id) > lost.epoch + 1, "another worker goes on with the run")
    assert next(worker for worker in workers(server.settings) if run.id in worker.run_ids).pid != victim.pid
    tab.expect_no_exception()


def test_a_link_to_a_run_opens_it(server: Server, open_tab: OpenTab):
    (run,) = server.train({"training.epochs": 3})
    server.store.rename(run.id, "Shared by link")
    for path in (f"/?run={run.id}", f"/run?run={run.id}"):
        tab = open_tab(server)
        tab.open(path)
        tab.expect_text("Shared by link")
        tab.expect_text("of 360 test images right")
        tab.expect_no_exception()


def test_a_link_with_nonsense_says_so_and_uses_the_rest(server: Server, open_tab: OpenTab):
    tab = open_tab(server)
    tab.open("/?optimizer.learning_rate=99&nonsense=1&training.epochs=7")
    tab.expect_text("Learning rate must be in (0, 10], got 99")
    tab.expect_text("nonsense")
    tab.click_button("Train")
    tab.page.wait_for_url(re.compile(r"[?&]run=\d+"))
    wait_until(lambda: newest(server).config.training.epochs == 7, "the sound part of the link was used")
    assert newest(server).config.optimizer.learning_rate == 0.001


def test_a_run_deleted_in_another_tab_is_said_to_be_gone(server: Server, open_tab: OpenTab):
    (run,) = server.train({})
    tab = open_tab(server)
    tab.open(f"/run?run={run.id}")
    tab.page.get_by_text("Settings", exact=True).click()  # where nothing is awaited
    tab.expect_text("Every setting of this run has its default")
    server.store.delete(run.id)
    tab.page.get_by_text("Weights", exact=True).click()  # a part of the page only is drawn anew
    tab.expect_text(f"There is no run {run.id}")
    tab.expect_no_exception()


def test_a_fresh_dashboard_trains_a_first_run_and_closed_it_keeps_every_finished_epoch(
    own_server: Server, open_tab: OpenTab
):
    server = own_server
    tab = open_tab(server)
    tab.open()  # before any click
    tab.expect_text("of 360 test images right")
    assert newest(server).status is RunStatus.FINISHED
    tab.expect_no_exception()

    run = start_long_run(server, tab)
    server.interrupt()
    wait_until(lambda: server.store.run(run.id).status is not RunStatus.RUNNING, "the run has ended")
    paused = server.store.run(run.id)
    assert paused.status is RunStatus.PAUSED
    epochs = server.store.epochs(run.id)
    assert [epoch.epoch for epoch in epochs] == list(range(1, paused.epoch + 1))
    assert paused.epoch in Checkpoints(server.settings, run.id).epochs()
    assert all(np.isfinite(epoch.train_loss) for epoch in epochs)
    wait_until(
        lambda: all(worker.state == "dead" for worker in workers(server.settings)), "no worker is left"
    )
    server.start()
    tab.open(f"/run?run={run.id}")  # a link to a run is the first that the new dashboard is asked for
    tab.expect_text(run.name)
    tab.expect_text("The dashboard was closed")


def test_two_tabs_do_not_disturb_each_other(server: Server, open_tab: OpenTab):
    first, second = open_tab(server), open_tab(server)
    first.open("/?training.epochs=11")
    second.open("/?training.epochs=12")
    first.click_button("Train")
    first.page.wait_for_url(re.compile(r"[?&]run=\d+"))
    assert newest(server).config.training.epochs == 11
    second.click_button("Train")
    second.page.wait_for_url(re.compile(r"[?&]run=\d+"))
    assert newest(server).config.training.epochs == 12
    assert len([worker for worker in workers(server.settings) if worker.device == "cpu"]) == 1


def test_no_click_on_train_is_lost_while_runs_begin_and_end(server: Server, open_tab: OpenTab):
    tab, other = open_tab(server), open_tab(server)
    tab.open("/?training.epochs=2")
    other.open()
    # Each press falls somewhere into the life of the run before: queued, training, ending, redrawn.
    for press in range(1, 13):
        tab.click_button("Train")
        wait_until(
            lambda press=press: len(server.store.runs()) == press,
            f"press {press} has made a run",
        )
    tab.expect_no_exception()


def test_every_page_opens_on_a_phone_in_the_dark(server: Server, open_tab: OpenTab):
    (run,) = server.train({"training.epochs": 3})
    for path in ("/", "/runs", f"/run?run={run.id}", "/workers", "/help"):
        tab = open_tab(server, PHONE, "dark")
        tab.open(path)
        tab.expect_no_exception()
        width = tab.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} scrolls sideways"
        expect(tab.page.get_by_text("Page not found")).to_have_count(0)
