"""Runs as one file that opens in another installation."""

import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from explorer.errors import CheckpointError, ExportError
from explorer.models import checkpoint
from explorer.records import Run
from explorer.settings import Settings
from explorer.sharing import bundle_format as form
from explorer.storage.checkpoints import Checkpoints, run_folder
from explorer.storage.store import Store


def bundled_runs(store: Store, run_ids: Sequence[int]) -> tuple[Run, ...]:
    """The runs of a bundle, each once, in the order of their numbers.

    Raises:
        RunNotFoundError: one is not there.
        ExportError: there is none, there are too many, or one is still queued or running.
    """
    runs = tuple(store.run(run_id) for run_id in sorted(set(run_ids)))
    if not runs or len(runs) > form.MOST_RUNS:
        raise ExportError(f"A bundle holds 1 to {form.MOST_RUNS:,} runs, not {len(runs):,}.")
    active = [str(run.id) for run in runs if run.status.is_active]
    if active:
        raise ExportError(
            f"A bundle holds runs that have ended; still queued or running: {', '.join(active[:20])}. "
            "Wait, or pause or stop them."
        )
    return runs


def bundle_bytes(settings: Settings, runs: Sequence[Run]) -> int:
    """About how large the bundle of these runs will be."""
    files = [path for run in runs for path in _files(settings, run)]
    return sum(path.stat().st_size for path in files) + 4_096 * len(runs)


def write_bundle(store: Store, settings: Settings, run_ids: Sequence[int], target: IO[bytes]) -> None:
    """Write the runs with their curves, answers and weights to a file that can be sought in.

    A run that can go on takes the state with it that it goes on from. Each file is read and checked first.

    Raises:
        RunNotFoundError, ExportError: as for ``bundled_runs``; or there are more than 4 GB.
        CheckpointError: a file of a run is damaged, or the run was deleted just now.
    """
    runs = bundled_runs(store, run_ids)
    if bundle_bytes(settings, runs) > form.MOST_BYTES:
        raise ExportError("A bundle holds at most 4 GB. Choose fewer runs.")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        manifest = {"format": form.NAME, "version": form.VERSION, "runs": [_described(run) for run in runs]}
        archive.writestr(form.MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        for run in runs:
            _write_run(archive, store, settings, run)


def _write_run(archive: zipfile.ZipFile, store: Store, settings: Settings, run: Run) -> None:
    epochs, steps = store.epochs(run.id), store.steps(run.id)
    predictions = {f"{epoch.epoch:04d}": store.predictions(run.id, epoch.epoch) for epoch in epochs}
    told = [
        {name: value for name, value in asdict(epoch).items() if name != "predictions"} for epoch in epochs
    ]
    archive.writestr(form.entry(run.id, form.EPOCHS), json.dumps(told))
    archive.writestr(form.entry(run.id, form.STEPS), json.dumps([asdict(step) for step in steps]))
    arrays = {name: np.frombuffer(content, np.uint8) for name, content in predictions.items() if content}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / form.PREDICTIONS
        checkpoint.save(path, arrays)  # with its checksum, as all the others
        archive.write(path, form.entry(run.id, path.name))
    for path in _files(settings, run):
        checkpoint.load(path)  # a damaged file is named here, not where the bundle is opened
        try:
            archive.write(path, form.entry(run.id, path.name))
        except OSError as error:
            raise CheckpointError(f"{path} could not be read: {error.strerror or error}.") from error


def _files(settings: Settings, run: Run) -> list[Path]:
    """The files that the run left behind: kept weights in order, what was fitted, the state to go on from."""
    folder = run_folder(settings, run.id)
    weights = [folder / f"epoch-{epoch:04d}.safetensors" for epoch in Checkpoints(settings, run.id).epochs()]
    others = [folder / form.FITTED, *([folder / form.STATE] if run.status.can_resume else [])]
    return weights + [path for path in others if path.is_file()]


def _described(run: Run) -> dict[str, Any]:
    def moment(value: Any) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "number": run.id,
        "name": run.name[:1_000],
        "config": run.config.model_dump(mode="json"),
        "status": run.status.value,
        "reason": run.reason[:10_000],
        "group": run.group and run.group[:200],
        "device": run.device,
        "epoch": run.epoch,
        "step": run.step,
        "total_steps": run.total_steps,
        "samples_per_second": run.samples_per_second,
        "stage": run.stage,
        "created_at": moment(run.created_at),
        "started_at": moment(run.started_at),
        "ended_at": moment(run.ended_at),
        "result": None if run.result is None else asdict(run.result),
        "parent": None if run.parent is None else asdict(run.parent),
        "changes": [asdict(change) for change in run.changes],
    }
