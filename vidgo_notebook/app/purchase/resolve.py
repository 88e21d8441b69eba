"""Jobs that a person has to settle: uncertain ones, and those that the service no longer knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.follow import settle, succeed
from vidgo_notebook.app.purchase.order import resubmit
from vidgo_notebook.app.purchase.resume import find_entry, worked_on
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.arguments import flag_of
from vidgo_notebook.domain.job_state import Forgotten, JobState, move
from vidgo_notebook.domain.pricing import CreditFormat, Total
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.sums import NOTHING_YET, Sums, jobs_at_stake
from vidgo_notebook.domain.wording import described, one_line
from vidgo_notebook.engine.handles.failures import local_time
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import Problem, Problems, RequestError, VidgoError
from vidgo_notebook.render.listing import Column, Listing, short_time
from vidgo_notebook.store.journal.journal import Entry

_CAN_BE_SETTLED = (JobState.UNCERTAIN, JobState.NOT_STARTED, JobState.RUNNING, JobState.FETCHING)
_PROMPT_SHOWN = 60

HOW_TO_LIST = "%vidgo resolve lists the uncertain jobs."


def entries_to_settle(session: Session, names: Iterable[str]) -> list[Entry]:
    """The jobs whose ids begin with ``names``, each once. Raises RequestError unless a person has to settle them all.

    Whether another process works on a job takes up to 15 s to see, for all of them together.
    """
    found: dict[str, Entry] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            entry = find_entry(session, name)
        except RequestError as error:
            problems += error.problems
            continue
        if entry.record.state in _CAN_BE_SETTLED:
            found[entry.record.job_id] = entry
        else:
            problems.append(_problem(entry, ": there is nothing to settle."))
    sent = [entry for entry in found.values() if entry.record.state is not JobState.UNCERTAIN]
    problems += [_problem(entry, ", and a process works on it.") for entry in worked_on(session, sent)]
    if problems:
        raise RequestError(problems)
    return list(found.values())


def _problem(entry: Entry, why: str) -> Problem:
    return Problem("job", f"{entry.record.job_id} is {entry.record.status}{why}")


def uncertain_entries(session: Session) -> list[Entry]:
    """Every uncertain job of the journal, oldest first. Raises StoreError."""
    return [entry for entry in session.journal.all_under_way() if entry.record.state is JobState.UNCERTAIN]


@dataclass(frozen=True, slots=True)
class UncertainRow:
    """A job whose outcome is unknown: when it was sent (UTC), and its price in credits, None if not published."""

    job: str
    sent: datetime
    at_stake: Decimal | None
    model: str
    prompt: str
    provider: str


class UncertainTable(Listing[UncertainRow]):
    """The jobs whose outcome is unknown, what is at stake, and how to settle them."""

    def __init__(self, rows: Sequence[UncertainRow], credit_format: CreditFormat) -> None:
        columns = [
            Column[UncertainRow]("job", lambda row: row.job),
            Column[UncertainRow]("sent", lambda row: short_time(row.sent)),
            Column[UncertainRow]("at stake", lambda row: _stake(row.provider, row.at_stake, credit_format)),
            Column[UncertainRow]("model", lambda row: row.model),
            Column[UncertainRow]("prompt", lambda row: one_line(row.prompt, _PROMPT_SHOWN)),
            Column[UncertainRow]("provider", lambda row: row.provider),
        ]
        sums = [NOTHING_YET if row.provider == EMULATOR else Sums(at_stake=Total.of([row.at_stake])) for row in rows]
        known = jobs_at_stake("uncertain", sums, credit_format)
        title = known if rows else "No job is uncertain."
        super().__init__(title, rows, columns, _commands(rows))


def _stake(provider: str, price: Decimal | None, credit_format: CreditFormat) -> str:
    return "emulated, free" if provider == EMULATOR else credit_format.price(price)


def _commands(rows: Sequence[UncertainRow]) -> list[str]:
    each = [
        f"%vidgo resolve {row.job} --resubmit buys it again; %vidgo resolve {row.job} --forget gives it up."
        for row in rows
    ]
    every = "%vidgo resolve --all --resubmit, or %vidgo resolve --all --forget, settles all of them."
    both = [every] if len(rows) > 1 else []
    return [*each, *both]


def uncertain_table(session: Session) -> UncertainTable:
    """The jobs whose outcome is unknown. Raises StoreError."""
    rows = [_row(entry) for entry in uncertain_entries(session)]
    return UncertainTable(rows, session.settings.credit_format)


def _row(entry: Entry) -> UncertainRow:
    job, request = entry.record, from_json(entry.request)
    sent = datetime.fromtimestamp(entry.submitted_at or entry.created_at, UTC)
    stake = Decimal(0) if entry.provider == EMULATOR else job.quoted
    return UncertainRow(job.job_id, sent, stake, request.model, request.prompt, entry.provider)


def what_is_known(session: Session, entry: Entry) -> list[tuple[str, str]]:
    """The facts for the decision: when it was sent, the price at stake, the balance then and now."""
    job, price = entry.record, session.settings.credit_format
    sent = entry.submitted_at or entry.created_at
    rows = [
        ("job", f"{job.job_id}, {job.status}"),
        ("sent", local_time(sent)),
        ("at stake", _stake(entry.provider, job.quoted, price)),
        ("what happened", job.message or "–"),
    ]
    if before := session.journal.last_balance(entry.provider, until=sent):
        rows.append(("balance before", f"{price.text(before[1])}, {local_time(before[0])}"))
    if entry.provider == session.target.provider:
        with suppress(VidgoError):  # no key or no network now
            rows.append(("balance now", price.text(session.balance())))
    return rows


def resolve(session: Session, find: Callable[[], Sequence[Entry]], how: object, yes: object) -> list[Job]:
    """Settle the jobs that ``find`` finds; the new jobs, none after ``"forget"``. Handles on the old ones follow.

    Raises RequestError, BudgetError, StoreError or AuthenticationError before anything is sent.
    """
    found = Problems()
    if not isinstance(how, str) or how not in ("resubmit", "forget"):
        message = f"{described(how)} is not a way to settle a job."
        found.append(Problem("how", message, '"resubmit" or "forget"'))
    sure = found.of(lambda: flag_of("yes", yes), False)
    found.check()
    entries = find()
    if not entries:
        raise RequestError([Problem("job", "none is named: there is nothing to settle.")], hint=HOW_TO_LIST)
    if how == "resubmit":
        return buy_again(session, entries, PurchaseChoices(fresh=True, yes=sure))
    forget(session, entries)
    return []


def resolve_jobs(session: Session, jobs: Sequence[Job], how: object, yes: bool) -> list[Job]:
    """``resolve`` for the jobs of some handles, each once."""
    return resolve(session, lambda: entries_to_settle(session, [job.id for job in jobs]), how, yes)


def forget(session: Session, entries: Sequence[Entry]) -> None:
    """Give jobs up, all or none: their requests may be bought again. Their handles follow.

    Raises RequestError if the state of one changed meanwhile.
    """
    _forget(session, entries)
    for entry in entries:
        known = session.jobs.get(entry.record.job_id)
        given_up = session.journal.entry(entry.record.job_id)
        if known and given_up and known.done():
            settle(session, known, given_up)


def buy_again(session: Session, entries: Sequence[Entry], choices: PurchaseChoices) -> list[Job]:
    """Buy again what these jobs asked for, at a price that is approved for all together. Their handles follow.

    Raises RequestError, BudgetError, StoreError or AuthenticationError before anything is sent.
    """
    jobs = resubmit(session, entries, lambda: _forget(session, entries), choices)
    for entry, job in zip(entries, jobs, strict=True):
        succeed(session, entry.record.job_id, job)
    return jobs


def _forget(session: Session, entries: Sequence[Entry]) -> None:
    now = time.time()
    journal, owner = session.journal, session.owner

    def settled() -> None:
        for entry in entries:
            taken = journal.take_over(entry, owner, entry.store)
            gone = taken is None or not journal.move(
                move(taken.record, Forgotten()), "Forgotten", owner, now, before=taken.record.state
            )
            if gone:  # the whole commit is undone
                raise RequestError([Problem("job", f"{entry.record.job_id} has changed meanwhile: look again.")])

    journal.commit(settled)
