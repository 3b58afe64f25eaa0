import json
from argparse import Namespace
from pathlib import Path

import pytest

from explorer.cli.errors import RequestError
from explorer.cli.request import read_request
from explorer.settings import Settings


def request(settings: Settings, *assignments: str, config=None, repeats=None, json_path=None):
    return read_request(
        Namespace(
            config=None if config is None else str(config),
            assignments=list(assignments),
            repeats=repeats,
            json_path=None if json_path is None else str(json_path),
            quiet=True,
        ),
        settings,
    )


def faults(settings: Settings, *assignments: str, **options) -> list[str]:
    with pytest.raises(RequestError) as caught:
        request(settings, *assignments, **options)
    return str(caught.value).splitlines()


def test_settings_win_over_the_file_and_the_file_over_the_defaults(settings, tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"optimizer": {"name": "sgd", "learning_rate": 0.5}, "training": {"epochs": 3}}')
    (config,) = request(settings, "optimizer.learning_rate=0.25", config=file).configs
    assert (config.optimizer.name, config.optimizer.learning_rate) == ("sgd", 0.25)
    assert (config.training.epochs, config.training.batch_size) == (3, 64)


def test_a_file_from_windows_with_a_byte_order_mark_is_read(settings, tmp_path):
    file = tmp_path / "config.json"
    file.write_bytes(b"\xef\xbb\xbf" + b'{"training": {"epochs": 3}}')
    assert request(settings, config=file).configs[0].training.epochs == 3


def test_repeats_count_the_seed_up_and_change_nothing_else(settings):
    asked = request(settings, "training.seed=5", repeats="3")
    assert [config.training.seed for config in asked.configs] == [5, 6, 7]
    assert (
        len({config.model_copy(update={"training": None}).model_dump_json() for config in asked.configs}) == 1
    )
    assert asked.is_several


def test_one_repeat_is_a_single_run(settings):
    assert not request(settings, repeats="1").is_several


def test_images_a_step_is_the_mean_over_an_epoch(settings):
    # 1,437 training digits, 144 held back: 1,293 in 21 batches of 64, the last one smaller
    assert request(settings).images_a_step == pytest.approx(1_293 / 21)
    assert request(settings, "training.batch_size=full", "data.noisy_copies=1").images_a_step == 2 * 1_293


def test_all_faults_of_a_request_are_named_at_once(settings, tmp_path):
    lines = faults(
        settings,
        "optimizer.learning_rate=30",
        "network.hidden=[0]",
        "training.epoch=3",
        "nonsense",
        config=tmp_path / "absent.json",
        repeats="none",
        json_path=tmp_path / "absent" / "out.json",
    )
    text = "\n".join(lines)
    assert len(lines) == 7
    for part in (
        "--config must be a file that can be read",
        "optimizer.learning_rate must be in (0, 10], got 30.",
        "network.hidden[0] must be in [1, 4,096], got 0.",
        "Did you mean training.epochs?",
        "--set must be FIELD=VALUE, got 'nonsense'.",
        "--repeats must be a whole number in [1, 1,000], got 'none'.",
        "--json must be a file in a folder that exists",
    ):
        assert part in text


def test_data_device_and_target_are_checked_together(settings, tmp_path):
    lines = faults(settings, "data.dataset=mnist", "training.device=cuda:77", json_path=tmp_path)
    assert len(lines) == 3
    assert "--json must be a file" in lines[0]
    assert "data fetch mnist" in lines[1]
    assert "cuda:77" in lines[2]


def test_sizes_that_the_dataset_does_not_have_are_refused_before_anything_starts(settings):
    lines = faults(settings, "data.train_size=50000", "data.test_size=361")
    assert len(lines) == 2
    assert "data.train_size must be at most 1,293" in lines[0]
    assert "data.test_size must be at most 360" in lines[1]


def test_sizes_are_told_beside_what_the_numpy_engine_lacks(settings, tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"data": {"train_size": 5000}, "training": {"engine": "numpy"}}')
    lines = faults(settings, "network.batch_norm=true", "network.activation=swish", config=file)
    assert [line.partition(" must")[0] for line in lines] == [
        "network.activation", "network.batch_norm", "data.train_size"
    ]  # fmt: skip
    assert "at most 1,293" in lines[2]
    sized = faults(settings, "network.batch_norm=true", "data.train_size=none", "training.engine=numpy")
    assert [line.partition(" must")[0] for line in sized] == ["data.train_size", "network.batch_norm"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"training": ', "Line 1, column 14"),
        (b"[1, 2]", "a JSON object of settings"),
        (b"\xff\xfe{", "UTF-8"),
        (b'{"training": 5}', "training must be an object of settings, got 5."),
        (b'{"training": {"epochs": 0, "seed": -1}}', "training.seed must be"),
        (b'{"trainings": {}}', "trainings must be one of the known fields"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_wrong_file_is_refused_in_words(settings, tmp_path, content: bytes, words: str):
    file = tmp_path / "config.json"
    file.write_bytes(content)
    assert words in "\n".join(faults(settings, config=file))


def test_a_section_that_is_no_object_is_named_though_a_setting_reaches_into_it(settings, tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"network": 5}')
    assert (
        "network must be an object of settings, got 5."
        in faults(settings, "network.hidden=[8]", config=file)[0]
    )


def test_a_folder_is_no_config_file(settings, tmp_path: Path):
    assert faults(settings, config=tmp_path)[0].startswith("--config must be a file that can be read")


@pytest.mark.parametrize("text", ["0", "-1", "1001", "2.5", "", "²", "9" * 5000])
def test_repeats_must_be_a_small_whole_number(settings, text: str):
    assert faults(settings, repeats=text)[0].startswith("--repeats must be a whole number in [1, 1,000]")


def test_seeds_of_repeats_stay_in_bounds(settings):
    assert "with 2 repeats" in faults(settings, f"training.seed={2**31 - 1}", repeats="2")[0]


def test_a_config_that_train_wrote_can_be_read_back(settings, tmp_path):
    (config,) = request(settings, "network.preset=lenet", "training.epochs=2").configs
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config.model_dump(mode="json")))
    assert request(settings, config=file).configs == (config,)


@pytest.mark.parametrize(
    ("content", "fault"),
    [("1" * 5000, "A number in it is too long"), (" " * 1_000_001, "at most 1 MB")],
)
def test_a_config_file_that_no_config_can_be_is_refused(explorer, tmp_path: Path, content: str, fault: str):
    path = tmp_path / "config.json"
    path.write_text(content)
    refused = explorer("train", "--config", str(path))
    assert refused.code == 2
    assert fault in refused.err
