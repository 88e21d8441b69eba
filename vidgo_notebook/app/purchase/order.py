"""From checked requests to jobs: the store first, then whoever is buying it already, then a purchase.

The one way in which this package spends money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.lookup import Lookup
from vidgo_notebook.app.purchase.approval import NO_WISHES, PurchaseChoices, agree_on_number, approve, check_balance
from vidgo_notebook.app.purchase.follow import existing
from vidgo_notebook.app.purchase.intents import purchase_of
from vidgo_notebook.app.request.build import from_json, room_for
from vidgo_notebook.app.request.images import parents_of, with_parents_done
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.job_state import JobRecord, JobState, Refused
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.engine.handles.failures import unexpected
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import new_job_id
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.store.journal.journal import Entry

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.engine.budget import Budget


def order_jobs(
    session: Session,
    requests: Sequence[GenerationRequest],
    choices: PurchaseChoices = NO_WISHES,
    before: Callable[[], None] | None = None,
) -> list[Job]:
    """Jobs for checked requests, at once: from the store, joined, or newly bought.

    ``before`` is done once the price is approved and before anything is sent.
    Raises BudgetError, ReplayError, StoreError or AuthenticationError before anything is sent.
    """
    target = session.target
    open_here = {job.fingerprint: job for job in session.under_way()}
    jobs: dict[str, Job] = {}
    new: dict[str, Job] = {}
    generations: dict[str, int] = {}
    asked = [fingerprint(request, target.provider) for request in requests]
    stock = _stock(session, [request for request in requests if not request.waits], target)
    for wanted, request in zip(asked, requests, strict=True):
        if wanted in jobs:
            continue
        job = None if request.waits else existing(session, request, target, choices, open_here, stock)
        if job is None:
            job = _planned(session, request, target)
            new[job.id], generations[job.id] = job, stock.next_generation(wanted)
        jobs[wanted] = job
    _buy(session, new, target, choices, generations, before)
    session.jobs.update({job.id: job for job in jobs.values()})
    return [jobs[wanted] for wanted in asked]


def _stock(session: Session, requests: Iterable[GenerationRequest], target: Target) -> Lookup:
    """What there is for some requests, looked for together."""
    providers = dict.fromkeys([target.provider, *target.readable])
    return Lookup(session, {fingerprint(request, provider) for request in requests for provider in providers})


def _planned(session: Session, request: GenerationRequest, target: Target) -> Job:
    price, job_id = session.quote(request), new_job_id()
    if session.reception and request.callback_url is None:
        request = replace(request, callback_url=session.reception.address_for(job_id))
    state = JobState.WAITING if request.waits else JobState.PLANNED
    record = JobRecord(job_id, fingerprint(request, target.provider), state, quoted=price.total)
    return Job(request, price, record, target.provider)


def resubmit(session: Session, entry: Entry, settle: Callable[[], None], choices: PurchaseChoices) -> Job:
    """Buy anew what an unsettled job asked for: approved first, then ``settle``, then sent.

    Raises RequestError where somebody else would answer now: a stand-in is no settlement.
    """
    target = session.target
    if target.mode == "replay" or target.provider != entry.provider:
        raise _sent_elsewhere(entry, target)
    job = _planned(session, from_json(entry.request), target)
    generations = {job.id: _stock(session, [job.request], target).next_generation(job.fingerprint)}
    _buy(session, {job.id: job}, target, choices, generations, before=settle)
    session.jobs[job.id] = job
    return job


def _buy(
    session: Session,
    jobs: dict[str, Job],
    target: Target,
    choices: PurchaseChoices,
    generations: dict[str, int],
    before: Callable[[], None] | None = None,
) -> None:
    if not jobs:
        if before:
            before()
        return
    account, executor = session.account(target), choices.executor
    if executor:
        executor.check(target)
    companions = list(jobs.values())
    for job in companions:
        job.companions = companions
    _approve(session, companions, target, choices, account.budget)
    try:
        session.store.check_writable(room_for(job.request for job in jobs.values()))
        engine, waiting = session.engine, [job for job in jobs.values() if job.request.waits]
        purchases = [
            purchase_of(session, job, target, generations[job.id]) for job in jobs.values() if not job.request.waits
        ]
        if before:
            before()
        here = partial(session.run_purchases, purchases, account)
        run_purchases = executor.prepare(purchases, account) if executor else here
    except BaseException:
        for job_id in jobs:
            account.budget.release(job_id)
        raise
    run_purchases()
    for job in waiting:
        engine.after(parents_of(job.request), partial(_parents_done, session, job, target, choices))


def _approve(session: Session, jobs: Sequence[Job], target: Target, choices: PurchaseChoices, budget: Budget) -> None:
    """The account, the limits and the person agree to the whole price, or BudgetError says what is in the way."""
    quotes = {job.id: job.quote for job in jobs}
    if target.emulated:
        agree_on_number(len(jobs), choices, session.person_agrees)
        approve(quotes, choices, session.settings, budget, None)
        return
    known = check_balance(session, quotes) if len(jobs) > 1 else ""
    approve(quotes, choices, session.settings, budget, session.person_agrees, known)


def _parents_done(session: Session, job: Job, target: Target, choices: PurchaseChoices) -> None:
    """A job's images are there: now it has a fingerprint, and takes the way of any other request."""
    budget = session.budget(target.provider)
    try:
        request = with_parents_done(job.request)
        stock = _stock(session, [request], target)
        open_here = {other.fingerprint: other for other in session.under_way() if other is not job}
        found = existing(session, request, target, choices, open_here, stock)
        if found is None:
            job.request = request
            job.mirror(replace(job.record, fingerprint=fingerprint(request, target.provider), state=JobState.PLANNED))
            generation = stock.next_generation(job.fingerprint)
            session.engine.buy(purchase_of(session, job, target, generation), session.account(target))
        else:
            budget.release(job.id)
            job.stand_for(found)
    except Exception as error:  # noqa: BLE001  nobody else would hear of it: this runs beside the cell
        budget.release(job.id)
        job.apply(Refused(str(error)))
        job.fail(error if isinstance(error, VidgoError) else unexpected(job, error))


def _sent_elsewhere(entry: Entry, target: Target) -> RequestError:
    now = "replay mode sends nothing" if target.mode == "replay" else f"{target.provider} would answer now"
    return RequestError(
        [Problem("job", f"{entry.record.job_id} was sent to {entry.provider}, and {now}: it can't be bought again.")],
        hint="Set VIDGO_API_KEY (or %vidgo key) and the mode under which it was sent, or settle it by --forget.",
    )
