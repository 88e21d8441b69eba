"""The journal in an SQLite file that only its user can read."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from vidgo_notebook.domain.wording import counted
from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.journal.database import PATIENCE, Database, too_new, unusable
from vidgo_notebook.store.journal.file_trouble import check_locks, why_and_cure
from vidgo_notebook.store.journal.jobs import copy_under_way
from vidgo_notebook.store.journal.recovery import (
    check_is_journal,
    guarded,
    identity,
    is_damage,
    is_sound,
    restore_deleted,
    set_aside,
)
from vidgo_notebook.store.journal.schema import VERSION, statements_since

_T = TypeVar("_T")

_PRAGMAS = (
    # Home folders of JupyterHubs are often on NFS, where WAL's shared memory does not work.
    "PRAGMA journal_mode = DELETE",
    # EXTRA also syncs the folder after the rollback journal is deleted: without it a power cut right
    # after a commit may restore that journal and undo the intent that a POST relies on.
    "PRAGMA synchronous = EXTRA",
    # Another kernel's transaction takes milliseconds; an unresponsive disk is reported after ten seconds.
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
)

_REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
"""Errors about the values of a statement, not about the file."""


class Sqlite(Database):
    """An SQLite file at ``path``; created if missing, set aside if damaged.

    Reads use a separate connection: a cell that plans does not wait for the commits of the jobs under way,
    only for the moment in which the file changes.
    """

    _driver_error = sqlite3.Error

    def __init__(self, path: Path) -> None:
        self.path = path
        self.address = str(path)
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        with self._explaining():
            self._connection = self._open()
            self._reader = _reader(path)
            self._identity = identity(path)

    def commit(self, work: Callable[[], _T], patience: float = PATIENCE) -> _T:  # noqa: ARG002  a file needs no retries
        self._check_inside(False)
        with self._lock, self._explaining():
            self._follow_file()
            self._connection.execute("BEGIN IMMEDIATE")
            self._inside = threading.get_ident()
            try:
                value = work()
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._inside = None
            self._end()
            return value

    def run(self, sql: str, values: Sequence[Any]) -> int:
        self._check_inside()
        return self._executed(lambda: self._connection.execute(sql, values)).rowcount

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._check_inside()
        self._executed(lambda: self._connection.executemany(sql, rows))

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        if self._inside == threading.get_ident():
            with self._explaining():
                return self._executed(lambda: self._connection.execute(sql, values)).fetchall()
        with self._reading, self._explaining():
            return self._executed(lambda: self._reader.execute(sql, values)).fetchall()

    @property
    def is_private(self) -> bool:
        with suppress(OSError):
            return not self.path.stat().st_mode & 0o077  # on Windows, and on some mounts, modes have no effect
        return False

    def close(self) -> None:
        with self._lock, self._reading:
            self._connection.close()
            self._reader.close()

    def _follow_file(self) -> None:
        """Go on in the file that has the journal's name now, if the one that was opened was deleted or replaced.

        What is under way must be known there: otherwise it is forgotten with this process, and bought again.
        """
        if identity(self.path) == self._identity:
            return
        left, left_reader = self._connection, self._reader
        restored = not self.path.exists() and restore_deleted(self.path, left)
        connection, now = self._open(), identity(self.path)
        try:
            copied = _copy(left, connection)
        except BaseException:
            connection.close()
            raise
        with self._reading:
            self._connection, self._reader, self._identity = connection, _reader(self.path), now
        left.close()
        left_reader.close()
        done = "It was written again, with all of its content."
        if not restored:
            done = (
                f"{counted(copied, 'job')} under way that the new file lacked {'was' if copied == 1 else 'were'} added."
            )
        self.notice = f"The journal {self.path} was {'deleted' if restored else 'replaced'} while it was in use. {done}"

    def _end(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error:  # a reader locked the file too long: an open transaction would make all later ones fail
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # on a full disk SQLite has rolled back already
            self._connection.execute("ROLLBACK")

    def _open(self) -> sqlite3.Connection:
        if self.path.is_dir():
            raise StoreError(
                f"The journal {self.path} is a folder, not a file.",
                cost=NOTHING_SPENT,
                hint="Set VIDGO_JOURNAL to the path of a file.",
            )
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_locks(self.path.parent)
        with suppress(
            FileExistsError
        ):  # an existing file is not opened: closing it would release this process's locks on it
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(self.path, timeout=10.0)) as connection:  # before even its mode is changed
            check_is_journal(self.path, connection)
        with suppress(PermissionError):  # another user's file: they decide who reads it
            self.path.chmod(0o600)
        connection = self._connect()
        if not is_sound(self.path, connection):
            connection.close()
            connection = self._replace_damaged()
        self._migrate(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10.0)
        for pragma in _PRAGMAS:
            try:
                connection.execute(pragma)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                break  # quick_check finds it too, and the file is set aside
        return connection

    def _replace_damaged(self) -> sqlite3.Connection:
        """Set the damaged file aside, unless another kernel has just done so; a connection to the new one."""
        with guarded(self.path):
            connection = self._connect()
            if not is_sound(self.path, connection):
                connection.close()
                self.notice = set_aside(self.path)
                connection = self._connect()
            return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            connection.execute("ROLLBACK")
            raise too_new(self.address, version)
        try:
            for statement in statements_since(version):
                connection.execute(statement)
        except sqlite3.Error:
            connection.close()  # else the file stays locked, and the next try says so in place of the cause
            raise
        if version < VERSION:  # else it would be written, and synced, each time it is opened
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    def _is_refusal(self, error: Any) -> bool:
        return isinstance(error, _REFUSALS)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._explained(error) from None

    def _explained(self, error: Exception) -> Exception:
        if isinstance(error, sqlite3.Error | OSError):
            return unusable(self.address, *why_and_cure(self.path, error))
        return error


def _reader(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _copy(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    """Add the jobs under way of one file to another, if it lacks them; how many it lacked."""
    new.execute("BEGIN IMMEDIATE")
    copied = copy_under_way(
        lambda sql, values: old.execute(sql, values).fetchall(),
        lambda sql, values: new.execute(sql, values).rowcount,
    )
    new.execute("COMMIT")
    return copied


def copy_of(journal: Path, target: Path) -> None:
    """Copy a journal, which is only read, to a new file; an empty one if there is none that can be read."""
    with closing(sqlite3.connect(target)) as copy, suppress(sqlite3.Error):
        uri = f"{journal.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10.0)) as source:
            source.backup(copy)
    target.chmod(0o600)
