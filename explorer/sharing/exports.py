"""The forms in which a run can leave, by name: what they are called, and how each is made."""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.records import Run
from explorer.settings import Settings
from explorer.sharing.json_text import json_text
from explorer.sharing.outcome import outcome
from explorer.sharing.source import Source
from explorer.storage.store import Store


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its ``title`` and one line of ``help`` for the screen, and the name of its file.

    ``make`` gives the file's content, and raises ExplorerError where the run can't be given so.
    """

    name: str
    title: str
    help: str
    pattern: str
    mime: str
    make: Callable[[Source], bytes]

    def file_name(self, run: Run) -> str:
        """What the file of a run is called."""
        return self.pattern.format(id=run.id)


def export(store: Store, settings: Settings, run_id: int, name: str) -> bytes:
    """A run in one of the forms, as the content of a file.

    Raises:
        RunNotFoundError, and whatever the form raises: an ExplorerError in words.
    """
    source = Source(store, settings, store.run(run_id))
    content = FORMS[name].make(source)
    store.run(run_id)  # deleted in between, it would have been read by halves
    return content


def _table(source: Source) -> bytes:
    from explorer.sharing.table import history_table  # noqa: PLC0415 - each form when it is wanted

    return history_table(source).encode()


def _json(source: Source) -> bytes:
    return json_text(outcome(source.run, source.store.epochs(source.run.id))).encode()


def _weights(source: Source) -> bytes:
    from explorer.sharing.weights import weights_file  # noqa: PLC0415

    return weights_file(source)


def _onnx(source: Source) -> bytes:
    from explorer.sharing.onnx_graph import onnx_model  # noqa: PLC0415 - onnx takes 0.2 s and 40 MB

    return onnx_model(source)


def _script(source: Source) -> bytes:
    from explorer.sharing.script import script  # noqa: PLC0415

    return script(source).encode()


def _events(source: Source) -> bytes:
    from explorer.sharing.events import event_file  # noqa: PLC0415

    return event_file(source)


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("csv", "CSV", "One line an epoch, for a spreadsheet.", "run-{id}.csv", "text/csv", _table),
        Form(
            "json",
            "JSON",
            "Everything measured: settings, scores, confusion matrix, layers, history.",
            "run-{id}.json",
            "application/json",
            _json,
        ),
        Form(
            "weights",
            "Weights",
            "The kept weights as a safetensors file; nothing in it can be executed.",
            "run-{id}.safetensors",
            "application/octet-stream",
            _weights,
        ),
        Form(
            "onnx",
            "ONNX",
            "The network from raw pixels to probabilities, for any other program.",
            "run-{id}.onnx",
            "application/octet-stream",
            _onnx,
        ),
        Form(
            "script",
            "PyTorch script",
            "Trains the same network anew; needs only torch and torchvision.",
            "run-{id}.py",
            "text/x-python",
            _script,
        ),
        Form(
            "tensorboard",
            "TensorBoard",
            "An event file with all curves; put it into a folder of its own.",
            "events.out.tfevents.run-{id}",
            "application/octet-stream",
            _events,
        ),
    )
}
