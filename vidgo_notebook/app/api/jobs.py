"""The functions of ``import vidgo_notebook as vidgo`` for jobs that are there: listed, waited for, stopped, settled."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, overload

from vidgo_notebook.app.commands.find import entries_named, jobs_named, to_stop
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.resolve import UncertainTable, resolve_jobs, uncertain_table
from vidgo_notebook.app.purchase.resolve import resolve as resolve_entries
from vidgo_notebook.app.purchase.resume import resume as resume_jobs
from vidgo_notebook.app.purchase.stop import Stopped, ToStop, stop_jobs
from vidgo_notebook.app.status import JobTable, latest_jobs
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

AnyJobs = Job | Batch | str | Sequence[Job | str]
"""Jobs as users name them in Python."""


@public
def jobs() -> JobTable:
    """The latest jobs of this user, of all sessions, newest first.

    Returns
    -------
    JobTable
        A sequence of rows; amounts are in credits, times in UTC.

    Raises
    ------
    StoreError
        If the journal cannot be read.

    Examples
    --------
    >>> len(vidgo.jobs()) >= 0
    True
    """
    return latest_jobs(current_session(), vars(sys.modules["__main__"]))


@public
def resume() -> Batch:
    """Resume the jobs that an earlier session left at the service; nothing is bought.

    Returns
    -------
    Batch
        The jobs that are followed from now on; empty if there are none.

    Raises
    ------
    StoreError, AuthenticationError
        If the journal cannot be read, or there is no key for the service that has them.

    Examples
    --------
    >>> len(vidgo.resume())
    0
    """
    session = current_session()
    return _batch_of(session, resume_jobs(session))


@overload
def resolve() -> UncertainTable: ...
@overload
def resolve(job: AnyJobs, how: Literal["resubmit", "forget"], *, yes: bool = False) -> Batch: ...
@public
def resolve(job: AnyJobs | None = None, how: str | None = None, *, yes: bool = False) -> UncertainTable | Batch:
    """Settle jobs whose outcome is unknown; handles on them follow. Without arguments, list them.

    Parameters
    ----------
    job : Job, Batch, str, or a sequence of jobs or ids
        An id may be shortened to its beginning.
    how : {"resubmit", "forget"}
        Buy it again, at a price that is approved first; or no longer look for it.
    yes : bool
        Answers the question about the price.

    Returns
    -------
    Batch or UncertainTable
        The new jobs, none after ``"forget"``; or the uncertain jobs with what is at stake, in credits.

    Raises
    ------
    RequestError
        For what is not a job, or is not to be settled.
    BudgetError, AuthenticationError, StoreError
        Before anything is sent.

    Examples
    --------
    >>> vidgo.resolve()
    No job is uncertain.
    """
    session = current_session()
    if job is None and how is None:
        return uncertain_table(session)
    return _batch_of(session, resolve_entries(session, lambda: entries_named(session, _each([job]), {}), how, yes))


@public
def wait(*jobs: AnyJobs, timeout: float | None = None) -> Batch:
    """Wait until jobs have ended, with or without a picture.

    Parameters
    ----------
    *jobs : Job, Batch, str, or a sequence of jobs or ids
        Without any, all of this session that are under way.
    timeout : float, optional
        The longest wait, in seconds.

    Returns
    -------
    Batch
        The jobs.

    Raises
    ------
    RequestError
        For what is not a job.
    JobTimeoutError
        When the time is up; the jobs go on.

    Examples
    --------
    >>> vidgo.wait(timeout=60).done()
    True
    """
    session = current_session()
    found = jobs_named(session, _each(jobs), {}) if jobs else session.under_way()
    return _batch_of(session, found).wait(timeout)


@public
def stop(*jobs: AnyJobs) -> Stopped:
    """Stop jobs that are not sent yet, at no cost; what is sent goes on.

    Parameters
    ----------
    *jobs : Job, Batch, str, or a sequence of jobs or ids
        Also of other kernels, and the name of a batch. Without any, all of this session.

    Returns
    -------
    Stopped
        The ids of the jobs that were stopped, that go on, and that had ended; and how many pictures of a named
        batch the workers of a cluster had not begun, and no longer send.

    Raises
    ------
    RequestError
        For what is neither a job nor a batch.
    StoreError
        If the journal cannot be read.

    Examples
    --------
    >>> vidgo.stop().go_on
    ()
    """
    session = current_session()
    return stop_jobs(session, to_stop(session, _each(jobs), {}) if jobs else ToStop.all_of(session))


def _batch_of(session: Session, jobs: Sequence[Job]) -> Batch:
    return Batch(jobs, settle=partial(resolve_jobs, session), shown=session.show_progress)


def _each(jobs: Sequence[object]) -> list[object]:
    """Jobs one by one; a batch stays one."""
    found: list[object] = []
    for job in jobs:
        found += job if isinstance(job, (list, tuple)) else [job]
    return found
