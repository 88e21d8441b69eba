"""Jobs for checked requests: stored pictures first, then jobs under way, then a purchase.

All purchases of this package go through here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial

from vidgo_notebook.app.plan.lookup import Lookup, bring_ancestors
from vidgo_notebook.app.purchase.approval import (
    DEFAULT_CHOICES,
    PurchaseChoices,
    agree_on_number,
    approve,
    check_balance,
)
from vidgo_notebook.app.purchase.follow import follow, look_again, save_late, show_stored
from vidgo_notebook.app.purchase.not_replayed import not_replayed
from vidgo_notebook.app.request.build import from_json, kept_json
from vidgo_notebook.app.request.images import parents_of, with_parents_done
from vidgo_notebook.app.session import Session, notebook_name
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.job_state import JobRecord, JobState, Refused
from vidgo_notebook.domain.pillow import check_pillow
from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.domain.request import GenerationRequest, Reference, effective_fields, fingerprint, fingerprints
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.engine import check_threads
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.failures import unexpected
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Purchase, new_job_id
from vidgo_notebook.errors import NOTHING_SPENT, Problem, RequestError, StoreError, VidgoError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore


def order_jobs(
    session: Session,
    requests: Sequence[GenerationRequest],
    choices: PurchaseChoices = DEFAULT_CHOICES,
    before: Callable[[], None] | None = None,
    check_new: Callable[[Sequence[int]], None] | None = None,
) -> list[Job]:
    """Jobs for checked requests, at once: from the store, joined, or newly bought.

    ``check_new`` is called with the places of those to be bought, and may raise; ``before`` is called once the price
    is approved and before anything is sent.
    Raises BudgetError, ReplayError, StoreError or AuthenticationError before anything is sent.
    """
    target = session.target
    open_here = _open_here(session)
    jobs: dict[str, Job] = {}
    new: dict[str, Job] = {}
    generations: dict[str, int] = {}
    missing: dict[str, GenerationRequest] = {}
    asked = [fingerprint(request, target.provider) for request in requests]
    lookup = Lookup.for_purchase(session, [request for request in requests if not request.waits], target)
    for wanted, request in zip(session.steps.over(asked, "Looking up"), requests, strict=True):
        if wanted in jobs:
            continue
        job = None if request.waits else _existing(session, request, target, choices, open_here, lookup)
        if job is None and target.mode == "replay" and not request.waits:
            missing[wanted] = request
            continue
        if job is None:
            job = _planned(session, request, target)
            new[job.id], generations[job.id] = job, lookup.next_generation(wanted)
        jobs[wanted] = job
    if missing:
        if session.rehearsal:
            from vidgo_notebook.app.purchase import rehearse  # late: rehearsals are rare

            rehearse.missed(session, missing.values(), frozen=target.frozen, fresh=choices.fresh)
        raise not_replayed(session.store, missing, len({*asked}), choices, frozen=target.frozen)
    if check_new and new:
        check_new([place for place, wanted in enumerate(asked) if jobs[wanted].id in new])
    known = [job for job in new.values() if not job.request.waits]
    if known and not session.rehearsal:
        from vidgo_notebook.app.purchase.near_misses import heed  # late: what the store has is shown without it

        heed(session, known, target, {*asked}, choices)
    _buy(session, new, target, choices, generations, before)
    session.jobs.update({job.id: job for job in jobs.values()})
    return [jobs[wanted] for wanted in asked]


def resubmit(
    session: Session, entries: Sequence[Entry], settle: Callable[[], None], choices: PurchaseChoices
) -> list[Job]:
    """Buy anew what unsettled jobs asked for: approved first and together, then ``settle``, then sent.

    Raises RequestError where another provider would answer now: a stand-in settles nothing.
    """
    target = session.target
    for entry in entries:
        _check_same_provider(entry, target)
    jobs = [_planned(session, from_json(entry.request), target) for entry in entries]
    for job in jobs:
        save_late(session, job)
    lookup = Lookup.for_purchase(session, [job.request for job in jobs], target)
    new = {job.id: job for job in jobs}
    _buy(session, new, target, choices, {job.id: lookup.next_generation(job.fingerprint) for job in jobs}, settle)
    session.jobs.update(new)
    return jobs


def _check_same_provider(entry: Entry, target: Target) -> None:
    if target.mode == "replay" or target.provider != entry.provider:
        now = "replay mode sends nothing" if target.mode == "replay" else f"{target.provider} would answer now"
        sent = f"{entry.record.job_id} was sent to {entry.provider}, and {now}: it can't be bought again."
        raise RequestError(
            [Problem("job", sent)],
            hint="Set VIDGO_API_KEY (or %vidgo key) and the mode under which it was sent, or settle it: "
            f"%vidgo resolve {entry.record.job_id} --forget",
        )


# What need not be bought


def _open_here(session: Session) -> dict[str, Job]:
    """The jobs under way in this session, by their fingerprints."""
    found = {job.fingerprint: job for job in session.under_way()}
    if session.rehearsal:
        from vidgo_notebook.app.purchase import rehearse  # late, as above

        found |= rehearse.perhaps_under_way(session)
    return found


def _joined(session: Session, job: Job) -> Job:
    if not session.rehearsal:
        return job
    from vidgo_notebook.app.purchase import rehearse  # late, as above

    return rehearse.joined(session, job)


def _existing(
    session: Session,
    request: GenerationRequest,
    target: Target,
    choices: PurchaseChoices,
    open_here: Mapping[str, Job],
    lookup: Lookup,
) -> Job | None:
    """The job for a request whose picture is stored, or which is under way. Raises StoreError."""
    wanted = fingerprint(request, target.provider)
    if not choices.fresh:
        readable = [name for provider in target.readable for name in fingerprints(request, provider)]
        found = lookup.stored(readable, live=target.mode == "live")
        if isinstance(found, Result):
            return show_stored(session, request, _noted(session, request, found))
        if found and (job := _repaired(session, request, found, target, lookup.store)):
            return job
    if target.mode == "replay":
        return None
    if (job := open_here.get(wanted)) and not moving.tracking(job).stopped:
        return _joined(session, job)
    names = fingerprints(request, target.provider)
    entry = next((known for name in names if (known := lookup.under_way(name))), None)
    if entry is None or entry.record.state.unsent or entry.api == IN_KERNEL:
        return None  # joined by its claim: should its kernel die, this one sends it, so its price is approved first
    if session.rehearsal:
        what = f"job {entry.record.job_id} is {entry.record.status}, and is not bought again"
        return _instead(session, request, target, "sent", what)
    return follow(session, request, entry, target)


def _noted(session: Session, request: GenerationRequest, found: Result) -> Result:
    if not session.rehearsal:
        return found
    from vidgo_notebook.app.purchase import rehearse  # late, as above

    return rehearse.stored(session, request, found)


def _instead(session: Session, request: GenerationRequest, target: Target, kind: str, detail: str) -> Job:
    """In a rehearsal, the job for what a run would wait for, or fetch again."""
    from vidgo_notebook.app.purchase import rehearse  # late, as above

    job = _planned(session, request, target)
    return rehearse.instead(session, _purchase_of(session, job, target, 0, session.store), kind, detail)


def _repaired(
    session: Session, request: GenerationRequest, record: ResultRecord, target: Target, store: ResultStore
) -> Job | None:
    """A job that downloads a missing or damaged picture again, without buying it.

    None for an emulated one: making it anew costs nothing.
    """
    if record.provider == EMULATOR and target.mode != "replay":
        return None
    fault = store.why_no_picture(record)
    if fault.has_certain_cure or target.mode != "live" or record.provider != target.provider or not record.task_id:
        more = "In live mode it is fetched again while the service keeps it; --fresh buys it again."
        raise StoreError(
            f"The stored picture of {shown(record.prompt)} is missing or damaged: {fault.name}, {fault.problem}.",
            cost=NOTHING_SPENT,
            hint=fault.cure if fault.has_certain_cure else f"{fault.cure} {more}",
        )
    if session.rehearsal:
        what = f"{fault.name}, {fault.problem}; a run fetches it again while the service keeps it"
        return _instead(session, request, target, "damaged", what)
    state = JobRecord(record.job_id, record.fingerprint, JobState.FETCHING, charge=Decimal(0), task_id=record.task_id)
    job = Job(request, session.quote(request), state, record.provider)
    job.notes.append("The stored picture was missing or damaged; it is fetched again.")
    purchase = _purchase_of(session, job, target, record.generation, store)
    session.engine.repair(purchase, record, session.account(target))
    return job


# What is bought


def _planned(session: Session, request: GenerationRequest, target: Target) -> Job:
    price, job_id = session.quote(request), new_job_id()
    if session.callbacks and request.callback_url is None:
        request = replace(request, callback_url=session.callbacks.address_for(job_id))
    state = JobState.WAITING if request.waits else JobState.PLANNED
    record = JobRecord(job_id, fingerprint(request, target.provider), state, quoted=price.total)
    job = Job(request, price, record, target.provider)
    moving.tracking(job).look_again = partial(look_again, session)
    return job


def _buy(
    session: Session,
    jobs: Mapping[str, Job],
    target: Target,
    choices: PurchaseChoices,
    generations: Mapping[str, int],
    before: Callable[[], None] | None = None,
) -> None:
    """Approve jobs together, then send them. ``before`` is called between. Raises before anything is sent."""
    if not jobs:
        if before:
            before()
        return
    _check_machine()
    store = session.store

    def purchase_of(job: Job) -> Purchase:
        return _purchase_of(session, job, target, generations[job.id], store)

    if session.rehearsal and not target.emulated:
        from vidgo_notebook.app.purchase import rehearse  # late, as above

        rehearse.rehearse(session, jobs.values(), target, choices, purchase_of, before)
        return
    account, executor, companions = session.account(target), choices.executor, list(jobs.values())
    if executor:
        executor.check(target)
    for job in companions:
        moving.tracking(job).companions = companions
    _approve(session, companions, target, choices, account.budget)
    try:
        _check_store(session, store, companions, choices)
        engine, waiting = session.engine, [job for job in companions if job.request.waits]
        purchases = [purchase_of(job) for job in companions if not job.request.waits]
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
        engine.after(parents_of(job.request), partial(_parents_done, session, job, target, choices, store))


def _check_machine() -> None:
    """Raise VidgoError where no job can run, or no picture can be read when it arrives."""
    check_threads()
    if sys.modules.get("PIL") is None:  # which the first picture loads
        check_pillow("no picture can be made here: none could be checked when it arrives", cost=NOTHING_SPENT)


def _approve(session: Session, jobs: Sequence[Job], target: Target, choices: PurchaseChoices, budget: Budget) -> None:
    """Reserve the price of jobs in the budget, after the questions that it needs. Raises BudgetError."""
    quotes = {job.id: job.quote for job in jobs}
    if target.emulated:
        if session.rehearsal:
            from vidgo_notebook.app.purchase import rehearse  # late, as above

            rehearse.emulated(session, jobs)
        agree_on_number(len(jobs), choices, session.person_agrees)
        approve(quotes, choices, session.settings, budget, None)
        return
    balance = cache(partial(check_balance, session, quotes, choices))
    if len(jobs) > 1:
        balance()
    approve(quotes, choices, session.settings, budget, session.person_agrees, balance)


def _check_store(session: Session, store: ResultStore, jobs: Sequence[Job], choices: PurchaseChoices) -> None:
    """Raise StoreError where the pictures can't be written, or may not fit on the disk."""
    store.check_writable()
    if not (room := store.room()).surely_holds(len(jobs)):
        from vidgo_notebook.app.purchase.room import check_room  # late: few orders come near the end of a disk

        check_room(session, room, [job.request for job in jobs], yes=choices.yes, ask=session.person_agrees)


def _parents_done(session: Session, job: Job, target: Target, choices: PurchaseChoices, store: ResultStore) -> None:
    """The images that a job waited for are there: it has a fingerprint now, and is looked up or bought, where it was
    to go when it was asked for."""
    budget = session.budget(target.provider)
    try:
        request = with_parents_done(job.request)
        lookup = Lookup.for_purchase(session, [request], target, store)
        open_here = {other.fingerprint: other for other in session.under_way() if other is not job}
        found = _existing(session, request, target, choices, open_here, lookup)
        if found is None and target.mode == "replay":
            missing = {fingerprint(request, target.provider): request}
            raise not_replayed(store, missing, 1, choices, frozen=target.frozen)
        if found is None:
            job.request = request
            moving.mirror(
                job,
                replace(moving.record(job), fingerprint=fingerprint(request, target.provider), state=JobState.PLANNED),
            )
            from vidgo_notebook.app.purchase.near_misses import heed_in_its_turn  # late, as above

            heed_in_its_turn(
                job, store, target, {each.fingerprint for each in moving.tracking(job).companions}, choices
            )
            generation = lookup.next_generation(job.fingerprint)
            purchase = _purchase_of(session, job, target, generation, store)
            session.engine.buy(purchase, session.account(target))
        else:
            budget.release(job.id)
            moving.stand_for(job, found)
    except Exception as error:  # noqa: BLE001  this runs in the background: the job is the only place to report it
        budget.release(job.id)
        moving.apply(job, Refused(str(error)))
        moving.fail(job, error if isinstance(error, VidgoError) else unexpected(job, error))


def _purchase_of(session: Session, job: Job, target: Target, generation: int, store: ResultStore) -> Purchase:
    """What the engine needs to buy a job's picture: its entry in the journal, and where the picture goes."""

    def with_parent(reference: Reference) -> Reference:
        """An image whose bytes are those of an earlier picture has it as its parent, however it was given."""
        if reference.parent or reference.kind != "bytes":
            return reference
        return replace(reference, parent=session.journal.maker_of(reference.value))

    job.request = replace(job.request, references=tuple(map(with_parent, job.request.references)))
    bring_ancestors(session, (reference.parent for reference in job.request.references), store)
    entry = Entry(
        record=moving.record(job),
        provider=target.provider,
        api=target.api,
        model=job.request.model,
        kind=kind_of(job.request, target.provider),
        request=kept_json(job.request),
        store=store.address,
        notebook=notebook_name(),
        owner=session.owner,
        heartbeats=0,
        created_at=time.time(),
        generation=generation,
    )
    return Purchase(job, entry, store)


def kind_of(request: GenerationRequest, provider: str) -> str:
    """What the duration of a job is estimated by: provider, model, quality and resolution."""
    fields = effective_fields(request)
    return "/".join([provider, request.model, fields.get("quality", "-"), fields.get("resolution", "-")])
