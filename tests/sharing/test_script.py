import ast
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.config.run import RunConfig
from explorer.errors import ExportError
from explorer.models import pooling
from explorer.records import Change, Parent
from explorer.settings import read_settings
from explorer.sharing.script import BLOCK_IMAGES, FEW_CHANNELS, script
from explorer.sharing.source import Source
from explorer.training import batches
from tests.sharing.trained import BLOCKS, home_with_mnist_files, train

STANDARD = {"argparse", "base64", "math", "zlib", "__future__", "types", "typing"}


def answers_of(text: str, folder: Path, *words: str) -> tuple[int, int]:
    """How many test images the script answers rightly, of how many, in a fresh process."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-I", str(path), *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = re.search(r"test accuracy [\d.]+%: (\d+) of (\d+)", done.stdout)
    assert found, done.stdout
    return int(found[1]), int(found[2])


def test_a_script_on_mnist_files_answers_exactly_as_its_run(tmp_path: Path):
    settings = home_with_mnist_files(tmp_path / "home")
    source = train(
        settings,
        data__dataset="mnist",
        data__test_size=200,
        network__hidden=[20, 12],
        network__activation="prelu",
        network__dropout=0.2,
        regularisation__activation_noise=0.1,
        regularisation__gradient_noise=0.001,
        regularisation__l2=0.0001,
        regularisation__clip_norm=1,
        schedule__name="one_cycle",
        optimizer__learning_rate=0.01,
    )
    text = script(source)
    outside = {name.split(".")[0] for name in imports(text)} - STANDARD
    assert outside == {"torch", "torchvision"}
    right, asked = answers_of(text, tmp_path, "--data", str(settings.data))
    assert asked == 200
    assert right == source.result.test.correct > 40


def test_a_script_on_the_bundled_digits_carries_them_and_answers_exactly_as_its_run(settings, tmp_path):
    source = train(
        settings,
        network__kind="cnn",
        network__blocks=BLOCKS,
        network__batch_norm=True,
        network__activation="silu",
        data__noisy_copies=1,
        data__augmentation__shift=1,
        data__augmentation__elastic=0.5,
        optimizer__name="sgd",
        optimizer__momentum=0.9,
        optimizer__nesterov=True,
        optimizer__learning_rate=0.05,
        training__keep="best",
        loss="mean_squared_error",
    )
    right, asked = answers_of(script(source), tmp_path)
    assert (right, asked) == (source.result.test.correct, 360)


@pytest.mark.mnist
def test_a_script_on_real_mnist_is_within_a_tenth_of_a_point(mnist_settings, tmp_path: Path):
    source = train(
        mnist_settings,
        data__dataset="mnist",
        data__train_size=20_000,
        training__epochs=1,
        training__batch_size=256,
    )
    right, asked = answers_of(script(source), tmp_path, "--data", str(mnist_settings.data))
    assert abs(right / asked - source.result.test.accuracy) <= 0.001


def imports(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Source:
    settings = read_settings({"EXPLORER_HOME": str(tmp_path_factory.mktemp("home"))})
    return train(settings, network__hidden=[5])


def changed(source: Source, **fields: object) -> Source:
    """The same run as if these dotted settings had been asked for."""
    values = source.config.model_dump()
    for path, value in fields.items():
        section, _, name = path.partition("__")
        if name:
            values[section][name] = value
        else:
            values[section] = value
    run = replace(source.run, config=RunConfig.model_validate(values))
    return Source(source.store, source.settings, run)


@pytest.mark.parametrize(
    "fields",
    [
        {"optimizer__name": "adamw", "optimizer__weight_decay": 0.01, "schedule__name": "step"},
        {"optimizer__name": "rmsprop", "optimizer__momentum": 0.5, "schedule__name": "cosine"},
        {"optimizer__name": "adagrad", "schedule__name": "exponential", "schedule__warmup_epochs": 1},
        {"loss": "binary_cross_entropy", "optimizer__reduction": "sum", "regularisation__l1": 0.001},
        {"network__initialisation": "glorot_normal", "network__biases": "zeros"},
        {"network__initialisation": "he_uniform", "training__batch_size": "full"},
        {"network__initialisation": "gaussian", "network__batch_norm": True},
        {"network__initialisation": "zeros", "network__activation": "identity", "data__train_size": 30},
    ],
)
def test_every_setting_makes_a_script_without_gaps(finished: Source, fields: dict[str, object]):
    text = script(changed(finished, **fields))
    compile(text, "script.py", "exec")
    written = text.partition("\n# Which images of")[0]  # after it, data
    assert not re.search(r"\{\{[A-Z_0-9]+\}\}|^#[\[\]]|#\? ", written, re.MULTILINE)


def test_a_hostile_name_stays_a_name(finished: Source):
    name = 'a"""\nimport os\n\\\0 """'
    source = Source(finished.store, finished.settings, replace(finished.run, name=name))
    text = script(source)
    assert "os" not in imports(text)
    assert ast.get_docstring(ast.parse(text)).startswith("a''' import os")


def test_what_a_script_cannot_do_is_refused_in_words(finished: Source):
    def refusal(**fields: object) -> str:
        run = replace(finished.run, **fields)
        with pytest.raises(ExportError) as caught:
            script(Source(finished.store, finished.settings, run))
        return str(caught.value)

    assert "is a fork" in refusal(parent=Parent(run_id=1, epoch=2))
    rate = Change("optimizer.learning_rate", 1, 3, 0.1, 0.01)
    assert "changed while it trained" in refusal(changes=(rate,))
    assert "no result yet" in refusal(result=None)
    with pytest.raises(ExportError, match="HOG"):
        script(changed(finished, data__features="hog"))
    with pytest.raises(ExportError, match="dataset of your own"):
        script(changed(finished, data__dataset="own:mine"))
    with pytest.raises(ExportError, match="noise on its weighted sums"):
        script(changed(finished, regularisation__gradient_noise=0.1, regularisation__noise_on="sums"))


def test_a_script_draws_and_pools_in_the_portions_of_training():
    assert BLOCK_IMAGES == batches.BLOCK_IMAGES
    assert FEW_CHANNELS == pooling.FEW_CHANNELS
