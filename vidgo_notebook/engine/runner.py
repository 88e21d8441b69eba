"""A request's way to its result: the one driver that acts on what the pure parts decide."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal

from vidgo_notebook.domain.job_state import JobState, Vanished
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.download import Download
from vidgo_notebook.engine.handles.failures import CANCELLED, error_of, never_sent, no_longer_watched, unexpected
from vidgo_notebook.engine.intent import Connection, Purchase
from vidgo_notebook.engine.journal_writer import GroupCommit, JournalWriter, OwnershipLostError
from vidgo_notebook.engine.poll import DurationHistory, Poller
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.submit import Submission
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore

_JOIN_SECONDS = 0.5


@dataclass(frozen=True)
class Terms:
    """On whose behalf and for how long: the owner's name, the seconds that a job is watched, and the
    ids of the jobs that the owner works on now, here or for another account."""

    owner: str
    timeout: float
    running: set[str]


class Runner:
    """Carries purchases to their ends. Make it and use it on the engine's loop only."""

    def __init__(
        self,
        connection: Connection,
        commits: GroupCommit,
        budget: Budget,
        terms: Terms,
        clock: Clock,
        limiter: RateLimiter,
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._writer = JournalWriter(commits, terms.owner, clock, terms.running)
        client = connection.client
        self._submitter = Submission(client, self._writer, limiter, clock, terms.timeout)
        self._watcher = Poller(client, self._writer, limiter, clock, DurationHistory(commits), budget, terms.timeout)
        self._download = Download(connection, self._writer, limiter, clock)

    async def run(self, purchase: Purchase) -> None:
        """Buy the picture, or join whoever is buying it; the job ends, or our watching of it."""
        await self._guarded(purchase, resumed=None)

    async def resume(self, purchase: Purchase) -> None:
        """Follow the journal's entry of the purchase, and carry it on once nobody else does."""
        await self._guarded(purchase, resumed=purchase.entry)

    def close(self) -> None:
        """End the threads that this runner began."""
        self._download.close()

    def wake(self, job_id: str) -> None:
        """Ask for a job's status at once instead of at its time."""
        self._watcher.wake(job_id)

    async def repair(self, purchase: Purchase, record: ResultRecord) -> None:
        """Fetch the picture of ``record`` again: it was bought, and its file was lost or damaged."""
        job = purchase.job
        try:
            await self._download.replace_lost(purchase, record)
        except VidgoError as error:
            job.fail(error)
        except asyncio.CancelledError:
            job.fail(no_longer_watched(job, "The engine was stopped"))
            raise
        except Exception as error:  # noqa: BLE001  as in _guarded: a job that never ends hangs its cell
            job.fail(unexpected(job, error))

    async def _guarded(self, purchase: Purchase, resumed: Entry | None) -> None:
        job = purchase.job
        name = job.id
        self._watcher.expect(name)
        try:
            await self._run(purchase, resumed)
        except VidgoError as error:
            self._fail(purchase, error)
        except asyncio.CancelledError:
            self._fail(purchase, no_longer_watched(job, "The engine was stopped"))
            raise
        except Exception as error:  # noqa: BLE001  a fault of ours must reach the user, not die in a thread
            self._fail(purchase, unexpected(job, error))
        finally:
            for known in (name, job.id):  # they differ once it joined another
                self._watcher.forget(known)
            await self._writer.leave(purchase)

    def _fail(self, purchase: Purchase, error: VidgoError) -> None:
        """End the job badly; what we will not be billed for is back in the purse before anybody hears of it."""
        if not (purchase.sent and purchase.job.record.state.may_yet_be_billed):
            self._budget.release(purchase.reserved)
        purchase.job.fail(error)

    async def _run(self, purchase: Purchase, resumed: Entry | None) -> None:
        wanted = purchase.entry
        found = resumed or await self._writer.claim(wanted)
        if found is wanted or found.record.job_id != wanted.record.job_id:
            await self._join(purchase, found)
        else:
            purchase.follow(found)
            await self._advance_while_ours(purchase)
        if not purchase.job.done():  # the one we joined ended without costing anything: begin anew
            purchase.follow(self._writer.begun_anew(wanted))
            await self._run(purchase, resumed=None)

    async def _advance_while_ours(self, purchase: Purchase) -> None:
        job_id = purchase.job.id
        self._writer.running.add(job_id)
        try:
            await self._advance(purchase)
        except OwnershipLostError:
            self._writer.running.discard(job_id)
            await self._join(purchase, await self._writer.look_up(purchase.entry))
        finally:
            self._writer.running.discard(job_id)

    async def _advance(self, purchase: Purchase) -> None:
        """Act on the job's state until it has ended."""
        job = purchase.job
        while not job.done() or (job.cancelled() and job.record.state.unsent):
            match job.record.state:
                case JobState.PLANNED | JobState.WAITING | JobState.UPLOADING:
                    await self._submitter.submit(purchase)
                case JobState.SUBMITTING:  # only after its owner died right there
                    await self._submitter.lose_answer(purchase, "The kernel that sent it ended before an answer came.")
                case JobState.NOT_STARTED | JobState.RUNNING:
                    await self._watcher.watch(purchase)
                case JobState.FETCHING:
                    await self._download.deliver(purchase)
                case _:
                    raise error_of(job)

    async def _join(self, purchase: Purchase, entry: Entry) -> None:
        """Follow a job that somebody else carries; carry it on when they are gone.

        Returns with the job undone only if it vanished with another kernel's emulator, or was never sent.
        """
        while True:
            purchase.follow(entry)
            if purchase.entry.record.state.ended:
                return await self._conclude(purchase)
            if self._writer.is_abandoned(entry) and (taken := await self._writer.take_over(entry, purchase)):
                purchase.follow(taken)
                return await self._take_up(purchase)
            await self._clock.sleep(_JOIN_SECONDS)
            entry = await self._writer.look_up(entry)

    async def _take_up(self, purchase: Purchase) -> None:
        """Carry on what a process left that is gone. What it never sent needs an approved price of our own."""
        unsent = purchase.entry.record.state.unsent
        if unsent and not self._budget.holds(purchase.reserved):
            raise never_sent(purchase.job)
        if purchase.entry.api == IN_KERNEL and not unsent:
            await self._writer.move(purchase, Vanished())
        else:
            await self._advance_while_ours(purchase)

    async def _conclude(self, purchase: Purchase) -> None:
        """The joined job has ended: its picture is copied to our store, at no charge to us."""
        job, entry = purchase.job, purchase.entry
        if entry.record.state is JobState.REFUSED and (entry.api == IN_KERNEL or entry.record.message == CANCELLED):
            return
        if entry.record.state is not JobState.FINISHED:
            raise error_of(job)
        result = await self._download.adopt(purchase, ResultStore(entry.store))
        if purchase.sent:
            self._budget.pay(purchase.reserved)
        else:
            self._budget.release(purchase.reserved)
            job.mirror(replace(job.record, charge=Decimal(0)))
        job.finish(result)
