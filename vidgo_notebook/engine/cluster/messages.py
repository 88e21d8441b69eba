"""The messages between a notebook and the workers of a cluster: plain values, never a key or a pixel."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from vidgo_notebook.domain.catalogue import Model
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.errors import InsufficientCreditsError, JobError, StoreError, VidgoError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord


class Connector(Protocol):
    """Connects a worker to the API. Two that do the same are equal."""

    def __call__(self) -> Connection:
        """Connect, with the key that this process has."""

    def check(self) -> None:
        """Raise AuthenticationError if this process has no key where one is needed."""


@dataclass(frozen=True)
class WorkerConfig:
    """Worker configuration: journal, store and API addresses, and what connects to the API with the worker's own
    key. ``timeout`` in seconds; ``requests_at_a_time`` is for all workers together."""

    journal: str
    store: str
    api: str
    timeout: float
    connect: Connector
    requests_at_a_time: int


@dataclass(frozen=True)
class Task:
    """One job of a chunk. ``entry`` is its intent as the notebook planned it."""

    request: GenerationRequest
    quote: Quote
    entry: Entry


@dataclass(frozen=True)
class Chunk:
    """Some jobs of a batch, run by one worker. ``allowance`` names what pays for them in the journal, ``models`` are
    those of the user's own that are known to the notebook."""

    number: int
    allowance: str
    topic: str
    config: WorkerConfig
    tasks: tuple[Task, ...] = field(repr=False)
    models: tuple[Model, ...] = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """How the job planned as ``planned`` ended: its picture's record, or an error. ``ends_all`` is why no further
    job of the batch is sent."""

    planned: str
    record: JobRecord
    result: ResultRecord | None = None
    error: VidgoError | None = None
    notes: tuple[str, ...] = ()
    ends_all: VidgoError | None = None


def outcome_of(planned: str, job: Job) -> Outcome:
    """The outcome of a job that has ended, ready to be sent."""
    error = job.exception()
    ends_all: BaseException | None = error if isinstance(error, InsufficientCreditsError) else None
    if error is None and job.result().path is None:
        # Without the part on memory: a worker's memory is out of the user's reach.
        why = " ".join(note.partition(" It is in memory")[0] for note in job.notes)
        error = JobError(
            f"The picture of job {job.id} was not kept. {why}",
            cost="It was billed when it was made; nothing is lost: the service keeps it for a while (24 h).",
            hint="Repair the store, then run it again: only what is missing is bought.",
        )
        ends_all = StoreError("Pictures can't be stored.", hint="Repair the store, then run it again.")
    return Outcome(
        planned,
        moving.record(job),
        None if error else job.result().record,
        _portable(error) if error else None,
        () if isinstance(ends_all, StoreError) else tuple(job.notes),
        _portable(ends_all) if ends_all else None,
    )


def _portable(error: BaseException) -> VidgoError:
    """The error without what can't be pickled: its job and its traceback."""
    if not isinstance(error, VidgoError):
        return JobError(f"The worker failed: {type(error).__name__}: {error}")
    portable = copy.copy(error)
    portable.__traceback__ = portable.__cause__ = portable.__context__ = None
    if isinstance(portable, JobError):
        portable.job = None
    return portable


Change = tuple[str, str, str, str | None, str | None, float | None]
"""A job's name as planned, its name now, state, charge in credits, task id, and percent."""


def change_of(planned: str, job: Job) -> Change:
    """The state of a job as a message."""
    now = moving.record(job)
    charge = None if now.charge is None else str(now.charge)
    return planned, now.job_id, now.state.value, charge, now.task_id, now.progress


def changed(record: JobRecord, change: Change) -> JobRecord:
    """The record with a change applied."""
    _, job_id, state, charge, task_id, progress = change
    return replace(
        record,
        job_id=job_id,
        state=JobState(state),
        charge=None if charge is None else Decimal(charge),
        task_id=task_id,
        progress=progress,
    )
