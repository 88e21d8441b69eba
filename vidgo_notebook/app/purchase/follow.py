"""Jobs for what is not bought again: a stored picture, or a job that the journal knows."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from vidgo_notebook.app.session import Session, notebook_name
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.failures import uncertain
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import Charge, Entry


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
    job = Job(request, session.quote(request), entry.record, entry.provider)
    moving.tracking(job).began = entry.submitted_at
    if entry.record.state is JobState.UNCERTAIN:
        moving.fail(job, uncertain(job))
    else:
        account = session.account(replace(target, api=entry.api))
        session.engine.resume(Purchase(job, entry, session.store), account)
    return job
