"""Writes a job's moves down before they count, and makes sure that only its owner moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from vidgo_notebook.domain.job_state import JobEvent, JobRecord, Submitting, move
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.intent import Purchase, new_job_id
from vidgo_notebook.engine.lease import LEASE_SECONDS, surely_gone
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import Entry, Journal

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


class NotAllowedError(Exception):
    """The journal holds no approved price for the job (any more): nothing may be sent."""


class OwnershipLostError(Exception):
    """Another process took the job over: watch it from now on instead of working on it."""


class JournalWriter:
    """The journal as the jobs of one owner see it. ``carried`` holds the ids of those being worked on now."""

    def __init__(self, commits: GroupCommit, owner: str, clock: Clock, running: set[str]) -> None:
        self.owner = owner
        self.running = running
        self._commits = commits
        self._journal: Journal = commits.journal
        self._clock = clock

    async def claim(self, entry: Entry) -> Entry:
        """Write an intent, durably; or the entry that is under way for its fingerprint already."""
        return await self._commits.write(lambda: self._journal.claim(entry))

    async def look_up(self, entry: Entry) -> Entry:
        """The entry as it is now, or as it was: a journal that is away for a while says nothing new."""
        with suppress(StoreError):
            return await self._commits.read(lambda: self._journal.entry(entry.record.job_id)) or entry
        return entry

    def is_abandoned(self, entry: Entry) -> bool:
        """Whether nobody works on the job: its lease ran out, its process is gone, or we ourselves let it lie."""
        if entry.owner == self.owner:
            return entry.record.job_id not in self.running
        return entry.lease_until < self._clock.now() or surely_gone(entry.owner)

    def begun_anew(self, entry: Entry) -> Entry:
        """The intent of an entry once more, as a job of our own."""
        record = JobRecord(new_job_id(), entry.record.fingerprint, quoted=entry.record.quoted)
        now = self._clock.now()
        return replace(
            entry,
            record=record,
            owner=self.owner,
            lease_until=now + LEASE_SECONDS,
            created_at=now,
            submitted_at=None,
            rendered_at=None,
            ended_at=None,
        )

    async def take_over(self, entry: Entry, purchase: Purchase) -> Entry | None:
        """Become the owner of an abandoned job; None if somebody else was quicker.

        Its picture will be in our store then, so that is where the journal must look for it.
        """
        until, store = self._clock.now() + LEASE_SECONDS, purchase.store.address
        return await self._commits.write(lambda: self._journal.take_over(entry, self.owner, until, store))

    async def record_task(self, entry: Entry, task_id: str) -> None:
        """Name the task of a job that is no longer ours; whoever holds it need not be uncertain any more."""
        now = self._clock.now()
        await self._write_sometime(lambda: self._journal.name_task(entry.record.job_id, task_id, now))

    async def upload(self, api: str, identity: str, alive_at: float) -> tuple[str, float] | None:
        """Where a content was uploaded to, if it is known and will still be there at ``alive_at``."""
        with suppress(StoreError):
            return await self._commits.read(lambda: self._journal.upload(api, identity, alive_at))
        return None

    async def claim_upload(self, api: str, identity: str, alive_at: float, until: float) -> bool:
        """Whether it is for us to upload a content now; False while another kernel does."""
        with suppress(StoreError):
            now = self._clock.now()
            return await self._commits.write(lambda: self._journal.claim_upload(api, identity, now, alive_at, until))
        return True

    async def remember_upload(self, api: str, identity: str, url: str, expires_at: float) -> None:
        """Remember an upload for later jobs; doing without only costs another upload."""
        with suppress(StoreError):
            await self._commits.write(lambda: self._journal.remember_upload(api, identity, url, expires_at))

    async def leave(self, purchase: Purchase) -> None:
        """Our work on a job is over: what the journal lacks is written, and an unended one is free at once.

        A journal that can't be written now is told with a later commit, lest others wait for our lease.
        """
        job_id, unwritten = purchase.entry.record.job_id, purchase.unwritten
        if purchase.job.record.state.ended and not unwritten:
            return

        def write() -> None:
            if job_id in self.running:  # taken up again meanwhile
                return
            if unwritten:
                unwritten()
            if not purchase.job.record.state.ended:
                self._journal.let_go(job_id, self.owner)

        await self._write_sometime(write)

    async def move(self, purchase: Purchase, event: JobEvent, also: Callable[[Journal], None] | None = None) -> None:
        """Write a move, with what belongs into the same commit, and then make it.

        An intent to submit that can't be written raises StoreError and nothing is sent. Any later
        move is made all the same: what the service holds is not dropped because a disk is full.
        Raises OwnershipLostError, and NotAllowedError instead of writing that intent.
        """
        moved, now, before = move(purchase.job.record, event), self._clock.now(), purchase.written
        owed = [*purchase.owed, also] if also else purchase.owed

        def write() -> bool | None:
            if isinstance(event, Submitting) and not self._allowed(purchase):
                return None
            ours = self._journal.move(moved, type(event).__name__, self.owner, now, before=before)
            for entry in owed if ours else ():
                entry(self._journal)
            return ours

        try:
            ours = await self._commits.write(write)
            if ours is None:
                raise NotAllowedError
            if not ours:
                raise OwnershipLostError
            purchase.written, purchase.owed, purchase.unwritten = moved.state, [], None
        except StoreError as error:
            if isinstance(event, Submitting):
                raise
            purchase.owed, purchase.unwritten = owed, write
            purchase.job.notes.append(error.message)
        purchase.job.mirror(moved)

    async def _write_sometime(self, operation: Callable[[], object]) -> None:
        """Now, or with a later commit if the journal can't be written now."""
        try:
            await self._commits.write(operation)
        except StoreError:
            self._commits.owe(operation)

    def _allowed(self, purchase: Purchase) -> bool:
        """Whether the journal holds an approved price for the job, where it must; drawn in the same commit."""
        batch, record = purchase.allowance, purchase.job.record
        return not batch or self._journal.draw(batch, record.fingerprint, record.job_id)
