"""How a job moves: its states, what can happen to it, and the one function that applies it.

::

    planned → waiting → uploading → submitting → not_started → running → fetching → finished
                                        │             └───────────┴──→ failed   (the service said so)
                                        ├──→ refused    (surely never accepted)
                                        └──→ uncertain  (the answer was lost)

What can happen are named tuples: a dozen frozen dataclasses take eight times as long to be made, in the first cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias, assert_never


class JobState(StrEnum):
    """Where a job is; the value is what users and the journal see."""

    PLANNED = "planned"
    WAITING = "waiting"
    UPLOADING = "uploading"
    SUBMITTING = "submitting"
    NOT_STARTED = "not_started"
    RUNNING = "running"
    FETCHING = "fetching"
    FINISHED = "finished"
    FAILED = "failed"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"

    @property
    def ended(self) -> bool:
        """Whether the job moves no further by itself."""
        return self in _ENDS

    @property
    def unsent(self) -> bool:
        """Whether its POST surely never began."""
        return self in _BEFORE_POST

    @property
    def accepted(self) -> bool:
        """Whether the service is known to hold a task for the job."""
        return self in _ACCEPTED

    @property
    def may_yet_be_billed(self) -> bool:
        """Whether its price must stay set aside: it was sent, and is neither billed nor surely free."""
        return self in _PERHAPS_BILLED


_BEFORE_POST = (JobState.PLANNED, JobState.WAITING, JobState.UPLOADING)
_ACCEPTED = (JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING, JobState.FINISHED, JobState.FAILED)
_PERHAPS_BILLED = (JobState.SUBMITTING, JobState.UNCERTAIN, JobState.NOT_STARTED, JobState.RUNNING)
_ENDS = (JobState.FINISHED, JobState.FAILED, JobState.REFUSED, JobState.UNCERTAIN)


class Uploading(NamedTuple):
    """The job's own images are being uploaded; nothing is asked for yet."""


class Submitting(NamedTuple):
    """The POST begins now. Recorded durably first: only such a job can become uncertain."""


class PutBack(NamedTuple):
    """The POST was surely not accepted (no connection, or 429), so it may be sent again."""


class Accepted(NamedTuple):
    """The service named its task."""

    task_id: str


class Progressed(NamedTuple):
    """The service reported ``not_started`` or ``running``; ``progress`` is a percentage, if told."""

    running: bool
    progress: float | None = None


class Rendered(NamedTuple):
    """The service finished the picture, so it is billed; its file waits at ``file_url``."""

    file_url: str


class Stored(NamedTuple):
    """The file is safe in the store under ``digest`` (SHA-256 of its bytes)."""

    digest: str


class Failed(NamedTuple):
    """The service says that the task failed; it bills nothing."""

    message: str


class Refused(NamedTuple):
    """The request was surely not accepted and will not be sent again."""

    message: str


class AnswerLost(NamedTuple):
    """The POST left and no answer can be trusted: it may have been accepted, and may be billed."""

    message: str


class Vanished(NamedTuple):
    """The in-kernel emulator that held the task ended with its kernel; it cost nothing."""


class Forgotten(NamedTuple):
    """A person settled the job: it is no longer looked for. What it cost, if anything, nobody knows."""


JobEvent: TypeAlias = (
    Forgotten
    | Uploading
    | Vanished
    | Submitting
    | PutBack
    | Accepted
    | Progressed
    | Rendered
    | Stored
    | Failed
    | Refused
    | AnswerLost
)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """What is known of a job. ``quoted`` and ``charge`` are credits, None while not published or not due."""

    job_id: str
    fingerprint: str
    state: JobState = JobState.PLANNED
    quoted: Decimal | None = None
    charge: Decimal | None = None
    task_id: str | None = None
    progress: float | None = None
    file_url: str | None = None
    digest: str | None = None
    message: str = ""


def move(job: JobRecord, event: JobEvent) -> JobRecord:
    """The job after ``event``; ValueError for an event that cannot happen in its state."""
    if job.state not in _allowed(event):
        raise ValueError(f"{type(event).__name__} cannot happen to a job that is {job.state.value}")
    match event:
        case Uploading():
            return replace(job, state=JobState.UPLOADING)
        case Submitting():
            return replace(job, state=JobState.SUBMITTING)
        case PutBack():
            return replace(job, state=JobState.PLANNED)
        case Accepted(task_id):
            return replace(job, state=JobState.NOT_STARTED, task_id=task_id, message="")
        case Progressed(running, progress):
            return _progressed(job, running, progress)
        case Rendered(file_url):
            return replace(job, state=JobState.FETCHING, file_url=file_url, charge=job.quoted, progress=100.0)
        case Stored(digest):
            return replace(job, state=JobState.FINISHED, digest=digest)
        case Failed(message):
            return replace(job, state=JobState.FAILED, message=message, charge=Decimal(0))
        case Refused(message):
            return replace(job, state=JobState.REFUSED, message=message, charge=Decimal(0))
        case AnswerLost(message):
            return replace(job, state=JobState.UNCERTAIN, message=message)
        case Forgotten():
            return replace(job, state=JobState.REFUSED, message="It was settled by hand, and is no longer looked for.")
        case Vanished():
            return replace(job, state=JobState.REFUSED, charge=Decimal(0), message="It ended with its kernel.")
        case _:
            assert_never(event)


def _progressed(job: JobRecord, running: bool, progress: float | None) -> JobRecord:
    """Neither state nor progress goes backwards, whatever the service's reports do."""
    state = JobState.RUNNING if running else job.state
    known = [value for value in (job.progress, progress) if value is not None]
    return replace(job, state=state, progress=max(known, default=None))


def _allowed(event: JobEvent) -> tuple[JobState, ...]:
    match event:
        case Uploading() | Submitting():
            return _BEFORE_POST
        case PutBack():
            return (JobState.SUBMITTING,)
        case Accepted():
            return (JobState.SUBMITTING, JobState.UNCERTAIN)  # a webhook may settle an uncertain one
        case Progressed() | Rendered() | Failed():
            return (JobState.NOT_STARTED, JobState.RUNNING)
        case Stored():
            return (JobState.FETCHING,)
        case Refused():
            return (*_BEFORE_POST, JobState.SUBMITTING)
        case Forgotten():
            return (JobState.UNCERTAIN, JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING)
        case AnswerLost():
            return (JobState.SUBMITTING,)
        case Vanished():
            return (JobState.SUBMITTING, JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING)
        case _:
            assert_never(event)
