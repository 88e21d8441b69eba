"""The journal: what was asked for, what became of it, what it cost.

By default one private SQLite file, or a PostgreSQL database that several machines share. All SQL of
the package stands in this room, in words that both know. Amounts are credits as decimal text, times
are seconds since the epoch, given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.journal.charges import Charge, MoneyBook
from vidgo_notebook.store.journal.database import PATIENCE, Database
from vidgo_notebook.store.journal.jobs import Entry, JobBook
from vidgo_notebook.store.journal.named_batches import AllowanceBook, BatchBook
from vidgo_notebook.store.journal.schema import VERSION

__all__ = ["VERSION", "Charge", "Entry", "Journal"]

_T = TypeVar("_T")


class Journal(JobBook, MoneyBook, BatchBook, AllowanceBook):
    """The journal at a path or a ``postgresql://`` URL; made when missing. Use it from any thread.

    What writes is for use inside ``commit``, what reads may stand anywhere.

    ``address`` is where it lies, without secrets; ``notice`` is what the user must be told about it,
    or ''. Raises StoreError only.
    """

    def __init__(self, place: Path | str) -> None:
        super().__init__(_database_at(place))
        self.address = self._database.address
        self.notice = self._database.notice

    def commit(self, work: Callable[[], _T], patience: float = PATIENCE) -> _T:
        """Run ``work``, which calls what writes to this journal: all of it is durable together, or none is.

        It may be run again, for ``patience`` seconds, where the database was away meanwhile.
        """
        return self._database.commit(work, patience)

    def close(self) -> None:
        """Close it."""
        self._database.close()


def _database_at(place: Path | str) -> Database:
    """The database at a path or a URL; its tables made or brought up to date. Raises StoreError."""
    if isinstance(place, str) and is_url(place):
        from vidgo_notebook.store.journal.postgres import Postgres

        return Postgres(place)
    from vidgo_notebook.store.journal.sqlite import Sqlite

    return Sqlite(Path(place))
