import subprocess
import sys

import pytest

from explorer.cli.exit_codes import ExitCode, exit_code
from explorer.errors import DatasetError, DeviceError, RunStateError, StoreError
from explorer.settings import Settings


def test_the_help_lists_all_commands(explorer):
    ended = explorer("--help")
    assert ended.code == 0
    assert all(
        f"\n    {name} " in ended.out
        for name in ("train", "sweep", "baseline", "lab", "runs", "data", "worker", "bench")
    )


@pytest.mark.parametrize(
    "words", [(), ("walk",), ("runs",), ("runs", "show"), ("runs", "show", "x"), ("train", "-x")]
)
def test_words_that_make_no_command_are_a_wrong_request(explorer, words: tuple[str, ...]):
    ended = explorer(*words)
    assert ended.code == 2
    assert "usage:" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "words", [("train", "--help"), ("runs", "-h"), ("data", "fetch", "-h"), ("bench", "-h"), ("worker", "-h")]
)
def test_every_command_explains_itself(explorer, words: tuple[str, ...]):
    ended = explorer(*words)
    assert ended.code == 0
    assert ended.out.startswith("usage: python -m explorer")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatasetError("gone"), ExitCode.WRONG_REQUEST),
        (DeviceError("none"), ExitCode.WRONG_REQUEST),
        (RunStateError("busy"), ExitCode.WRONG_REQUEST),
        (StoreError("full"), ExitCode.FAILED),
    ],
)
def test_an_error_says_whether_the_request_or_the_machine_is_at_fault(error, code):
    assert exit_code(error) is code


def test_a_store_that_cannot_be_opened_is_a_failure_in_words(explorer, settings):
    settings.home.mkdir()
    (settings.home / "explorer.db").write_bytes(b"this is no database" * 100)
    ended = explorer("runs", "list")
    assert ended.code == 1
    assert "explorer.db" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words", [["runs", "list"], ["data", "list"], ["--help"], ["train", "--help"], ["bench", "--help"]]
)
def test_looking_something_up_does_not_load_torch(environment, words: list[str]):
    program = (
        "import sys\n"
        "from explorer.cli.program import main\n"
        f"code = main({words!r})\n"
        "heavy = {'torch', 'torchvision', 'sklearn', 'skimage', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'loaded {sorted(heavy)}' if heavy else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_early_meets_no_stack_trace(environment):
    pipeline = f"{sys.executable} -m explorer train --help | head -1"
    done = subprocess.run(
        ["bash", "-c", pipeline], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("usage:")
    assert done.stderr == ""


def test_a_home_that_no_folder_can_be_is_told_in_words(program, settings: Settings):
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    settings.home.write_text("a file where the folder should be")
    ended = program("worker", "--device", "cpu")
    assert ended.code == 1
    assert "can't be used" in ended.err
    assert str(settings.home) in ended.err
    assert "Traceback" not in ended.err
