"""Jobs for what is not bought again: a stored picture, or a job that the journal knows."""

from __future__ import annotations

import platform
import time
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial

from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.app.session import Session, notebook_name
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.failures import forgotten, uncertain
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.store.journal.journal import Charge, Entry
from vidgo_notebook.store.results.verification import doubt


def show_stored(session: Session, request: GenerationRequest, found: Result) -> Job:
    """A finished job for a stored picture: it costs nothing now, and what was paid for it counts as saved."""
    stored = found.record
    # Where no price is published, what its buyer had set and not what a reader sets: the card is the same for both.
    prices = {} if stored.quoted is None else {request.model: Decimal(stored.quoted)}
    price = quote(request, 1, prices, session.settings.credit_format)
    record = JobRecord(
        stored.job_id or f"s{stored.fingerprint[:9]}",
        stored.fingerprint,
        JobState.FINISHED,
        quoted=price.total,
        charge=Decimal(0),
        task_id=stored.task_id or None,
        digest=stored.digest,
    )
    job = Job(request, price, record, stored.provider)
    if note := doubt(stored, request):
        job.notes.append(note)
    moving.finish(job, found)
    session.budget(job.provider).save(price.total)
    charge = Charge(
        at=time.time(),
        job_id=job.id,
        fingerprint=job.fingerprint,
        provider=job.provider,
        notebook=notebook_name(),
        model=request.model,
        quoted=price.total,
        charged=Decimal(0),
        saved=price.total,
    )
    with suppress(StoreError):  # a reader without a journal sees the picture all the same
        session.engine.write(lambda journal: journal.add_charge(charge))
    return job


def follow(session: Session, request: GenerationRequest, entry: Entry, target: Target) -> Job:
    """A handle on a job of the journal: joined, resumed, or shown as uncertain."""
    is_uncertain = entry.record.state is JobState.UNCERTAIN
    known = session.jobs.get(entry.record.job_id)
    if is_uncertain and known and moving.state(known) is JobState.UNCERTAIN:
        return known
    job = Job(request, session.quote(request), entry.record, entry.provider)
    moving.sent_at(job, entry.submitted_at)
    moving.tracking(job).look_again = partial(look_again, session)
    save_late(session, job)
    if is_uncertain:
        moving.fail(job, uncertain(job))
    else:
        account = session.account(replace(target, api=entry.api))
        session.engine.resume(Purchase(job, entry, session.store), account)
    return job


def save_late(session: Session, job: Job) -> None:
    """Save the files that another process wanted of this picture, once it is there."""
    if files := session.journal.saves(job.fingerprint, platform.node()):
        from vidgo_notebook.app.purchase.save import continue_saving  # late: it draws sheets, and few jobs are saved

        continue_saving(session, job, files)


# Settled elsewhere: the journal knows, and the handle in memory follows when it is asked


def look_again(session: Session, job: Job) -> None:
    """Look into the journal, for a handle that is asked while it is uncertain: it may be settled."""
    with suppress(VidgoError):  # without the journal, a key or the right mode the handle stays as it was
        entry = session.journal.entry(job.id)
        if entry and entry.record.state is not JobState.UNCERTAIN:
            settle(session, job, entry)


def settle(session: Session, job: Job, entry: Entry) -> None:
    """Let an uncertain handle become what the journal's entry says: another purchase of the same request, if the
    entry was given up for one; else the job itself. Raises VidgoError."""
    request, target = job.request, session.target
    if entry.record.state is not JobState.FORGOTTEN:
        successor = follow(session, from_json(entry.request), entry, target)
    elif newer := session.journal.under_way(entry.record.fingerprint):
        successor = follow(session, request, newer, target)
    elif (made := _made_since(session, entry)) is not None:
        successor = show_stored(session, request, made)
    else:
        if moving.state(job) is not JobState.FORGOTTEN:
            moving.end_again(job, entry.record, forgotten(job))
        return
    if succeed(session, job.id, successor) is not job:  # another handle than the one that the session has
        _continue(job, successor)


def succeed(session: Session, job_id: str, successor: Job) -> Job | None:
    """``successor`` is what this session has of a job from now on; the earlier handle on it, which continues as that
    one does if it ended without a picture."""
    known = session.jobs.pop(job_id, None)
    session.jobs[successor.id] = successor
    if known and known is not successor:
        _continue(known, successor)
    return known


def _continue(job: Job, successor: Job) -> None:
    if job.done() and not moving.ended_well(job):
        moving.continue_as(job, successor)


def _made_since(session: Session, entry: Entry) -> Result | None:
    """The stored picture of a later purchase of the same request."""
    record = session.store.find(entry.record.fingerprint)
    if record is None or record.generation <= entry.generation:
        return None
    path = session.store.picture(record)
    return Result(record, path, session.store) if path else None
