"""The weights of a run as a safetensors file."""

from explorer.errors import CheckpointError
from explorer.sharing.source import Source
from explorer.storage.checkpoints import run_folder


def weights_file(source: Source) -> bytes:
    """The file of the kept epoch as it lies on the disk: arrays by name, float32, read by safetensors.

    Raises:
        ExportError: the run is a baseline or has no weights yet.
        CheckpointError: the file is missing or damaged.
    """
    if not source.weights:  # which reads the file and proves it sound
        raise CheckpointError(f"The weights of run {source.run.id} are empty. Train it again.")
    path = run_folder(source.settings, source.run.id) / f"epoch-{source.kept_epoch:04d}.safetensors"
    return path.read_bytes()
