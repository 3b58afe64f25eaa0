"""The execution of runs of one shape as one stack, from claim to results; a single run is a stack of one."""

import logging
import math
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import torch

from explorer.classical.feature_files import FeatureProgress
from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.errors import ExplorerError
from explorer.jobs.company import ALONE, Company, usable_threads
from explorer.jobs.cost import record_measured
from explorer.jobs.devices import find_device, make_current
from explorer.jobs.endings import REQUESTED, Interruption, Outcome, as_stored, interrupted, tell_end
from explorer.jobs.loading import Load, load_inputs
from explorer.jobs.reasons import NOTHING_LEARNED, in_words, resumption
from explorer.jobs.recorder import Recorder
from explorer.jobs.resumption import first_state
from explorer.jobs.stack_events import events_of
from explorer.jobs.stack_members import MedianRules, StackMember, by_epoch, numbers, recording
from explorer.jobs.threads import threads_for
from explorer.records import Change, EpochMetrics, Run, RunResult, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.stacks import Start
from explorer.storage.store import Store
from explorer.training.conclusion import Ended, conclude_together
from explorer.training.engine import TrainingEvent, steps_per_epoch, total_steps
from explorer.training.memory import is_out_of_memory, release
from explorer.training.stack import MemberEnd
from explorer.training.state import TrainingState

STAGE_SECONDS = 0.25
ACT_SECONDS = 0.1  # between two looks at what was asked of runs that had no event
FEATURES_STAGE = "Computing HOG features"

log = logging.getLogger("explorer.execution")


def execute_stack(
    store: Store,
    settings: Settings,
    runs: Sequence[Run],
    device: str,
    company: Company = ALONE,
    *,
    load: Load = load_inputs,
    insists: bool = False,
) -> tuple[Run, ...]:
    """Train claimed runs of one shape from their last checkpoints (or the start) to their ends, on record.

    Each run goes its own way: it obeys what is asked of it, ends early, diverges or fails by itself while
    the others go on. Runs that go on from different epochs are trained one part after the other. A stack
    that does not fit into memory is halved. Whatever goes wrong is told in the ``reason`` of the runs that
    it concerns, in words, with the stack trace in the log; only a store that can no longer be written
    raises. ``insists`` as in ``tell_end``.

    Returns:
        The runs as they ended: finished, paused, stopped or failed.

    Raises:
        StoreError: the store could not say how a run ended.
    """
    ours = ", ".join(str(run.id) for run in runs)
    log.info("run %s starts on %s", ours, device)
    execution = _Execution(store, settings, runs, device, company, load=load, insists=insists)
    try:
        execution.run()
    except KeyboardInterrupt as error:
        execution.end_rest(interrupted(error))
    except Exception as error:
        log.exception("run %s failed", ours)
        execution.fail_rest(error)
    if device.startswith("cuda"):
        with suppress(RuntimeError):  # the device is broken, or not there
            release(torch.device(device))
    return tuple(as_stored(store, run) for run in execution.runs)


class _InterruptedError(Exception):
    """The user, or whoever owns this process, wants the runs to end while their data is made ready."""

    def __init__(self, ending: Interruption) -> None:
        super().__init__(ending.reason)
        self.ending = ending


class _Execution:
    """One attempt at some runs."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        runs: Sequence[Run],
        device: str,
        company: Company,
        *,
        load: Load,
        insists: bool,
    ) -> None:
        self._store = store
        self._settings = settings
        self._device = device
        self._company = company
        self._load = load
        self._insists = insists
        self._recorder: Recorder | None = None
        self._thread_facts = (0, 0)
        self._acted_at = 0.0
        self._members = [StackMember(run, run.network_config, Checkpoints(settings, run.id)) for run in runs]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs, as they ended where they did."""
        return tuple(member.run for member in self._members)

    def run(self) -> None:
        """Train and conclude all runs."""
        device = find_device(self._device)
        make_current(device)
        try:
            self._prepare()
        except _InterruptedError as error:
            self.end_rest(error.ending)
            return
        live = self._live()
        if not live:
            return
        self._begin(live)
        self._company.on_start(tuple(self._store.run(member.run.id) for member in live))
        with Recorder(self._store, [recording(member) for member in live]) as recorder:
            self._recorder = recorder
            parts = deque(by_epoch(live))
            while parts:
                part = self._live(parts.popleft())
                try:
                    self._train(part, device, recorder)
                    continue
                except Exception as error:  # noqa: BLE001 -- told by the runs
                    part = self._live(part)
                    if len(part) < 2 or not is_out_of_memory(error):
                        self._fail(part, error)
                        continue
                    log.warning("the stack of %d on %s is halved: %s", len(part), self._device, str(error))
                release(device)  # the error, which held the networks, is gone
                recorder.flush([member.run.id for member in part])
                self._begin(part)
                middle = (len(part) + 1) // 2
                parts.extendleft((part[middle:], part[:middle]))

    def end_rest(self, ending: Interruption) -> None:
        """End the runs that have not ended, without a look at the test set."""
        for member in self._live():
            learned_nothing = not member.has_learned and ending.status is RunStatus.STOPPED
            what_next = NOTHING_LEARNED if learned_nothing else resumption(member.state)
            self._end(member, Outcome(ending.status, f"{ending.reason} {what_next}"))

    def fail_rest(self, error: Exception) -> None:
        """Fail the runs that have not ended."""
        for member in self._live():
            self._end(member, Outcome(RunStatus.FAILED, in_words(error, self._device)))

    def _live(self, members: Sequence[StackMember] | None = None) -> list[StackMember]:
        return [member for member in (self._members if members is None else members) if not member.is_over]

    def _prepare(self) -> None:
        """Give every member its newest state, and its data, loaded once for all who share it."""
        loaded: dict[str, Splits] = {}
        for member in self._members:
            try:
                key = member.config.data.model_dump_json()
                if key not in loaded:
                    loaded[key] = self._load_splits(member.config)
                member.splits = loaded[key]
                count = steps_per_epoch(member.config, member.splits)
                member.state = first_state(member.run, member.checkpoints, count)
            except _InterruptedError:
                raise
            except Exception as error:  # noqa: BLE001 -- told by the run
                self._fail([member], error)

    def _load_splits(self, config: RunConfig) -> Splits:
        """The data; while features are computed for it, the store says how far that is."""
        told_at = -math.inf

        def tell(progress: FeatureProgress) -> None:
            nonlocal told_at
            for member in self._live():
                self._company.on_event(member.run, progress)
            if time.monotonic() - told_at < STAGE_SECONDS:
                return
            told_at = time.monotonic()
            ending = self._company.interruption()
            for member in self._live():
                request = self._store.record_stage(
                    member.run.id, FEATURES_STAGE, progress.done, progress.total
                )
                member.wish = REQUESTED[request] if request is not None else member.wish
            wishes = [member.wish for member in self._live()]
            if ending is None and None not in wishes:  # nobody is left who wants the data
                ending = wishes[0]
            if ending is not None:
                raise _InterruptedError(ending)

        try:
            return self._load(config.data, self._settings, tell)
        finally:
            if math.isfinite(told_at):
                with suppress(ExplorerError):  # what went wrong is told by whoever raised it first
                    for member in self._live():
                        run = member.run
                        self._store.record_stage(run.id, "", run.step, run.total_steps)

    def _begin(self, members: Sequence[StackMember]) -> None:
        """Ready store and checkpoints for what comes after the members' states."""
        starts = {}
        for member in members:
            member.checkpoints.forget_after(member.epoch)
            step = member.state.step if member.state else 0
            starts[member.run.id] = Start(member.epoch, step, total_steps(member.config, member.splits))
        self._store.begin_together(starts)

    def _train(self, part: Sequence[StackMember], device: torch.device, recorder: Recorder) -> None:
        """Train members whose states are of one epoch, each until it ends or is interrupted."""
        recorder.begin({member.run.id: member.state.step if member.state else 0 for member in part})
        self._use_threads(part)
        self._finish([member for member in part if member.wish is not None], recorder)
        part = self._live(part)
        if not part:
            return
        before = {member.run.id: member.state for member in part}
        rules = MedianRules(self._store, part)
        gone: set[int] = set()
        numbers_of = [member.run.id for member in part]
        events = events_of(part, device, lambda: gone, lambda: recorder.wanted_rates(numbers_of))
        is_between_epochs = True
        try:
            for index, event in events:
                member = part[index]
                if isinstance(event, MemberEnd):
                    if event.error is not None:
                        self._fail([member], event.error)
                    member.is_trained = True
                    continue
                if not member.is_over:
                    self._take(member, event, recorder)
                    rules.see(member, event)
                if isinstance(event, EpochMetrics):  # states come next, and must not be lost
                    is_between_epochs = False
                elif isinstance(event, TrainingState):
                    going = [each for each in self._live(part) if not each.is_trained]
                    is_between_epochs = len({each.epoch for each in going}) <= 1
                    if is_between_epochs:
                        rules.stop_hopeless(going)
                if is_between_epochs and self._is_time_to_act(member, event, recorder):
                    self._act(part, recorder)
                    gone.update(place for place, each in enumerate(part) if each.is_over)
                    self._use_threads(part)
        except KeyboardInterrupt as error:
            self._wish(self._members, interrupted(error))
        finally:
            events.close()
        self._measure_speed(part, before)
        self._finish(self._live(part), recorder)

    def _take(self, member: StackMember, event: TrainingEvent, recorder: Recorder) -> None:
        try:
            recorder.take(member.run.id, event)
            if isinstance(event, TrainingState):
                member.state = event
            elif isinstance(event, Change):
                member.changes.append(event)
            self._company.on_event(member.run, event)
        except KeyboardInterrupt as error:
            self._wish(self._members, interrupted(error))
        except Exception as error:  # noqa: BLE001 -- told by the run
            self._fail([member], error)

    def _is_time_to_act(self, member: StackMember, event: TrainingEvent, recorder: Recorder) -> bool:
        """Whether somebody may have to end: asked after every event, so cheap for large stacks."""
        ending = self._company.interruption()
        if ending is not None:
            self._wish(self._members, ending)
        return (
            ending is not None
            or member.is_over
            or member.wish is not None
            or isinstance(event, TrainingState)
            or recorder.request(member.run.id) is not None
            or time.monotonic() - self._acted_at >= ACT_SECONDS
        )

    def _act(self, part: Sequence[StackMember], recorder: Recorder) -> None:
        """End those who are asked to end, or came to their end."""
        self._acted_at = time.monotonic()
        for each in self._live(part):
            error, request = recorder.error(each.run.id), recorder.request(each.run.id)
            if error is not None:
                self._fail([each], error)
            elif request is not None:
                self._wish([each], REQUESTED[request])
        self._finish([each for each in self._live(part) if each.wish or each.is_trained], recorder)

    def _wish(self, members: Sequence[StackMember], ending: Interruption) -> None:
        for member in self._live(members):
            member.wish = member.wish or ending

    def _finish(self, members: Sequence[StackMember], recorder: Recorder) -> None:
        """Pause those of whom that is wished, measure the others, and say how they ended."""
        if not members:
            return
        recorder.flush([member.run.id for member in members])
        results = self._results([member for member in members if member.has_learned and not member.pauses])
        for member in members:
            result = recorder.error(member.run.id) or results.get(member.run.id)
            if isinstance(result, Exception):
                self._fail([member], result)
            else:
                self._end(member, member.outcome(result))

    def _results(self, members: Sequence[StackMember]) -> dict[int, RunResult | Exception]:
        """The one look at the test set, for all members together, or for fewer where that fails."""
        if not members:
            return {}
        try:
            ended = [self._ended(member, member.state) for member in members if member.state]
            results = conclude_together(ended, find_device(self._device), torch.get_num_threads())
            return {member.run.id: result for member, result in zip(members, results, strict=True)}
        except Exception as error:  # noqa: BLE001 -- told by the run
            if len(members) == 1:
                return {members[0].run.id: error}
        release(find_device(self._device))  # the error, which held the networks, is gone
        middle = len(members) // 2
        return self._results(members[:middle]) | self._results(members[middle:])

    def _ended(self, member: StackMember, state: TrainingState) -> Ended:
        history = self._store.epochs(member.run.id)
        images_before = member.first_epoch * len(member.splits.train_labels)
        seconds = state.progress["seconds"]
        return Ended(member.config, member.splits, state, history, seconds, images_before)

    def _fail(self, members: Sequence[StackMember], error: Exception) -> None:
        log.error("run %s failed", numbers(members), exc_info=error)
        if self._recorder is not None:
            with suppress(Exception):  # what went wrong first is told
                self._recorder.flush([member.run.id for member in members])
        for member in members:
            self._end(member, Outcome(RunStatus.FAILED, in_words(error, self._device)))

    def _end(self, member: StackMember, outcome: Outcome) -> None:
        if self._recorder is not None:
            self._recorder.release(member.run.id)
        member.run = tell_end(
            self._store,
            member.run,
            outcome,
            interruption=self._company.interruption,
            insists=self._insists,
        )
        member.is_over = True
        self._company.on_end(member.run)

    def _use_threads(self, part: Sequence[StackMember]) -> None:
        """Take as many CPU threads as the work of the members is worth, of those that there are now.

        A run of no group takes those that it would take alone, whatever runs beside it: it is promised the
        same bits for a seed, and sums over another number of threads round differently.
        """
        live = self._live(part)
        is_alone = len(part) == 1 and part[0].run.group is None
        facts = (usable_threads() if is_alone else self._company.threads(), len(live))
        if facts == self._thread_facts or not live or self._device != "cpu":
            return
        self._thread_facts = facts
        images = len(live[0].splits.train_labels)
        torch.set_num_threads(threads_for(live[0].config, images, facts[0], networks=len(live)))

    def _measure_speed(self, part: Sequence[StackMember], before: dict[int, TrainingState | None]) -> None:
        """Keep how long an epoch took, for each network of the stack."""
        member = max(part, key=lambda each: each.epoch)
        start, state = before[member.run.id], member.state
        epochs = member.epoch - (start.epoch if start else 0)
        if state is None or epochs == 0:
            return
        seconds = state.progress["seconds"] - (start.progress["seconds"] if start else 0.0)
        each = seconds / epochs / len(part)
        record_measured(
            self._store, member.config, self._device, each, len(member.splits.train_labels), stack=len(part)
        )
