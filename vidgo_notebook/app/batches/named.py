"""Batches: a plan ordered as one purchase, recorded under its name if it has one, and continued by that name."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
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
from vidgo_notebook.engine.handles import moving
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
    """The batch of a plan; its whole price is approved before anything is sent.

    Invalid combinations are refused, or left out with ``skip_invalid``; an invalid row of a table is a job
    that has failed already, so that every row keeps its place. With ``name`` the plan is recorded, and
    another kernel can continue it.

    Raises RequestError, BudgetError, ReplayError, AuthenticationError, InsufficientCreditsError or StoreError.
    """
    if plan.refused(skip_invalid=skip_invalid):
        raise RequestError(plan.faults(), hint=how_to_skip(plan))
    record = _plan_recorder(session, plan, name) if name else None
    ordered = iter(order_jobs(session, [place.request for place in plan.valid], choices, before=record))
    handles = _Handles(session)
    jobs: list[Job] = []
    left_out: list[LeftOut] = []
    for number, place in enumerate(plan.places):
        if not place.problems:
            jobs.append(handles.of(next(ordered), _row(plan, place)))
        elif plan.axes:
            left_out.append(LeftOut(number, _row(plan, place), place.problems))
        else:
            jobs.append(handles.failed_row(place, number + 1))
    again = partial(_order_again, session, choices)
    return Batch(jobs, axes=plan.axes, left_out=left_out, name=name, again=again, shown=session.show_progress)


def batch_of(session: Session, jobs: Sequence[Job], choices: PurchaseChoices) -> Batch:
    """A batch of jobs that were ordered as takes of one request."""
    return Batch(jobs, again=partial(_order_again, session, choices), shown=session.show_progress)


def _order_again(session: Session, choices: PurchaseChoices, failed: Sequence[Job]) -> list[Job]:
    handles = _Handles(session)
    jobs = order_jobs(session, [job.request for job in failed], choices)
    return [handles.of(job, old.row) for job, old in zip(jobs, failed, strict=True)]


def how_to_skip(plan: Plan) -> str | None:
    """How to leave out the invalid combinations; None if there is no valid one."""
    if not plan.valid:
        return None
    possible = f"{len(plan.valid)} of {len(plan.places)} combinations are possible"
    return f"{possible}: --skip-invalid (skip_invalid=True) generates only those."


def _row(plan: Plan, place: Place) -> Mapping[str, Any]:
    """What varies at a place; values other than text and numbers are given by their labels."""
    if not plan.axes:
        return place.row
    return {
        each.name: value if isinstance(value := place.row[each.name], (str, int, float)) else each.label(value)
        for each in plan.axes
    }


class _Handles:
    """One handle for each place: a picture that occurs twice in a plan is bought once and has two handles."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._given: set[str] = set()

    def of(self, job: Job, row: Mapping[str, Any]) -> Job:
        """The job itself for the first place that shows it, another handle on it for each further place."""
        if job.id in self._given or job.row:
            twin = Job(job.request, job.quote, moving.record(job), job.provider)
            moving.stand_for(twin, job)
            job = twin
        self._given.add(job.id)
        job.row = row
        return job

    def failed_row(self, place: Place, number: int) -> Job:
        """A job for an invalid row of a table: it has ended before anything was sent."""
        error = RequestError([replace(each, message=f"(row {number:,}) {each.message}") for each in place.problems])
        record = JobRecord(new_job_id(), "", JobState.REFUSED, charge=Decimal(0), message=error.message)
        job = Job(place.request, replace(_NO_PRICE, model=place.request.model), record, self._session.target.provider)
        job.row = place.row
        moving.fail(job, error)
        self._session.jobs[job.id] = job
        return job


# By name


def _plan_recorder(session: Session, plan: Plan, name: str) -> Callable[[], None]:
    """A function that records the plan under its name. RequestError if the name belongs to another batch."""
    if any(place.request.waits for place in plan.valid):
        raise RequestError(
            [Problem("name", f"batch {shown(name)} needs pictures that are still being made: wait for them first.")]
        )
    contents = contents_of(plan)

    def record() -> None:
        journal, text = session.journal, to_text(plan)
        recorded = journal.commit(lambda: journal.save_batch(name, contents, text, time.time()))
        if recorded != contents:
            raise RequestError(
                [Problem("name", f"there is a batch {shown(name)} with other contents.", "another name")],
                hint=f"vidgo.batch({name!r}) continues that one; %vidgo batches lists all.",
            )

    known = session.journal.batch(name)
    if known and known.contents != contents:
        record()  # which raises before a person is asked about the price
    return record


def continue_batch(session: Session, name: str, choices: PurchaseChoices) -> Batch:
    """The batch of this name as it is now; what is missing is bought. RequestError if it does not exist."""
    found = session.journal.batch(name)
    if found is None:
        names = [each.name for each in session.journal.batches()]
        raise RequestError(
            [Problem("name", f"there is no batch {shown(name)}.", nearest(name, names))],
            hint="%vidgo batches lists those that can be continued.",
        )
    plan, places = from_text(found.plan), []
    for place in plan.places:  # the journal records only the digests of images: each is looked up where it was
        images = tuple(recover(reference, {}, session.store).reference for reference in place.request.references)
        places.append(replace(place, request=replace(place.request, references=images)))
    return order(session, replace(plan, places=tuple(places)), choices, skip_invalid=True, name=name)
