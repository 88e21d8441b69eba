"""From a plan to a batch: priced as a whole, approved once, bought where it is missing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.plan import Place, Plan, contents_of, from_text, to_text
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.recover import recover
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.request import Tier
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.engine.handles.batch import Batch, LeftOut
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import new_job_id
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_NO_PRICE = Quote("", (), Decimal(0), Tier("", ""), "")


def order(
    session: Session, plan: Plan, choices: PurchaseChoices, *, skip_invalid: bool = False, name: str = ""
) -> Batch:
    """The batch of a plan, its whole price approved before anything is sent.

    Combinations that can't be asked for are refused, or left out with ``skip_invalid``; a row of a table
    that can't is a job that has failed already, so that every row keeps its place. With ``name`` the plan
    is kept, to be continued by another kernel.

    Raises RequestError, BudgetError, ReplayError, AuthenticationError, InsufficientCreditsError or StoreError.
    """
    if plan.refused(skip_invalid=skip_invalid):
        raise RequestError(plan.faults(), hint=how_to_skip(plan))
    keep = _keeper(session, plan, name) if name else None
    ordered = iter(order_jobs(session, [place.request for place in plan.valid], choices, before=keep))
    handles = _Handles(session)
    jobs = [
        handles.failed_row(place, number) if place.problems else handles.of(next(ordered), _row(plan, place))
        for number, place in enumerate(plan.places, 1)
        if not (plan.axes and place.problems)
    ]
    return Batch(
        jobs,
        axes=plan.axes,
        left_out=_left_out(plan),
        name=name,
        again=partial(_again, session, choices),
        shown=session.show_progress,
    )


def _left_out(plan: Plan) -> list[LeftOut]:
    """The combinations that can't be asked for; every row of a table keeps its place instead."""
    numbered = enumerate(plan.places if plan.axes else ())
    return [LeftOut(number, _row(plan, place), place.problems) for number, place in numbered if place.problems]


def bundle(session: Session, jobs: Sequence[Job], choices: PurchaseChoices) -> Batch:
    """A batch of jobs that were asked for as takes of one request."""
    return Batch(jobs, again=partial(_again, session, choices), shown=session.show_progress)


def _again(session: Session, choices: PurchaseChoices, failed: Sequence[Job]) -> list[Job]:
    handles = _Handles(session)
    jobs = order_jobs(session, [job.request for job in failed], choices)
    return [handles.of(job, old.row) for job, old in zip(jobs, failed, strict=True)]


def how_to_skip(plan: Plan) -> str | None:
    """What to add to leave out what can't be asked for; None where nothing else is left."""
    if not plan.valid:
        return None
    possible = f"{len(plan.valid)} of {len(plan.places)} combinations are possible"
    return f"{possible}: --skip-invalid (skip_invalid=True) makes those."


def _row(plan: Plan, place: Place) -> Mapping[str, Any]:
    """What varies there; values that are no plain ones by their labels."""
    if not plan.axes:
        return place.row
    return {
        each.name: value if isinstance(value := place.row[each.name], (str, int, float)) else each.label(value)
        for each in plan.axes
    }


class _Handles:
    """One handle for each place: a picture that is there twice is bought once, and has two."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._given: set[str] = set()

    def of(self, job: Job, row: Mapping[str, Any]) -> Job:
        """The job itself for the first place that shows it, a handle on it for any other."""
        if job.id in self._given or job.row:
            twin = Job(job.request, job.quote, job.record, job.provider)
            twin.stand_for(job)
            job = twin
        self._given.add(job.id)
        job.row = row
        return job

    def failed_row(self, place: Place, number: int) -> Job:
        """A job in the place of a row that can't be asked for: it ended before it began."""
        error = RequestError([replace(each, message=f"(row {number:,}) {each.message}") for each in place.problems])
        record = JobRecord(new_job_id(), "", JobState.REFUSED, charge=Decimal(0), message=error.message)
        job = Job(place.request, replace(_NO_PRICE, model=place.request.model), record, self._session.target.provider)
        job.row = place.row
        job.fail(error)
        self._session.jobs[job.id] = job
        return job


# By name


def _keeper(session: Session, plan: Plan, name: str) -> Any:
    """What keeps the plan under its name. RequestError if the name means another batch already."""
    if any(place.request.waits for place in plan.valid):
        raise RequestError(
            [Problem("name", f"batch {shown(name)} needs pictures that are still being made: wait for them first.")]
        )
    contents = contents_of(plan)

    def keep() -> None:
        journal, text = session.journal, to_text(plan)
        kept = journal.commit(lambda: journal.keep_batch(name, contents, text, time.time()))
        if kept != contents:
            raise RequestError(
                [Problem("name", f"there is a batch {shown(name)} with other contents.", "another name")],
                hint=f"vidgo.batch({name!r}) continues that one; %vidgo batches lists all.",
            )

    known = _known_contents(session, name)
    if known is not None and known != contents:
        keep()
    return keep


def _known_contents(session: Session, name: str) -> str | None:
    found = session.journal.batch(name)
    return found.contents if found else None


def continue_batch(session: Session, name: str, choices: PurchaseChoices) -> Batch:
    """The batch of this name as it is now; what is missing is bought. RequestError if there is none."""
    found = session.journal.batch(name)
    if found is None:
        names = [each.name for each in session.journal.batches()]
        raise RequestError(
            [Problem("name", f"there is no batch {shown(name)}.", nearest(name, names))],
            hint="%vidgo batches lists those that can be continued.",
        )
    return order(session, _with_images(session, from_text(found.plan)), choices, skip_invalid=True, name=name)


def _with_images(session: Session, plan: Plan) -> Plan:
    """The plan with its images found again, where they lie as they did: the journal keeps only their digests."""
    return replace(plan, places=tuple(_found_again(session, place) for place in plan.places))


def _found_again(session: Session, place: Place) -> Place:
    references = place.request.references
    if not references:
        return place
    found = tuple(recover(reference, {}, session.store).reference for reference in references)
    return replace(place, request=replace(place.request, references=found))
