"""What the journal asks of a database, whichever it is."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.journal.schema import VERSION

_T = TypeVar("_T")

PATIENCE = 5.0
"""Seconds that a person waits for a database to come back."""


class Database(ABC):
    """One connection, safe in any thread. Statements mark values by ``?``. Raises StoreError only.

    ``address`` names it without secrets; ``notice`` is what the user must be told about it, or ''.
    """

    address: str
    notice: str = ""
    _inside: int | None = None
    """The thread that is in a commit: it alone may write, and reads what it just wrote."""

    @abstractmethod
    def commit(self, work: Callable[[], _T], patience: float = PATIENCE) -> _T:
        """Run ``work``; everything in it is durable together, or nothing is. A commit has no other inside it.

        ``work`` may be run again where the database says that it must be, or was away meanwhile: for
        ``patience`` seconds at most.
        """

    @abstractmethod
    def run(self, sql: str, values: Sequence[Any]) -> int:
        """Execute a statement inside ``commit``; how many rows it changed."""

    @abstractmethod
    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute a statement inside ``commit`` for each of some rows of values."""

    @abstractmethod
    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """The rows of a query."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    def _check_inside(self, inside: bool = True) -> None:
        """A fault of ours: what is written outside a commit is not durable together with what belongs to it."""
        if (self._inside == threading.get_ident()) is not inside:
            raise RuntimeError("the journal is written inside a commit only, and a commit has no other inside it")


class Book:
    """Some tables of the journal. What writes is for use inside a commit, what reads may stand anywhere."""

    def __init__(self, database: Database) -> None:
        self._database = database


def exists(address: str) -> bool:
    """Whether there is a journal at an address; of one on a server that shows when it is opened."""
    return is_url(address) or Path(address).is_file()


def too_new(address: str, version: int) -> StoreError:
    """A newer package wrote the journal: ours would not understand it."""
    return StoreError(
        f"The journal {address} was written by a newer vidgo_notebook (schema {version}, known: {VERSION}).",
        cost="Nothing was sent and nothing was spent.",
        hint="pip install -U vidgo-notebook, or set VIDGO_JOURNAL to another place.",
    )


def amount_text(amount: Decimal | None) -> str | None:
    """An amount of credits as the database keeps it: exactly."""
    return None if amount is None else str(amount)


def amount_of(text: str | None) -> Decimal | None:
    """The amount that a text stands for."""
    return None if text is None else Decimal(text)
