"""The journal: what was asked for, what became of it, what it cost. One private SQLite file.

All SQL of the package stands here, in words that PostgreSQL knows too. Amounts are credits as
decimal text, times are seconds since the epoch, given by the caller.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from vidgo_notebook.domain.job import JobRecord, JobState
from vidgo_notebook.errors import StoreError

_PRAGMAS = (
    # Home folders of JupyterHubs are often NFS, where WAL's shared memory does not work.
    "PRAGMA journal_mode = DELETE",
    # EXTRA also syncs the folder after the rollback journal is unlinked: without it a power cut right
    # after a commit may bring that journal back and undo the intent that a POST relies on.
    "PRAGMA synchronous = EXTRA",
    # Another kernel's transaction takes milliseconds; a disk that hangs is reported after ten seconds.
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
)

_UNDER_WAY = "('planned','waiting','uploading','submitting','not_started','running','fetching','uncertain')"

_MIGRATIONS = (
    f"""
    CREATE TABLE jobs (
        job_id TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        generation INTEGER NOT NULL,
        provider TEXT NOT NULL,
        api TEXT NOT NULL,
        model TEXT NOT NULL,
        kind TEXT NOT NULL,
        request TEXT NOT NULL,
        store TEXT NOT NULL,
        notebook TEXT NOT NULL,
        owner TEXT NOT NULL,
        lease_until REAL NOT NULL,
        state TEXT NOT NULL,
        quoted TEXT,
        charge TEXT,
        task_id TEXT,
        file_url TEXT,
        digest TEXT,
        message TEXT NOT NULL,
        created_at REAL NOT NULL,
        submitted_at REAL,
        rendered_at REAL,
        ended_at REAL
    );
    CREATE UNIQUE INDEX one_under_way ON jobs (fingerprint) WHERE state IN {_UNDER_WAY};
    CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint);
    CREATE INDEX jobs_by_kind ON jobs (kind, rendered_at);
    CREATE TABLE events (
        job_id TEXT NOT NULL REFERENCES jobs (job_id),
        at REAL NOT NULL,
        event TEXT NOT NULL,
        state TEXT NOT NULL
    );
    CREATE INDEX events_by_job ON events (job_id);
    CREATE TABLE charges (
        at REAL NOT NULL,
        job_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        provider TEXT NOT NULL,
        notebook TEXT NOT NULL,
        model TEXT NOT NULL,
        quoted TEXT,
        charged TEXT,
        saved TEXT
    );
    CREATE TABLE balances (
        at REAL NOT NULL,
        provider TEXT NOT NULL,
        credits TEXT NOT NULL
    );
    CREATE TABLE uploads (
        api TEXT NOT NULL,
        identity TEXT NOT NULL,
        url TEXT NOT NULL,
        expires_at REAL NOT NULL,
        PRIMARY KEY (api, identity)
    );
    """,
)
VERSION = len(_MIGRATIONS)
"""The schema's ``user_version``."""

_LAST_MOMENT = 1e18  # seconds since the epoch, later than any

_ENTRY_COLUMNS = (
    "job_id, fingerprint, generation, provider, api, model, kind, request, store, notebook, owner, lease_until, "
    "state, quoted, charge, task_id, file_url, digest, message, created_at, submitted_at, rendered_at, ended_at"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the journal holds it: the record, and what another kernel needs to carry it on.

    ``api`` is the base URL it was sent to, or ``in-kernel``; ``kind`` groups jobs that take equally
    long; ``request`` is JSON; ``owner`` the process that works on it until ``lease_until``.
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
    lease_until: float
    created_at: float
    generation: int = 0
    submitted_at: float | None = None
    rendered_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the ledger: a purchase that finished, or one that the store saved."""

    at: float
    job_id: str
    fingerprint: str
    provider: str
    notebook: str
    model: str
    quoted: Decimal | None
    charged: Decimal | None
    saved: Decimal | None


class Journal:
    """The journal at ``path``; made when missing. Use it from any thread. Raises StoreError only.

    ``notice`` is what the user must be told about the file, or ''.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notice = ""
        self._lock = threading.RLock()
        self._depth = 0
        with self._explained():
            self._connection = self._open()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is committed together, durably, at the end; nested ones join the outer."""
        with self._lock, self._explained():
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._commit()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error:  # a reader held the file too long: left open, it would spoil all that follow
            self._connection.execute("ROLLBACK")
            raise

    # Jobs

    def claim(self, entry: Entry) -> Entry:
        """Write the intent of a job, unless one is under way for its fingerprint; whichever it is now.

        ``entry.generation`` is the next one when its owner looked whether there is a picture. One that
        was finished since then is given back instead: between the look and the claim nothing is lost.
        """
        with self.transaction():
            wanted = entry.record.fingerprint
            if finished := self._one(
                "WHERE fingerprint = ? AND generation >= ? AND state = 'finished' ORDER BY generation DESC",
                (wanted, entry.generation),
            ):
                return finished
            values = _entry_values(replace(entry, generation=max(entry.generation, self.generation(wanted) + 1)))
            marks = ", ".join("?" for _ in values)
            self._run(f"INSERT INTO jobs ({_ENTRY_COLUMNS}) VALUES ({marks}) ON CONFLICT DO NOTHING", values)
            found = self.under_way(entry.record.fingerprint)
            assert found is not None
            if found.record.job_id == entry.record.job_id:
                self._add_event(entry.record, "Planned", entry.created_at)
            return found

    def under_way(self, fingerprint: str) -> Entry | None:
        """The job under way (or uncertain) for a fingerprint."""
        return self._one(f"WHERE fingerprint = ? AND state IN {_UNDER_WAY}", (fingerprint,))

    def move(self, record: JobRecord, event: str, owner: str, at: float, *, before: JobState) -> bool:
        """Write a job's new state; False, and nothing written, unless ``owner`` owns it in state ``before``.

        So of two that would submit one job, whoever they are, only one can begin.
        """
        with self.transaction():
            changed = self._run(
                "UPDATE jobs SET state = ?, charge = ?, task_id = ?, file_url = ?, digest = ?, message = ?, "
                "submitted_at = CASE WHEN ? = 'Submitting' THEN ? ELSE submitted_at END, "
                "rendered_at = CASE WHEN ? = 'Rendered' THEN ? ELSE rendered_at END, "
                "ended_at = CASE WHEN ? THEN ? ELSE ended_at END "
                "WHERE job_id = ? AND owner = ? AND state = ?",
                (
                    record.state.value,
                    _text(record.charge),
                    record.task_id,
                    record.file_url,
                    record.digest,
                    record.message,
                    *(event, at),
                    *(event, at),
                    *(record.state.ended, at),
                    *(record.job_id, owner, before.value),
                ),
            ).rowcount
            if changed:
                self._add_event(record, event, at)
            return bool(changed)

    def take_over(self, entry: Entry, owner: str, lease_until: float, store: str) -> Entry | None:
        """Become the owner of a job whose owner is gone, for ``store``; None if somebody else was quicker."""
        with self.transaction():
            changed = self._run(
                "UPDATE jobs SET owner = ?, lease_until = ?, store = ? "
                "WHERE job_id = ? AND owner = ? AND lease_until = ?",
                (owner, lease_until, store, entry.record.job_id, entry.owner, entry.lease_until),
            ).rowcount
            return self.entry(entry.record.job_id) if changed else None

    def name_task(self, job_id: str, task_id: str, at: float) -> bool:
        """Write down the task of a job whose answer counted as lost; whoever looks may then take it over."""
        with self.transaction():
            changed = self._run(
                "UPDATE jobs SET state = 'not_started', task_id = ?, message = '', ended_at = NULL, owner = '', "
                "lease_until = 0 WHERE job_id = ? AND task_id IS NULL AND state IN ('submitting','uncertain')",
                (task_id, job_id),
            ).rowcount
            if changed:
                self._run(
                    "INSERT INTO events (job_id, at, event, state) VALUES (?, ?, 'Accepted', 'not_started')",
                    (job_id, at),
                )
            return bool(changed)

    def renew(self, owner: str, lease_until: float) -> None:
        """Extend the lease of everything that ``owner`` works on; an uncertain job waits for a person."""
        with self.transaction():
            self._run(
                f"UPDATE jobs SET lease_until = ? WHERE owner = ? AND state IN {_UNDER_WAY} AND state <> 'uncertain'",
                (lease_until, owner),
            )

    def let_go(self, job_id: str, owner: str) -> None:
        """Give up owning a job, so that anybody may take it over at once."""
        with self.transaction():
            self._run("UPDATE jobs SET owner = '', lease_until = 0 WHERE job_id = ? AND owner = ?", (job_id, owner))

    def let_all_go(self, owner: str) -> None:
        """Give up everything that ``owner`` has under way."""
        with self.transaction():
            self._run(
                f"UPDATE jobs SET owner = '', lease_until = 0 WHERE owner = ? AND state IN {_UNDER_WAY}", (owner,)
            )

    def entry(self, job_id: str) -> Entry | None:
        """The job with this id."""
        return self._one("WHERE job_id = ?", (job_id,))

    def entries(self, prefix: str = "", *, limit: int = 100) -> list[Entry]:
        """The latest jobs whose id begins with ``prefix``, newest first."""
        return self._entries(
            "WHERE job_id >= ? AND job_id < ? ORDER BY created_at DESC LIMIT ?", (prefix, prefix + "\uffff", limit)
        )

    def all_under_way(self) -> list[Entry]:
        """Every job that has not ended, and every uncertain one, oldest first."""
        return self._entries(f"WHERE state IN {_UNDER_WAY} ORDER BY created_at", ())

    def with_task(self, task_id: str) -> Entry | None:
        """The job that the service knows as ``task_id``."""
        return self._one("WHERE task_id = ?", (task_id,))

    def generation(self, fingerprint: str) -> int:
        """The highest generation bought or begun for a fingerprint; -1 if there is none."""
        row = self._read("SELECT MAX(generation) FROM jobs WHERE fingerprint = ?", (fingerprint,))[0]
        return -1 if row[0] is None else int(row[0])

    def stores(self) -> list[str]:
        """The address of every store that a job ever wrote to."""
        return [str(row[0]) for row in self._read("SELECT DISTINCT store FROM jobs ORDER BY store", ())]

    def durations(self, kind: str, limit: int = 20) -> list[float]:
        """Seconds from submit to finished of the latest jobs of a kind."""
        rows = self._read(
            "SELECT rendered_at - submitted_at FROM jobs WHERE kind = ? AND rendered_at IS NOT NULL "
            "AND submitted_at IS NOT NULL ORDER BY rendered_at DESC LIMIT ?",
            (kind, limit),
        )
        return [float(row[0]) for row in rows]

    def events(self, job_id: str) -> list[tuple[float, str, str]]:
        """A job's moves in order: when, what happened, the state after it."""
        return self._read("SELECT at, event, state FROM events WHERE job_id = ? ORDER BY at", (job_id,))

    # Money

    def add_charge(self, charge: Charge) -> None:
        """Add a line to the ledger."""
        with self.transaction():
            self._run(
                "INSERT INTO charges (at, job_id, fingerprint, provider, notebook, model, quoted, charged, saved) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(charge.at, charge.job_id, charge.fingerprint, charge.provider, charge.notebook, charge.model),
                    *(_text(charge.quoted), _text(charge.charged), _text(charge.saved)),
                ),
            )

    def charges(self, since: float = 0.0) -> list[Charge]:
        """The ledger from ``since`` on, oldest first."""
        rows = self._read(
            "SELECT at, job_id, fingerprint, provider, notebook, model, quoted, charged, saved FROM charges "
            "WHERE at >= ? ORDER BY at",
            (since,),
        )
        return [
            Charge(at, job_id, fingerprint, provider, notebook, model, *map(_decimal, amounts))
            for at, job_id, fingerprint, provider, notebook, model, *amounts in rows
        ]

    def remember_upload(self, api: str, identity: str, url: str, expires_at: float) -> None:
        """Keep where a content was uploaded to, and until when it is there."""
        with self.transaction():
            self._run("DELETE FROM uploads WHERE api = ? AND identity = ?", (api, identity))
            self._run(
                "INSERT INTO uploads (api, identity, url, expires_at) VALUES (?, ?, ?, ?)",
                (api, identity, url, expires_at),
            )

    def claim_upload(self, api: str, identity: str, now: float, alive_at: float, until: float) -> bool:
        """Take it upon us to upload a content, until ``until`` if we never say how it went.

        False where another kernel is at it, or has done it: ``upload`` tells when its address is there.
        """
        with self.transaction():
            known = self._read(
                "SELECT 1 FROM uploads WHERE api = ? AND identity = ? AND expires_at > "
                "CASE url WHEN '' THEN ? ELSE ? END",
                (api, identity, now, alive_at),
            )
            if known:
                return False
            self.remember_upload(api, identity, "", until)
            return True

    def upload(self, api: str, identity: str, alive_at: float) -> tuple[str, float] | None:
        """Address and end of an upload that will still be there at ``alive_at``."""
        rows = self._read(
            "SELECT url, expires_at FROM uploads WHERE api = ? AND identity = ? AND expires_at > ? AND url != ''",
            (api, identity, alive_at),
        )
        return (rows[0][0], float(rows[0][1])) if rows else None

    def remember_balance(self, provider: str, balance: Decimal, at: float) -> None:
        """Keep a balance that the service reported."""
        with self.transaction():
            self._run("INSERT INTO balances (at, provider, credits) VALUES (?, ?, ?)", (at, provider, str(balance)))

    def last_balance(self, provider: str, until: float | None = None) -> tuple[float, Decimal] | None:
        """When the balance was last asked for (not after ``until``), and what it was."""
        rows = self._read(
            "SELECT at, credits FROM balances WHERE provider = ? AND at <= ? ORDER BY at DESC LIMIT 1",
            (provider, _LAST_MOMENT if until is None else until),
        )
        return (float(rows[0][0]), Decimal(rows[0][1])) if rows else None

    # The file

    def _open(self) -> sqlite3.Connection:
        if self.path.is_dir():
            raise StoreError(
                f"The journal {self.path} is a folder, not a file.",
                cost="Nothing was sent and nothing was spent.",
                hint="Set VIDGO_JOURNAL to the path of a file.",
            )
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._make_private()
        connection = self._connect()
        if not _is_sound(connection):
            connection.close()
            connection = self._begin_anew()
        self._migrate(connection)
        return connection

    def _make_private(self) -> None:
        self.path.touch(mode=0o600, exist_ok=True)
        with suppress(PermissionError):  # a file of somebody else's: they decide who reads it
            self.path.chmod(0o600)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10.0)
        for pragma in _PRAGMAS:
            try:
                connection.execute(pragma)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                break  # not a database: quick_check says so again, and the file is set aside
        return connection

    def _begin_anew(self) -> sqlite3.Connection:
        """Set the damaged file aside, unless another kernel did so just now; a connection to the new one."""
        guard = sqlite3.connect(self.path.with_name(f"{self.path.name}.guard"), isolation_level=None, timeout=10.0)
        try:
            guard.execute("BEGIN EXCLUSIVE")
            connection = self._connect()
            if not _is_sound(connection):
                connection.close()
                self._set_aside()
                connection = self._connect()
            return connection
        finally:
            guard.close()

    def _set_aside(self) -> None:
        stamp = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
        names = (f"{self.path.name}.damaged-{stamp}{again}" for again in ("", *(f"-{n}" for n in range(2, 1000))))
        aside = next(each for each in map(self.path.with_name, names) if not each.exists())
        for ending in ("", "-journal"):
            part = self.path.with_name(self.path.name + ending)
            if part.exists():
                _copy_privately(part, aside.with_name(aside.name + ending))
        # Emptied, not renamed: a kernel that has the file open would go on in the renamed one, and take the
        # rollback journal of the new one, whose name is the same, for its own.
        self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
        os.truncate(self.path, 0)
        self.notice = (
            f"The journal {self.path} was damaged. It is kept as {aside.name} beside a new, empty one; jobs that "
            "were under way can't be resumed from the new one."
        )

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            connection.execute("ROLLBACK")
            raise StoreError(
                f"The journal {self.path} was written by a newer vidgo_notebook (schema {version}, known: {VERSION}).",
                cost="Nothing was sent and nothing was spent.",
                hint="pip install -U vidgo-notebook, or set VIDGO_JOURNAL to another file.",
            )
        for script in _MIGRATIONS[version:]:
            for statement in script.split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    # Plumbing

    def _run(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def _read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with self._lock, self._explained():
            return self._connection.execute(sql, values).fetchall()

    def _one(self, where: str, values: Sequence[Any]) -> Entry | None:
        found = self._entries(f"{where} LIMIT 1", values)
        return found[0] if found else None

    def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        return [_entry(row) for row in self._read(f"SELECT {_ENTRY_COLUMNS} FROM jobs {where}", values)]

    def _add_event(self, record: JobRecord, event: str, at: float) -> None:
        self._run(
            "INSERT INTO events (job_id, at, event, state) VALUES (?, ?, ?, ?)",
            (record.job_id, at, event, record.state.value),
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"The journal {self.path} can't be used: {error}.",
                cost="Without it nothing is sent, so that nothing is paid twice.",
                hint="Set VIDGO_JOURNAL to a file that you may write, on a disk with room.",
            ) from None


def _is_sound(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False


def _copy_privately(source: Path, copy: Path) -> None:
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as old, os.fdopen(descriptor, "wb") as new:
        shutil.copyfileobj(old, new)
        os.fsync(descriptor)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _entry_values(entry: Entry) -> tuple[Any, ...]:
    job = entry.record
    return (
        *(job.job_id, job.fingerprint, entry.generation, entry.provider, entry.api, entry.model, entry.kind),
        *(entry.request, entry.store, entry.notebook, entry.owner, entry.lease_until),
        *(job.state.value, _text(job.quoted), _text(job.charge), job.task_id, job.file_url, job.digest, job.message),
        *(entry.created_at, entry.submitted_at, entry.rendered_at, entry.ended_at),
    )


def _entry(row: Sequence[Any]) -> Entry:
    (job_id, fingerprint, generation, provider, api, model, kind, request, store, notebook, owner, lease) = row[:12]
    (state, quoted, charge, task_id, file_url, digest, message, created, submitted, rendered, ended) = row[12:]
    record = JobRecord(
        job_id,
        fingerprint,
        JobState(state),
        _decimal(quoted),
        _decimal(charge),
        task_id,
        file_url=file_url,
        digest=digest,
        message=message,
    )
    return Entry(
        *(record, provider, api, model, kind, request, store, notebook, owner, lease, created, generation),
        *(submitted, rendered, ended),
    )
