"""A bundle of runs on its way into this installation: checked whole, then taken whole."""

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from explorer.config.baseline import BaselineConfig
from explorer.config.parsing import parse_either
from explorer.errors import CheckpointError, ConfigError, StoreError
from explorer.models import checkpoint
from explorer.records import Change, EpochMetrics, Parent, Run, RunStatus, StepMetrics
from explorer.settings import Settings
from explorer.sharing import bundle_format as form
from explorer.sharing.bundle_archive import Archive, open_archive, refused
from explorer.sharing.bundle_checks import (
    check_curves,
    check_files,
    check_predictions,
    check_result,
    check_safetensors,
)
from explorer.storage.checkpoints import run_folder
from explorer.storage.codec import read_result
from explorer.storage.imports import Arrival
from explorer.storage.store import Store

FREE_BYTES = 64 << 20  # that stay free on the disk

Value = TypeVar("Value")


def import_bundle(store: Store, settings: Settings, file: IO[bytes]) -> tuple[Run, ...]:
    """The runs of a bundle under new numbers, in the order of their old ones: all of them, or none.

    ``file`` can be sought in. Groups keep their names (with a number where the name is taken), a fork keeps
    its parent where that comes along. Files are unpacked into a folder of their own in the home, each under
    a name of ours, and looked at one by one before anything is moved into its place. Nothing is unpickled.

    Raises:
        ExportError: it is no sound bundle; says what is wrong.
        StoreError: the home or the store can't be written.
    """
    staging = settings.home / "imports" / secrets.token_hex(8)
    try:
        with open_archive(file) as archive:
            runs = _runs(archive)
            _check_space(settings, archive.content_bytes)
            for run in runs:
                folder = staging / str(run.id)
                folder.mkdir(parents=True)
                for name in check_files(archive.names, run):
                    path = folder / name
                    archive.extract(form.entry(run.id, name), path)
                    check_safetensors(path, run)
                _arrival(archive, staging, run)

            def place(old: int, new: int) -> None:
                target = run_folder(settings, new)
                target.parent.mkdir(parents=True, exist_ok=True)
                (staging / str(old) / form.PREDICTIONS).unlink()
                (staging / str(old)).rename(target)

            # Read once more, one by one: all curves together might not fit into memory.
            return store.import_runs((_arrival(archive, staging, run) for run in runs), place)
    except OSError as error:
        where = error.filename or settings.home
        raise StoreError(
            f"{where} can't be written ({error.strerror or error}). Free space there, or make it writable; "
            "nothing was imported."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        with suppress(OSError):  # another import may be at work there
            staging.parent.rmdir()


def _runs(archive: Archive) -> tuple[Run, ...]:
    manifest = archive.json(form.MANIFEST)
    _check_version(manifest)
    listed = _read(TypeAdapter(form.Manifest), manifest, form.MANIFEST).runs
    numbers = [run.number for run in listed]
    if len(set(numbers)) < len(numbers):
        raise refused("it lists a run twice.")
    known = {form.MANIFEST}
    for number in numbers:
        known |= {name for name in archive.names if name.startswith(f"runs/{number}/")}
    strange = sorted(archive.names - known)
    if strange:
        raise refused(f"{strange[0]} belongs to no run that it lists.")
    return tuple(_run(run) for run in listed)


def _check_version(manifest: bytes) -> None:
    try:
        facts = json.loads(manifest)
    except (ValueError, RecursionError) as error:
        raise refused(f"{form.MANIFEST} is no JSON.") from error
    version = facts.get("version") if isinstance(facts, dict) and facts.get("format") == form.NAME else None
    if not isinstance(version, int):
        raise refused(f"{form.MANIFEST} is not one of {form.NAME}.")
    if version > form.VERSION:
        raise refused(f"a newer version of this program wrote it (format {version}). Update the program.")


def _run(listed: form.BundledRun) -> Run:
    who = f"run {listed.number}"
    try:
        config = parse_either(listed.config)
    except ConfigError as error:
        first = str(error.problems[0]) if error.problems else ""
        raise refused(f"the settings of {who} are not known to this version: {first}") from error
    result = None if listed.result is None else read_result(json.dumps(listed.result))
    if listed.result is not None:
        check_result(result, config, who)
    if isinstance(config, BaselineConfig) and (listed.parent or listed.changes):
        raise refused(f"{who} is a baseline and can't be a fork.")
    return Run(
        id=listed.number,
        name=" ".join(listed.name.split()) or who,
        config=config,
        status=RunStatus(listed.status),
        reason=listed.reason,
        group=listed.group or None,
        device=listed.device,
        request=None,
        epoch=listed.epoch,
        step=listed.step,
        total_steps=listed.total_steps,
        samples_per_second=listed.samples_per_second,
        created_at=listed.created_at,
        started_at=listed.started_at,
        ended_at=listed.ended_at,
        result=result,
        stage=listed.stage,
        parent=None if listed.parent is None else Parent(**listed.parent.model_dump()),
        changes=tuple(Change(**change.model_dump()) for change in listed.changes),
    )


def _arrival(archive: Archive, staging: Path, run: Run) -> Arrival:
    def list_of(adapter: TypeAdapter[Value], name: str) -> Value:
        entry = form.entry(run.id, name)
        return _read(adapter, archive.json(entry), entry)

    epochs: tuple[EpochMetrics, ...] = list_of(form.EPOCH_LIST, form.EPOCHS)
    steps: tuple[StepMetrics, ...] = list_of(form.STEP_LIST, form.STEPS)
    check_curves(run, epochs, steps)
    arrays, _ = _loaded(staging / str(run.id) / form.PREDICTIONS)
    return Arrival(run, tuple(_with_predictions(run, epochs, arrays)), steps)


def _with_predictions(
    run: Run, epochs: Sequence[EpochMetrics], arrays: dict[str, Any]
) -> Iterator[EpochMetrics]:
    check_predictions(run, epochs, arrays)
    for epoch in epochs:
        answers = arrays.get(f"{epoch.epoch:04d}")
        told = {name: getattr(epoch, name) for name in EpochMetrics.__dataclass_fields__}
        yield EpochMetrics(**{**told, "predictions": b"" if answers is None else answers.tobytes()})


def _loaded(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        return checkpoint.load(path)
    except CheckpointError as error:
        raise refused(f"{path.parent.name}/{path.name} is damaged or missing.") from error


def _read(adapter: TypeAdapter[Value], content: bytes, name: str) -> Value:
    try:
        return adapter.validate_json(content, strict=True)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])[:200]
        raise refused(f"{name}, {place}: {fault['msg'][:300]}.") from error


def _check_space(settings: Settings, wanted: int) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    if wanted + FREE_BYTES > free:
        raise StoreError(
            f"The bundle needs {wanted >> 20:,} MB and {FREE_BYTES >> 20} MB are to stay free, but "
            f"{settings.home} has only {free >> 20:,} MB. "
            "Free some space (deleting old runs helps); nothing was imported."
        )
