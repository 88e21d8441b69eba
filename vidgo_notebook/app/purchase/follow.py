"""Jobs for what need not be bought: its picture is stored, can be fetched again, or is under way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.lookup import Lookup, bring_ancestors
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.intents import notebook_name, purchase_of
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import Quote, quote
from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.failures import uncertain
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.errors import ReplayError, StoreError
from vidgo_notebook.store.journal.journal import Charge, Entry
from vidgo_notebook.store.results.record import ResultRecord

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


def existing(
    session: Session,
    request: GenerationRequest,
    target: Target,
    choices: PurchaseChoices,
    open_here: Mapping[str, Job],
    stock: Lookup,
) -> Job | None:
    """The job that there is for a request already: its picture is stored, or it is under way."""
    if not choices.fresh and (job := _stored(session, request, target, stock)):
        return job
    wanted = fingerprint(request, target.provider)
    if target.mode == "replay":
        raise _no_fresh(request) if choices.fresh else _not_recorded(request, wanted)
    job = open_here.get(wanted)
    return job if job and not job.stopped else _under_way(session, request, target, stock)


def _stored(session: Session, request: GenerationRequest, target: Target, stock: Lookup) -> Job | None:
    wanted = [fingerprint(request, provider) for provider in target.readable]
    found = stock.here(wanted)
    if not isinstance(found, Result):
        with suppress(StoreError):  # without a journal there is no other store to look in
            generation = found.generation if found else 0
            other = stock.elsewhere([found.fingerprint] if found else wanted, generation)
            if isinstance(other, Result):
                bring_ancestors(session, other.record.parents)
            # What was lost elsewhere can be fetched again in live mode only; in others it is no news.
            found = other if isinstance(other, Result) else found or (other if target.mode == "live" else None)
    if isinstance(found, Result):
        return _shown(session, request, found)
    return _repaired(session, request, found, target) if found else None


def _shown(session: Session, request: GenerationRequest, found: Result) -> Job:
    """A finished job for a stored picture: it cost nothing now, and saved its price."""
    price, stored = price_paid(request, found.record), found.record
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
    job.finish(found)
    _note_saving(session, job)
    return job


def _repaired(session: Session, request: GenerationRequest, record: ResultRecord, target: Target) -> Job | None:
    """A job that fetches a missing or damaged picture again, without buying it.

    None for an emulated one: making it anew costs nothing.
    """
    if record.provider == EMULATOR and target.mode != "replay":
        return None
    if target.mode != "live" or record.provider != target.provider or not record.task_id:
        raise _damaged(record)
    state = JobRecord(record.job_id, record.fingerprint, JobState.FETCHING, charge=Decimal(0), task_id=record.task_id)
    job = Job(request, session.quote(request), state, record.provider)
    job.notes.append("The stored picture was missing or damaged; it is fetched again.")
    session.engine.repair(purchase_of(session, job, target, record.generation), record, session.account(target))
    return job


def _under_way(session: Session, request: GenerationRequest, target: Target, stock: Lookup) -> Job | None:
    entry = stock.under_way(fingerprint(request, target.provider))
    if entry is None or entry.record.state.unsent or entry.api == IN_KERNEL:
        return None  # joined by its claim: should its kernel die, we send it, so its price is approved first
    return follow(session, request, entry, target)


def follow(session: Session, request: GenerationRequest, entry: Entry, target: Target) -> Job:
    """A handle on a job of the journal: joined, carried on, or shown as uncertain."""
    job = Job(request, session.quote(request), entry.record, entry.provider)
    job.began = entry.submitted_at
    if entry.record.state is JobState.UNCERTAIN:
        job.fail(uncertain(job))
    else:
        account = session.account(replace(target, api=entry.api))
        session.engine.resume(Purchase(job, entry, session.store), account)
    return job


def _note_saving(session: Session, job: Job) -> None:
    session.budget(job.provider).save(job.quote.total)
    charge = Charge(
        at=time.time(),
        job_id=job.id,
        fingerprint=job.fingerprint,
        provider=job.provider,
        notebook=notebook_name(),
        model=job.request.model,
        quoted=job.quote.total,
        charged=Decimal(0),
        saved=job.quote.total,
    )
    with suppress(StoreError):  # a reader without a journal sees the picture all the same
        session.engine.write(lambda journal: journal.add_charge(charge))


def price_paid(request: GenerationRequest, stored: ResultRecord) -> Quote:
    """The price of a stored picture. One that nobody publishes is what its buyer had set, and not what
    a reader sets: the card is the same for both."""
    return quote(request, 1, {} if stored.quoted is None else {request.model: Decimal(stored.quoted)})


def _no_fresh(request: GenerationRequest) -> ReplayError:
    return ReplayError(
        f"Replay mode answers from the store only, so it can't buy a fresh picture for {shown(request.prompt)}.",
        hint="Leave out --fresh to see what the store has, or set another mode: %config Vidgo.mode = 'auto'.",
    )


def _not_recorded(request: GenerationRequest, wanted: str) -> ReplayError:
    return ReplayError(
        f"Replay mode answers from the store only, and it has no picture for {shown(request.prompt)} "
        f"(fingerprint {wanted[:12]}…).",
        fingerprint=wanted,
        hint="Record it by running the cell once in live or emulator mode, and keep the .vidgo folder.",
    )


def _damaged(record: ResultRecord) -> StoreError:
    return StoreError(
        f"The stored picture of {shown(record.prompt)} is missing or damaged (digest {record.digest[:12]}…).",
        hint="Restore it from version control; in live mode it is fetched again while the service keeps it; "
        "--fresh buys it again.",
    )
