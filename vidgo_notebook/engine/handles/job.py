"""A Job: one picture under way, which will have a Result."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as WaitTimeout
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TypeVar

from vidgo_notebook.domain.arguments import seconds_of
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import Quote as Price
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.domain.readable_signature import readable_class
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sums import price_words
from vidgo_notebook.engine.handles.quote import Quote
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.shown import Shown, found_elsewhere
from vidgo_notebook.errors import JobError, JobTimeoutError, Problem, RequestError, VidgoError
from vidgo_notebook.visible_text import visible

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Upload:
    """The image that is uploaded now: its number, from 1, of a ``total``; its ``size`` in bytes; and when the first one
    began, by ``since_boot``."""

    number: int
    total: int
    size: int
    since: float


@dataclass(eq=False)
class Tracking:
    """What the engine knows of a job, and the views show of it.

    ``record`` is where it stands, ``activity`` what it waits for until its next move, ``upload`` the image that is on
    its way to the service; ``began`` is when the job was sent (seconds since the epoch, to be written down), ``since``
    the same by ``since_boot``, from which its age is measured, ``expected`` the seconds that it is expected to take.
    ``companions`` are the jobs ordered together with it; ``stopped`` is whether it must not be sent any more,
    ``stopped_by`` the error of another job that stopped it. ``afterwards`` is what follows its end, such as saving its
    file. ``look_again`` asks whether it was settled elsewhere, and ``when_settled`` are called when the job has another
    end than the one it had. ``awaited`` is whether somebody has waited for its end.
    """

    record: JobRecord
    activity: str = ""
    upload: Upload | None = None
    began: float | None = None
    since: float | None = None
    expected: float | None = None
    companions: Sequence[Job] = ()
    stopped: bool = False
    stopped_by: VidgoError | None = None
    watchers: list[Callable[[Job], None]] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    look_again: Callable[[Job], None] | None = None
    when_settled: list[Callable[[Job], None]] = field(default_factory=list)
    awaited: bool = False
    _started: bool | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def start(self, job: Job) -> bool:
        """From now on the job can't be cancelled; False if it was, which those who wait for it learn here."""
        with self._starting:
            if self._started is None:  # a Future takes this step once
                self._started = Future.set_running_or_notify_cancel(job)
            return self._started

    def cancel(self, job: Job) -> bool:
        """Cancel the handle, whatever became of the request."""
        return Future.cancel(job) and not self.start(job)

    def reopen(self, job: Job) -> None:
        """Take back the end of a job without a picture: it was settled, and has another end."""
        with job._condition:
            job._state, job._exception = "RUNNING", None
            job._done_callbacks = [self.notify]  # type: ignore[attr-defined]  # the others were called for that end
        self.watchers.clear()
        settled, self.when_settled = self.when_settled, []
        for call in settled:
            with suppress(Exception):  # as in notify
                call(job)

    def refresh(self, job: Job) -> None:
        """Look whether an uncertain job was settled elsewhere, or a forgotten one bought again."""
        look_again, open_ended = self.look_again, (JobState.UNCERTAIN, JobState.FORGOTTEN)
        if look_again and self.record.state in open_ended and Future.done(job):
            self.look_again = None  # what it does may ask for the status
            try:
                look_again(job)
            finally:
                self.look_again = look_again

    def notify(self, job: Job) -> None:
        """Call the watchers: the job has changed."""
        for watcher in list(self.watchers):
            with suppress(Exception):  # a broken display must not end a paid job
                watcher(job)


class _NotOnAJob:
    """A method of Future for those who run the work, which is not the user of a Job."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, job: object, owner: type) -> object:
        raise self.error(job)

    def error(self, job: object) -> AttributeError:
        """Why it is not there."""
        return AttributeError(f"a Job has no attribute {self._name!r}: the engine ends it", name=self._name, obj=job)


@readable_class
class Job(Future[Result], Shown):
    """One picture under way. Behaves as a ``concurrent.futures.Future`` of a Result; can be awaited.

    Attributes
    ----------
    request : GenerationRequest
        What was asked for.
    quote : Quote
        The price before, in credits; ``charge`` is what this run cost.
    provider : str
        Who answers: ``vidgo``, ``emulator``, or the address of another API.
    notes : list of str
        What is odd about it, such as a picture that could not be stored.
    row : mapping
        The values of its place in a sweep or a table.

    Examples
    --------
    >>> job = vidgo.generate("A red bicycle", size="1:1")
    >>> job.result(timeout=60).image.size
    (1024, 1024)
    >>> job.status, str(job.quote), job.charge
    ('finished', '2 credits', Decimal('0'))
    """

    set_result: _NotOnAJob = _NotOnAJob()  # type: ignore[assignment]  # on purpose
    set_exception: _NotOnAJob = _NotOnAJob()  # type: ignore[assignment]  # on purpose
    set_running_or_notify_cancel: _NotOnAJob = _NotOnAJob()  # type: ignore[assignment]  # on purpose

    def __init__(self, request: GenerationRequest, quote: Price, record: JobRecord, provider: str) -> None:
        super().__init__()
        self.request = request
        self.quote = Quote.of(quote, self._standing)
        self.provider = provider
        self.notes: list[str] = []
        self.row: Mapping[str, object] = {}
        self._tracking = Tracking(record)  # for engine.handles.moving, which moves and ends a job
        self.add_done_callback(self._tracking.notify)  # type: ignore[arg-type]  # a Job is the Future that it gets

    if not TYPE_CHECKING:  # a type checker would take every name for one that is here

        def __getattr__(self, name):
            if isinstance(hidden := vars(Job).get(name), _NotOnAJob):
                raise hidden.error(self)
            raise found_elsewhere(self, name, {"job.result()": Result})

    @property
    def id(self) -> str:
        """The package's name for the job."""
        return self._tracking.record.job_id

    @property
    def task_id(self) -> str | None:
        """The service's name for it; None until it was accepted."""
        return self._tracking.record.task_id

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the request."""
        return self._tracking.record.fingerprint

    @property
    def status(self) -> str:
        """The job's state: planned, submitting, not_started, running, fetching, finished, failed, cancelled, …"""
        self._tracking.refresh(self)
        if self.cancelled():  # at once, not when the engine has noticed and written it down
            return "cancelled"
        return self._tracking.record.status

    @property
    def progress(self) -> float | None:
        """Percent, as the service reported it; None before its first report."""
        return self._tracking.record.progress

    @property
    def charge(self) -> Decimal | None:
        """Credits that this job cost: 0 for a stand-in; None before it ended, or if it is uncertain or has no published
        price."""
        return Decimal(0) if self.provider == EMULATOR and self.done() else self._tracking.record.charge

    @public
    def result(self, timeout: float | None = None) -> Result:
        """The result; waits for it.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait.

        Returns
        -------
        Result
            The picture.

        Raises
        ------
        JobTimeoutError
            When the time is up; the job continues.
        JobFailedError, JobUncertainError, FetchError, APIError, TransportError, StoreError, JobError
            The error of the job; a JobError that it was cancelled.
        """
        try:
            return self._at_the_end(super().result, timeout)
        except CancelledError:
            raise self._cancelled() from None

    @public
    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The error of the job, or None if it has a result; waits for its end.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait. Raises JobTimeoutError when they are over.
        """
        try:
            return self._at_the_end(super().exception, timeout)
        except CancelledError:
            return self._cancelled()

    @public
    def wait(self, timeout: float | None = None) -> Job:
        """Wait, at most ``timeout`` seconds, until the job has ended, with or without a result; returns the job.

        Raises JobTimeoutError when the time is up, but not the error of the job.
        """
        self.exception(timeout)
        return self

    def cancel(self) -> bool:
        """Do not send it; False if it was sent, or has ended: the service has no way to stop a job."""
        return (self.cancelled() or self._tracking.record.state.unsent) and self._tracking.cancel(self)

    def stop(self) -> None:
        """Do not send it. A job that was sent continues: the service has no way to stop it."""
        if self._tracking.record.state.unsent and not self.done():
            self._tracking.stopped = True
            self.cancel()

    def __await__(self) -> Generator[object, None, Result]:
        loop = asyncio.get_running_loop()
        while not self.done():  # one that is settled as it ends is under way again
            ended = loop.create_future()  # of this waiter alone: cancelling it does not cancel the job
            self.add_done_callback(partial(_wake, loop, ended))
            yield from ended
        return self.result()

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not isinstance(vars(Job).get(name), _NotOnAJob)]

    def _at_the_end(self, ask: Callable[[float | None], _T], timeout: float | None) -> _T:
        """What ``ask``, a method of Future, says once the job has ended; JobTimeoutError when the time is up.

        A Future wakes its waiters once. A job that is settled as it ends is under way again before they look, so
        they wait on.
        """
        seconds = seconds_of(timeout)
        self._tracking.refresh(self)
        try:
            return self._asked(ask, seconds)
        finally:
            self._tracking.awaited |= self.done()

    def _asked(self, ask: Callable[[float | None], _T], seconds: float | None) -> _T:
        until = None if seconds is None else time.monotonic() + seconds
        left = seconds
        while True:
            try:
                return ask(left)
            except WaitTimeout as error:
                if isinstance(error, VidgoError):  # the job's own
                    raise
                if seconds is not None and left == 0 and not self.done():
                    raise self._still_going(seconds) from None
            left = None if until is None else max(0.0, until - time.monotonic())

    def _still_going(self, timeout: float) -> JobTimeoutError:
        return JobTimeoutError(
            f"Job {self.id} is still {self.status} after {timeout:g} s.",
            job=self,
            cost="Only the waiting ended: the job continues and nothing is lost.",
            hint=f"%vidgo wait {self.id} waits for it.",
        )

    def _cancelled(self) -> JobError:
        cause = f" {self._tracking.stopped_by.message}" if self._tracking.stopped_by else ""
        return JobError(
            f"Job {self.id} was cancelled before it was sent.{cause}",
            job=self,
            cost="It cost nothing.",
            hint="Run its cell again to make the picture.",
        )

    def __copy__(self) -> Job:
        return self

    def __deepcopy__(self, memo: object) -> Job:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Pickle would copy the handle, and not what keeps it up to date."""
        raise RequestError(
            [Problem("job", "a Job belongs to its process, and can't be pickled.", "job.result()")],
            hint="In another process vidgo.jobs() lists it, and the same request joins it or shows its picture.",
        )

    def _standing(self) -> str:
        """How it stands, for its quote."""
        return f"Job {self.id}: {self.status}, {self._price()}."

    def _price(self) -> str:
        quote, free = self.quote, self.provider == EMULATOR
        return price_words(self._tracking.record, quote.total, quote.credit_format, free=free)

    def __repr__(self) -> str:
        return visible(f"<Job {self.id} {self.status}: {self.request.model}, {self._price()}>")


def _wake(loop: asyncio.AbstractEventLoop, ended: asyncio.Future[None], _: object) -> None:
    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    with suppress(RuntimeError):  # the waiter's loop is closed
        loop.call_soon_threadsafe(end)
