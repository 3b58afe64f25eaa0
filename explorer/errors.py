"""Errors that a user may meet; each message names the value, what is accepted and what to do."""

from dataclasses import dataclass

LONGEST_VALUE = 200  # characters of a faulty value that a message repeats


class ExplorerError(Exception):
    """Anything the user can mend. ``str(error)`` is fit for the screen."""


def shortened(text: str) -> str:
    """The text, or its beginning and its length where a message should not repeat all of it."""
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request: the dotted field, its value, what is accepted, a hint."""

    field: str
    value: object
    accepted: str
    hint: str = ""

    def __str__(self) -> str:
        value = shortened(repr(self.value))
        sentence = f"{shortened(self.field)} must be {self.accepted}, got {value}."
        return f"{sentence} {self.hint}".rstrip()


class ConfigError(ExplorerError):
    """A configuration was refused; ``problems`` lists every fault found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class DatasetError(ExplorerError):
    """A dataset is missing, damaged, or could not be fetched; the message says which files go where."""


class CheckpointError(ExplorerError):
    """A checkpoint is missing, damaged, or does not fit the network."""


class AnalysisError(ExplorerError):
    """A run was asked something that makes no sense for it (a layer that it has not, say)."""


class StoreError(ExplorerError):
    """The run store can't be opened, read or written (corrupt, read-only, disk full, unreachable)."""


class ExportError(ExplorerError):
    """A run can't be given in the wanted form (a baseline has no network), or a file is no bundle of runs."""


class RunNotFoundError(ExplorerError):
    """No run has this id; it may have been deleted."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        super().__init__(
            f"There is no run {run_id}. It may have been deleted; the Runs page lists the runs there are."
        )


class LabNotFoundError(ExplorerError):
    """There is no lab of this name."""

    def __init__(self, lab_id: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no lab {shortened(lab_id)!r}. There are: {', '.join(known)}.")


class ExperimentNotFoundError(ExplorerError):
    """A lab has no experiment of this name; the closest of those that it has are named."""

    def __init__(self, experiment_id: str, lab_id: str, near: tuple[str, ...], known: int) -> None:
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(
            f"The lab {lab_id} has no experiment {shortened(experiment_id)!r}.{meant} "
            f"`python -m explorer lab show {lab_id}` names its {known}."
        )


class RunStateError(ExplorerError):
    """The run is not in a state that allows this (to pause a finished run, say)."""


class DeviceError(ExplorerError):
    """A device was asked for that this machine does not have."""


class DivergedError(ExplorerError):
    """The loss became infinite or not a number; what was learned before is kept.

    ``epoch`` counts from 1, ``step`` counts mini-batches from 1 over the whole run.
    """

    def __init__(self, epoch: int, step: int, loss: float, hint: str) -> None:
        self.epoch, self.step, self.loss = epoch, step, loss
        super().__init__(f"The loss became {loss} in epoch {epoch}, step {step:,}. {hint}")
