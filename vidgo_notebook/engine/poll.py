"""Polls tasks at the service until they end, and writes down the charge."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from functools import partial
from operator import add

from vidgo_notebook.domain.job_state import Failed, JobState, Progressed, Rendered, move
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import cost_sentence
from vidgo_notebook.engine.handles.failures import no_longer_watched
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.journal_writer import GroupCommit, JournalWriter
from vidgo_notebook.engine.polling_schedule import (
    CLOSELY_WATCHED,
    ProgressReport,
    backoff,
    expected_duration,
    next_delay,
    plausible,
    unwatched_age,
)
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

    async def load(self, kind: str) -> None:
        """Read the durations of a kind from the journal. While it is unavailable there are none: they only set the
        intervals."""
        if kind not in self._durations:
            journal = self._commits.journal
            with suppress(StoreError):
                durations = await self._commits.write(lambda: journal.durations(kind, _REMEMBERED))
                self._durations[kind] = plausible(durations)

    def of(self, kind: str) -> Sequence[float]:
        """The latest durations of a kind."""
        return self._durations.get(kind, ())

    def expected(self, kind: str) -> float | None:
        """The median duration of a kind in seconds; None if nothing is known."""
        return expected_duration(self._durations.get(kind, ()))

    def add(self, kind: str, seconds: float) -> None:
        """Add a duration."""
        self._durations[kind] = [seconds, *self._durations.get(kind, [])][:_REMEMBERED]


class _Alike:
    """The jobs of one kind that this process watches side by side."""

    def __init__(self) -> None:
        self._all = self._closely = 0

    @contextmanager
    def join(self) -> Iterator[Callable[[], int]]:
        """Watch one more. Yields how many there are, or 1 for one of the few that are watched closely."""
        closely = self._closely < CLOSELY_WATCHED
        self._all += 1
        self._closely += closely
        try:
            yield lambda: 1 if closely else self._all
        finally:
            self._all -= 1
            self._closely -= closely


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
        self._alike = defaultdict[str, _Alike](_Alike)

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
        kind = purchase.entry.kind
        await self._history.load(kind)
        moving.tracking(purchase.job).expected = self._history.expected(kind)
        with self._alike[kind].join() as alike:
            await self._watch(purchase, sent_at, alike)

    async def _watch(self, purchase: Purchase, sent_at: float | None, alike: Callable[[], int]) -> None:
        job, kind, questions, failures = purchase.job, purchase.entry.kind, 0, 0
        first_asked = asked_at = answered_at = self._clock.monotonic()
        limit = TimeLimit(self._clock, self._timeout)
        moving.sent_at(job, moving.tracking(job).began or self._clock.now())
        reports: list[ProgressReport] = []
        taken_up = sent_at is None
        began = asked_at - unwatched_age(self._history.of(kind)) if sent_at is None else sent_at

        def scheduled() -> float:
            """When to ask next, by what similar jobs have taken until now too."""
            return answered_at + next_delay(asked_at - began, reports, self._history.of(kind), alike())

        due: Callable[[], float] = (lambda: first_asked) if taken_up else scheduled
        while moving.state(job) in _AT_THE_SERVICE:
            await self._sleep(purchase, due, limit)
            asked_at = self._clock.monotonic()
            questions += 1
            if questions == 1:
                first_asked = asked_at
            fresh = still_fresh(questions, asked_at - first_asked)
            try:
                status = await limit.keep(self._ask(purchase, fresh))
            except TimeUpError:
                raise no_longer_watched(job, f"It was watched for {limit.text}") from None
            if isinstance(status, TaskStatus):
                await self._report(purchase, status)
            answered_at = self._clock.monotonic()
            if moving.state(job) in _AT_THE_SERVICE and limit.reached and not limit.slept:
                raise no_longer_watched(job, f"It was watched for {limit.text}")
            if not isinstance(status, TaskStatus):
                failures += 1
                pause = backoff(failures, status.retry_after if isinstance(status, RateLimitError) else None)
                due = partial(add, answered_at, pause)
                continue
            failures, due = 0, scheduled
            if status.progress is not None:
                reports.append((asked_at - began, status.progress))
            if status.state == "finished" and not taken_up and alike() == 1:
                self._history.add(kind, asked_at - began)

    async def _sleep(self, purchase: Purchase, due: Callable[[], float], limit: TimeLimit) -> None:
        """Sleep until it is ``due``, a webhook arrives, or the time limit is reached; displays update the elapsed time
        once a second."""
        nap = self._naps.setdefault(purchase.job.id, _Nap())
        while not (nap.ended or limit.reached):
            if (left := due() - self._clock.monotonic()) <= 0:
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
