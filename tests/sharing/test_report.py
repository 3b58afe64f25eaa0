import re
import shlex
from collections.abc import Iterator

import numpy as np
import pytest

from explorer.config.parsing import parse_assignments
from explorer.errors import ConfigError, RunNotFoundError
from explorer.plots.paper import Words
from explorer.records import Change, Parent, RunStatus
from explorer.settings import Settings
from explorer.sharing.document import Document, Figures, Paragraph, Points, Table
from explorer.sharing.report import OwnWords, file_name, lab_report, make_report
from explorer.sharing.report_figures import learning_curves
from explorer.sharing.report_material import gather
from explorer.sharing.report_words import command, wilson_interval
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.fitted import Fitted, save_fitted
from explorer.storage.store import Store, open_store
from tests.ui.recorded import baseline_result, record_baseline, record_epochs, record_run


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


def titles(document: Document) -> list[str]:
    return [section.title for section in document.sections]


def figures(document: Document) -> list[str]:
    blocks = (block for section in document.sections for block in section.blocks)
    return [paper.title for block in blocks if isinstance(block, Figures) for paper in block.papers]


def words(document: Document) -> str:
    said = []
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                said.append(block.text)
            elif isinstance(block, Points):
                said.extend(block.items)
            elif isinstance(block, Table):
                said.extend(" ".join(row) for row in block.rows)
            else:
                said.append(block.caption)
    return "\n".join(said)


def test_a_finished_run_is_told_from_its_configuration_to_its_units(store: Store, settings: Settings):
    run = record_run(store, settings, RunStatus.FINISHED, network__hidden=[64])
    report = lab_report(store, settings, [run], OwnWords(words="What I saw.\n\nWhat I think."))
    assert titles(report) == [
        "Notes", "In short", "Configuration", "Learning curves", "Results", "Misread images",
        "What the first layer looks for", "Dead and inactive units", "To do it again",
    ]  # fmt: skip
    assert figures(report) == [
        "Loss", "Accuracy", "Confusion matrix, test images", "Misread validation images",
        "Weights of the first layer", "Dead units", "Inactive (unit, image) pairs",
    ]  # fmt: skip
    told = words(report)
    assert "994 of 1,000 test images right (99.40 %)" in told
    assert "one hidden layer of 64 units, activation ReLU, trained on Digits, bundled" in told
    assert "4 read as 9: 6 images (6.0 %)" in told
    assert "hidden 1: 8 of 64 units dead, 50.0 % of (unit, image) pairs inactive" in told
    assert "Epochs 3 10" in told  # what differs from the defaults
    notes = report.sections[0].blocks
    assert [block.text for block in notes if isinstance(block, Paragraph)] == ["What I saw.", "What I think."]


def test_the_misread_images_are_those_that_were_misread(store: Store, settings: Settings):
    run = record_run(store, settings, RunStatus.FINISHED)
    report = lab_report(store, settings, [run])
    (drawn,) = [
        paper for section in report.sections for block in section.blocks if isinstance(block, Figures)
        for paper in block.papers if paper.title == "Misread validation images"
    ]  # fmt: skip
    assert drawn.summary.count("read as 9") == 6  # as they were recorded
    assert drawn.summary.count(";") == 5


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.FAILED])
@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_a_run_without_a_result_says_where_it_stands(
    status: RunStatus, suffix: str, store: Store, settings: Settings
):
    run = record_run(store, settings, status, epochs=2, reason="The disk is full.")
    made = make_report(store, settings, [run.id], suffix).decode()
    assert "It has no result on the test images" in made
    assert ("Confusion matrix" in made) is False


def test_what_is_gone_is_said_to_be_gone_and_the_rest_goes_on(store: Store, settings: Settings):
    run = record_run(store, settings, RunStatus.FINISHED)
    Checkpoints(settings, run.id).delete()
    told = words(lab_report(store, settings, [run]))
    assert "No weights were kept." in told
    damaged = record_run(store, settings, RunStatus.FINISHED)
    for path in Checkpoints(settings, damaged.id).folder.glob("*.safetensors"):
        path.write_bytes(b"no weights")
    told = words(lab_report(store, settings, [damaged]))
    assert "The weights can't be shown." in told
    assert "994 of 1,000" in told


def test_a_baseline_has_a_report_too(store: Store, settings: Settings):
    run = record_baseline(store, RunStatus.FINISHED, baseline__model="linear_svm", data__features="pixels")
    weights = {"weights": np.ones((10, 784), np.float32)}
    save_fitted(settings, run.id, Fitted(baseline_result(), b"", weights))
    report = lab_report(store, settings, [run])
    assert "Learning curves" not in titles(report)
    assert figures(report) == ["Confusion matrix, test images", "Weights of the first layer"]
    assert "Linear SVM C=1, fitted to Digits, bundled (pixels)." in words(report)
    assert "python -m explorer baseline --model linear_svm" in words(report)


def test_a_fork_names_its_parent_and_what_was_changed(store: Store, settings: Settings):
    parent = record_run(store, settings, RunStatus.FINISHED)
    change = Change("optimizer.learning_rate", 3, 41, 0.001, 0.0001)
    fork = store.create_run(parent.config, parent=Parent(parent.id, 2), changes=[change])
    told = words(lab_report(store, settings, [fork]))
    assert f"branched off run {parent.id} after epoch 2" in told
    assert "In epoch 3, before step 41, its learning rate was changed from 0.001 to 0.0001." in told
    assert "python -m explorer train" not in told  # no one command makes it again


def test_a_fork_is_drawn_after_its_parent_with_marks(store: Store, settings: Settings):
    parent = record_run(store, settings, RunStatus.FINISHED)
    change = Change("optimizer.learning_rate", 3, 41, 0.001, 0.0001)
    fork = store.create_run(parent.config, parent=Parent(parent.id, 2), changes=[change])
    assert store.claim(fork.id, device="cpu", host="here")
    store.set_total_steps(fork.id, 60)
    record_epochs(store, settings, fork, range(3, 4))
    loss, _ = learning_curves(gather(store, settings, store.run(fork.id)))
    shown = [mark.text for mark in loss.marks if isinstance(mark, Words)]
    assert f"validation, run {parent.id}" in shown
    assert f"from run {parent.id}" in shown
    assert "rate 0.001 → 0.0001" in shown


def test_repeats_are_one_row_of_mean_and_deviation(store: Store, settings: Settings):
    runs = [record_run(store, settings, RunStatus.FINISHED, training__seed=seed) for seed in (0, 1)]
    other = record_run(store, settings, RunStatus.FINISHED, network__hidden=[30])
    report = lab_report(store, settings, [*runs, other])
    table = next(
        block for section in report.sections if section.title == "Comparison"
        for block in section.blocks if isinstance(block, Table)
    )  # fmt: skip
    assert sorted(row[1] for row in table.rows) == ["1", "2"]
    assert next(row[3] for row in table.rows if row[1] == "2") == "99.40 ± 0.00 %"
    assert figures(report)[:4] == [
        "Training loss", "Validation loss", "Training accuracy", "Validation accuracy",
    ]  # fmt: skip
    assert f"The best run by validation accuracy: {runs[0].id} · {runs[0].name}" in titles(report)


def test_runs_on_different_labels_are_not_praised_without_saying_so(store: Store, settings: Settings):
    every = record_run(store, settings, RunStatus.FINISHED)
    two = record_run(store, settings, RunStatus.FINISHED, data__labels=[4, 9])
    said = words(lab_report(store, settings, [every, two]))
    assert "their validation accuracies tell which labels are easier, not which network is better" in said
    said = words(lab_report(store, settings, [two]))
    assert "Of the 200 that it could learn it got 194 right (97.00 %)." in said
    assert "labels 4, 9 alone" in said


def test_names_and_own_words_stay_text(store: Store, settings: Settings):
    name = "<script>alert(1)</script>"
    run = record_run(store, settings, RunStatus.FINISHED, name=name)
    made = make_report(
        store,
        settings,
        [run.id],
        ".html",
        OwnWords(author="<img src=x onerror=alert(1)>", words="</body><script>"),
    ).decode()
    assert "<script" not in made
    assert "<img" not in made
    assert "Lab report: &lt;script&gt;alert(1)&lt;/script&gt;" in made
    text = make_report(store, settings, [run.id], ".md", OwnWords(words=name)).decode()
    assert "<script" not in text


def test_what_can_not_be_made_is_refused_in_words(store: Store, settings: Settings):
    run = record_run(store, settings, RunStatus.FINISHED)
    with pytest.raises(ConfigError, match=r"a file ending in \.html or \.md, got '\.pdf'"):
        make_report(store, settings, [run.id], ".pdf")
    with pytest.raises(ConfigError, match="1 to 200 runs"):
        make_report(store, settings, [], ".html")
    with pytest.raises(ConfigError, match="at most 50,000 characters"):
        make_report(store, settings, [run.id], ".html", OwnWords(words="x" * 50_001))
    with pytest.raises(RunNotFoundError):
        make_report(store, settings, [99], ".html")


def test_the_command_asks_for_the_same_run_again(store: Store, settings: Settings):
    run = record_run(store, settings, RunStatus.FINISHED, network__hidden=[30, 20], optimizer__name="sgd")
    said = shlex.split(command(run))
    assert said[:4] == ["python", "-m", "explorer", "train"]
    assignments = [said[place + 1] for place, word in enumerate(said) if word == "--set"]
    assert parse_assignments(assignments) == run.config


def test_the_interval_is_wilsons():
    # Of 10 of 20: Wilson (1927) by hand, (0.2993, 0.7007).
    assert wilson_interval(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert wilson_interval(20, 20)[1] == pytest.approx(1.0)


def test_files_are_named_after_their_runs():
    assert file_name([7], ".html") == "lab-report-run-7.html"
    assert file_name([1, 2], ".md") == "lab-report-runs-1-2.md"
    assert len(file_name(range(1, 100), ".md")) < 60


def test_one_file_is_small_and_needs_nothing_else(store: Store, settings: Settings):
    run = record_run(store, settings, RunStatus.FINISHED)
    made = make_report(store, settings, [run.id], ".html").decode()
    outside = set(re.findall(r"https?://[^\"'< ]+", made)) - {"http://www.w3.org/2000/svg"}
    assert outside == set()
    assert len(made) < 1_000_000
