import json
import os
import stat
import threading

import pytest

from explorer.cli.errors import OutputError
from explorer.cli.output import target_problems, write_json, write_text


def test_numbers_that_json_does_not_know_become_null(tmp_path):
    target = tmp_path / "out.json"
    write_json(str(target), {"loss": float("nan"), "all": [float("inf"), 1.5, (2,)], "name": "σ"})
    assert json.loads(target.read_text()) == {"loss": None, "all": [None, 1.5, [2]], "name": "σ"}


def test_a_dash_is_standard_output(capsys):
    write_text("-", "one line\n")
    assert capsys.readouterr().out == "one line\n"


def test_a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old" * 1000)
    write_text(str(target), "new")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_has_the_rights_of_an_ordinary_one(tmp_path):
    before = os.umask(0o022)
    try:
        write_text(str(tmp_path / "out.json"), "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.json").stat().st_mode) == 0o644


def test_a_link_goes_on_pointing_at_the_file_that_is_written(tmp_path):
    target, link = tmp_path / "real.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    write_text(str(link), "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_pipe_is_written_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(str(pipe), "through")
    reader.join()
    assert read == ["through"]


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"absent/out\.json could not be written"):
        write_text(str(tmp_path / "absent" / "out.json"), "text")


@pytest.mark.parametrize(
    ("name", "words"), [("", "a file"), (".", "It is a folder"), ("absent/x", "Create the folder")]
)
def test_a_target_is_refused_before_any_work(tmp_path, monkeypatch, name: str, words: str):
    monkeypatch.chdir(tmp_path)
    (problem,) = target_problems(name, "--json")
    assert words in str(problem)
    assert problem.field == "--json"


@pytest.mark.parametrize("name", [None, "-", "new.json", "/dev/null"])
def test_a_good_target_has_no_problems(tmp_path, monkeypatch, name: str | None):
    monkeypatch.chdir(tmp_path)
    assert target_problems(name, "--json") == ()
