"""``runs export`` and ``runs import``: runs as files, and runs of another installation."""

import argparse
from pathlib import Path

from explorer.cli.errors import RequestError
from explorer.cli.exit_codes import ExitCode
from explorer.cli.output import STDOUT, target_problems, write_bytes, writing
from explorer.cli.words import counted, no_such_run
from explorer.errors import RunNotFoundError
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.settings import Settings, read_settings
from explorer.sharing.bundle import write_bundle
from explorer.sharing.bundle_import import import_bundle
from explorer.sharing.exports import FORMS, export
from explorer.storage.store import Store, open_store

TEXTS = ("csv", "json", "script", "report")
OF_SEVERAL = ("report", "bundle")
FORMATS = (*FORMS, *OF_SEVERAL)


def export_runs(arguments: argparse.Namespace) -> int:
    """Writes one run in some form, or several as a report or a bundle."""
    settings, name, output = read_settings(), arguments.format, arguments.output
    run_ids = tuple(dict.fromkeys(arguments.run_ids))
    store = open_store(settings)
    mark_lost_runs(store, settings)
    faults = [*_faults(name, output, run_ids), *_missing(store, run_ids)]
    if faults:
        raise RequestError("\n".join(faults))
    if name == "bundle":
        with writing(output) as file:
            write_bundle(store, settings, run_ids, file)
    elif name == "report":
        write_bytes(output, _report(store, settings, run_ids, output))
    else:
        write_bytes(output, export(store, settings, run_ids[0], name))
    return ExitCode.DONE


def import_runs(arguments: argparse.Namespace) -> int:
    """Takes in the runs of a bundle under new numbers: all of them, or none."""
    settings = read_settings()
    path = Path(arguments.file)
    try:
        file = path.open("rb")
    except OSError as error:
        raise RequestError(f"{path} can't be read: {error.strerror or error}.") from None
    with file:
        if not file.seekable():
            raise RequestError(f"{path} must be a file, not a pipe.")
        runs = import_bundle(open_store(settings), settings, file)
    numbers = ", ".join(str(run.id) for run in runs)
    print(f"{counted(len(runs), 'run')} imported: {numbers}.")
    return ExitCode.DONE


def _report(store: Store, settings: Settings, run_ids: tuple[int, ...], output: str) -> bytes:
    from explorer.sharing.report import make_report  # noqa: PLC0415 - it draws figures, which others do not need

    return make_report(store, settings, run_ids, ".md" if output == STDOUT else Path(output).suffix)


def _faults(name: str, output: str, run_ids: tuple[int, ...]) -> list[str]:
    faults = []
    if name not in FORMATS:
        faults.append(f"--format must be one of {', '.join(FORMATS)}, got {name[:40]!r}.")
    elif name not in TEXTS and output == STDOUT:
        faults.append(f"--output must be a file for the format {name}, which is no text, got -.")
    elif name not in OF_SEVERAL and len(run_ids) > 1:
        faults.append(
            f"--format {name} takes one run, got {len(run_ids)}. Several go into a report or a bundle."
        )
    faults += [str(problem) for problem in target_problems(output, "--output")]
    if name == "tensorboard" and not faults and "tfevents" not in Path(output).name:
        hint = f"Try {FORMS[name].pattern.format(id=run_ids[0])}."
        faults.append(f"--output must have tfevents in its name, or TensorBoard passes it over. {hint}")
    return faults


def _missing(store: Store, run_ids: tuple[int, ...]) -> list[str]:
    missing = []
    for run_id in run_ids:
        try:
            store.run(run_id)
        except RunNotFoundError:
            missing.append(no_such_run(run_id))
    return missing
