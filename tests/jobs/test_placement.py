import pytest

from explorer.jobs.placement import refuses, serves, with_numbers

BOTH = ("cuda:0", "cuda:1", "cpu")


def takers(wanted: str, devices: tuple[str, ...]) -> set[str]:
    return {device for device in devices if serves(device, wanted, devices)}


@pytest.mark.parametrize(
    ("wanted", "devices", "expected"),
    [
        ("auto", BOTH, {"cuda:0", "cuda:1"}),
        ("auto", ("cpu",), {"cpu"}),
        ("auto", ("mps", "cpu"), {"mps"}),
        ("cpu", BOTH, {"cpu"}),
        ("cuda", BOTH, {"cuda:0", "cuda:1"}),
        ("cuda:1", BOTH, {"cuda:1"}),
        ("cuda:7", BOTH, set()),
        ("cuda", ("cpu",), set()),
    ],
)
def test_a_run_goes_to_the_workers_that_have_its_device(
    wanted: str, devices: tuple[str, ...], expected: set[str]
):
    assert takers(wanted, devices) == expected


@pytest.mark.parametrize("wanted", ["auto", "cpu", "cuda", "cuda:1", "cuda:7", "mps"])
@pytest.mark.parametrize("devices", [BOTH, ("cpu",), ("cuda:0",)])
def test_every_run_is_either_served_or_refused_by_exactly_one_worker(wanted: str, devices: tuple[str, ...]):
    refusing = [device for device in devices if refuses(device, wanted, devices)]
    assert len(refusing) == (0 if takers(wanted, devices) else 1)


def test_cuda_without_a_number_is_the_first_one_and_counts_once():
    assert with_numbers(("cuda", "cuda:0", "cuda:1", "cpu")) == BOTH
