"""How things stand: the session, its jobs, the named batches and the settings, as listings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from vidgo_notebook.app.costs import budget_left, uncertain_line
from vidgo_notebook.app.keys import VARIABLE as KEY_VARIABLE
from vidgo_notebook.app.plan.saved import from_text
from vidgo_notebook.app.purchase.resume import in_one_line
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.app.session import Session, notebook_name
from vidgo_notebook.app.target import mode_reason
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import NO_CREDITS, NO_CURRENCY, NOT_PUBLISHED, CreditFormat, Total, grouped
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sums import total_sums
from vidgo_notebook.domain.wording import counted, one_line
from vidgo_notebook.door import here
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import sums_of
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render.listing import Column, Fact, Listing, facts, short_time

_PROMPT_SHOWN = 60
_LATEST = 20


def standing(session: Session) -> Listing[Fact]:
    """Where things stand: mode, key, jobs under way, credits spent and budget, addresses of store and journal."""
    target, settings = session.target, session.settings
    budget, left = session.budget(target.provider), budget_left(session, target.provider)
    write, saved = settings.credit_format, Total(budget.saved, budget.saved_unpublished)
    of_budget = "none set"
    if (limit := settings.limit("budget")) is not None and left is not None:
        of_budget = f"{write.text(limit)} for this session, {write.number(left)} left"
    key = f"present, {session.keys.source}" if session.keys.source else f"none; set {KEY_VARIABLE} (or %vidgo key)"
    rows = [
        ("mode", f"{target.mode} ({mode_reason(settings, session.keys, target)})"),
        ("key", here(key)),
        ("under way", _under_way(session)),
        ("charged", _charged(session, Total(budget.spent, budget.spent_unpublished), emulated=target.emulated)),
        ("saved", f"{(NO_CREDITS if target.emulated else saved).text(write)} by the store"),
        ("budget", of_budget),
        ("store", settings.store),
        ("journal", settings.journal),
    ]
    try:
        if left_behind := in_one_line(session):
            rows.append(("left behind", here(left_behind)))
        if uncertain := uncertain_line(session):
            rows.append(("uncertain", here(uncertain)))
    except VidgoError as error:
        rows.append(("journal", error.message))
    return facts("vidgo_notebook", rows)


def _under_way(session: Session) -> str:
    """How many jobs go on, and what is at stake for those that were sent."""
    jobs = session.under_way()
    stake = total_sums(map(sums_of, jobs)).at_stake
    at_stake = f", up to {stake.text(session.settings.credit_format)} at stake" if stake else ""
    return counted(len(jobs), "job") + at_stake


def _charged(session: Session, spent: Total, *, emulated: bool) -> str:
    write = session.settings.credit_format
    if emulated:
        return (
            f"{NO_CREDITS.text(write)} in this session: stand-ins are free ({grouped(spent.credits)} emulated credits)"
        )
    return f"{spent.text(write)} in this session"


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job: its state, and its price before (``quoted``), open (``at_stake``) and after (``charged``).

    Amounts are credits; None where the price is not published, or not known yet. ``asked`` is when it was
    ordered, in UTC; ``variable`` is what holds it here, and ``notebook`` where it was ordered, '' where not known.
    """

    job: str
    status: str
    prompt: str
    model: str
    quoted: Decimal | None
    at_stake: Decimal | None
    charged: Decimal | None
    asked: datetime
    provider: str
    take: int = 1
    variable: str = ""
    notebook: str = ""

    def open(self, write: CreditFormat) -> str:
        """What is at stake, in words."""
        if self.at_stake is None:
            return NOT_PUBLISHED
        return f"up to {write.text(self.at_stake)}" if self.at_stake else "–"

    def cost(self, write: CreditFormat) -> str:
        """What the job was charged, in words; ``–`` while it goes on."""
        if self.provider == EMULATOR:
            return "free"
        if self.status == JobState.FORGOTTEN and self.charged is None:
            return "not known"
        billed = self.charged is not None or self.status in (JobState.FETCHING, JobState.FINISHED)
        return write.price(self.charged) if billed else "–"


class JobTable(Listing[JobRow]):
    """The latest jobs, newest first. Columns that do not tell these jobs apart are left out."""

    def __init__(self, rows: list[JobRow], write: CreditFormat = NO_CURRENCY) -> None:
        told_apart = {
            "variable": Column[JobRow]("variable", lambda row: row.variable or "–"),
            "take": Column[JobRow]("take", lambda row: str(row.take)),
            "notebook": Column[JobRow]("notebook", lambda row: PurePath(row.notebook).name or "–"),
            "provider": Column[JobRow]("provider", lambda row: row.provider),
        }
        more = {
            name: [column] if len({getattr(row, name) for row in rows}) > 1 else []
            for name, column in told_apart.items()
        }
        if any(row.variable for row in rows):
            more["variable"] = [told_apart["variable"]]
        columns = [
            Column[JobRow]("job", lambda row: row.job),
            *more["variable"],
            Column[JobRow]("status", lambda row: row.status),
            Column[JobRow]("prompt", lambda row: one_line(row.prompt, _PROMPT_SHOWN)),
            *more["take"],
            Column[JobRow]("model", lambda row: row.model),
            Column[JobRow]("quoted", lambda row: write.price(row.quoted)),
            Column[JobRow]("at stake", lambda row: row.open(write)),
            Column[JobRow]("charged", lambda row: row.cost(write)),
            Column[JobRow]("asked", lambda row: short_time(row.asked)),
            *more["notebook"],
            *more["provider"],
        ]
        title = "Jobs, newest first" if rows else "No jobs yet: a cell that begins with %%vidgo makes one."
        super().__init__(title, rows, columns)


def latest_jobs(session: Session, variables: Mapping[str, Any]) -> JobTable:
    """The latest jobs, newest first: those of this session that are not in the journal yet, then the journal's.

    ``variables`` are the user's, by which a job is known.
    """
    entries, now = session.journal.entries(limit=_LATEST), time.time()
    written = {entry.record.job_id for entry in entries}
    begun = [job for job in reversed(session.under_way()) if job.id not in written]
    rows = [job_row(moving.record(job), job.request, now, job.provider, notebook_name()) for job in begun]
    rows += [
        job_row(entry.record, from_json(entry.request), entry.created_at, entry.provider, entry.notebook)
        for entry in entries
    ]
    names = _names_of_jobs(variables)
    rows = [replace(row, variable=names.get(row.job, "")) for row in rows[:_LATEST]]
    return JobTable(rows, session.settings.credit_format)


def _names_of_jobs(variables: Mapping[str, Any]) -> dict[str, str]:
    """The variable that holds each job, by the job's id: ``hero``, or ``grid[2]``."""
    names: dict[str, str] = {}
    for name, value in list(variables.items()):
        if name.startswith("_"):
            continue
        if isinstance(value, Job):
            names[value.id] = name
        elif isinstance(value, Batch):
            for place, job in enumerate(value):
                names.setdefault(job.id, f"{name}[{place}]")
    return names


def job_row(job: JobRecord, request: GenerationRequest, created_at: float, provider: str, notebook: str = "") -> JobRow:
    stake = job.quoted if job.state.may_yet_be_billed else Decimal(0)
    asked = datetime.fromtimestamp(created_at, UTC)
    amounts = (job.quoted, Decimal(0), Decimal(0)) if provider == EMULATOR else (job.quoted, stake, job.charge)
    return JobRow(
        job.job_id,
        job.status,
        request.prompt,
        request.model,
        *amounts,
        asked,
        provider,
        request.take,
        notebook=notebook,
    )


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A named batch: how many of its pictures are in the store, and what the missing ones would cost, in credits."""

    name: str
    begun: datetime
    pictures: int
    stored: int
    missing: int
    would_cost: Decimal
    unpublished: int = 0
    under_way: int = 0


class BatchTable(Listing[BatchRow]):
    """The named batches."""

    def __init__(self, rows: list[BatchRow], write: CreditFormat = NO_CURRENCY) -> None:
        def would_cost(row: BatchRow) -> str:
            return Total(row.would_cost, row.unpublished).text(write) if row.missing else "–"

        columns = [
            Column[BatchRow]("name", lambda row: row.name),
            Column[BatchRow]("begun", lambda row: short_time(row.begun)),
            Column[BatchRow]("pictures", lambda row: f"{row.pictures:,}"),
            Column[BatchRow]("in the store", lambda row: f"{row.stored:,}"),
            Column[BatchRow]("under way", lambda row: f"{row.under_way:,}"),
            Column[BatchRow]("missing", lambda row: f"{row.missing:,}"),
            Column[BatchRow]("would cost", would_cost),
        ]
        known = "Batches: %vidgo continue NAME buys what is missing"
        super().__init__(known if rows else "No named batches yet: --batch NAME names one", rows, columns)


def batches(session: Session) -> Listing[BatchRow]:
    """The named batches: how many pictures of each are in the store or were sent, and what the rest costs."""
    rows = []
    for kept in session.journal.batches():
        price = from_text(session, kept.plan).price
        pictures, begun = len(price.requests), datetime.fromtimestamp(kept.at, UTC)
        missing, cost = pictures - price.stored - price.under_way, (price.missing, price.missing_unpublished)
        rows.append(BatchRow(kept.name, begun, pictures, price.stored, missing, *cost, price.under_way))
    return BatchTable(rows, session.settings.credit_format)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting, its value, and who set it."""

    setting: str
    value: str
    set_by: str
    description: str


_SETTING_COLUMNS = [
    Column[SettingRow]("setting", lambda row: row.setting),
    Column[SettingRow]("value", lambda row: row.value),
    Column[SettingRow]("set by", lambda row: row.set_by),
    Column[SettingRow]("", lambda row: row.description, prose=True),
]


def settings_table(session: Session) -> Listing[SettingRow]:
    """Every setting with its value and who set it; the key is not a setting."""
    settings = session.settings
    rows = [
        SettingRow(name, str(getattr(settings, name)), settings.origin_of(name).value, trait.help)
        for name, trait in sorted(settings.traits(config=True).items())
    ]
    return Listing("Settings: %config Vidgo.name = value sets one", rows, _SETTING_COLUMNS)
