"""Writes to the journal from the loop: many moves, one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import Journal

_T = TypeVar("_T")

_PATIENCE = 120.0
"""Seconds for which jobs wait for a database that is away: it may be restarting, and nothing is sent meanwhile."""


class GroupCommit:
    """Commits in groups: whatever arrives while one commit is being synced goes into the next.

    A returned ``write`` is durable. A thousand jobs thus cost some hundred syncs, not five thousand.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._owed: list[Callable[[], Any]] = []
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Future[None] | None = None  # the loop itself holds tasks only weakly
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="vidgo-journal")

    def close(self) -> None:
        """End the thread; nothing may be written afterwards."""
        self._disk.shutdown(wait=False)

    async def write(self, operation: Callable[[], _T]) -> _T:
        """Run ``operation`` (calls on the journal) in the next commit; its value, once durable.

        Raises StoreError if the commit failed; then nothing of the group was written.
        """
        written: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, written))
        if self._committing is None or self._committing.done():  # cancelled before it began, it is done as well
            self._committing = asyncio.ensure_future(self._commit_all())
        return await written

    async def read(self, operation: Callable[[], _T]) -> _T:
        """Run a question to the journal beside the loop: a database may be far away. Raises StoreError."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, operation)

    def owe(self, operation: Callable[[], Any]) -> None:
        """Remember what could not be written, for ``settle``."""
        self._owed.append(operation)

    async def settle(self) -> None:
        """Write what is owed. Raises StoreError if it still can't be; then it stays owed."""
        owed, self._owed = self._owed, []
        try:
            if owed:
                await self.write(lambda: [operation() for operation in owed])
        except StoreError:
            self._owed = owed + self._owed
            raise

    def _commit(self, group: Sequence[tuple[Callable[[], Any], Any]]) -> list[Any]:
        return self.journal.commit(lambda: [operation() for operation, _ in group], _PATIENCE)

    async def _commit_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                values = await loop.run_in_executor(self._disk, self._commit, group)
            except BaseException as error:  # noqa: BLE001  every writer must hear of it, or wait for ever
                for _, written in group:
                    if not written.done():
                        written.set_exception(error)
                continue
            for (_, written), value in zip(group, values, strict=True):
                if not written.done():
                    written.set_result(value)
