"""Finds the JOB of a command: a variable that holds one, an id, or the beginning of an id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from vidgo_notebook.app.plan.saved import from_text
from vidgo_notebook.app.purchase.resolve import HOW_TO_LIST, entries_to_settle
from vidgo_notebook.app.purchase.resume import find_id, find_job
from vidgo_notebook.app.purchase.stop import ToStop
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.domain.wording import described, nearest, shown
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
    value = _value_of(name, variables)
    if isinstance(value, str) and (kept := session.journal.batch(value)):
        plan, provider = from_text(session, kept.plan), session.target.provider
        wanted = (fingerprint(place.request, provider) for place in plan.valid if not place.request.waits)
        return ToStop(fingerprints=tuple(wanted))
    return ToStop(tuple(map(_id, _meant(session, name, variables))))


def _ids(session: Session, name: object, variables: Mapping[str, Any]) -> list[str]:
    meant = _meant(session, name, variables)
    if not isinstance(_value_of(name, variables), (list, tuple, Batch)):
        return list(map(_id, meant))
    open_jobs = [_id(job) for job in meant if isinstance(job, str) or job.status == JobState.UNCERTAIN]
    if not open_jobs:
        raise RequestError([Problem("job", f"no job of {name} is uncertain: there is nothing to settle.")])
    return open_jobs


def _id(job: Job | str) -> str:
    return job if isinstance(job, str) else job.id


def _of(session: Session, name: object, variables: Mapping[str, Any]) -> list[Job]:
    return [job if isinstance(job, Job) else find_job(session, job) for job in _meant(session, name, variables)]


def _value_of(name: object, variables: Mapping[str, Any]) -> object:
    return variables[name] if isinstance(name, str) and name in variables else name


def _meant(session: Session, name: object, variables: Mapping[str, Any]) -> list[Job | str]:
    """What a name means everywhere: the jobs of a variable, or an id. RequestError with the nearest name."""
    value = _value_of(name, variables)
    if isinstance(value, Job):
        return [value]
    if isinstance(value, Result):
        return [value.record.job_id]
    if isinstance(value, (list, tuple, Batch)):
        return [job for each in value for job in _meant(session, each, {})]
    if not isinstance(name, str):
        raise RequestError([Problem("job", f"{described(value)} is not a job.")])
    if value is not name:  # a variable: of an id, or with the name of one
        for text in (value, name):
            with suppress(RequestError):
                if isinstance(text, str):
                    return [find_id(session, text)]
        what = f"{shown(name)} is not a job: the variable of that name is of type {type(value).__name__}."
        raise RequestError([Problem("job", what)])
    try:
        return [find_id(session, name)]
    except RequestError as error:
        known = [known for known, held in variables.items() if isinstance(held, (Job, Batch))]
        near = nearest(name, [*known, *session.jobs])
        raise RequestError([Problem(each.field, each.message, near) for each in error.problems]) from None
