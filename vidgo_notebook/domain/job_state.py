"""How a job moves: its states, the events that change them, and the one function that applies an event.

::

    planned → waiting → uploading → submitting → not_started → running → fetching → finished
                                        │             └───────────┴──→ failed   (as the service reports)
                                        ├──→ refused    (certainly not accepted)
                                        └──→ uncertain  (the response was lost)
                                                 └──→ forgotten  (the user gave it up; what it cost is not known)

Events are named tuples: defining a dozen frozen dataclasses takes eight times as long, in the first cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias, assert_never

CANCELLED = "It was cancelled before it was sent."
STOPPED = "It was stopped by %vidgo stop before it was sent."
"""By another process; unlike a cancelled one it is not bought by those who had joined it."""


class JobState(StrEnum):
    """The state of a job; the value is what the journal has, and what users see but for ``JobRecord.status``."""

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
    FORGOTTEN = "forgotten"

    @property
    def ended(self) -> bool:
        """Whether the job has reached a final state."""
        return self in _ENDS

    @property
    def unsent(self) -> bool:
        """Whether its POST certainly never began."""
        return self in _BEFORE_POST

    @property
    def accepted(self) -> bool:
        """Whether the service is known to have a task for the job."""
        return self in _ACCEPTED

    @property
    def unsettled(self) -> bool:
        """Whether it was sent and has neither a picture nor an end that is final: a new request joins it."""
        return self in _PERHAPS_BILLED or self is JobState.FETCHING

    @property
    def may_yet_be_billed(self) -> bool:
        """Whether its price must stay reserved: it was sent, and is neither billed nor certainly free."""
        return self in _PERHAPS_BILLED


_BEFORE_POST = (JobState.PLANNED, JobState.WAITING, JobState.UPLOADING)
_ACCEPTED = (JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING, JobState.FINISHED, JobState.FAILED)
_PERHAPS_BILLED = (JobState.SUBMITTING, JobState.UNCERTAIN, JobState.NOT_STARTED, JobState.RUNNING)
_ENDS = (JobState.FINISHED, JobState.FAILED, JobState.REFUSED, JobState.UNCERTAIN, JobState.FORGOTTEN)


class Uploading(NamedTuple):
    """The job's reference images are being uploaded; nothing has been requested yet."""


class Submitting(NamedTuple):
    """The POST begins now. Recorded durably before it: only such a job can become uncertain."""


class PutBack(NamedTuple):
    """The POST was certainly not accepted (no connection, or 429), so it may be sent again."""


class Accepted(NamedTuple):
    """The service accepted the request as task ``task_id``."""

    task_id: str


class Progressed(NamedTuple):
    """The service reported ``not_started`` or ``running``; ``progress`` is a percentage, if given."""

    running: bool
    progress: float | None = None


class Rendered(NamedTuple):
    """The service finished the picture, so it is billed, unless it is ``free``; its file is at ``file_url``."""

    file_url: str
    free: bool = False


class Stored(NamedTuple):
    """The file is in the store under ``digest`` (SHA-256 of its bytes)."""

    digest: str


class Unreadable(NamedTuple):
    """The file is kept under ``digest``, but no picture can be made of it: it is not downloaded again."""

    digest: str


class Failed(NamedTuple):
    """The service reports that the task failed; it bills nothing."""

    message: str


class Refused(NamedTuple):
    """The request was certainly not accepted and will not be sent again."""

    message: str


class AnswerLost(NamedTuple):
    """The POST was sent without a usable response: it may have been accepted, and may be billed."""

    message: str


class Vanished(NamedTuple):
    """The in-kernel emulator that held the task ended with its kernel; it cost nothing."""


class Forgotten(NamedTuple):
    """The user resolved the job: it is no longer tracked. What it cost, if anything, is not known."""


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
    | Unreadable
    | Failed
    | Refused
    | AnswerLost
)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """What is known about a job. ``quoted`` and ``charge`` are credits, None while not published or not due."""

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

    @property
    def by_user(self) -> bool:
        """Whether it was refused by the user, here or elsewhere, before it was sent."""
        return self.state is JobState.REFUSED and self.message in (CANCELLED, STOPPED)

    @property
    def status(self) -> str:
        """The name of the state for users: one that they refused is ``cancelled``."""
        return "cancelled" if self.by_user else self.state.value


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
        case Progressed(running, progress):  # neither state nor progress goes back, whatever the service reports
            known = [value for value in (job.progress, progress) if value is not None]
            return replace(job, state=JobState.RUNNING if running else job.state, progress=max(known, default=None))
        case Rendered(file_url, free):
            charge = Decimal(0) if free else job.quoted
            return replace(job, state=JobState.FETCHING, file_url=file_url, charge=charge, progress=100.0)
        case Stored(digest):
            return replace(job, state=JobState.FINISHED, digest=digest)
        case Unreadable(digest):
            return replace(job, digest=digest)
        case Failed(message):
            return replace(job, state=JobState.FAILED, message=message, charge=Decimal(0))
        case Refused(message):
            return replace(job, state=JobState.REFUSED, message=message, charge=Decimal(0))
        case AnswerLost(message):
            return replace(job, state=JobState.UNCERTAIN, message=message)
        case Forgotten():
            return replace(job, state=JobState.FORGOTTEN, message="Resolved by the user; no longer tracked.")
        case Vanished():
            return replace(job, state=JobState.REFUSED, charge=Decimal(0), message="It ended with its kernel.")
        case _:
            assert_never(event)


def _allowed(event: JobEvent) -> tuple[JobState, ...]:
    match event:
        case Uploading() | Submitting():
            return _BEFORE_POST
        case PutBack() | AnswerLost():
            return (JobState.SUBMITTING,)
        case Accepted():
            return (JobState.SUBMITTING, JobState.UNCERTAIN)  # a webhook may resolve an uncertain one
        case Progressed() | Rendered() | Failed():
            return (JobState.NOT_STARTED, JobState.RUNNING)
        case Stored() | Unreadable():
            return (JobState.FETCHING,)
        case Refused():
            return (*_BEFORE_POST, JobState.SUBMITTING)
        case Forgotten():
            return (JobState.UNCERTAIN, JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING)
        case Vanished():
            return (JobState.SUBMITTING, JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING)
        case _:
            assert_never(event)
