"""From checked requests to jobs: the store first, then whoever is buying it already, then a purchase."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vidgo_notebook.app.approval import Wishes, agree_on_number, approve
from vidgo_notebook.app.balance import check_balance
from vidgo_notebook.app.purchases import purchase_of
from vidgo_notebook.app.references import parents_of, with_parents_done
from vidgo_notebook.app.requests import from_json, room_for
from vidgo_notebook.app.reuse import Reuse
from vidgo_notebook.app.stock import Stock
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.job import JobRecord, JobState, Refused
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.engine.endings import unexpected
from vidgo_notebook.engine.handles import Job
from vidgo_notebook.engine.purchase import new_job_id
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.store.journal import Entry

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.engine.purse import Purse


class Shop:
    """The one way in which this package spends money."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.reuse = Reuse(session)

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
            job = None if request.waits else self.reuse.existing(request, target, wishes, open_here, stock)
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
                purchase_of(self._session, job, target, generations[job.id])
                for job in jobs.values()
                if not job.request.waits
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
            existing = self.reuse.existing(request, target, wishes, open_here, stock)
            if existing is None:
                job.request = request
                job.mirror(
                    replace(job.record, fingerprint=fingerprint(request, target.provider), state=JobState.PLANNED)
                )
                generation = stock.next_generation(job.fingerprint)
                self._session.engine.buy(
                    purchase_of(self._session, job, target, generation), self._session.account(target)
                )
            else:
                purse.release(job.id)
                job.stand_for(existing)
        except Exception as error:  # noqa: BLE001  nobody else would hear of it: this runs beside the cell
            purse.release(job.id)
            job.apply(Refused(str(error)))
            job.fail(error if isinstance(error, VidgoError) else unexpected(job, error))


def _sent_elsewhere(entry: Entry, target: Target) -> RequestError:
    now = "replay mode sends nothing" if target.mode == "replay" else f"{target.provider} would answer now"
    return RequestError(
        [Problem("job", f"{entry.record.job_id} was sent to {entry.provider}, and {now}: it can't be bought again.")],
        hint="Set VIDGO_API_KEY (or %vidgo key) and the mode under which it was sent, or settle it by --forget.",
    )
