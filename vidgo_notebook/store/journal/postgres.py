"""The journal in a PostgreSQL database that several machines share.

A dropped connection is opened again. A transaction that was interrupted is run again, unless the server
reports that it was committed: if the response to COMMIT was lost, its status is queried by its id.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.address import password_of, redact
from vidgo_notebook.store.journal.database import PATIENCE, Database, too_new, unusable
from vidgo_notebook.store.journal.schema import VERSION, statements_since

_T = TypeVar("_T")

_SCHEMA = "vidgo"
_MIGRATION_LOCK = 8_434_633_111  # any number that other programs are unlikely to lock

_SETUP = f"""
    SET search_path = {_SCHEMA};
    SET lock_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
"""An intent must be durable before its POST, whatever the server's default is."""

_KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "vidgo_notebook",
}
"""Seconds (``tcp_user_timeout``: milliseconds) until an unresponsive server counts as down."""

_AGAIN = {"40001", "40P01"}
"""Two transactions conflicted, and the server aborted this one."""

_NEVER = ("28", "3D", "42", "0A")
"""Classes of errors that waiting does not fix: a failed login, a missing database, a missing privilege."""

_REFUSALS = ("22", "23", "54")
"""Classes of errors about the values of a statement: not valid, not allowed, too long for an index."""


class _InterruptedError(Exception):
    """The transaction was rolled back because of ``cause``. It may be run again."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


class Postgres(Database):
    """The schema ``vidgo`` of a PostgreSQL database; created if missing."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._driver = _driver(address)
        self._driver_error = self._driver.Error
        self._lock = threading.RLock()
        self._away = False
        self._connection: Any = None
        self._patiently(self._connected, patience=0.0)  # no retries: a server that is down is reported at once

    def commit(self, work: Callable[[], _T], patience: float = PATIENCE) -> _T:
        self._check_inside(False)
        return self._patiently(lambda: self._transaction(work, patience), patience)

    def run(self, sql: str, values: Sequence[Any]) -> int:
        self._check_inside()
        return int(self._execute(sql, values).rowcount)

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._check_inside()
        values = [[_storable(value) for value in row] for row in rows]
        with self._connection.cursor() as cursor:
            self._executed(lambda: cursor.executemany(sql.replace("?", "%s"), values))

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with self._lock:
            if self._inside is not None:  # by this thread: any other one waits for the lock
                return list(self._execute(sql, values).fetchall())
        return self._patiently(lambda: self._outside(sql, values), PATIENCE)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def _patiently(self, attempt: Callable[[], _T], patience: float) -> _T:
        """Retry until it works or ``patience`` ends; between two attempts other threads can use the connection."""
        if self._away and patience <= PATIENCE:  # the user has waited for it already
            patience = 0.0
        until, pause = time.monotonic() + patience, 0.05
        while True:
            try:
                with self._lock:
                    value = attempt()
                self._away = False
                return value
            except _InterruptedError as interrupted:
                cause = interrupted.cause
            except self._driver.Error as error:
                cause = error
                if not self._dropped(error):
                    raise self._explained(error) from None
            if time.monotonic() + pause > until:
                self._away = True
                raise self._explained(cause) from None
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _transaction(self, work: Callable[[], _T], patience: float) -> _T:
        self._connected().execute("BEGIN")
        self._inside = threading.get_ident()
        try:
            value = work()
            number = self._execute("SELECT pg_current_xact_id_if_assigned()::text", ()).fetchone()[0]
        except BaseException as error:
            self._roll_back()
            if isinstance(error, self._driver.Error) and (error.sqlstate in _AGAIN or self._dropped(error)):
                raise _InterruptedError(error) from None
            raise
        finally:
            self._inside = None
        try:
            self._connection.execute("COMMIT")
        except self._driver.Error as error:
            if not self._dropped(error):
                raise
            lost = error
            if number is not None and not self._patiently(lambda: self._was_committed(number, lost), patience):
                raise _InterruptedError(lost) from None
        return value

    def _was_committed(self, number: str, lost: Exception) -> bool:
        """Whether a transaction was committed, if the response to its COMMIT was lost."""
        row = self._connected().execute("SELECT pg_xact_status(%s::xid8)", (number,)).fetchone()
        if row[0] == "in progress":
            raise _InterruptedError(lost)
        return bool(row[0] == "committed")

    def _roll_back(self) -> None:
        if not self._connection.closed:
            try:
                self._connection.execute("ROLLBACK")
            except self._driver.Error:
                self._connection.close()

    def _outside(self, sql: str, values: Sequence[Any]) -> list[Any]:
        self._connected()
        return list(self._execute(sql, values).fetchall())

    def _execute(self, sql: str, values: Sequence[Any]) -> Any:
        storable = [_storable(value) for value in values]
        return self._executed(lambda: self._connection.execute(sql.replace("?", "%s"), storable))

    # The connection

    def _connected(self) -> Any:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Any:
        connection = self._driver.connect(**_options(self.address), password=password_of(self.address))
        connection.execute(_SETUP)
        try:
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: Any) -> None:
        version = _version(connection)
        if version > VERSION:
            raise too_new(self.address, version)
        if version == VERSION:
            return
        # One machine at a time. Locked before the transaction begins, which sees the tables as they are then.
        connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        try:
            with connection.transaction():
                version = _version(connection)
                if version == 0:
                    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
                    connection.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
                    connection.execute("INSERT INTO schema_version VALUES (0)")
                for statement in statements_since(version):
                    # SQLite's REAL has eight bytes; PostgreSQL's has four, too few for a time.
                    connection.execute(statement.replace(" REAL", " DOUBLE PRECISION"))
                connection.execute("UPDATE schema_version SET version = %s", (VERSION,))
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_MIGRATION_LOCK,))

    def _dropped(self, error: Exception) -> bool:
        """Whether an error means that the server is unavailable, so that a retry may succeed."""
        if not isinstance(error, self._driver.OperationalError | self._driver.InterfaceError):
            return False
        if self._connection is not None and not self._connection.closed:
            return False
        # libpq gives no code for errors of connecting: a refused login is recognised by its text.
        login = ("authentication failed", "no password supplied", "does not exist")
        code = getattr(error, "sqlstate", None) or ""
        return not code.startswith(_NEVER) and not any(words in str(error) for words in login)

    def _is_refusal(self, error: Any) -> bool:
        if error.sqlstate is None:  # found by the driver, before it was sent
            return isinstance(error, self._driver.DataError | self._driver.ProgrammingError)
        return bool(error.sqlstate.startswith(_REFUSALS))

    def _explained(self, error: Exception) -> Exception:
        if not isinstance(error, self._driver.Error):
            return error
        text = redact(" ".join(str(error).split()), self.address).rstrip(".")
        hint = "Check that the database is running and that you can log in; VIDGO_JOURNAL is its URL (the password can "
        return unusable(self.address, text, hint + "also be in PGPASSWORD or ~/.pgpass).")


def _driver(address: str) -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise StoreError(
            f"The journal {address} needs psycopg, which is not installed or finds no libpq ({error}).",
            cost=NOTHING_SPENT,
            hint="pip install 'vidgo-notebook[cluster]'",
        ) from None
    return psycopg


def _options(address: str) -> dict[str, Any]:
    """The URL as keywords for libpq; its own parser would quote parts of a password in errors."""
    url = urlsplit(address)
    user, _, hosts = url.netloc.rpartition("@")
    places = [_host_and_port(place) for place in hosts.split(",")]
    given = {
        "host": ",".join(unquote(host) for host, _ in places),
        "port": ",".join(port for _, port in places),
        "user": unquote(user),
        "dbname": unquote(url.path.lstrip("/")),
    }
    named = {name: value for name, value in given.items() if value.strip(",")}
    return {**_KEEPALIVE, **named, **dict(parse_qsl(url.query)), "autocommit": True}


def _host_and_port(place: str) -> tuple[str, str]:
    host, bracket, port = place.rpartition("]")
    if bracket:
        return host.lstrip("["), port.lstrip(":")
    host, _, port = place.partition(":")
    return host, port


def _version(connection: Any) -> int:
    if connection.execute("SELECT to_regclass(%s)", (f"{_SCHEMA}.schema_version",)).fetchone()[0] is None:
        return 0
    return int(connection.execute(f"SELECT version FROM {_SCHEMA}.schema_version").fetchone()[0])


def _storable(value: Any) -> Any:
    """PostgreSQL does not store text that contains NUL."""
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value
