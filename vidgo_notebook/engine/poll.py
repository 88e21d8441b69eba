"""From a task at the service to its end: asking when it is worth while."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal

from vidgo_notebook.domain.job_state import Failed, JobState, Progressed, Rendered
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles.failures import no_longer_watched
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.journal_writer import GroupCommit, JournalWriter
from vidgo_notebook.engine.polling_schedule import backoff, expected_duration, next_delay
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.retry_policy import worth_asking_again
from vidgo_notebook.errors import APIError, RateLimitError, StoreError, TransportError
from vidgo_notebook.store.journal.journal import Charge
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import TaskStatus

_WATCHERS_LOOK = 1.0
_AT_THE_SERVICE = (JobState.NOT_STARTED, JobState.RUNNING)


_REMEMBERED = 20


class DurationHistory:
    """Durations in seconds by kind of job (model, quality, resolution)."""

    def __init__(self, commits: GroupCommit) -> None:
        self._commits = commits
        self._durations: dict[str, list[float]] = {}

    async def of(self, kind: str) -> Sequence[float]:
        """The latest durations of a kind; none from a journal that is away: a guess is worth no paid picture."""
        if kind not in self._durations:
            journal = self._commits.journal
            with suppress(StoreError):
                self._durations[kind] = await self._commits.write(lambda: journal.durations(kind, _REMEMBERED))
        return tuple(self._durations.get(kind, ()))

    def expected(self, kind: str) -> float | None:
        """The typical duration of a kind; None if nothing is known."""
        return expected_duration(self._durations.get(kind, ()))

    def add(self, kind: str, seconds: float) -> None:
        """A job of this kind took so long."""
        self._durations[kind] = [seconds, *self._durations.get(kind, [])][:_REMEMBERED]


class Poller:
    """Watches tasks, for at most ``timeout`` seconds each; a webhook may wake it."""

    def __init__(
        self,
        client: VidgoClient,
        writer: JournalWriter,
        limiter: RateLimiter,
        clock: Clock,
        experience: DurationHistory,
        budget: Budget,
        timeout: float,
    ) -> None:
        self._client = client
        self._writer = writer
        self._limiter = limiter
        self._clock = clock
        self._experience = experience
        self._budget = budget
        self._timeout = timeout
        self._woken: dict[str, asyncio.Event] = {}

    def expect(self, job_id: str) -> None:
        """From now on a webhook for the job counts: it may come before the answer to the submit."""
        self._woken[job_id] = asyncio.Event()

    def forget(self, job_id: str) -> None:
        """The job has ended, or our watching of it."""
        self._woken.pop(job_id, None)

    def wake(self, job_id: str) -> None:
        """Ask for a job's status at once instead of at its time."""
        if event := self._woken.get(job_id):
            event.set()

    async def watch(self, purchase: Purchase) -> None:
        """Ask until the service says that the task has ended. Raises JobTimeoutError, APIError."""
        job, kind, failures = purchase.job, purchase.entry.kind, 0
        watched_since = self._clock.now()
        began = job.began = job.began or watched_since
        reports: list[tuple[float, float]] = []
        past = await self._experience.of(kind)
        job.expected = self._experience.expected(kind)
        delay = next_delay(self._clock.now() - began, reports, past)
        while job.record.state in _AT_THE_SERVICE:
            await self._sleep_visibly(purchase, delay)
            age = self._clock.now() - began
            if self._clock.now() - watched_since > self._timeout:
                raise no_longer_watched(job, f"It was watched for {self._timeout:g} s")
            status = await self._ask(purchase, age)
            if status is None:
                failures += 1
                delay = backoff(failures)
                continue
            failures = 0
            if status.progress is not None:
                reports.append((age, status.progress))
            await self._report(purchase, status)
            delay = next_delay(age, reports, past)

    async def _sleep_visibly(self, purchase: Purchase, seconds: float) -> None:
        """Sleep, and let watchers look once a second: elapsed time moves though nothing is asked.

        A webhook ends the sleep.
        """
        woken = self._woken.setdefault(purchase.job.id, asyncio.Event())
        while seconds > 0 and not woken.is_set():
            await self._sleep_unless(woken, min(seconds, _WATCHERS_LOOK))
            purchase.job.mirror(purchase.job.record)
            seconds -= _WATCHERS_LOOK
        woken.clear()

    async def _sleep_unless(self, woken: asyncio.Event, seconds: float) -> None:
        waits = {asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(woken.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _ask(self, purchase: Purchase, age: float) -> TaskStatus | None:
        """One status request; None if it failed in a way that may pass."""
        try:
            async with self._limiter.slot():
                return await self._client.status(purchase.job.record.task_id or "")
        except (TransportError, APIError) as error:
            if not worth_asking_again(error, age):
                error.cost = error.cost or "The picture may still come, and be billed; the job is not lost."
                error.hint = " ".join([error.hint, "%vidgo resume asks again."]).strip()
                raise
            if isinstance(error, RateLimitError):
                self._limiter.slow_down(error.retry_after)
            return None

    async def _report(self, purchase: Purchase, status: TaskStatus) -> None:
        job = purchase.job
        if status.state == "failed":
            await self._writer.move(purchase, Failed(status.error_message or "it gave no reason."))
        elif status.state == "finished":
            await self._price_box(purchase, status.file_urls[0] if status.file_urls else "")
        elif status.state == "running" and job.record.state is JobState.NOT_STARTED:
            await self._writer.move(purchase, Progressed(running=True, progress=status.progress))
        else:  # progress alone is not worth a commit
            job.apply(Progressed(running=status.state == "running", progress=status.progress))

    async def _price_box(self, purchase: Purchase, file_url: str) -> None:
        """The task is finished, so it is billed: the charge is written in the same commit."""
        job, entry, now = purchase.job, purchase.entry, self._clock.now()
        charge = Charge(
            at=now,
            job_id=job.id,
            fingerprint=job.fingerprint,
            provider=entry.provider,
            notebook=entry.notebook,
            model=entry.model,
            quoted=job.record.quoted,
            charged=job.record.quoted,
            saved=Decimal(0),
        )
        await self._writer.move(purchase, Rendered(file_url), lambda journal: journal.add_charge(charge))
        self._budget.pay(purchase.reserved)
        self._experience.add(entry.kind, now - (job.began or now))
