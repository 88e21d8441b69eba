"""What goes out to a worker of a cluster, and what comes back: plain values, and never a key or a pixel."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.errors import InsufficientCreditsError, JobError, StoreError, VidgoError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord


class VendorOpener(Protocol):
    """Connects a worker to the API. Two that do the same are equal."""

    def __call__(self) -> Connection:
        """Connect, with the key that this process has."""

    def check(self) -> None:
        """Raise AuthenticationError if this process has no key where one is needed."""


@dataclass(frozen=True)
class WorkerConfig:
    """Where a worker keeps books, pictures and connections: the addresses of the journal and the store, the
    base URL of the API, and what opens a connection to it with the worker's own key. ``timeout`` in seconds."""

    journal: str
    store: str
    api: str
    timeout: float
    connect: VendorOpener


@dataclass(frozen=True)
class Task:
    """One job of a part. ``entry`` is its intent as the notebook planned it."""

    request: GenerationRequest
    quote: Quote
    entry: Entry


@dataclass(frozen=True)
class Chunk:
    """Some jobs of a batch, carried by one worker. ``allowance`` names what pays for them in the journal."""

    number: int
    allowance: str
    topic: str
    desk: WorkerConfig
    tasks: tuple[Task, ...] = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """How the job planned as ``planned`` ended: its picture's record, or an error. ``ends_all`` is why no other
    job of the batch should be sent any more."""

    planned: str
    record: JobRecord
    result: ResultRecord | None = None
    error: VidgoError | None = None
    notes: tuple[str, ...] = ()
    ends_all: VidgoError | None = None


def outcome_of(planned: str, job: Job) -> Outcome:
    """The outcome of a job that has ended, as it may travel."""
    error: BaseException | None = _not_sent(job) if job.cancelled() else job.exception()
    ends_all: BaseException | None = error if isinstance(error, InsufficientCreditsError) else None
    if error is None and job.result().path is None:
        error = _not_stored(job)
        ends_all = StoreError("No picture can be stored any more.", hint="Mend the store, then run it again.")
    result = job.result().record if error is None else None
    return Outcome(
        planned,
        job.record,
        result,
        _portable(error) if error else None,
        () if isinstance(ends_all, StoreError) else tuple(job.notes),
        _portable(ends_all) if ends_all else None,
    )


def _not_stored(job: Job) -> JobError:
    why = " ".join(note.partition(" It is in memory")[0] for note in job.notes)  # which a worker's user can't reach
    return JobError(
        f"The picture of job {job.id} was not kept. {why}",
        cost="It was billed when it was made; nothing is lost: the service keeps it for a while (24 h).",
        hint="Mend the store, then run it again: what is there is shown, what is under way is joined.",
    )


def _not_sent(job: Job) -> JobError:
    why = f": {job.stopped_by.message}" if job.stopped_by else "."
    return JobError(f"Job {job.id} was stopped before it was sent{why}", cost="It cost nothing.")


def _portable(error: BaseException) -> VidgoError:
    """The error without what can't travel: the job, which stays where it is, and the trace of its frames."""
    if not isinstance(error, VidgoError):
        return JobError(f"The worker failed: {type(error).__name__}: {error}")
    portable = copy.copy(error)
    portable.__traceback__ = portable.__cause__ = portable.__context__ = None
    if isinstance(portable, JobError):
        portable.job = None
    return portable


# Progress, in words that any message can hold

Report = tuple[str, str, str, str | None, str | None, float | None]
"""The name as planned, the name now, the state, the charge in credits, the task, and percent."""


def report_of(planned: str, job: Job) -> Report:
    """How a job stands."""
    now = job.record
    charge = None if now.charge is None else str(now.charge)
    return planned, now.job_id, now.state.value, charge, now.task_id, now.progress


def as_reported(record: JobRecord, report: Report) -> JobRecord:
    """The state that a report tells of."""
    _, job_id, state, charge, task_id, progress = report
    return replace(
        record,
        job_id=job_id,
        state=JobState(state),
        charge=None if charge is None else Decimal(charge),
        task_id=task_id,
        progress=progress,
    )
