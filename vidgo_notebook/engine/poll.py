"""Polls tasks at the service until they end, and writes down the charge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from decimal import Decimal

from vidgo_notebook.domain.job_state import Failed, JobState, Progressed, Rendered, move
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import cost_sentence
from vidgo_notebook.engine.handles.failures import no_longer_watched
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.journal_writer import GroupCommit, JournalWriter
from vidgo_notebook.engine.polling_schedule import backoff, expected_duration, next_delay, plausible, unwatched_age
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.request_slots import RequestKind
from vidgo_notebook.engine.retry_policy import is_transient, still_fresh
from vidgo_notebook.engine.time_limit import STEP_SECONDS, TimeLimit, TimeUpError
from vidgo_notebook.errors import APIError, RateLimitError, StoreError, TransportError, VidgoError
from vidgo_notebook.store.journal.journal import Charge
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import TaskStatus

_AT_THE_SERVICE = (JobState.NOT_STARTED, JobState.RUNNING)


_REMEMBERED = 20


class DurationHistory:
    """Durations in seconds by kind of job (model, quality, resolution)."""

    def __init__(self, commits: GroupCommit) -> None:
        self._commits = commits
        self._durations: dict[str, list[float]] = {}

    async def of(self, kind: str) -> Sequence[float]:
        """The latest durations of a kind; none while the journal is unavailable: they only set the intervals."""
        if kind not in self._durations:
            journal = self._commits.journal
            with suppress(StoreError):
                durations = await self._commits.write(lambda: journal.durations(kind, _REMEMBERED))
                self._durations[kind] = plausible(durations)
        return tuple(self._durations.get(kind, ()))

    def expected(self, kind: str) -> float | None:
        """The median duration of a kind in seconds; None if nothing is known."""
        return expected_duration(self._durations.get(kind, ()))

    def add(self, kind: str, seconds: float) -> None:
        """Add a duration."""
        self._durations[kind] = [seconds, *self._durations.get(kind, [])][:_REMEMBERED]


class _Nap:
    """The time between two status requests of a job, in steps. It can be ended early, and before it begins."""

    def __init__(self) -> None:
        self.ended = False
        self._step: asyncio.Future[None] | None = None

    def end(self) -> None:
        self.ended = True
        if self._step:
            self._step.cancel()

    async def step(self, sleep: Awaitable[None]) -> None:
        self._step = asyncio.ensure_future(sleep)
        try:
            await asyncio.wait((self._step,))
        finally:
            self._step.cancel()


class Poller:
    """Watches tasks, for at most ``timeout`` seconds each; a webhook triggers a status request."""

    def __init__(
        self,
        client: VidgoClient,
        writer: JournalWriter,
        limiter: RateLimiter,
        clock: Clock,
        history: DurationHistory,
        budget: Budget,
        timeout: Callable[[], float],
    ) -> None:
        self._client = client
        self._writer = writer
        self._limiter = limiter
        self._clock = clock
        self._history = history
        self._budget = budget
        self._timeout = timeout
        self._naps: dict[str, _Nap] = {}

    def expect(self, job_id: str) -> None:
        """Accept webhooks for the job from now on: one may arrive before the answer to the submit."""
        self._naps[job_id] = _Nap()

    def forget(self, job_id: str) -> None:
        """The job has ended or is no longer watched."""
        self._naps.pop(job_id, None)

    def wake(self, job_id: str) -> None:
        """Poll a job's status at once."""
        if nap := self._naps.get(job_id):
            nap.end()

    async def watch(self, purchase: Purchase, sent_at: float | None = None) -> None:
        """Poll until the task has ended. Raises JobTimeoutError, APIError.

        ``sent_at`` is when this process sent it, by the monotonic clock. A job that is taken up is polled at once,
        however old it is, and then as one that may end any moment.
        """
        job, kind, questions, failures = purchase.job, purchase.entry.kind, 0, 0
        watched_since, limit = self._clock.monotonic(), TimeLimit(self._clock, self._timeout)
        tracking = moving.tracking(job)
        moving.sent_at(job, tracking.began or self._clock.now())
        reports: list[tuple[float, float]] = []
        past = await self._history.of(kind)
        tracking.expected = self._history.expected(kind)
        if sent_at is None:
            began, delay = watched_since - unwatched_age(past), 0.0
        else:
            began, delay = sent_at, next_delay(self._clock.monotonic() - sent_at, reports, past)
        first_asked = watched_since
        while moving.state(job) in _AT_THE_SERVICE:
            await self._sleep(purchase, delay, limit)
            age = self._clock.monotonic() - began
            questions += 1
            if questions == 1:
                first_asked = self._clock.monotonic()
            fresh = still_fresh(questions, self._clock.monotonic() - first_asked)
            try:
                status = await limit.keep(self._ask(purchase, fresh))
            except TimeUpError:
                raise no_longer_watched(job, f"It was watched for {limit.text}") from None
            if isinstance(status, TaskStatus):
                await self._report(purchase, status)
            if moving.state(job) in _AT_THE_SERVICE and limit.reached and not limit.slept:
                raise no_longer_watched(job, f"It was watched for {limit.text}")
            if not isinstance(status, TaskStatus):
                failures += 1
                delay = backoff(failures, status.retry_after if isinstance(status, RateLimitError) else None)
                continue
            failures = 0
            if status.progress is not None:
                reports.append((age, status.progress))
            if status.state == "finished" and sent_at is not None:
                self._history.add(kind, age)
            delay = next_delay(age, reports, past)

    async def _sleep(self, purchase: Purchase, seconds: float, limit: TimeLimit) -> None:
        """Sleep for ``seconds``, or until a webhook arrives or the time limit is reached; displays update the elapsed
        time once a second."""
        nap = self._naps.setdefault(purchase.job.id, _Nap())
        until = self._clock.monotonic() + seconds
        while not (nap.ended or limit.reached):
            if (left := until - self._clock.monotonic()) <= 0:
                break
            await nap.step(self._clock.sleep(min(left, STEP_SECONDS)))
            moving.mirror(purchase.job, moving.record(purchase.job))
            limit.look()
        nap.ended = False

    async def _ask(self, purchase: Purchase, fresh: bool) -> TaskStatus | VidgoError:
        """One status request; its error if it failed and may be repeated."""
        try:
            async with self._limiter.slot_for_paid(RequestKind.STATUS):
                return await self._client.status(moving.record(purchase.job).task_id or "")
        except (TransportError, APIError) as error:
            if not is_transient(error, fresh):
                billed = cost_sentence(purchase.job, "It may be billed.")
                error.cost = f"The picture may still be made; the job is not lost. {billed}"
                error.hint = " ".join([error.hint, "%vidgo resume asks again."]).strip()
                raise
            if isinstance(error, RateLimitError):
                self._limiter.slow_down(error.retry_after)
            return error

    async def _report(self, purchase: Purchase, status: TaskStatus) -> None:
        job = purchase.job
        if status.state == "failed":
            await self._writer.move(purchase, Failed(status.error_message or "no reason given."))
        elif status.state == "finished":
            await self._charge(purchase, status.file_urls[0] if status.file_urls else "")
        elif status.state == "running" and moving.state(job) is JobState.NOT_STARTED:
            await self._writer.move(purchase, Progressed(running=True, progress=status.progress))
        else:  # progress alone needs no commit
            moving.apply(job, Progressed(running=status.state == "running", progress=status.progress))

    async def _charge(self, purchase: Purchase, file_url: str) -> None:
        """The task is finished and billed, unless it is a stand-in: the charge is written in the same commit."""
        job, entry, now = purchase.job, purchase.entry, self._clock.now()
        done = Rendered(file_url, free=entry.provider == EMULATOR)
        charge = Charge(
            at=now,
            job_id=job.id,
            fingerprint=job.fingerprint,
            provider=entry.provider,
            notebook=entry.notebook,
            model=entry.model,
            quoted=moving.record(job).quoted,
            charged=move(moving.record(job), done).charge,
            saved=Decimal(0),
        )
        await self._writer.move(purchase, done, lambda journal: journal.add_charge(charge))
        self._budget.spend(purchase.reserved)
