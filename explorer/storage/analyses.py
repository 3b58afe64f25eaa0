"""Questions that pages ask about runs, and the answers that another process works out."""

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from explorer.records import Analysis, AnalysisState
from explorer.storage.engine import Database, now
from explorer.storage.schema import analyses

MOST_BYTES = 256_000_000  # of kept answers; those asked for longest ago go first
MOST_ATTEMPTS = 2  # a question that killed two processes is not asked a third time

_facts = (
    analyses.c.key, analyses.c.kind, analyses.c.request, analyses.c.owner, analyses.c.state,
    analyses.c.progress, analyses.c.reason, analyses.c.attempt, analyses.c.version,
)  # fmt: skip

OPEN = (AnalysisState.WAITING, AnalysisState.RUNNING)


def key_of(kind: str, request: Mapping[str, Any]) -> str:
    """The key of a question: equal questions have one key, so an answer is worked out once."""
    text = json.dumps([kind, request], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


class Analyses:
    """Safe to share between threads. Every method may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(
        self,
        kind: str,
        request: Mapping[str, Any],
        *,
        owner: str = "",
        run_id: int | None = None,
        again: bool = False,
    ) -> Analysis:
        """The question as it stands: new and waiting, or already asked, perhaps answered.

        An owner (one view of one tab) has one open question at a time: an older one of the same kind is
        withdrawn. The answer goes when the run is deleted. A failed question stays failed unless ``again``.
        """
        key = key_of(kind, request)
        with (
            self._database.reading() as connection
        ):  # the usual case, on every look at a page, writes nothing
            known = _find(connection, key)
            if known is not None and not (again or _has_another(connection, kind, key, owner)):
                return known
        with self._database.writing() as connection:
            if owner:
                connection.execute(sa.delete(analyses).where(*_others(kind, key, owner)))
            found = _find(connection, key)
            if found is None:
                moment = now(connection)
                row = {
                    "key": key, "kind": kind, "request": json.dumps(request), "owner": owner,
                    "run_id": run_id, "state": AnalysisState.WAITING, "progress": 0.0, "reason": "",
                    "attempt": 0, "version": 0, "asked_at": moment, "touched_at": moment, "size": 0,
                }  # fmt: skip
                connection.execute(sa.insert(analyses).values(row))
            else:
                values: dict[str, Any] = {"touched_at": now(connection)}
                if found.state is AnalysisState.FAILED and again:
                    values |= {"state": AnalysisState.WAITING, "reason": "", "attempt": 0, "progress": 0.0}
                connection.execute(sa.update(analyses).where(analyses.c.key == key).values(values))
            asked = _find(connection, key)
        if asked is None:
            raise AssertionError(f"the question {key} was written and is not there")
        return asked

    def find(self, key: str) -> Analysis | None:
        """The question as it stands; None once it is withdrawn or forgotten."""
        with self._database.reading() as connection:
            return _find(connection, key)

    def standing(self, keys: Collection[str]) -> dict[str, Analysis]:
        """Several questions as they stand, by key; those withdrawn or forgotten are left out."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(*_facts).where(analyses.c.key.in_(keys)))
            return {row.key: _analysis(row) for row in rows}

    def answers(self, keys: Collection[str]) -> dict[str, bytes]:
        """What is known so far of several questions, by key; those without a first part are left out."""
        with self._database.reading() as connection:
            query = sa.select(analyses.c.key, analyses.c.answer).where(analyses.c.key.in_(keys))
            return {row.key: row.answer for row in connection.execute(query) if row.answer}

    def answer(self, key: str) -> bytes:
        """What is known so far; empty before the first part of the answer."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(analyses.c.answer).where(analyses.c.key == key)) or b""

    def withdraw(self, key: str) -> None:
        """Take an open question back; whoever works on it stops at the next report."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(analyses).where(analyses.c.key == key, analyses.c.state.in_(OPEN)))

    def take(self) -> Analysis | None:
        """The question asked last, now in the caller's hands: whoever asked it is looking at the page."""
        with self._database.writing() as connection:
            key = connection.scalar(
                sa.select(analyses.c.key)
                .where(analyses.c.state == AnalysisState.WAITING)
                .order_by(analyses.c.touched_at.desc(), analyses.c.key)
                .limit(1)
            )
            if key is None:
                return None
            connection.execute(
                sa.update(analyses)
                .where(analyses.c.key == key)
                .values(state=AnalysisState.RUNNING, attempt=analyses.c.attempt + 1)
            )
            return _find(connection, key)

    def is_waited_for(self) -> bool:
        """Whether a question waits."""
        with self._database.reading() as connection:
            return bool(
                connection.scalar(
                    sa.select(sa.literal(1)).where(analyses.c.state == AnalysisState.WAITING).limit(1)
                )
            )

    def report(self, taken: Analysis, progress: float, answer: bytes | None = None) -> bool:
        """Note how far a taken question is, with the answer so far; False when nobody waits any more."""
        values: dict[str, Any] = {"progress": progress}
        if answer is not None:
            values |= {"answer": answer, "size": len(answer), "version": analyses.c.version + 1}
        return self._change(taken, values)

    def end(self, taken: Analysis, answer: bytes) -> bool:
        """Answer a taken question; False when nobody waits for it any more."""
        values = {"state": AnalysisState.DONE, "progress": 1.0, "answer": answer, "size": len(answer)}
        is_kept = self._change(taken, values | {"version": analyses.c.version + 1})
        self._make_room()
        return is_kept

    def fail(self, taken: Analysis, reason: str) -> bool:
        """Say in words why a taken question has no answer; False when nobody waits for it any more."""
        return self._change(taken, {"state": AnalysisState.FAILED, "reason": reason})

    def put_back(self, taken: Analysis) -> None:
        """Let a taken question wait again, as if nobody had taken it."""
        self._change(taken, {"state": AnalysisState.WAITING, "attempt": taken.attempt - 1})

    def give_back(self) -> None:
        """Put the questions of a process that is gone back; one that ended two processes fails."""
        with self._database.writing() as connection:
            running = analyses.c.state == AnalysisState.RUNNING
            connection.execute(
                sa.update(analyses)
                .where(running, analyses.c.attempt >= MOST_ATTEMPTS)
                .values(state=AnalysisState.FAILED, reason="The process that worked on this was ended twice.")
            )
            connection.execute(sa.update(analyses).where(running).values(state=AnalysisState.WAITING))

    def _change(self, taken: Analysis, values: Mapping[str, Any]) -> bool:
        with self._database.writing() as connection:
            changed = connection.execute(
                sa.update(analyses)
                .where(
                    analyses.c.key == taken.key,
                    analyses.c.attempt == taken.attempt,
                    analyses.c.state == AnalysisState.RUNNING,
                )
                .values(dict(values))
            )
            return bool(changed.rowcount)

    def _make_room(self) -> None:
        with self._database.writing() as connection:
            kept = connection.execute(
                sa.select(analyses.c.key, analyses.c.size)
                .where(analyses.c.state.not_in(OPEN))
                .order_by(analyses.c.touched_at.desc())
            ).all()
            total, dropped = 0, []
            for row in kept:
                total += row.size
                if total > MOST_BYTES:
                    dropped.append(row.key)
            _delete(connection, dropped)


def _others(kind: str, key: str, owner: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The owner's open questions of this kind, but this one."""
    return (
        analyses.c.owner == owner,
        analyses.c.kind == kind,
        analyses.c.key != key,
        analyses.c.state.in_(OPEN),
    )


def _has_another(connection: sa.Connection, kind: str, key: str, owner: str) -> bool:
    if not owner:
        return False
    query = sa.select(sa.literal(1)).select_from(analyses).where(*_others(kind, key, owner)).limit(1)
    return bool(connection.scalar(query))


def _delete(connection: sa.Connection, keys: Collection[str]) -> None:
    for key in keys:
        connection.execute(sa.delete(analyses).where(analyses.c.key == key))


def _find(connection: sa.Connection, key: str) -> Analysis | None:
    row = connection.execute(sa.select(*_facts).where(analyses.c.key == key)).one_or_none()
    return None if row is None else _analysis(row)


def _analysis(row: Any) -> Analysis:
    return Analysis(
        key=row.key,
        kind=row.kind,
        request=json.loads(row.request),
        owner=row.owner,
        state=AnalysisState(row.state),
        progress=row.progress,
        reason=row.reason,
        attempt=row.attempt,
        version=row.version,
    )
