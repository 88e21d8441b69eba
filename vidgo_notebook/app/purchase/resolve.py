"""Jobs that a person has to settle: uncertain ones, and those that the service no longer knows."""

from __future__ import annotations

import time
from contextlib import suppress

from vidgo_notebook.app.purchase.resume import can_take_up, find_entry
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import Forgotten, JobState, move
from vidgo_notebook.engine.handles.failures import local_time
from vidgo_notebook.engine.lease import LEASE_SECONDS
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.store.journal.journal import Entry

_CAN_BE_SETTLED = (JobState.UNCERTAIN, JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING)


def entry_to_settle(session: Session, name: str) -> Entry:
    """The job whose id begins with ``name``, if a person has to settle it. Raises RequestError."""
    entry = find_entry(session, name)
    state = entry.record.state
    if state not in _CAN_BE_SETTLED:
        raise RequestError([Problem("job", f"{entry.record.job_id} is {state.value}: there is nothing to settle.")])
    if state is not JobState.UNCERTAIN and not can_take_up(session, entry):
        raise RequestError([Problem("job", f"{entry.record.job_id} is {state.value}, and a process works on it.")])
    return entry


def what_is_known(session: Session, entry: Entry) -> list[tuple[str, str]]:
    """The facts for the decision: when it was sent, the price at stake, the balance then and now."""
    job, write = entry.record, session.settings.credit_format
    sent = entry.submitted_at or entry.created_at
    rows = [
        ("job", f"{job.job_id}, {job.state.value}"),
        ("sent", local_time(sent)),
        ("at stake", write.price(job.quoted)),
        ("what happened", job.message or "–"),
    ]
    if before := session.journal.last_balance(entry.provider, until=sent):
        rows.append(("balance before", f"{write.text(before[1])}, {local_time(before[0])}"))
    if entry.provider == session.target.provider:
        with suppress(VidgoError):  # no key or no network now
            rows.append(("balance now", write.text(session.balance())))
    return rows


def forget(session: Session, entry: Entry) -> None:
    """Give a job up: its request may be bought again. Raises RequestError if its state changed meanwhile."""
    now = time.time()
    journal, owner = session.journal, session.owner

    def settled() -> bool:
        taken = journal.take_over(entry, owner, now + LEASE_SECONDS, entry.store)
        return taken is not None and journal.move(
            move(taken.record, Forgotten()), "Forgotten", owner, now, before=taken.record.state
        )

    if not journal.commit(settled):
        raise RequestError([Problem("job", f"{entry.record.job_id} has changed meanwhile: look again.")])
    session.jobs.pop(entry.record.job_id, None)
