"""The journal's database as one private file of its user."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.database import PATIENCE, Database, too_new
from vidgo_notebook.store.journal.recovery import is_sound, refuse_stranger, set_aside, tells_damage
from vidgo_notebook.store.journal.schema import VERSION, statements_since

_T = TypeVar("_T")

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


class Sqlite(Database):
    """An SQLite file at ``path``; made when missing, set aside when damaged.

    It is read over a connection of its own: a cell that plans does not wait for the commits of the jobs
    under way, only for the moment in which the file changes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.address = str(path)
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        with self._explained():
            self._connection = self._open()
            self._reader = _reader(path)

    def commit(self, work: Callable[[], _T], patience: float = PATIENCE) -> _T:  # noqa: ARG002  a file does not go away
        self._check_inside(False)
        with self._lock, self._explained():
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
        return self._connection.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._check_inside()
        self._connection.executemany(sql, rows)

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        if self._inside == threading.get_ident():
            with self._explained():
                return self._connection.execute(sql, values).fetchall()
        with self._reading, self._explained():
            return self._reader.execute(sql, values).fetchall()

    def close(self) -> None:
        with self._lock, self._reading:
            self._connection.close()
            self._reader.close()

    def _end(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error:  # a reader held the file too long: left open, it would spoil all that follow
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # on a full disk SQLite has done so itself
            self._connection.execute("ROLLBACK")

    def _open(self) -> sqlite3.Connection:
        if self.path.is_dir():
            raise StoreError(
                f"The journal {self.path} is a folder, not a file.",
                cost="Nothing was sent and nothing was spent.",
                hint="Set VIDGO_JOURNAL to the path of a file.",
            )
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):  # not opened then: closing it would end the locks of this process's others
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        self._recognise()
        with suppress(PermissionError):  # a file of somebody else's: they decide who reads it
            self.path.chmod(0o600)
        connection = self._connect()
        if not is_sound(self.path, connection):
            connection.close()
            connection = self._begin_anew()
        self._migrate(connection)
        return connection

    def _recognise(self) -> None:
        """Before anything changes the file, were it only its mode."""
        connection = sqlite3.connect(self.path, timeout=10.0)
        try:
            refuse_stranger(self.path, connection)
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10.0)
        for pragma in _PRAGMAS:
            try:
                connection.execute(pragma)
            except sqlite3.DatabaseError as error:
                if not tells_damage(error):
                    raise
                break  # quick_check says so again, and the file is set aside
        return connection

    def _begin_anew(self) -> sqlite3.Connection:
        """Set the damaged file aside, unless another kernel did so just now; a connection to the new one."""
        guard = sqlite3.connect(self.path.with_name(f"{self.path.name}.guard"), isolation_level=None, timeout=10.0)
        try:
            guard.execute("BEGIN EXCLUSIVE")
            connection = self._connect()
            if not is_sound(self.path, connection):
                connection.close()
                self.notice = set_aside(self.path)
                connection = self._connect()
            return connection
        finally:
            guard.close()

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            connection.execute("ROLLBACK")
            raise too_new(self.address, version)
        for statement in statements_since(version):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

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


def _reader(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    connection.execute("PRAGMA query_only = ON")
    return connection
