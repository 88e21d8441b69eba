"""From checked requests to jobs: the store first, then whoever is buying it already, then a purchase."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from vidgo_notebook.app.approval import Wishes, agree_on_number, approve
from vidgo_notebook.app.balance import check_balance
from vidgo_notebook.app.references import parents_of, with_parents_done
from vidgo_notebook.app.requests import from_json, room_for, to_json
from vidgo_notebook.app.stock import Stock
from vidgo_notebook.app.target import IN_KERNEL_API, Target
from vidgo_notebook.domain.job import JobRecord, JobState, Refused
from vidgo_notebook.domain.pricing import Quote, quote
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, Reference, effective_fields, fingerprint
from vidgo_notebook.domain.rules import Problem, shown
from vidgo_notebook.engine.endings import uncertain, unexpected
from vidgo_notebook.engine.handles import Job
from vidgo_notebook.engine.owner import LEASE_SECONDS
from vidgo_notebook.engine.purchase import Purchase, new_job_id
from vidgo_notebook.engine.result import Result
from vidgo_notebook.errors import ReplayError, RequestError, StoreError, VidgoError
from vidgo_notebook.store.journal import Charge, Entry
from vidgo_notebook.store.record import ResultRecord

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.engine.purse import Purse


class Shop:
    """The one way in which this package spends money."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def generate(
        self, requests: Sequence[GenerationRequest], wishes: Wishes, before: Callable[[], None] | None = None
    ) -> list[Job]:
        """Jobs for checked requests, at once: from the store, joined, or newly bought.

        ``before`` is done once the price is approved and before anything is sent.
        Raises BudgetError, ReplayError, StoreError or AuthenticationError before anything is sent.
        """
        target = self._session.target
        open_here = {job.fingerprint: job for job in self._session.under_way()}
        jobs: dict[str, Job] = {}
        new: dict[str, Job] = {}
        generations: dict[str, int] = {}
        asked = [fingerprint(request, target.provider) for request in requests]
        stock = self._stock([request for request in requests if not request.waits], target)
        for wanted, request in zip(asked, requests, strict=True):
            if wanted in jobs:
                continue
            job = None if request.waits else self._existing(request, target, wishes, open_here, stock)
            if job is None:
                job = self._planned(request, target)
                new[job.id], generations[job.id] = job, stock.next_generation(wanted)
            jobs[wanted] = job
        self._buy(new, target, wishes, generations, before)
        self._session.jobs.update({job.id: job for job in jobs.values()})
        return [jobs[wanted] for wanted in asked]

    def _stock(self, requests: Iterable[GenerationRequest], target: Target) -> Stock:
        """What there is for some requests, looked for together."""
        providers = dict.fromkeys([target.provider, *target.readable])
        return Stock(self._session, {fingerprint(request, provider) for request in requests for provider in providers})

    def _existing(
        self,
        request: GenerationRequest,
        target: Target,
        wishes: Wishes,
        open_here: Mapping[str, Job],
        stock: Stock,
    ) -> Job | None:
        """The job that there is for a request already: its picture is stored, or it is under way."""
        if not wishes.fresh and (job := self._stored(request, target, stock)):
            return job
        wanted = fingerprint(request, target.provider)
        if target.mode == "replay":
            raise _no_fresh(request) if wishes.fresh else _not_recorded(request, wanted)
        job = open_here.get(wanted)
        return job if job and not job.stopped else self._under_way(request, target, stock)

    def _stored(self, request: GenerationRequest, target: Target, stock: Stock) -> Job | None:
        wanted = [fingerprint(request, provider) for provider in target.readable]
        found = stock.here(wanted)
        if not isinstance(found, Result):
            with suppress(StoreError):  # without a journal there is no other store to look in
                generation = found.generation if found else 0
                other = stock.elsewhere([found.fingerprint] if found else wanted, generation)
                if isinstance(other, Result):
                    self._bring_ancestors(other.record.parents)
                # What was lost elsewhere can be fetched again in live mode only; in others it is no news.
                found = other if isinstance(other, Result) else found or (other if target.mode == "live" else None)
        if isinstance(found, Result):
            return self._shown(request, found)
        return self._repaired(request, found, target) if found else None

    def _shown(self, request: GenerationRequest, found: Result) -> Job:
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
        self._note_saving(job)
        return job

    def _repaired(self, request: GenerationRequest, record: ResultRecord, target: Target) -> Job | None:
        """A job that fetches a missing or damaged picture again, without buying it.

        None for an emulated one: making it anew costs nothing.
        """
        if record.provider == EMULATOR and target.mode != "replay":
            return None
        if target.mode != "live" or record.provider != target.provider or not record.task_id:
            raise _damaged(record)
        state = JobRecord(
            record.job_id, record.fingerprint, JobState.FETCHING, charge=Decimal(0), task_id=record.task_id
        )
        job = Job(request, self._session.quote(request), state, record.provider)
        job.notes.append("The stored picture was missing or damaged; it is fetched again.")
        self._session.engine.repair(
            self._purchase(job, target, record.generation), record, self._session.account(target)
        )
        return job

    def _under_way(self, request: GenerationRequest, target: Target, stock: Stock) -> Job | None:
        entry = stock.under_way(fingerprint(request, target.provider))
        if entry is None or entry.record.state.unsent or entry.api == IN_KERNEL_API:
            return None  # joined by its claim: should its kernel die, we send it, so its price is approved first
        return self.follow(request, entry, target)

    def follow(self, request: GenerationRequest, entry: Entry, target: Target) -> Job:
        """A handle on a job of the journal: joined, carried on, or shown as uncertain."""
        job = Job(request, self._session.quote(request), entry.record, entry.provider)
        job.began = entry.submitted_at
        if entry.record.state is JobState.UNCERTAIN:
            job.fail(uncertain(job))
        else:
            account = self._session.account(replace(target, api=entry.api))
            self._session.engine.resume(Purchase(job, entry, self._session.store), account)
        return job

    def _planned(self, request: GenerationRequest, target: Target) -> Job:
        price, job_id = self._session.quote(request), new_job_id()
        if self._session.reception and request.callback_url is None:
            request = replace(request, callback_url=self._session.reception.address_for(job_id))
        state = JobState.WAITING if request.waits else JobState.PLANNED
        record = JobRecord(job_id, fingerprint(request, target.provider), state, quoted=price.total)
        return Job(request, price, record, target.provider)

    def resubmit(self, entry: Entry, settle: Callable[[], None], wishes: Wishes) -> Job:
        """Buy anew what an unsettled job asked for: approved first, then ``settle``, then sent.

        Raises RequestError where somebody else would answer now: a stand-in is no settlement.
        """
        target = self._session.target
        if target.mode == "replay" or target.provider != entry.provider:
            raise _sent_elsewhere(entry, target)
        job = self._planned(from_json(entry.request), target)
        generations = {job.id: self._stock([job.request], target).next_generation(job.fingerprint)}
        self._buy({job.id: job}, target, wishes, generations, before=settle)
        self._session.jobs[job.id] = job
        return job

    def _buy(
        self,
        jobs: dict[str, Job],
        target: Target,
        wishes: Wishes,
        generations: dict[str, int],
        before: Callable[[], None] | None = None,
    ) -> None:
        if not jobs:
            if before:
                before()
            return
        account, team = self._session.account(target), wishes.team
        if team:
            team.check(target)
        companions = list(jobs.values())
        for job in companions:
            job.companions = companions
        self._approve(companions, target, wishes, account.purse)
        try:
            self._session.store.check_writable(room_for(job.request for job in jobs.values()))
            engine, waiting = self._session.engine, [job for job in jobs.values() if job.request.waits]
            purchases = [
                self._purchase(job, target, generations[job.id]) for job in jobs.values() if not job.request.waits
            ]
            if before:
                before()
            carry = team.prepare(purchases, account) if team else partial(self._session.carry, purchases, account)
        except BaseException:
            for job_id in jobs:
                account.purse.release(job_id)
            raise
        carry()
        for job in waiting:
            engine.after(parents_of(job.request), partial(self._parents_done, job, target, wishes))

    def _approve(self, jobs: Sequence[Job], target: Target, wishes: Wishes, purse: Purse) -> None:
        """The account, the limits and the person agree to the whole price, or BudgetError says what is in the way."""
        quotes = {job.id: job.quote for job in jobs}
        if target.emulated:
            agree_on_number(len(jobs), wishes, self._session.person_agrees)
            approve(quotes, wishes, self._session.settings, purse, None)
            return
        known = check_balance(self._session, quotes) if len(jobs) > 1 else ""
        approve(quotes, wishes, self._session.settings, purse, self._session.person_agrees, known)

    def _parents_done(self, job: Job, target: Target, wishes: Wishes) -> None:
        """A job's images are there: now it has a fingerprint, and takes the way of any other request."""
        purse = self._session.purse(target.provider)
        try:
            request = with_parents_done(job.request)
            stock = self._stock([request], target)
            open_here = {other.fingerprint: other for other in self._session.under_way() if other is not job}
            existing = self._existing(request, target, wishes, open_here, stock)
            if existing is None:
                job.request = request
                job.mirror(
                    replace(job.record, fingerprint=fingerprint(request, target.provider), state=JobState.PLANNED)
                )
                generation = stock.next_generation(job.fingerprint)
                self._session.engine.buy(self._purchase(job, target, generation), self._session.account(target))
            else:
                purse.release(job.id)
                job.stand_for(existing)
        except Exception as error:  # noqa: BLE001  nobody else would hear of it: this runs beside the cell
            purse.release(job.id)
            job.apply(Refused(str(error)))
            job.fail(error if isinstance(error, VidgoError) else unexpected(job, error))

    def _bring_ancestors(self, parents: Iterable[str]) -> None:
        """Copy the records that a picture descends from into this store, so that its lineage is whole here."""
        wanted, seen = [parent for parent in parents if parent], set()
        with suppress(StoreError):  # a lineage with a gap is no reason to give up a picture
            while wanted:
                parent = wanted.pop()
                seen.add(parent)
                stock = Stock(self._session, [parent])
                found = stock.here([parent])
                if not isinstance(found, Result):
                    found = stock.elsewhere([parent], 0)
                if isinstance(found, Result):
                    wanted += [name for name in found.record.parents if name and name not in seen]

    def _recognised(self, reference: Reference) -> Reference:
        """An image that is an earlier picture byte by byte has it as its parent, however it was given."""
        if reference.parent or reference.kind != "bytes":
            return reference
        return replace(reference, parent=self._session.journal.maker_of(reference.value))

    def _purchase(self, job: Job, target: Target, generation: int) -> Purchase:
        references = tuple(map(self._recognised, job.request.references))
        job.request = replace(job.request, references=references)
        self._bring_ancestors(reference.parent for reference in references)
        now = time.time()
        entry = Entry(
            record=job.record,
            provider=target.provider,
            api=target.api,
            model=job.request.model,
            kind=kind_of(job.request, target.provider),
            request=to_json(job.request),
            store=self._session.store.address,
            notebook=notebook_name(),
            owner=self._session.owner,
            lease_until=now + LEASE_SECONDS,
            created_at=now,
            generation=generation,
        )
        return Purchase(job, entry, self._session.store)

    def _note_saving(self, job: Job) -> None:
        self._session.purse(job.provider).save(job.quote.total)
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
            self._session.engine.write(lambda journal: journal.add_charge(charge))


def kind_of(request: GenerationRequest, provider: str) -> str:
    """What decides how long a job takes, as far as we can tell: provider, model, quality, resolution."""
    fields = effective_fields(request)
    return "/".join([provider, request.model, fields.get("quality", "-"), fields["resolution"]])


def notebook_name() -> str:
    """The notebook that this kernel belongs to, where its name can be known; else ''."""
    return os.environ.get("JPY_SESSION_NAME", "")


def price_paid(request: GenerationRequest, stored: ResultRecord) -> Quote:
    """The price of a stored picture. One that nobody publishes is what its buyer had set, and not what
    a reader sets: the card is the same for both."""
    return quote(request, 1, {} if stored.quoted is None else {request.model: Decimal(stored.quoted)})


def _sent_elsewhere(entry: Entry, target: Target) -> RequestError:
    now = "replay mode sends nothing" if target.mode == "replay" else f"{target.provider} would answer now"
    return RequestError(
        [Problem("job", f"{entry.record.job_id} was sent to {entry.provider}, and {now}: it can't be bought again.")],
        hint="Set VIDGO_API_KEY (or %vidgo key) and the mode under which it was sent, or settle it by --forget.",
    )


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
