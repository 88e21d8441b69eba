"""Writes every move of a job to the journal before it counts, and only on behalf of the job's owner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from vidgo_notebook.domain.job_state import JobEvent, JobRecord, Submitting, move
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.intent import Purchase, new_job_id
from vidgo_notebook.engine.lease import CONFIRMED_SECONDS, LeaseWatch
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.store.journal.database import Outcome
from vidgo_notebook.store.journal.journal import Charge, Entry, Journal

_T = TypeVar("_T")

_PATIENCE = 120.0
"""Seconds for which jobs wait for an unavailable database: it may be restarting. Until then nothing is sent."""


class GroupCommit:
    """Commits in groups: what arrives while one commit is being synced goes into the next.

    When ``write`` returns, the change is durable. A thousand jobs need about a hundred syncs, not five thousand.
    An operation that fails undoes only itself; the others of its group are committed.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._owed: list[Callable[[], Any]] = []
        self._in_commit: set[Callable[[], Any]] = set()  # those of ``_owed`` that are being written now
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Future[None] | None = None  # the loop keeps only weak references to tasks
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="vidgo-journal")

    def close(self) -> list[Callable[[], Any]]:
        """End the thread; nothing can be written afterwards. Returns what is still owed."""
        self._disk.shutdown(wait=False)
        return self._owed

    async def write(self, operation: Callable[[], _T]) -> _T:
        """Run ``operation`` (calls on the journal) in the next commit; its value, once durable.

        Raises StoreError if the journal refused the operation, or could not be written; then nothing of it was.
        """
        written: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, written))
        if self._committing is None or self._committing.done():  # cancelled before it began, it is done as well
            self._committing = asyncio.ensure_future(self._commit_all())
        return await written

    async def read(self, operation: Callable[[], _T]) -> _T:
        """Run a query of the journal outside the loop: a database may be slow. Raises StoreError."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, operation)

    async def write_eventually(self, operation: Callable[[], Any]) -> None:
        """Write now, or with a later ``write_owed`` if the journal is unavailable now.

        An engine that stops while it is written can't know whether it was, and writes it again: the operation has to
        leave a journal as it is that has it already.
        """
        self._owed.append(operation)  # first: the engine may stop while it is written
        await self._write_one_owed(operation)

    async def write_owed(self) -> None:
        """Write what an earlier failure left unwritten, unless it is being written now.

        Raises StoreError for what still fails; that stays owed.
        """
        owed = [operation for operation in self._owed if operation not in self._in_commit]
        failures = await asyncio.gather(*map(self._write_one_owed, owed))
        if failure := next(filter(None, failures), None):
            raise failure

    async def _write_one_owed(self, operation: Callable[[], Any]) -> StoreError | None:
        self._in_commit.add(operation)
        try:
            await self.write(operation)
        except StoreError as error:
            return error
        return None

    async def _commit_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            operations = [operation for operation, _ in group]
            try:
                outcomes = await loop.run_in_executor(self._disk, self.journal.commit_each, operations, _PATIENCE)
            except BaseException as error:  # noqa: BLE001  every writer must get it, or wait for ever
                # Each gets one of its own: what a job adds to its error is not said of the others.
                outcomes = [Outcome(error=copy(error) if isinstance(error, VidgoError) else error) for _ in group]
            for (operation, written), outcome in zip(group, outcomes, strict=True):
                self._in_commit.discard(operation)
                if outcome.error is None and operation in self._owed:  # also if its writer was cancelled meanwhile
                    self._owed.remove(operation)
                if written.done():
                    continue
                if outcome.error is not None:
                    written.set_exception(outcome.error)
                else:
                    written.set_result(outcome.value)


class NotAllowedError(Exception):
    """The journal has no approved price for the job, or no longer: nothing may be sent."""


class OwnershipLostError(Exception):
    """Another process took the job over: from now on it is only followed here."""


class JournalWriter:
    """The journal on behalf of one owner. ``running`` are the ids of the jobs that the owner works on now."""

    def __init__(self, commits: GroupCommit, owner: str, clock: Clock, running: set[str]) -> None:
        self.owner = owner
        self.running = running
        self._commits = commits
        self._journal: Journal = commits.journal
        self._clock = clock

    async def claim(self, entry: Entry) -> Entry:
        """Write an intent, durably; or return the entry already under way for its fingerprint."""
        return await self._commits.write(lambda: self._journal.claim(entry))

    async def look_up(self, entry: Entry) -> Entry | None:
        """The entry as it is now; None while the journal is unavailable, or if it has lost the job."""
        with suppress(StoreError):
            return await self._commits.read(lambda: self._journal.entry(entry.record.job_id))
        return None

    def watch(self) -> LeaseWatch:
        """A watch on the lease of another owner."""
        return LeaseWatch(self._clock)

    def is_abandoned(self, entry: Entry | None, watch: LeaseWatch) -> bool:
        """Whether no process works on the job: its lease has ended, or this process stopped working on it."""
        if entry and entry.owner == self.owner:
            return entry.record.job_id not in self.running
        return watch.has_ended(entry)

    def restarted(self, entry: Entry) -> Entry:
        """The intent of an entry again, as a new job of this owner."""
        record = JobRecord(new_job_id(), entry.record.fingerprint, quoted=entry.record.quoted)
        return replace(
            entry,
            record=record,
            owner=self.owner,
            heartbeats=0,
            created_at=self._clock.now(),
            submitted_at=None,
            rendered_at=None,
            ended_at=None,
        )

    async def take_over(self, entry: Entry, purchase: Purchase) -> Entry | None:
        """Become the owner of an abandoned job; None if another process was quicker.

        Its picture will be in our store then, so the journal gets that address too.
        """
        store = purchase.store.address
        return await self._commits.write(lambda: self._journal.take_over(entry, self.owner, store))

    async def confirm(self, purchase: Purchase) -> None:
        """Right before the job is sent: make sure that it is still ours, and move its counter on.

        The journal is asked only if it has not said so a moment ago: this process may have been stopped since.
        Raises OwnershipLostError, or StoreError if the journal can't be asked.
        """
        if self._clock.since_boot() - purchase.confirmed_at <= CONFIRMED_SECONDS:
            return
        job_id = purchase.job.id

        def kept() -> bool:  # a journal that has lost the job gets it back with the next move
            return self._journal.keep(job_id, self.owner) or self._journal.entry(job_id) is None

        if not await self._commits.write(kept):
            raise OwnershipLostError

    async def record_task(self, purchase: Purchase, task_id: str) -> None:
        """Write the task id of a job that another session took over: its new owner then knows that it was accepted.

        If it was settled meanwhile, its task is a second purchase, whose charge is written too.
        """
        entry, now = purchase.entry, self._clock.now()
        job_id, price = entry.record.job_id, entry.record.quoted
        charge = Charge(
            at=now,
            job_id=job_id,
            fingerprint=entry.record.fingerprint,
            provider=entry.provider,
            notebook=entry.notebook,
            model=entry.model,
            quoted=price,
            charged=Decimal(0) if entry.provider == EMULATOR else price,
            saved=Decimal(0),
        )

        def write() -> None:
            if self._journal.record_task(job_id, task_id, now):
                return
            known = self._journal.entry(job_id)
            if not known or known.record.task_id == task_id:  # a webhook may have brought the id
                return
            if self._journal.record_second_task(job_id, task_id, charge.charged, now):
                self._journal.add_charge(charge)

        await self._commits.write_eventually(write)

    async def upload(self, api: str, identity: str, alive_at: float) -> tuple[str, float] | None:
        """The address and end of an upload of this content that will still exist at ``alive_at``; None without one."""
        with suppress(StoreError):
            return await self._commits.read(lambda: self._journal.upload(api, identity, alive_at))
        return None

    async def claim_upload(self, api: str, identity: str, alive_at: float, watch: LeaseWatch) -> bool:
        """Whether to upload a content here now; False while another kernel does, whose claim is watched."""
        journal, owner = self._journal, self.owner
        with suppress(StoreError):
            claim = await self._commits.read(lambda: journal.upload_claim(api, identity))
            left = claim if claim and (claim.owner == owner or watch.has_ended(claim)) else None
            return await self._commits.write(lambda: journal.claim_upload(api, identity, owner, alive_at, left))
        return True

    async def remember_upload(self, api: str, identity: str, url: str, expires_at: float) -> None:
        """Remember an upload for later jobs. A failure only costs another upload."""
        with suppress(StoreError):
            await self._commits.write(lambda: self._journal.remember_upload(api, identity, url, expires_at))

    async def finish(self, purchase: Purchase) -> None:
        """End the work on a job: write what the journal lacks, and give up the lease of one that has not ended.

        If the journal can't be written now, a later commit does it, so that others need not wait for the lease.
        """
        job_id, unwritten = purchase.entry.record.job_id, purchase.unwritten
        if moving.state(purchase.job).ended and not unwritten:
            return

        def write() -> None:
            if job_id in self.running:  # resumed here since
                return
            if unwritten:
                unwritten()
            if not moving.state(purchase.job).ended:
                self._journal.release(job_id, self.owner)

        await self._commits.write_eventually(write)

    async def move(self, purchase: Purchase, event: JobEvent, also: Callable[[Journal], None] | None = None) -> None:
        """Write a move, together with ``also``, and then apply it to the job.

        An intent to submit that can't be written raises StoreError and nothing is sent. Any later
        move is applied all the same: a task at the service is not dropped because a disk is full.
        Raises OwnershipLostError, and NotAllowedError instead of writing that intent.
        """
        job, allowance = purchase.job, purchase.allowance
        moved, now, before = move(moving.record(job), event), self._clock.now(), purchase.written
        owed, asked_at = [*purchase.owed, also] if also else purchase.owed, self._clock.since_boot()
        known = replace(purchase.entry, record=replace(moving.record(job), state=before), owner=self.owner)

        def write() -> bool | None:
            # In the same commit, the approved price is drawn from the batch's allowance.
            paid_by_batch = isinstance(event, Submitting) and allowance
            if paid_by_batch and not self._journal.draw(allowance, job.fingerprint, job.id):
                return None
            ours = self._journal.move(moved, type(event).__name__, self.owner, now, before=before)
            if not ours and self._journal.entry(job.id) is None:  # an older journal was copied over this one
                self._journal.restore(known)
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
            purchase.confirmed_at = asked_at
        except StoreError as error:
            if isinstance(event, Submitting):
                raise
            purchase.owed, purchase.unwritten = owed, write
            note = f"{error.message} {error.hint}".rstrip()
            if note not in job.notes:  # once, however many moves it refuses
                job.notes.append(note)
        moving.mirror(job, moved)
