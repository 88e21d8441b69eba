"""Finds the JOB of a command: a variable that holds one, an id, or the beginning of an id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from vidgo_notebook.app.plan.saved import from_text
from vidgo_notebook.app.purchase.resolve import HOW_TO_LIST, entries_to_settle
from vidgo_notebook.app.purchase.resume import find_entry, find_job
from vidgo_notebook.app.purchase.stop import ToStop
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.journal.journal import Entry


def jobs_named(session: Session, names: Sequence[object], variables: Mapping[str, Any]) -> list[Job]:
    """The jobs of some names, each once, in their order: a variable wins over an id, and a batch is all its jobs.

    A name may also be the job, batch or result itself. Raises RequestError with a problem for each that is none.
    """
    found: list[Job] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found += _of(session, name, variables)
        except RequestError as error:
            problems += error.problems
    if problems:
        raise RequestError(problems, hint="%vidgo jobs lists them.")
    return list(dict.fromkeys(found))


def entries_named(session: Session, names: Sequence[object], variables: Mapping[str, Any]) -> list[Entry]:
    """The journal's entries of jobs that a person has to settle, by the same names; of a batch, those that it has.

    Raises RequestError with a problem for each name that is none.
    """
    ids: list[str] = []
    found: list[Entry] = []
    problems: list[Problem] = []
    for name in names:
        try:
            ids += _ids(session, name, variables)
        except RequestError as error:
            problems += error.problems
    try:
        found = entries_to_settle(session, ids)
    except RequestError as error:
        problems += error.problems
    if problems:
        raise RequestError(problems, hint=HOW_TO_LIST)
    return found


def to_stop(session: Session, names: Sequence[object], variables: Mapping[str, Any]) -> ToStop:
    """Jobs by such names, also of other kernels, and the pictures of a batch with a name."""
    found = ToStop()
    problems: list[Problem] = []
    for name in names:
        try:
            found += _to_stop(session, name, variables)
        except RequestError as error:
            problems += error.problems
    if problems:
        raise RequestError(problems, hint="%vidgo jobs lists the jobs, %vidgo batches the batches.")
    return found


def _to_stop(session: Session, name: object, variables: Mapping[str, Any]) -> ToStop:
    value = variables[name] if isinstance(name, str) and name in variables else name
    if isinstance(value, (Job, Batch, list, tuple)):
        return ToStop(tuple(job.id for job in _of(session, name, variables)))
    text = _id(value, name)
    if kept := session.journal.batch(text):
        plan, provider = from_text(session, kept.plan), session.target.provider
        wanted = (fingerprint(place.request, provider) for place in plan.valid if not place.request.waits)
        return ToStop(fingerprints=tuple(wanted))
    return ToStop((find_entry(session, text).record.job_id,))


def _ids(session: Session, name: object, variables: Mapping[str, Any]) -> list[str]:
    value = variables[name] if isinstance(name, str) and name in variables else name
    if not isinstance(value, (list, tuple, Batch)):
        return [job.id for job in _of(session, name, variables)] if isinstance(value, Job) else [_id(value, name)]
    open_jobs = [job.id for job in value if isinstance(job, Job) and job.status == JobState.UNCERTAIN]
    if not open_jobs:
        raise RequestError([Problem("job", f"no job of {name} is uncertain: there is nothing to settle.")])
    return open_jobs


def _id(value: object, name: object) -> str:
    text = value if isinstance(value, str) else name
    if not isinstance(text, str):
        raise RequestError([Problem("job", f"something of type {type(value).__name__} is not a job.")])
    return text


def _of(session: Session, name: object, variables: Mapping[str, Any]) -> list[Job]:
    value = variables[name] if isinstance(name, str) and name in variables else name
    if isinstance(value, Job):
        return [value]
    if isinstance(value, (list, tuple, Batch)) and all(isinstance(each, Job) for each in value):
        return list(value)
    if isinstance(value, Result):
        return [find_job(session, value.record.job_id)]
    if value is not name:  # a variable: of an id, or with the name of one
        for job_id in (value, name):
            with suppress(RequestError):
                if isinstance(job_id, str):
                    return [find_job(session, job_id)]
        what = f"{shown(str(name))} is not a job: the variable of that name is of type {type(value).__name__}."
        raise RequestError([Problem("job", what)])
    if not isinstance(value, str):
        raise RequestError([Problem("job", f"something of type {type(value).__name__} is not a job.")])
    try:
        return [find_job(session, value)]
    except RequestError as error:
        known = [known for known, held in variables.items() if isinstance(held, (Job, Batch))]
        near = nearest(value, [*known, *session.jobs])
        raise RequestError([Problem(each.field, each.message, near) for each in error.problems]) from None
