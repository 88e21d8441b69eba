"""The interface of the journal's database, and what all its tables and drivers share."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.journal.schema import UNDER_WAY, VERSION

_T = TypeVar("_T")

PATIENCE = 5.0
"""Seconds that a user waits for a database to come back."""


_ALONE = "one_of_a_group"
"""The savepoint to which a piece of work is undone that fails in a group."""


_WHY_LETTERS = 120
"""Of a driver's text, which may go on with all values of the row."""


class JournalUnavailableError(StoreError):
    """The journal can't be opened, read or written now, whatever the entry is: it may work later."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[_T]):
    """What became of one piece of work of a group: its value, or the error for which it was undone."""

    value: _T | None = None
    error: BaseException | None = None


class Database(ABC):
    """A connection that any thread can use. Statements mark values by ``?``. Raises StoreError only.

    ``address`` is without secrets; ``notice`` is a message about it for the user, or ''.
    """

    address: str
    notice: str = ""
    _driver_error: type[Exception]
    """The base class of the driver's own errors."""
    _inside: int | None = None
    """The thread that is inside a commit: only it may write, and it reads what it just wrote."""

    @abstractmethod
    def commit(self, work: Callable[[], _T], patience: float = PATIENCE) -> _T:
        """Run ``work`` as one transaction. Commits can't be nested.

        ``work`` may be run again, for ``patience`` seconds at most, if the database requires it or was
        unavailable meanwhile.
        """

    def commit_each(self, works: Sequence[Callable[[], _T]], patience: float = PATIENCE) -> list[Outcome[_T]]:
        """Run several pieces of work as one transaction, in which one that fails undoes only itself.

        Raises JournalUnavailableError if the transaction as a whole can't be committed.
        """
        try:
            return self.commit(lambda: [Outcome(work()) for work in works], patience)
        except JournalUnavailableError:
            raise
        except Exception:  # noqa: BLE001  of one of them; savepoints, which take time, show whose it is
            return self.commit(lambda: [self._attempt(work) for work in works], patience)

    def _attempt(self, work: Callable[[], _T]) -> Outcome[_T]:
        self.run(f"SAVEPOINT {_ALONE}", ())
        try:
            outcome = Outcome(work())
        except Exception as error:
            explained = self._explained(error)
            if isinstance(explained, JournalUnavailableError):
                raise
            self.run(f"ROLLBACK TO SAVEPOINT {_ALONE}", ())
            outcome = Outcome(error=explained)
        self.run(f"RELEASE SAVEPOINT {_ALONE}", ())
        return outcome

    @abstractmethod
    def run(self, sql: str, values: Sequence[Any]) -> int:
        """Execute a statement inside ``commit``; returns the number of changed rows."""

    @abstractmethod
    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute a statement inside ``commit`` once for each row of values."""

    @abstractmethod
    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """The rows of a query."""

    @property
    def is_private(self) -> bool:
        """Whether it is known that other users of this machine can't read it."""
        return True

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    @abstractmethod
    def _explained(self, error: Exception) -> Exception:
        """The StoreError for an error of the database; any other error as it is."""

    @abstractmethod
    def _is_refusal(self, error: Any) -> bool:
        """Whether an error of the driver is about the values of a statement, not about the database."""

    def _executed(self, execute: Callable[[], _T]) -> _T:
        """Call the driver with values. Raises StoreError if they are refused, by an error of Python's too."""
        try:
            return execute()
        except Exception as error:  # UnicodeEncodeError, OverflowError: each driver has others
            if isinstance(error, self._driver_error) and not self._is_refusal(error):
                raise
            raise refused(self.address, one_line(str(error), _WHY_LETTERS)) from None

    def _check_inside(self, inside: bool = True) -> None:
        """Raise RuntimeError, for an internal error: writes outside a commit would not be atomic."""
        if (self._inside == threading.get_ident()) is not inside:
            raise RuntimeError("the journal is written inside a commit only, and a commit has no other inside it")


class Book:
    """Some of the journal's tables. Methods that write are called inside a commit, methods that read anywhere."""

    def __init__(self, database: Database) -> None:
        self._database = database


def may_have_jobs_under_way(address: str) -> bool:
    """Whether a journal has jobs under way, or uncertain ones. It is not opened for that, so that loading is fast: of
    one on a server, and of one that can't be read at once, the answer is yes."""
    if is_url(address):
        return True
    path = Path(address)
    if not path.is_file():
        return False
    try:
        import sqlite3  # late: a Python for browsers may lack it
    except ImportError:
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as connection:
            found = connection.execute(f"SELECT 1 FROM jobs WHERE state IN {UNDER_WAY} LIMIT 1").fetchone()
    except sqlite3.Error:
        return True
    return found is not None


def too_new(address: str, version: int) -> StoreError:
    """The error for a journal with the schema of a newer version of this package."""
    return StoreError(
        f"The journal {address} was written by a newer vidgo_notebook (schema {version}, known: {VERSION}).",
        cost=NOTHING_SPENT,
        hint="pip install -U vidgo-notebook, or set VIDGO_JOURNAL to another path.",
    )


def refused(address: str, why: object) -> StoreError:
    """The error for an entry that the journal does not take, whenever it is written."""
    return StoreError(
        f"The journal {address} can't store an entry: {why}.",
        cost="Nothing of it was written; other entries are not affected.",
        hint="Check the text of the request for characters that are not valid; if there are none, report this.",
    )


def unusable(address: str, why: object, hint: str) -> JournalUnavailableError:
    """The error for a journal that can't be opened, read or written."""
    return JournalUnavailableError(
        f"The journal {address} can't be used: {why}.",
        cost="Without it nothing is sent, so that nothing is paid twice.",
        hint=hint,
    )


def amount_text(amount: Decimal | None) -> str | None:
    """An amount of credits as text, as the database stores it without rounding."""
    return None if amount is None else str(amount)


def amount_of(text: str | None) -> Decimal | None:
    """The amount of credits in a text."""
    return None if text is None else Decimal(text)
