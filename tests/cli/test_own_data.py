"""A dataset of one's own from the command line, from its files to a trained run."""

import pytest

from explorer.config.parsing import parse_assignments
from explorer.storage.store import open_store
from tests.data.own_samples import as_csv, as_idx, as_zip, class_folders, digits


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in files]


def test_what_was_added_is_listed_trained_on_and_deleted(explorer, settings, tmp_path):
    files = write(tmp_path / "files", {"mine.zip": as_zip(class_folders(*digits(100)))})
    ended = explorer("data", "add", "ours", *files)
    assert ended.code == 0
    assert "own:ours is ready: 80 images to train on, 20 to test with." in ended.out
    assert "8 + 2, 8 + 2" in ended.out
    listed = [line.split() for line in explorer("data", "list").out.splitlines()]
    assert ["own:ours", "ours", "(own)", "80", "+", "20", "ready", "mine.zip"] in listed
    trained = explorer(
        "train", "--set", "data.dataset=own:ours", "--set", "training.epochs=1", "--quiet", "--json", "-"
    )
    assert trained.code == 0
    assert trained.json["config"]["data"]["dataset"] == "own:ours"
    assert sum(map(sum, trained.json["test"]["confusion"])) == 20
    fitted = explorer(
        "baseline", "--model", "knn", "--set", "data.dataset=own:ours", "--quiet", "--json", "-"
    )
    assert fitted.code == 0
    assert "own:ours is deleted. 2 runs used it" in explorer("data", "delete", "own:ours").out
    ended = explorer("train", "--set", "data.dataset=own:ours")
    assert ended.code == 2
    assert "add the same images again" in ended.err


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.pkl": b"\x80\x04\x95"}, "a.pkl is neither idx nor CSV nor ZIP"),
        ({"a.zip": as_zip({"../../x.png": b""})}, "leads out of its folder"),
        ({"images": as_idx(digits()[0]), "labels": as_idx(digits()[1][:50])}, "do not belong together"),
        ({"train.csv": as_csv(*digits(29))}, "at least 30 images"),
    ],
)
def test_files_that_make_no_dataset_are_a_wrong_request(explorer, settings, tmp_path, files, words):
    ended = explorer("data", "add", "ours", *write(tmp_path / "files", files))
    assert ended.code == 2
    assert words in ended.err
    assert not settings.data.exists()


def test_names_and_paths_that_are_none_are_a_wrong_request(explorer, tmp_path):
    (path,) = write(tmp_path / "files", {"train.csv": as_csv(*digits())})
    assert "A name has 1 to 40" in explorer("data", "add", "../ours", path).err
    assert "nothing can't be read" in explorer("data", "add", "ours", "nothing").err
    assert "no dataset of your own called ours" in explorer("data", "delete", "ours").err


def test_a_queued_run_whose_dataset_is_gone_fails_in_words(explorer, settings, tmp_path):
    from explorer.jobs.execution import execute  # noqa: PLC0415 - loads torch

    store = open_store(settings)
    run = store.create_run(parse_assignments(["data.dataset=own:gone"]))
    assert store.claim(run.id, device="cpu", host="here")
    ended = execute(store, settings, store.run(run.id), "cpu")
    assert ended.status == "failed"
    assert "gone (own) is not in" in ended.reason
    store.close()
