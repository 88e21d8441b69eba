"""Jobs of earlier sessions: found in the journal, and resumed."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Sized
from contextlib import suppress
from typing import TYPE_CHECKING

from vidgo_notebook.app.purchase.follow import follow, succeed
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.domain.sums import stake_words
from vidgo_notebook.domain.wording import counted, shown
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import sums_of_entry
from vidgo_notebook.engine.handles.failures import error_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.lease import surely_gone, surely_running
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.result_store import ResultStore

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


def resumable(session: Session) -> list[Entry]:
    """Jobs that are to be followed, and continued once no other process works on them, if this session's provider
    knows them."""
    left = _left(session)
    provider = session.target.provider if left else ""
    return [entry for entry in left if entry.provider == provider]


def in_one_line(session: Session) -> str:
    """How many jobs can be resumed, and what to type; '' without any. Raises VidgoError."""
    left = _left(session)
    here = session.target.provider if left else ""
    away = [entry.provider for entry in left if entry.provider not in (here, EMULATOR)]
    mine = [entry for entry in left if entry.provider == here]
    free = [entry for entry in mine if _is_free(session, entry)]
    said = []
    if paid := [entry for entry in free if entry.record.state is JobState.FETCHING]:
        said.append(
            f"{counted(len(paid), 'picture')} {_are(paid)} paid for and not here yet: %vidgo resume fetches "
            f"{'it' if len(paid) == 1 else 'them'}."
        )
    free = [entry for entry in free if entry.record.state is not JobState.FETCHING]
    own = [entry for entry in free if entry.record.job_id in session.jobs]
    if own:
        stake = stake_words(map(sums_of_entry, own), session.settings.credit_format)
        said.append(
            f"{counted(len(own), 'job')} of this session {_are(own)} no longer watched, {stake}: "
            f"%vidgo resume continues {'it' if len(own) == 1 else 'them'}."
        )
    if earlier := len(free) - len(own):
        said.append(f"{counted(earlier, 'job')} of an earlier session can be resumed with %vidgo resume.")
    if unclear := len(mine) - len(free) - len(paid):
        said.append(
            f"{counted(unclear, 'job')} of another session, which may have ended: %vidgo resume follows "
            f"{'it' if unclear == 1 else 'them'}, and continues what is left."
        )
    if away:
        said.append(
            f"{counted(len(away), 'job')} of an earlier session {_are(away)} at {', '.join(sorted(set(away)))}: "
            "set VIDGO_API_KEY (or %vidgo key), then %vidgo resume."
        )
    return " ".join(said)


def nothing_to_resume(session: Session) -> str:
    """Why no job is resumed: who carries those that are under way, or that there are none. Raises StoreError."""
    own = [job for job in session.under_way() if not moving.state(job).unsent]
    others = [entry for entry in _sent(session) if surely_running(entry.owner) and entry.owner != session.owner]
    said = []
    if own:
        said.append(f"{counted(len(own), 'job')} of this session {_are(own)} under way: %vidgo wait waits for them.")
    if others:
        said.append(f"{counted(len(others), 'job')} {_are(others)} carried by another kernel ({_who(others)}).")
    return " ".join(said) or "Nothing to resume."


def _are(jobs: Sized) -> str:
    return "is" if len(jobs) == 1 else "are"


def _process(owner: str) -> str:
    """The process in an owner's name: ``process 4711``."""
    parts = owner.split("|")
    return f"process {parts[1]}" if len(parts) > 1 else "of another machine"


def _who(entries: Sequence[Entry]) -> str:
    return ", ".join(sorted({_process(entry.owner) for entry in entries}))


def _left(session: Session) -> list[Entry]:
    """Jobs that were sent and have not ended, and that no process works on, as far as that can be known at once."""
    sent, here = _sent(session), _followed(session)
    return [
        entry
        for entry in sent
        if entry.record.job_id not in here and (entry.owner == session.owner or not surely_running(entry.owner))
    ]


def _sent(session: Session) -> list[Entry]:
    """Jobs that were sent, have not ended, and outlive the kernel that sent them."""
    return [
        entry
        for entry in session.journal.all_under_way()
        if entry.api != IN_KERNEL and entry.record.state is not JobState.UNCERTAIN and not entry.record.state.unsent
    ]


def _followed(session: Session) -> set[str]:
    return {job.id for job in session.under_way()}


def _is_free(session: Session, entry: Entry) -> bool:
    """Whether it is known at once that no other process works on a job."""
    return entry.owner in ("", session.owner) or surely_gone(entry.owner)


def worked_on(session: Session, entries: Collection[Entry]) -> list[Entry]:
    """Those jobs that a process works on, this one or another; it takes up to 15 s to be sure. Raises StoreError."""
    here = _followed(session)
    unclear = [entry for entry in entries if entry.record.job_id not in here and not _is_free(session, entry)]
    working = here | (session.engine.worked_on(unclear) if unclear else set())
    return [entry for entry in entries if entry.record.job_id in working]


def resume(session: Session) -> list[Job]:
    """Resume every job that can be; the jobs."""
    target = session.target
    jobs = [follow(session, from_json(entry.request), entry, target) for entry in resumable(session)]
    for job in jobs:
        succeed(session, job.id, job)
    return jobs


def join(session: Session, known: Collection[str]) -> list[Job]:
    """Handles on the jobs that were sent and have not ended, except those with a ``known`` id: resumed, or ending
    when the process that works on them ends them."""
    entries = [entry for entry in _sent(session) if entry.record.job_id not in known]
    target = session.target if entries else None
    jobs = [
        follow(session, from_json(entry.request), entry, target)
        for entry in entries
        if target and entry.provider == target.provider
    ]
    for job in jobs:
        succeed(session, job.id, job)
    return jobs


def check_all_joined(session: Session, known: Collection[str]) -> None:
    """Raise RequestError if other processes work on jobs that can't be waited for here."""
    unknown = [
        entry
        for entry in session.journal.all_under_way()
        if entry.record.state is not JobState.UNCERTAIN and entry.record.job_id not in known
    ]
    if left := worked_on(session, unknown):
        what = f"{counted(len(left), 'job')} of another kernel ({_who(left)}) {_are(left)} not waited for: "
        why = "not sent yet, or sent to another provider or to that kernel's own emulator."
        raise RequestError([Problem("jobs", what + why)], hint="%vidgo jobs lists them.")


def find_id(session: Session, text: str) -> str:
    """The id of this session or of the journal that is ``text`` or begins with it. RequestError if none, or several."""
    known = {job_id for job_id in list(session.jobs) if text and job_id.startswith(text)}
    if text in known:
        return text
    try:
        known |= {entry.record.job_id for entry in session.journal.entries(text, limit=2)} if text else set()
    except StoreError:  # without the journal those of this session are known
        if not known:
            raise
    if len(known) == 1:
        return known.pop()
    several = "names several jobs: write more of it." if known else "is not a job."
    raise RequestError([Problem("job", f"{shown(text)} {several}")], hint="%vidgo jobs lists them.")


def find_job(session: Session, text: str) -> Job:
    """The job of this session or of the journal by its id, or how that begins. RequestError if none, or several."""
    job_id = find_id(session, text)
    if job_id in session.jobs:
        return session.jobs[job_id]
    entry = find_entry(session, job_id)
    request = from_json(entry.request)
    if not entry.record.state.ended or entry.record.state is JobState.UNCERTAIN:
        job = follow(session, request, entry, session.target)
    else:
        job = Job(request, session.quote(request), entry.record, entry.provider)
        found = _stored_picture(session, entry) if entry.record.state is JobState.FINISHED else None
        if found:
            moving.finish(job, found)
        else:
            moving.fail(job, error_of(job))
    session.jobs[job.id] = job
    return job


def find_entry(session: Session, text: str) -> Entry:
    """The entry of the journal by the job's id, or how that begins. RequestError if none, or several."""
    entry = session.journal.entry(find_id(session, text))
    if entry is None:
        raise RequestError([Problem("job", f"{shown(text)} is not sent yet.")], hint="%vidgo jobs lists them.")
    return entry


def _stored_picture(session: Session, entry: Entry) -> Result | None:
    """The job's own picture, also when a fresh one replaced it, from the first store that has it undamaged."""
    for address in dict.fromkeys([entry.store, session.store.address, *session.journal.stores()]):
        with suppress(StoreError):  # the next one may have it
            store = ResultStore(address)
            record = store.find_generation(entry.record.fingerprint, entry.generation)
            if record and (path := store.picture(record)):
                return Result(record, path, store)
    return None
