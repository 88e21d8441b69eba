"""The journal's jobs: intents, changes of state, leases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.store.journal.database import Book, amount_of, amount_text
from vidgo_notebook.store.journal.schema import UNDER_WAY

_ENTRY_COLUMNS = (
    "job_id, fingerprint, generation, provider, api, model, kind, request, store, notebook, owner, heartbeats, "
    "state, quoted, charge, task_id, file_url, digest, message, created_at, submitted_at, rendered_at, ended_at, inputs"
)
_MARKS = ", ".join("?" for _ in _ENTRY_COLUMNS.split(", "))
_INSERT_ENTRY = f"INSERT INTO jobs ({_ENTRY_COLUMNS}) VALUES ({_MARKS}) ON CONFLICT DO NOTHING"

_AT_A_TIME = 500
"""Values in one query; every SQLite build accepts 999."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A job in the journal: its record, and what another kernel needs to continue it.

    ``api`` is the base URL it was sent to, or ``in-kernel``; ``kind`` groups jobs of similar duration;
    ``request`` is JSON; ``owner`` is the process that works on it, '' if none does, and ``heartbeats`` a counter that
    it moves on while it does. ``inputs`` is JSON: what was sent of the user's own images, '' before it was.
    """

    record: JobRecord
    provider: str
    api: str
    model: str
    kind: str
    request: str
    store: str
    notebook: str
    owner: str
    heartbeats: int
    created_at: float
    generation: int = 0
    submitted_at: float | None = None
    rendered_at: float | None = None
    ended_at: float | None = None
    inputs: str = ""


class JobBook(Book):
    """All jobs, ended or not, and their changes of state."""

    def claim(self, entry: Entry) -> Entry:
        """Write the intent of a job, unless one is under way for its fingerprint; returns the one there is now.

        ``entry.generation`` is the next one at the time when its owner looked for an existing picture. If a
        job has finished since then, that one is returned instead, so that its picture is not bought again.
        """
        wanted = entry.record.fingerprint
        while True:
            if finished := self._finished_since(entry):
                return finished
            if self._insert(replace(entry, generation=max(entry.generation, self.generation(wanted) + 1))):
                # Another purchase may have ended between that query and this row, which excludes others.
                if finished := self._finished_since(entry):
                    self._database.run("DELETE FROM jobs WHERE job_id = ?", (entry.record.job_id,))
                    return finished
                self._add_event(entry.record.job_id, entry.created_at, "Planned", entry.record.state)
            if found := self.under_way(wanted) or self.entry(entry.record.job_id):
                return found

    def restore(self, entry: Entry) -> None:
        """Write a job again that the journal has lost, unless its picture is under way in another job."""
        if self._insert(entry):
            self._add_event(entry.record.job_id, entry.created_at, "Restored", entry.record.state)

    def under_way(self, fingerprint: str) -> Entry | None:
        """The job under way (or uncertain) for a fingerprint."""
        return self._one(f"WHERE fingerprint = ? AND state IN {UNDER_WAY}", (fingerprint,))

    def those_under_way(self, fingerprints: Collection[str]) -> dict[str, Entry]:
        """The jobs under way (or uncertain) for some fingerprints."""
        where = f"WHERE state IN {UNDER_WAY} AND fingerprint IN ({{}})"
        found = map(_entry, self._read_of(f"SELECT {_ENTRY_COLUMNS} FROM jobs {where}", fingerprints))
        return {entry.record.fingerprint: entry for entry in found}

    def move(self, record: JobRecord, event: str, owner: str, at: float, *, before: JobState) -> bool:
        """Write a job's new state; False, and nothing is written, unless ``owner`` owns it in state ``before``.

        So of two processes or threads that would submit the same job, only one can start.
        """
        changed = self._database.run(
            "UPDATE jobs SET state = ?, charge = ?, task_id = ?, file_url = ?, digest = ?, message = ?, "
            "heartbeats = heartbeats + 1, "
            "submitted_at = CASE WHEN ? = 'Submitting' THEN ? ELSE submitted_at END, "
            "rendered_at = CASE WHEN ? = 'Rendered' THEN ? ELSE rendered_at END, "
            "ended_at = CASE WHEN ? THEN ? ELSE ended_at END "
            "WHERE job_id = ? AND owner = ? AND state = ?",
            (
                *(record.state.value, amount_text(record.charge), record.task_id),
                *(record.file_url, record.digest, record.message),
                *(event, at),
                *(event, at),
                *(record.state.ended, at),
                *(record.job_id, owner, before.value),
            ),
        )
        if changed:
            self._add_event(record.job_id, at, event, record.state)
        return bool(changed)

    def note_inputs(self, job_id: str, inputs: str) -> None:
        """Write down what is sent of the user's own images."""
        self._database.run("UPDATE jobs SET inputs = ? WHERE job_id = ?", (inputs, job_id))

    def take_over(self, entry: Entry, owner: str, store: str) -> Entry | None:
        """Become the owner of a job whose owner is gone, for ``store``; None if that owner, or another process, has
        shown since that it works on it, or if the job has ended meanwhile."""
        changed = self._database.run(
            "UPDATE jobs SET owner = ?, heartbeats = heartbeats + 1, store = ? "
            f"WHERE job_id = ? AND owner = ? AND heartbeats = ? AND state IN {UNDER_WAY}",
            (owner, store, entry.record.job_id, entry.owner, entry.heartbeats),
        )
        return self.entry(entry.record.job_id) if changed else None

    def record_task(self, job_id: str, task_id: str, at: float) -> bool:
        """Record the task of a job whose response was lost; any process can then take the job over."""
        changed = self._database.run(
            "UPDATE jobs SET state = 'not_started', task_id = ?, message = '', ended_at = NULL, owner = '' "
            "WHERE job_id = ? AND task_id IS NULL AND state IN ('submitting','uncertain')",
            (task_id, job_id),
        )
        if changed:
            self._add_event(job_id, at, "Accepted", JobState.NOT_STARTED)
        return bool(changed)

    def record_second_task(self, job_id: str, task_id: str, charge: Decimal | None, at: float) -> bool:
        """Record a task that was accepted for a job which had been settled, or had another task, meanwhile; False if
        that is recorded already. A job that was given up has its charge then."""
        known, event = self.entry(job_id), f"SecondPurchase {task_id}"
        if known is None or event in (name for _, name, _ in self.events(job_id)):
            return False
        message = f"It was accepted as task {task_id} after it had been settled: that may be a second purchase."
        self._database.run(
            "UPDATE jobs SET message = ?, charge = CASE state WHEN 'forgotten' THEN ? ELSE charge END WHERE job_id = ?",
            (message, amount_text(charge), job_id),
        )
        self._add_event(job_id, at, event, known.record.state)
        return True

    def renew(self, owner: str) -> None:
        """Show that ``owner`` still works on all its jobs and uploads; an uncertain job waits for the user."""
        self._database.run(
            "UPDATE jobs SET heartbeats = heartbeats + 1 "
            f"WHERE owner = ? AND state IN {UNDER_WAY} AND state <> 'uncertain'",
            (owner,),
        )
        self._database.run("UPDATE uploads SET heartbeats = heartbeats + 1 WHERE owner = ?", (owner,))

    def keep(self, job_id: str, owner: str) -> bool:
        """The same for a job that is about to be sent; False if ``owner`` lost it, or it was settled."""
        changed = self._database.run(
            "UPDATE jobs SET heartbeats = heartbeats + 1 WHERE job_id = ? AND owner = ? AND state = 'submitting'",
            (job_id, owner),
        )
        return bool(changed)

    def release(self, job_id: str, owner: str) -> None:
        """Give up a job's lease, so that any process can take it over at once."""
        self._database.run("UPDATE jobs SET owner = '' WHERE job_id = ? AND owner = ?", (job_id, owner))

    def release_all(self, owner: str) -> None:
        """Give up the leases of all jobs and uploads that ``owner`` has under way."""
        self._database.run("UPDATE uploads SET owner = '' WHERE owner = ?", (owner,))
        self._database.run(f"UPDATE jobs SET owner = '' WHERE owner = ? AND state IN {UNDER_WAY}", (owner,))

    def stop(self, job_id: str, message: str, at: float) -> bool:
        """End a job that was not sent, of any owner; False if it was sent or has ended."""
        changed = self._database.run(
            "UPDATE jobs SET state = 'refused', charge = '0', message = ?, ended_at = ? "
            "WHERE job_id = ? AND state IN ('planned','waiting','uploading')",
            (message, at, job_id),
        )
        if changed:
            self._add_event(job_id, at, "Refused", JobState.REFUSED)
        return bool(changed)

    def entry(self, job_id: str) -> Entry | None:
        """The job with this id."""
        return self._one("WHERE job_id = ?", (job_id,))

    def entries_of(self, job_ids: Collection[str]) -> dict[str, Entry]:
        """The jobs with these ids; ids without a job are left out."""
        found = map(_entry, self._read_of(f"SELECT {_ENTRY_COLUMNS} FROM jobs WHERE job_id IN ({{}})", job_ids))
        return {entry.record.job_id: entry for entry in found}

    def entries(self, prefix: str = "", *, limit: int = 100) -> list[Entry]:
        """The latest jobs whose id begins with ``prefix``, newest first."""
        return self._entries(
            "WHERE substr(job_id, 1, ?) = ? ORDER BY created_at DESC LIMIT ?", (len(prefix), prefix, limit)
        )

    def in_states(self, states: Collection[JobState], store: str) -> list[Entry]:
        """The jobs for a store that are in one of these states, oldest first."""
        places = ", ".join("?" for _ in states)
        values = (*(state.value for state in states), store)
        return self._entries(f"WHERE state IN ({places}) AND store = ? ORDER BY created_at", values)

    def maker_of(self, digest: str) -> str:
        """The fingerprint of the latest job whose picture has these bytes; '' if there is none."""
        found = self._one("WHERE digest = ? AND state = 'finished' ORDER BY ended_at DESC", (digest,))
        return found.record.fingerprint if found else ""

    def all_under_way(self) -> list[Entry]:
        """Every job that has not ended, and every uncertain one, oldest first."""
        return self._entries(f"WHERE state IN {UNDER_WAY} ORDER BY created_at", ())

    def generation(self, fingerprint: str) -> int:
        """The highest generation bought or begun for a fingerprint; -1 if there is none."""
        row = self._database.read("SELECT MAX(generation) FROM jobs WHERE fingerprint = ?", (fingerprint,))[0]
        return -1 if row[0] is None else int(row[0])

    def next_generations(self, fingerprints: Collection[str]) -> dict[str, int]:
        """The generation of a purchase planned now, if it is not 0: that of the job under way, if there is one.

        So a claim after that job's end finds it finished, and buys nothing.
        """
        rows = self._read_of(  # one statement for each: a claim could come between two
            f"SELECT fingerprint, MAX(CASE WHEN state IN {UNDER_WAY} THEN generation ELSE generation + 1 END) "
            "FROM jobs WHERE fingerprint IN ({}) GROUP BY fingerprint",
            fingerprints,
        )
        return {fingerprint: int(generation) for fingerprint, generation in rows}

    def stores(self) -> list[str]:
        """The addresses of all stores that jobs have written to."""
        return [str(row[0]) for row in self._database.read("SELECT DISTINCT store FROM jobs ORDER BY store", ())]

    def durations(self, kind: str, limit: int = 20) -> list[float]:
        """Seconds from submit to finish of the latest jobs of a kind."""
        rows = self._database.read(
            "SELECT rendered_at - submitted_at FROM jobs WHERE kind = ? AND rendered_at IS NOT NULL "
            "AND submitted_at IS NOT NULL ORDER BY rendered_at DESC LIMIT ?",
            (kind, limit),
        )
        return [float(row[0]) for row in rows]

    def events(self, job_id: str) -> list[tuple[float, str, str]]:
        """A job's changes of state in order, whatever the clock said: the time, the event, and the state after it."""
        # Events of the first schema have no number, and are older than all others.
        rows = self._database.read(
            "SELECT at, event, state FROM events WHERE job_id = ? ORDER BY number, at", (job_id,)
        )
        return [(float(at), event, state) for at, event, state in rows]

    def _finished_since(self, entry: Entry) -> Entry | None:
        return self._one(
            "WHERE fingerprint = ? AND generation >= ? AND state = 'finished' ORDER BY generation DESC",
            (entry.record.fingerprint, entry.generation),
        )

    def _insert(self, entry: Entry) -> bool:
        job = entry.record
        values = (
            *(job.job_id, job.fingerprint, entry.generation, entry.provider, entry.api, entry.model, entry.kind),
            *(entry.request, entry.store, entry.notebook, entry.owner, entry.heartbeats, job.state.value),
            *(amount_text(job.quoted), amount_text(job.charge), job.task_id, job.file_url, job.digest, job.message),
            *(entry.created_at, entry.submitted_at, entry.rendered_at, entry.ended_at, entry.inputs),
        )
        return bool(self._database.run(_INSERT_ENTRY, values))

    def _read_of(self, sql: str, values: Collection[str]) -> Iterator[Any]:
        """The rows of a query about some values, hundreds in one query, since the journal may be on a remote server."""
        wanted = list(values)
        for start in range(0, len(wanted), _AT_A_TIME):
            some = wanted[start : start + _AT_A_TIME]
            yield from self._database.read(sql.format(", ".join("?" for _ in some)), some)

    def _one(self, where: str, values: Sequence[Any]) -> Entry | None:
        found = self._entries(f"{where} LIMIT 1", values)
        return found[0] if found else None

    def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        return [_entry(row) for row in self._database.read(f"SELECT {_ENTRY_COLUMNS} FROM jobs {where}", values)]

    def _add_event(self, job_id: str, at: float, event: str, state: JobState) -> None:
        self._database.run(
            "INSERT INTO events (job_id, at, event, state, number) "
            "VALUES (?, ?, ?, ?, (SELECT COUNT(*) FROM events WHERE job_id = ?))",
            (job_id, at, event, state.value, job_id),
        )


def copy_under_way(
    read: Callable[[str, Sequence[Any]], Sequence[Any]], run: Callable[[str, Sequence[Any]], int]
) -> int:
    """Copy the jobs under way of one database (``read``) to another (``run``) that lacks them; how many it lacked.

    A picture that the other one knows as under way, in a job of its own, keeps that job.
    """
    copied = 0
    for row in read(f"SELECT {_ENTRY_COLUMNS} FROM jobs WHERE state IN {UNDER_WAY}", ()):
        if run(_INSERT_ENTRY, row):
            copied += 1
            for event in read("SELECT job_id, at, event, state, number FROM events WHERE job_id = ?", row[:1]):
                run("INSERT INTO events (job_id, at, event, state, number) VALUES (?, ?, ?, ?, ?)", event)
    return copied


def _entry(row: Sequence[Any]) -> Entry:
    (job_id, fingerprint, generation, provider, api, model, kind, request, store, notebook, owner, beats) = row[:12]
    (state, quoted, charge, task_id, file_url, digest, message, created, submitted, rendered, ended, inputs) = row[12:]
    record = JobRecord(
        *(job_id, fingerprint, JobState(state), amount_of(quoted), amount_of(charge), task_id),
        file_url=file_url,
        digest=digest,
        message=message,
    )
    return Entry(
        *(record, provider, api, model, kind, request, store, notebook, owner, int(beats), created, generation),
        *(submitted, rendered, ended, inputs),
    )
