import pytest

from explorer.config.parsing import config_from_paths
from explorer.jobs.threads import allowed_threads, brief_spinning, threads_for, usable_cores


def test_threads_spin_briefly_unless_the_user_chose():
    assert brief_spinning({}, has_company=True) == {"GOMP_SPINCOUNT": "1000"}
    assert brief_spinning({}, has_company=False) == {"GOMP_SPINCOUNT": "10000"}


@pytest.mark.parametrize("name", ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"])
def test_the_users_choice_wins(name: str):
    assert brief_spinning({name: "active"}, has_company=True) == {}


def test_there_is_a_core_for_us():
    assert usable_cores() >= 1


def test_the_users_number_of_threads_wins():
    assert allowed_threads({"OMP_NUM_THREADS": "3"}) == 3
    assert allowed_threads({"OMP_NUM_THREADS": "many"}) == usable_cores()
    assert allowed_threads({}) == usable_cores()


@pytest.mark.parametrize(
    ("hidden", "batch", "threads"),
    [
        ([10], 64, 1),  # 64 · (784 · 10 + 10 · 10) = 508,160 multiply-adds a step
        ([64], 64, 1),  # 64 · (784 · 64 + 64 · 10) = 3,252,224
        ([64], 256, 2),  # 256 · 50,816 = 13,008,896
        ([512, 128], 512, 2),  # 512 · 468,224 = 239,730,688
        ([10], "full", 2),  # 60,000 · 7,940 = 476,400,000
    ],
)
def test_only_large_steps_take_a_second_thread(hidden: list[int], batch: int | str, threads: int):
    config = config_from_paths({"network.hidden": hidden, "training.batch_size": batch})
    assert threads_for(config, 60_000, cores=2) == threads
    assert threads_for(config, 60_000, cores=1) == 1


@pytest.mark.parametrize(
    ("hidden", "batch", "networks", "threads"),
    [
        ([10], 64, 64, 1),  # 64 · 508,160 = 32,522,240 multiply-adds a step of all
        ([64], 256, 1, 2),
        ([64], 256, 7, 1),  # 7 · 13,008,896 = 91,062,272
        ([64], 256, 8, 2),
    ],
)
def test_the_work_of_the_whole_stack_decides(hidden: list[int], batch: int, networks: int, threads: int):
    config = config_from_paths({"network.hidden": hidden, "training.batch_size": batch})
    assert threads_for(config, 60_000, cores=2, networks=networks) == threads


def test_a_batch_is_no_larger_than_the_training_set():
    config = config_from_paths({"network.hidden": [64], "training.batch_size": 256})
    assert threads_for(config, 100, cores=2) == 1


def test_a_large_machine_does_not_give_all_its_cores():
    config = config_from_paths({"network.hidden": [4096], "training.batch_size": 4096})
    assert threads_for(config, 60_000, cores=96) == 8


def test_numpy_takes_one_thread_whatever_the_size():
    config = config_from_paths({"network.hidden": [500, 250, 100], "training.engine": "numpy"})
    assert threads_for(config, 60_000, cores=2) == 1
