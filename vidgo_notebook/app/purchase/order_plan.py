"""From a plan to a batch of jobs: what varies, a handle for each place, and how it is ordered again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.plan import Place, Plan
from vidgo_notebook.app.purchase.approval import DEFAULT_CHOICES, PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.request import Tier
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch, LeftOut
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import new_job_id
from vidgo_notebook.errors import Problems, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.purchase.save import SaveOption

_NO_PRICE = Quote("", (), Decimal(0), Tier("", ""), "")


def order(
    session: Session,
    plan: Plan,
    choices: PurchaseChoices = DEFAULT_CHOICES,
    *,
    skip_invalid: bool = False,
    name: str = "",
    problems: Problems | None = None,
) -> Batch:
    """The batch of a plan; its whole price is approved before anything is sent. One picture is a batch of one.

    Invalid combinations are refused, or left out with ``skip_invalid``; an invalid row of a table is a job
    that has failed already, so that every row keeps its place. With ``name`` the plan is recorded, and
    another kernel can continue it. ``problems`` are the caller's own, reported with those of the plan.

    Raises RequestError, BudgetError, ReplayError, AuthenticationError, InsufficientCreditsError or StoreError.
    """
    plan.check(problems, skip_invalid=skip_invalid)
    if plan.drawn:
        from vidgo_notebook.app.plan.seeds import with_seed_kept  # late: few prompts draw

        plan = with_seed_kept(session, plan, plan.drawn)
        plan.check(skip_invalid=skip_invalid)
    save = choices.save
    check_new = None if save is None else partial(_check_new, plan, save)
    requests = [place.request for place in plan.valid]
    ordered = order_jobs(session, requests, choices, _recorder(session, plan, name), check_new)
    jobs, left_out = _jobs_of_places(session, plan, ordered)
    batch = Batch(
        jobs,
        axes=plan.axes,
        left_out=left_out,
        name=name,
        again=partial(_order_again, session, choices),
        settle=partial(_settle, session),
        shown=session.show_progress,
    )
    batch.notes += plan.notes[1:]
    _save(session, plan, save, batch)
    return batch


def _recorder(session: Session, plan: Plan, name: str) -> Callable[[], None] | None:
    """What records the plan of a batch with a name before anything is sent."""
    if not name:
        return None
    from vidgo_notebook.app.plan.saved import recorder  # late: few batches have a name

    return recorder(session, plan, name)


def _jobs_of_places(session: Session, plan: Plan, ordered: Sequence[Job]) -> tuple[list[Job], list[LeftOut]]:
    """A job for each place, in their order, and the combinations of a sweep that are left out."""
    handles, valid = _Handles(session), iter(ordered)
    jobs: list[Job] = []
    left_out: list[LeftOut] = []
    for number, place in enumerate(plan.places):
        if not place.problems:
            jobs.append(handles.of(next(valid), _row(plan, place)))
        elif plan.axes:
            left_out.append(LeftOut(number, _row(plan, place), place.problems))
        else:
            jobs.append(handles.failed_row(place, number + 1))
    return jobs, left_out


def _save(session: Session, plan: Plan, save: SaveOption | None, batch: Batch) -> None:
    """Have the pictures of a batch saved as they end: where their rows say, and where the option says."""
    if any(place.save for place in plan.valid):
        from vidgo_notebook.app.purchase.save import save_rows  # late: it draws sheets, and few orders save

        save_rows(session, [place.save if not place.problems else "" for place in plan.places], batch)
    if save:
        from vidgo_notebook.app.purchase.save import save_when_done  # late: it draws sheets, and few orders save

        save_when_done(session, save, batch)


def _check_new(plan: Plan, save: SaveOption, places: Sequence[int]) -> None:
    """RequestError if a picture that would be bought can't be saved."""
    numbers = [place + 1 if plan.axes else plan.valid[place].request.take for place in places]
    save.check_new(numbers, sweep=bool(plan.axes))


def _order_again(session: Session, choices: PurchaseChoices, failed: Sequence[Job]) -> list[Job]:
    handles = _Handles(session)
    jobs = order_jobs(session, [job.request for job in failed], choices)
    return [handles.of(job, old.row) for job, old in zip(jobs, failed, strict=True)]


def _settle(session: Session, jobs: Sequence[Job], how: object, yes: bool) -> None:
    from vidgo_notebook.app.purchase.resolve import resolve_jobs  # late: few batches have uncertain jobs

    resolve_jobs(session, jobs, how, yes)


# The handles of a batch


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
        if job.id in self._given or (row and job.row):
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
