"""The run store: every run with its curves, for workers that write and pages that read."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from explorer.config.kinds import AnyConfig
from explorer.errors import ExplorerError, RunStateError
from explorer.records import (
    BaselineResult,
    Change,
    EpochMetrics,
    Parent,
    Request,
    Run,
    RunResult,
    RunStatus,
    StepMetrics,
)
from explorer.settings import Settings
from explorer.storage import curves, groups, imports, listing, notes, runs, stacks
from explorer.storage.analyses import Analyses
from explorer.storage.checkpoints import Checkpoints, run_folder
from explorer.storage.engine import Database
from explorer.storage.groups import Group
from explorer.storage.handwriting import Handwriting
from explorer.storage.imports import Arrival
from explorer.storage.migration import bring_up_to_date
from explorer.storage.notes import MeasuredSpeed
from explorer.storage.runs import Claim
from explorer.storage.stacks import Entry, Queued, Start


def open_store(settings: Settings) -> "Store":
    """The store of an installation, created or upgraded where needed; several processes may do so at once.

    Raises:
        StoreError: damaged, read-only, disk full, locked, unreachable, or written by a newer version.
    """
    database = Database(settings)
    try:
        bring_up_to_date(database)
        database.note_file()
    except BaseException:
        database.close()
        raise
    return Store(database, settings)


class Store:
    """Safe to share between threads; hands out records, never rows.

    Every method may raise StoreError, and those that take a ``run_id`` RunNotFoundError. What a method
    saves is saved whole or not at all. A store that claimed a run writes to it only as long as that claim
    holds: once the run was given up as lost, or claimed anew, ``record`` and ``end`` raise RunStateError.
    ``analyses`` holds what pages asked about runs, and the answers; ``handwriting`` what people drew.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._attempts: dict[int, int] = {}
        self.analyses = Analyses(database)
        self.handwriting = Handwriting(database)

    def close(self) -> None:
        """Lets the connections go; the store opens new ones if it is used again."""
        self._database.close()

    @property
    def is_detached(self) -> bool:
        """Whether the store's file was deleted or replaced since it was opened: what is written is lost."""
        return self._database.is_detached

    def create_run(
        self,
        config: AnyConfig,
        *,
        name: str | None = None,
        group: str | None = None,
        parent: Parent | None = None,
        changes: Sequence[Change] = (),
        prepare: Callable[[int], None] | None = None,
    ) -> Run:
        """A new queued run; without a name it gets one, ``64 · relu · adam 0.001`` or ``kNN k=3 · HOG``.

        ``prepare`` gets its number before anybody else can see the run, to ready its files; whatever it
        raises undoes all.
        """
        # Folders of runs may outlive a damaged store that was renamed away; their numbers stay theirs.
        with self._database.writing() as connection:
            run_id = runs.insert(
                connection,
                config,
                name,
                group,
                lambda number: run_folder(self._settings, number).exists(),
                parent=parent,
                changes=changes,
            )
            if prepare is not None:
                try:
                    prepare(run_id)
                except BaseException:
                    Checkpoints(self._settings, run_id).delete()
                    raise
            return listing.find(connection, run_id)

    def create_runs(self, configs: Sequence[AnyConfig], *, group: str) -> tuple[Run, ...]:
        """New queued runs of one group, in the order of their configs: all of them, or none."""
        with self._database.writing() as connection:
            numbers = groups.insert(
                connection, configs, group, lambda number: run_folder(self._settings, number).exists()
            )
            return tuple(listing.find(connection, number) for number in numbers)

    def import_runs(self, arrivals: Iterable[Arrival], place: Callable[[int, int], None]) -> tuple[Run, ...]:
        """Runs that ended in another installation, under new numbers: all of them, or none.

        ``place`` gets the old number and the new one of each, before anybody else can see them, to put their
        files in place; whatever it raises undoes all.
        """
        numbers = imports.bring_in(self._database, self._settings, arrivals, place)
        return tuple(self.run(number) for number in numbers)

    def run(self, run_id: int) -> Run:
        """The run as it stands."""
        with self._database.reading() as connection:
            return listing.find(connection, run_id)

    def runs(
        self,
        *,
        statuses: Collection[RunStatus] | None = None,
        group: str | None = None,
        limit: int | None = None,
    ) -> tuple[Run, ...]:
        """The runs that fit, newest first.

        Settings of a run that this version can't read show their defaults, and ``reason`` names them.
        """
        with self._database.reading() as connection:
            return listing.select(connection, statuses, group, limit)

    def groups(self, *prefixes: str, limit: int = 100) -> tuple[Group, ...]:
        """The groups of runs whose name begins with one of the prefixes (without any: all), newest first."""
        with self._database.reading() as connection:
            return groups.select(connection, prefixes, limit)

    def next_queued(self, accepts: Callable[[str], bool]) -> Run | None:
        """The run that has waited longest among those whose wanted device is accepted.

        Queued runs whose settings this version can't read end as failed on the way.
        """
        while True:
            with self._database.reading() as connection:
                run = listing.oldest_queued(connection, accepts)
                if run is None or listing.is_legible(connection, run.id):
                    return run
            with self._database.writing() as connection:
                runs.fail_illegible(connection, run.id)

    def claim(self, run_id: int, *, device: str, host: str) -> bool:
        """Whether the queued run is now running in the caller's hands; of several callers one wins."""
        with self._database.writing() as connection:
            attempt = runs.claim(connection, run_id, device, host)
        if attempt is not None:
            self._attempts[run_id] = attempt
        return attempt is not None

    def waiting(self, accepts: Callable[[str], bool]) -> tuple[Queued, ...]:
        """The queued runs whose ``config.training.device`` is accepted, the one that waited longest first.

        Those whose settings this version can't read end as failed on the way.
        """
        with self._database.reading() as connection:
            found, illegible = stacks.queued(connection, accepts)
        for run_id in illegible:
            with self._database.writing() as connection:
                runs.fail_illegible(connection, run_id)
        return tuple(found)

    def claim_together(self, run_ids: Sequence[int], *, device: str, host: str) -> tuple[int, ...]:
        """Those of the queued runs that are now running in the caller's hands, claimed as one."""
        with self._database.writing() as connection:
            attempts = stacks.claim(connection, run_ids, device, host)
        self._attempts.update(attempts)
        return tuple(attempts)

    def attempts_at(self, run_ids: Sequence[int]) -> dict[int, int]:
        """What the caller's claims on these runs are known by; for ``take_over`` by another process."""
        return {run_id: self._attempts[run_id] for run_id in run_ids if run_id in self._attempts}

    def take_over(self, attempts: Mapping[int, int]) -> None:
        """Write to runs in the name of the process that claimed them, as long as its claims hold."""
        self._attempts.update(attempts)

    def begin_together(self, starts: Mapping[int, Start]) -> None:
        """Readies running runs, by number, to go on from an epoch (0: the start) to their total steps.

        What was recorded after that epoch is dropped, so that it can be recorded again.
        """
        with self._database.writing() as connection:
            stacks.begin(connection, starts)

    def claims(self) -> tuple[Claim, ...]:
        """Which worker holds which running run, and for how long it has been silent."""
        with self._database.reading() as connection:
            return runs.claims(connection)

    def set_total_steps(self, run_id: int, total_steps: int) -> None:
        """Says how many mini-batches the whole run will take."""
        with self._database.writing() as connection:
            runs.set_total_steps(connection, run_id, total_steps)

    def record(
        self,
        run_id: int,
        steps: Sequence[StepMetrics] = (),
        epochs: Sequence[EpochMetrics] = (),
        samples_per_second: float | None = None,
    ) -> Request | None:
        """Adds to a running run's curves in one transaction; the request that waits for its worker, if any.

        Also proves the worker alive, with nothing to add as well. Raises RunStateError when the run is no
        longer in this worker's hands.
        """
        answer = self.record_together([Entry(run_id, steps, epochs, samples_per_second)])[run_id]
        if isinstance(answer, ExplorerError):
            raise answer
        return answer

    def record_together(self, entries: Sequence[Entry]) -> dict[int, Request | ExplorerError | None]:
        """Records several running runs in one transaction.

        For each run the request that waits for its worker, or the error that ``record`` would have raised;
        the others are recorded all the same.
        """
        with self._database.writing() as connection:
            return stacks.record(connection, entries, self._attempts)

    def record_stage(self, run_id: int, stage: str, step: int, total_steps: int) -> Request | None:
        """Says what a running baseline is doing, ``step`` of ``total_steps`` done; the request that waits.

        Also proves the worker alive. Raises RunStateError as ``record`` does.
        """
        with self._database.writing() as connection:
            answer = stacks.record(connection, [Entry(run_id)], self._attempts)[run_id]
            if isinstance(answer, ExplorerError):
                raise answer
            runs.set_stage(connection, run_id, stage, step, total_steps)
        return answer

    def forget_after(self, run_id: int, epoch: int) -> None:
        """Drops what was recorded after an epoch (0: all), so that a resumed run can record it again."""
        with self._database.writing() as connection:
            runs.set_position(connection, run_id, *curves.delete_after(connection, run_id, epoch))

    def end(
        self,
        run_id: int,
        status: RunStatus,
        reason: str = "",
        result: RunResult | BaselineResult | None = None,
    ) -> None:
        """Ends or pauses a queued or running run; raises RunStateError when it has ended already."""
        with self._database.writing() as connection:
            attempt = self._attempts.get(run_id)
            runs.end(connection, run_id, attempt, status=status, reason=reason, result=result)
        self._attempts.pop(run_id, None)

    def end_lost(self, claim: Claim, reason: str) -> bool:
        """Fails a run whose worker is gone; False when it ended, or was claimed anew, in the meantime."""
        with self._database.writing() as connection:
            return runs.end_lost(connection, claim, reason)

    def request(self, run_id: int, request: Request) -> None:
        """Asks a running run's worker to pause or stop; a queued run pauses or stops at once.

        A paused run that is to stop waits for a worker that measures what it learned, if it learned anything.

        Raises:
            RunStateError: the run has ended, or is paused and is to pause.
        """
        with self._database.writing() as connection:
            runs.request(connection, run_id, request)

    def want_rate(self, run_id: int, rate: float) -> None:
        """Asks a running run's worker to go on with another learning rate.

        Raises:
            RunStateError: the run does not train.
        """
        with self._database.writing() as connection:
            runs.want_rate(connection, run_id, rate)

    def wanted_rates(self, run_ids: Sequence[int]) -> dict[int, float]:
        """The learning rates, by run, that were asked for and that no worker has taken yet."""
        with self._database.reading() as connection:
            return stacks.wanted_rates(connection, run_ids)

    def request_all(self, run_ids: Sequence[int], request: Request) -> int:
        """Asks several runs at once, as ``request`` does; how many: those that have ended are left out."""
        with self._database.writing() as connection:
            return groups.request(connection, run_ids, request)

    def pending_request(self, run_id: int) -> Request | None:
        """The request that waits for the run's worker."""
        with self._database.reading() as connection:
            return listing.pending_request(connection, run_id)

    def resume(self, run_id: int) -> Run:
        """Puts a paused, stopped or failed run at the end of the queue; its curves stay, its result goes.

        Raises:
            RunStateError: the run is in another state, or was written by another version.
        """
        with self._database.writing() as connection:
            runs.requeue(connection, run_id)
            return listing.find(connection, run_id)

    def rename(self, run_id: int, name: str) -> None:
        """Gives the run a name; a blank one gives it back the name it began with."""
        with self._database.writing() as connection:
            runs.rename(connection, run_id, name)

    def delete(self, run_id: int) -> None:
        """Deletes the run, its curves and its checkpoints.

        Raises:
            RunStateError: the run is training; it is asked to stop, and can be deleted once it has.
        """
        with self._database.writing() as connection:
            deleted = runs.delete(connection, run_id)
            if not deleted:
                runs.request(connection, run_id, Request.STOP)
        if not deleted:
            raise RunStateError(
                f"Run {run_id} is training and has now been asked to stop. Delete it once it has stopped."
            )
        Checkpoints(self._settings, run_id).delete()

    def epochs(self, run_id: int, after: int = 0, layers: bool = True) -> tuple[EpochMetrics, ...]:
        """The epochs after ``after``, in order; ``predictions`` is left out (b""), ``layers`` if so asked.

        Empty for a run that does not exist.
        """
        with self._database.reading() as connection:
            return curves.select_epochs(connection, run_id, after, layers)

    def epochs_together(self, after: Mapping[int, int]) -> dict[int, tuple[EpochMetrics, ...]]:
        """For each run (by number) its epochs after the given one, in order, in one look at the store.

        Layers and predictions are left out; runs that have no such epoch are not in the result.
        """
        with self._database.reading() as connection:
            return groups.select_epochs(connection, after)

    def steps(self, run_id: int, after_step: int = 0) -> tuple[StepMetrics, ...]:
        """The bins that end after a step, in order; empty for a run that does not exist."""
        with self._database.reading() as connection:
            return curves.select_steps(connection, run_id, after_step)

    def predictions(self, run_id: int, epoch: int) -> bytes:
        """The predicted class of each validation image in split order, one byte each; or empty."""
        with self._database.reading() as connection:
            return curves.select_predictions(connection, run_id, epoch)

    def setting(self, key: str, default: Any = None) -> Any:
        """The JSON value that was kept under this key, or the default."""
        with self._database.reading() as connection:
            return notes.read_setting(connection, key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """Keeps a JSON value under this key."""
        with self._database.writing() as connection:
            notes.write_setting(connection, key, value)

    def measured_speed(self, key: str) -> MeasuredSpeed | None:
        """How fast an epoch under this key was when it was last measured; None if it never was."""
        with self._database.reading() as connection:
            return notes.read_speed(connection, key)

    def measured_speeds(self, keys: Sequence[str]) -> dict[str, MeasuredSpeed]:
        """Those of the keys that were measured, as ``measured_speed`` has them; one query."""
        with self._database.reading() as connection:
            return notes.read_speeds(connection, keys)

    def record_speed(self, key: str, seconds_per_epoch: float, images: int) -> None:
        """Keeps how long one epoch over so many training images took, in place of the last measurement."""
        with self._database.writing() as connection:
            notes.write_speed(connection, key, seconds_per_epoch, images)
