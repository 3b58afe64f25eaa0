"""A worker, a training and a runner that somebody starts by hand, as processes of their own."""

import signal
import subprocess
import sys

from explorer.jobs import queue
from explorer.jobs.runner import child_environment
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.jobs.conftest import close, endless, small, start, wait_for, wait_for_epoch, wait_for_status


def test_a_worker_of_its_own_serves_the_queue_until_sigterm(store: Store, swept: Settings):
    run = store.create_run(endless())
    worker = start(swept, "from explorer.jobs.worker import serve\nsys.exit(serve(settings, 'cpu'))\n")
    wait_for_epoch(store, run.id)
    second = subprocess.run(
        [sys.executable, "-m", "explorer.jobs.worker", "--device", "cpu"],
        env=child_environment(swept),
        check=False,
    )
    assert second.returncode != 0  # the device has its worker
    worker.send_signal(signal.SIGTERM)
    paused = wait_for_status(store, run.id, RunStatus.PAUSED)
    assert "Resume goes on from epoch" in paused.reason
    close(worker)
    assert worker.returncode == 0


def test_a_worker_leaves_in_time_even_while_it_looks_at_the_test_set(store: Store, swept: Settings):
    run = store.create_run(small(training__epochs=2))
    worker = start(
        swept,
        "import threading\n"
        "from explorer.jobs import stack_execution\n"
        "from explorer.jobs.worker import serve\n"
        "def conclude(*_):\n"
        "    print('looking', flush=True)\n"
        "    threading.Event().wait()\n"
        "stack_execution.conclude_together = conclude\n"
        "serve(settings, 'cpu')\n",
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"looking\n"
    worker.send_signal(signal.SIGTERM)
    paused = wait_for_status(store, run.id, RunStatus.PAUSED)
    assert paused.reason == "The workers were stopped. Resume goes on from epoch 2."
    close(worker)
    assert queue.workers(swept) == ()
    queue.resume(store, swept, run.id)
    assert wait_for_status(store, run.id, RunStatus.FINISHED).epoch == 2


def test_ctrl_c_of_a_command_line_run_keeps_what_it_learned(store: Store, swept: Settings):
    training = start(
        swept,
        "from explorer.cli.ctrl_c import ctrl_c_between_events\n"
        "from explorer.jobs.execution import train_here\n"
        "from explorer.storage.store import open_store\n"
        "from tests.jobs.conftest import endless\n"
        "with ctrl_c_between_events() as ctrl_c:\n"  # as the command line does
        "    store = open_store(settings)\n"
        "    print(train_here(store, settings, endless(), on_event=ctrl_c.pass_on).status)\n",
    )
    wait_for(lambda: store.runs() and store.runs()[0].epoch >= 1, "an epoch of the run")
    training.send_signal(signal.SIGINT)
    output, _ = training.communicate()
    assert output.strip() == b"stopped"
    run = store.runs()[0]
    assert run.status is RunStatus.STOPPED
    assert run.result is not None
    assert run.result.epochs_run == run.epoch


def test_the_runner_needs_nothing_but_the_standard_library(swept: Settings):
    program = (
        "import explorer.jobs.runner, explorer.jobs.supervision\n"
        "heavy = {'torch', 'numpy', 'sqlalchemy', 'pydantic'} & set(sys.modules)\n"
        "print(sorted(heavy))\n"
    )
    checked = start(swept, program)
    assert checked.communicate()[0].strip() == b"[]"
