"""Runs a purchase to its end: calls submit, poll and download as the job's state says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from vidgo_notebook.domain.job_state import CANCELLED, JobState, Vanished
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.download import Download
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import is_free
from vidgo_notebook.engine.handles.failures import (
    accepted_late,
    error_of,
    never_sent,
    no_longer_watched,
    unexpected,
    withheld,
)
from vidgo_notebook.engine.intent import Connection, Purchase
from vidgo_notebook.engine.journal_writer import GroupCommit, JournalWriter, OwnershipLostError
from vidgo_notebook.engine.lease import LOOK_SECONDS
from vidgo_notebook.engine.poll import DurationHistory, Poller
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.sent_images import SentImages
from vidgo_notebook.engine.submit import Submission
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore


@dataclass(frozen=True)
class Terms:
    """What the engine decides for all of its runners.

    ``owner`` names this engine in the journal. ``timeout`` gives the seconds for which a job is watched, and
    ``keep_references`` whether a user's own images are kept; both are called each time, since the settings may change.
    ``running`` are the ids of the jobs that the owner works on now, for this account or another.
    """

    owner: str
    timeout: Callable[[], float]
    running: set[str]
    keep_references: Callable[[], bool]


class Runner:
    """Runs purchases to their ends. Create and use it on the engine's loop only."""

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
        sent = SentImages(terms.keep_references)
        self._submission = Submission(client, self._writer, limiter, clock, terms.timeout, sent)
        self._poller = Poller(client, self._writer, limiter, clock, DurationHistory(commits), budget, terms.timeout)
        self._download = Download(connection, self._writer, limiter, clock, terms.timeout, sent)

    async def run(self, purchase: Purchase) -> None:
        """Buy the picture, or join the purchase under way; returns when the job has ended or is no longer watched."""
        await self._guarded(purchase, resumed=None)

    async def resume(self, purchase: Purchase) -> None:
        """Follow the journal's entry of the purchase, and continue it once no other process works on it."""
        await self._guarded(purchase, resumed=purchase.entry)

    def close(self) -> None:
        """End the threads that this runner started."""
        self._download.close()

    def wake(self, job_id: str) -> None:
        """Poll a job's status at once."""
        self._poller.wake(job_id)

    async def repair(self, purchase: Purchase, record: ResultRecord) -> None:
        """Fetch the picture of ``record`` again: it is paid for, and its file is lost or damaged."""
        job = purchase.job
        try:
            await self._download.replace_lost(purchase, record)
        except VidgoError as error:
            moving.fail(job, error)
        except asyncio.CancelledError:
            moving.fail(job, no_longer_watched(job, "The engine was stopped"))
            raise
        except Exception as error:  # noqa: BLE001  as in _guarded: otherwise its cell would hang
            moving.fail(job, unexpected(job, error))

    async def _guarded(self, purchase: Purchase, resumed: Entry | None) -> None:
        job = purchase.job
        name = job.id
        self._poller.expect(name)
        try:
            await self._run(purchase, resumed)
        except VidgoError as error:
            self._fail(purchase, error)
        except asyncio.CancelledError:
            self._fail(purchase, no_longer_watched(job, "The engine was stopped"))
            raise
        except Exception as error:  # noqa: BLE001  an internal error must reach the user, not end in a thread
            self._fail(purchase, unexpected(job, error))
        finally:
            for known in (name, job.id):  # they differ if it joined another job
                self._poller.forget(known)
            await self._writer.finish(purchase)

    def _fail(self, purchase: Purchase, error: VidgoError) -> None:
        """End the job with an error; first release what will not be billed, so that a retry finds it in the budget."""
        if not (purchase.sent and moving.state(purchase.job).may_yet_be_billed):
            self._budget.release(purchase.reserved)
        moving.fail(purchase.job, error)

    async def _run(self, purchase: Purchase, resumed: Entry | None) -> None:
        wanted = purchase.entry
        found = resumed or await self._writer.claim(wanted)
        if found is wanted or found.record.job_id != wanted.record.job_id:
            await self._join(purchase, found)
        else:
            purchase.follow(found)
            await self._advance_while_ours(purchase)
        if not purchase.job.done():  # the joined job ended and cost nothing: buy the picture ourselves
            purchase.follow(self._writer.restarted(wanted))
            await self._run(purchase, resumed=None)

    async def _advance_while_ours(self, purchase: Purchase) -> None:
        job_id = purchase.job.id
        self._writer.running.add(job_id)
        try:
            await self._advance(purchase)
        except OwnershipLostError:
            self._writer.running.discard(job_id)
            await self._join(purchase, await self._writer.look_up(purchase.entry) or purchase.entry)
        finally:
            self._writer.running.discard(job_id)

    async def _advance(self, purchase: Purchase) -> None:
        """Act on the job's state until it has ended."""
        job, sent_at = purchase.job, None
        while not job.done() or (job.cancelled() and moving.state(job).unsent):
            match moving.state(job):
                case JobState.PLANNED | JobState.WAITING | JobState.UPLOADING:
                    sent_at = await self._submission.submit(purchase)
                case JobState.SUBMITTING:  # only after its owner died right there
                    await self._submission.lose_answer(purchase, "The kernel that sent it ended before an answer came.")
                case JobState.NOT_STARTED | JobState.RUNNING:
                    await self._poller.watch(purchase, sent_at)
                case JobState.FETCHING:
                    await self._download.fetch(purchase)
                case _:
                    raise error_of(job)

    async def _join(self, purchase: Purchase, entry: Entry) -> None:
        """Follow a job that another process runs; take it over when that process is gone.

        Returns before the job is done only if it ended with another kernel's emulator, or was never sent.
        """
        watch = self._writer.watch()
        seen: Entry | None = entry
        while True:
            purchase.follow(entry)
            if purchase.entry.record.state.ended:
                return await self._conclude(purchase)
            if self._writer.is_abandoned(seen, watch) and (taken := await self._writer.take_over(entry, purchase)):
                purchase.follow(taken)
                return await self._continue(purchase)
            await self._clock.sleep(LOOK_SECONDS)
            seen = await self._writer.look_up(entry)
            entry = seen or entry  # as it was, while the journal is unavailable

    async def _continue(self, purchase: Purchase) -> None:
        """Continue the job of a process that is gone. What that never sent needs a price approved in this session."""
        unsent = purchase.entry.record.state.unsent
        if unsent and not self._budget.is_reserved(purchase.reserved):
            raise never_sent(purchase.job)
        if purchase.entry.api == IN_KERNEL and not unsent:
            await self._writer.move(purchase, Vanished())
        else:
            await self._advance_while_ours(purchase)

    async def _conclude(self, purchase: Purchase) -> None:
        """The joined job has ended: its picture is copied to our store, at no charge."""
        job, entry = purchase.job, purchase.entry
        if entry.record.state is JobState.REFUSED and (entry.api == IN_KERNEL or entry.record.message == CANCELLED):
            return
        if purchase.late_task and entry.record.task_id != purchase.late_task:
            self._budget.spend(purchase.reserved)
            moving.mirror(job, replace(moving.record(job), charge=Decimal(0) if is_free(job) else job.quote.total))
            moving.keep_end(job)
            raise accepted_late(job, purchase.late_task)
        if entry.record.state is not JobState.FINISHED:
            raise withheld(job) if purchase.withheld else error_of(job)
        result = await self._download.adopt(purchase, ResultStore(entry.store))
        if purchase.sent:
            self._budget.spend(purchase.reserved)
        else:
            self._budget.release(purchase.reserved)
            moving.mirror(job, replace(moving.record(job), charge=Decimal(0)))
        moving.finish(job, result)
