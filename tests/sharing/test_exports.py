import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

from explorer.config.parsing import baseline_from_paths
from explorer.errors import ExportError, RunNotFoundError
from explorer.models.network import build
from explorer.records import RunStatus
from explorer.settings import read_settings
from explorer.sharing.event_records import scalar_event
from explorer.sharing.events import event_file
from explorer.sharing.exports import FORMS, export
from explorer.sharing.outcome import outcome
from explorer.sharing.source import Source
from tests.sharing.trained import train


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A small network that was really trained."""
    settings = read_settings({"EXPLORER_HOME": str(tmp_path_factory.mktemp("home"))})
    trained = train(settings, network__hidden=[12, 9], training__epochs=3)
    yield trained
    trained.store.close()


def made(source: Source, name: str) -> bytes:
    return export(source.store, source.settings, source.run.id, name)


def test_pandas_reads_the_table_number_for_number(source: Source):
    table = pd.read_csv(io.BytesIO(made(source, "csv")))
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["validation_loss"].tolist() == pytest.approx(
        [epoch.validation_loss for epoch in source.epochs], rel=1e-12
    )
    assert table["train_accuracy"].tolist() == pytest.approx(
        [epoch.train_accuracy for epoch in source.epochs], rel=1e-12
    )


def test_json_is_the_object_of_the_command_line(source: Source):
    assert json.loads(made(source, "json")) == outcome(source.run, source.epochs)


def test_safetensors_reads_the_weights_into_the_network(source: Source):
    weights = safetensors.torch.load(made(source, "weights"))
    network = build(source.config.network, torch.Generator())
    network.load_state_dict(weights)
    assert all(np.array_equal(weights[name].numpy(), array) for name, array in source.weights.items())
    assert source.kept_epoch == source.result.kept_epoch == 3


@pytest.fixture(scope="module")
def events(source: Source, tmp_path_factory: pytest.TempPathFactory) -> EventAccumulator:
    """The event file, as TensorBoard reads it."""
    folder: Path = tmp_path_factory.mktemp("events")
    (folder / FORMS["tensorboard"].file_name(source.run)).write_bytes(made(source, "tensorboard"))
    reader = EventAccumulator(str(folder))
    reader.Reload()
    return reader


def test_tensorboard_reads_every_step_epoch_and_layer(source: Source, events: EventAccumulator):
    steps = source.store.steps(source.run.id)
    losses = events.Scalars("step/loss")
    assert [event.step for event in losses] == [step.last_step for step in steps]
    np.testing.assert_allclose([event.value for event in losses], [step.loss for step in steps], rtol=1e-6)
    accuracies = events.Scalars("epoch/validation_accuracy")
    assert [event.step for event in accuracies] == [1, 2, 3]
    assert accuracies[-1].value == pytest.approx(source.epochs[-1].validation_accuracy)
    dead = [epoch.layers[0].dead_share for epoch in source.epochs]
    assert [event.value for event in events.Scalars("hidden 1/dead_share")] == pytest.approx(dead)
    assert "output/dead_share" not in events.Tags()["scalars"]  # the output layer has none
    (result,) = events.Scalars("result/test_accuracy")
    assert result.value == pytest.approx(source.result.test.accuracy)


def test_the_events_lie_in_the_time_of_the_training(source: Source, events: EventAccumulator):
    times = [event.wall_time for event in events.Scalars("step/loss")]
    assert times == sorted(times)
    assert source.run.started_at is not None
    began, took = source.run.started_at.timestamp(), sum(epoch.seconds for epoch in source.epochs)
    assert began < times[0]
    assert times[-1] == pytest.approx(began + took)


def test_tensorboard_reads_hyperparameters_and_settings(source: Source, events: EventAccumulator):
    plugin = events.PluginTagToContent("hparams")
    start = plugin_data_pb2.HParamsPluginData.FromString(plugin["_hparams_/session_start_info"])
    values = start.session_start_info.hparams
    assert values["optimizer.learning_rate"].number_value == 0.001
    assert values["network.activation"].string_value == "relu"
    assert values["network.batch_norm"].bool_value is False
    assert values["network.hidden"].string_value == "[12, 9]"
    experiment = plugin_data_pb2.HParamsPluginData.FromString(plugin["_hparams_/experiment"]).experiment
    assert {info.name for info in experiment.hparam_infos} == set(values)
    assert "result/test_accuracy" in {info.name.tag for info in experiment.metric_infos}
    text = tensor_util.make_ndarray(events.Tensors("config")[0].tensor_proto).item()
    assert '"learning_rate": 0.001' in text.decode()


def test_a_scalar_takes_up_to_32_bits_and_unmeasured_values_are_left_out(source: Source):
    assert scalar_event(1.0, 300, {"a": 2.0}) != scalar_event(1.0, 301, {"a": 2.0})
    content = event_file(source)
    assert b"test_loss" in content
    assert b"epoch/test_loss" not in content


@pytest.mark.parametrize("name", [name for name in FORMS if name != "json"])
def test_a_baseline_gives_json_and_refuses_the_rest_in_words(source: Source, name: str):
    run = source.store.create_run(baseline_from_paths({"baseline.model": "knn"}))
    source.store.end(run.id, RunStatus.STOPPED)
    with pytest.raises(ExportError, match=r"baseline|classical method"):
        export(source.store, source.settings, run.id, name)
    assert json.loads(export(source.store, source.settings, run.id, "json"))["run_id"] == run.id


def test_a_run_that_is_gone_is_said_to_be_gone(source: Source):
    with pytest.raises(RunNotFoundError):
        export(source.store, source.settings, 999, "csv")
