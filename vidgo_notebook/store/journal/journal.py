"""The journal: which jobs were requested, what became of them, and what they cost.

By default it is one private SQLite file, or a PostgreSQL database that several machines share. All SQL of
the package is in this folder, in the dialect that both understand. Amounts are credits as decimal text, times
are seconds since the epoch, given by the caller.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.journal.charges import Charge, MoneyBook
from vidgo_notebook.store.journal.database import PATIENCE, Database, Outcome, unusable
from vidgo_notebook.store.journal.jobs import Entry, JobBook, copy_under_way
from vidgo_notebook.store.journal.named_batches import AllowanceBook, BatchBook
from vidgo_notebook.store.journal.saves import SaveBook, SavedFile
from vidgo_notebook.store.journal.schema import VERSION

__all__ = ["VERSION", "Charge", "Entry", "Journal", "SavedFile"]

_T = TypeVar("_T")


class Journal(JobBook, MoneyBook, BatchBook, AllowanceBook, SaveBook):
    """The journal at a path or a ``postgresql://`` URL; created if missing. Any thread can use it.

    Methods that write are called inside ``commit``, methods that read anywhere. Raises StoreError only.
    """

    def __init__(self, place: Path | str) -> None:
        super().__init__(_database(place))
        self._writing = threading.RLock()
        self._left: list[Database] = []

    @property
    def address(self) -> str:
        """The path, or the URL without secrets."""
        return self._database.address

    @property
    def notice(self) -> str:
        """A message about the database for the user, the latest one; or ''."""
        return self._database.notice

    @property
    def is_private(self) -> bool:
        """Whether it is known that other users of this machine can't read it: file modes do nothing on Windows."""
        return self._database.is_private

    def commit(self, work: Callable[[], _T], patience: float = PATIENCE) -> _T:
        """Run ``work``, which calls methods that write, as one transaction.

        It may be run again, for ``patience`` seconds, if the database was unavailable meanwhile.
        """
        with self._writing:
            return self._database.commit(work, patience)

    def commit_each(self, works: Sequence[Callable[[], _T]], patience: float = PATIENCE) -> list[Outcome[_T]]:
        """Run several pieces of work as one transaction, in which one that fails undoes only itself.

        Raises StoreError if the journal can't be written at all.
        """
        with self._writing:
            return self._database.commit_each(works, patience)

    def move_to(self, place: Path | str) -> None:
        """Go on in the journal at another place, and add the jobs under way to it; what is written next goes there.

        Raises StoreError if it can't be opened, or the present one can't be read; then nothing has changed.
        """
        with self._pausing():
            left, new = self._database, _database(place)
            try:
                new.commit(lambda: copy_under_way(left.read, new.run))
            except BaseException:
                new.close()
                raise
            self._database = new
            self._left.append(left)

    @contextmanager
    def _pausing(self) -> Iterator[None]:
        """Let no commit begin inside the block."""
        if not self._writing.acquire(timeout=PATIENCE):  # a database that is away keeps a commit waiting for minutes
            raise unusable(self.address, "it does not respond", "Set another journal once it does.")
        try:
            yield
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close the connections, also to the journals before ``move_to``: a query in another thread may have used
        them until now."""
        for database in [*self._left, self._database]:
            database.close()


def _database(place: Path | str) -> Database:
    if isinstance(place, str) and is_url(place):
        from vidgo_notebook.store.journal.postgres import Postgres

        return Postgres(place)
    try:
        from vidgo_notebook.store.journal.sqlite import Sqlite
    except ImportError as error:  # a Python for browsers may lack it: what a store holds is shown all the same
        raise unusable(
            str(place), f"this Python has no SQLite ({error})", "Quotes and the pictures of a store work here."
        ) from None

    return Sqlite(Path(place))
