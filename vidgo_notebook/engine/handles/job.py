"""A Job: one picture under way, which will have a Result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as WaitTimeout
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

from vidgo_notebook.domain.job_state import JobEvent, JobRecord, JobState, move
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import JobTimeoutError, VidgoError

_NOTHING = Decimal(0)


class Job(Future[Result]):
    """One picture under way. Behaves as a ``concurrent.futures.Future`` of a Result; can be awaited.

    ``id`` is the package's, ``task_id`` the service's; ``quote`` is the price before, ``charge`` what this
    run cost in credits (as quoted, when finished; 0 from the store or for a failure; else None).
    ``row`` has the values of its place in a sweep or a table; ``companions`` are the jobs ordered together
    with it.
    """

    def __init__(self, request: GenerationRequest, quote: Quote, record: JobRecord, provider: str) -> None:
        super().__init__()
        self.request = request
        self.quote = quote
        self.provider = provider
        self.record = record
        self.notes: list[str] = []
        self.activity = ""
        self.began: float | None = None
        self.expected: float | None = None
        self.row: Mapping[str, Any] = {}
        self.companions: Sequence[Job] = ()
        self.stopped = False
        self.stopped_by: VidgoError | None = None
        self._watchers: list[Callable[[Job], None]] = []
        self.add_done_callback(lambda _: self._changed())

    @property
    def id(self) -> str:
        """The package's name for the job."""
        return self.record.job_id

    @property
    def task_id(self) -> str | None:
        """The service's name for it; None until it was accepted."""
        return self.record.task_id

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the request."""
        return self.record.fingerprint

    @property
    def status(self) -> str:
        """The job's state: planned, submitting, not_started, running, fetching, finished, failed, …"""
        return self.record.state.value

    @property
    def progress(self) -> float | None:
        """Percent, as the service reported it; None before its first report."""
        return self.record.progress

    @property
    def charge(self) -> Decimal | None:
        """Credits that this job cost; None before it ended or if its price is not published."""
        return self.record.charge

    def result(self, timeout: float | None = None) -> Result:
        """The result, waiting at most ``timeout`` seconds.

        Raises JobTimeoutError (the job continues), or the error of the job: JobFailedError,
        JobUncertainError, FetchError, APIError, TransportError, StoreError.
        """
        try:
            return super().result(timeout)
        except WaitTimeout:
            if self.done():
                raise
            raise self._still_going(timeout) from None

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The error of the job, or None if it has a result; waits at most ``timeout`` seconds, as ``result`` does."""
        try:
            return super().exception(timeout)
        except WaitTimeout:
            raise self._still_going(timeout) from None

    def wait(self, timeout: float | None = None) -> Job:
        """Wait, at most ``timeout`` seconds, until the job has ended, with or without a result; returns the job.

        Raises JobTimeoutError when the time is up, but not the error of the job.
        """
        with suppress(CancelledError):
            self.exception(timeout)
        return self

    def stop(self) -> None:
        """Do not send it. A job that was sent continues: the service has no way to stop it."""
        if self.record.state.unsent and not self.done():
            self.stopped = True
            self.cancel()

    def __await__(self) -> Generator[Any, None, Result]:
        # Shielded: cancelling one waiter must not cancel the job.
        return asyncio.shield(asyncio.wrap_future(self)).__await__()

    def watch(self, watcher: Callable[[Job], None]) -> None:
        """Call ``watcher(job)`` now and at every change, from the engine's thread."""
        self._watchers.append(watcher)
        watcher(self)

    def _still_going(self, timeout: float | None) -> JobTimeoutError:
        return JobTimeoutError(
            f"Job {self.id} is still {self.status} after {timeout:g} s.",
            job=self,
            cost="Only the waiting ended: the job continues and nothing is lost.",
            hint=f"%vidgo wait {self.id} waits for it.",
        )

    # Called by the engine

    def show_activity(self, activity: str) -> None:
        """Show what the job waits for, until its next move."""
        self.activity = activity
        self._changed()

    def apply(self, event: JobEvent) -> None:
        """Move the job."""
        self.mirror(move(self.record, event))

    def mirror(self, record: JobRecord) -> None:
        """Adopt a record, and notify the watchers."""
        self.activity = "" if record.state is not self.record.state else self.activity
        self.record = record
        self._changed()

    def stand_for(self, other: Job) -> None:
        """Be another handle on ``other``: the same states, and the same end. Only ``other`` has the cost."""

        def end(_: Future[Result]) -> None:
            self.notes += other.notes
            if other.cancelled():
                self.cancel()
            elif (error := other.exception()) is not None:
                self.fail(error)
            else:
                self.finish(other.result())

        other.watch(lambda job: self.mirror(job.record if job.charge is None else replace(job.record, charge=_NOTHING)))
        other.add_done_callback(end)

    def stop_companions(self, why: VidgoError) -> None:
        """Stop the unsent jobs ordered with this one: they would fail for the same reason."""
        for job in self.companions:
            if job is not self and job.record.state.unsent and not job.done():
                job.stopped_by = why
                job.stop()

    def finish(self, result: Result) -> None:
        """End with a result."""
        if not self.done():
            self.set_result(result)

    def fail(self, error: BaseException) -> None:
        """End with the error that ``result`` will raise."""
        if not self.done():
            self.set_exception(error)

    def _changed(self) -> None:
        for watcher in list(self._watchers):
            with suppress(Exception):  # a broken display must not end a paid job
                watcher(self)

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.status}: {self.request.model}, {self.quote}>"


def ended_well(job: Job) -> bool:
    """Whether the job has its picture."""
    return job.done() and not job.cancelled() and job.record.state is JobState.FINISHED
