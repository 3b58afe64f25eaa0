import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from explorer.jobs.locks import Lock, hold, hold_shared, is_held

HOLDER = """
import sys
from pathlib import Path
from explorer.jobs.locks import hold
lock = hold(Path(sys.argv[1]))
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "one.lock"


def taken(lock: Lock | None) -> Lock:
    assert lock is not None
    return lock


def test_a_held_lock_is_refused_to_others_until_it_is_released(path: Path):
    first = taken(hold(path))
    assert hold(path) is None
    first.release()
    taken(hold(path)).release()


def test_a_lock_is_freed_at_the_end_of_its_block_even_by_an_error(path: Path):
    def fail_while_holding() -> None:
        with taken(hold(path)):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_while_holding()
    assert not is_held(path)


def test_releasing_twice_does_not_free_the_lock_of_the_next_holder(path: Path):
    first = taken(hold(path))
    first.release()
    with taken(hold(path)):
        first.release()
        assert is_held(path)


def test_a_lock_nobody_ever_held_is_free_and_asking_makes_no_file(path: Path):
    assert not is_held(path)
    assert not path.exists()


def test_shared_holders_stand_beside_each_other_but_not_beside_an_exclusive_one(path: Path):
    with taken(hold_shared(path)), taken(hold_shared(path)):
        assert hold(path) is None
        assert is_held(path)
    with taken(hold(path)):
        assert hold_shared(path, patience_seconds=0) is None
    assert not is_held(path)


def test_is_held_goes_on_saying_so_until_the_last_shared_holder_leaves(path: Path):
    first, second = taken(hold_shared(path)), taken(hold_shared(path))
    first.release()
    assert is_held(path)
    second.release()
    assert not is_held(path)


def test_what_the_holder_wrote_can_be_read_by_others(path: Path):
    with taken(hold(path)) as lock:
        lock.write("a longer text")
        lock.write("4711")
        assert path.read_text() == "4711"


def test_patience_outlasts_a_holder_that_leaves_soon(path: Path):
    first = taken(hold(path))
    threading.Timer(0.05, first.release).start()
    taken(hold(path, patience_seconds=30)).release()


def test_kill_9_frees_the_lock_of_a_process_that_nobody_waited_for(path: Path):
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_held(path)
        holder.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead, still a zombie
        assert not is_held(path)


def test_a_child_process_does_not_inherit_the_lock(path: Path):
    lock = taken(hold(path))
    child = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, close_fds=False) as process:
        lock.release()
        assert not is_held(path)
        assert process.stdin is not None
        process.stdin.close()
