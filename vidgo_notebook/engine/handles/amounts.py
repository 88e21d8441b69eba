"""What a job costs: its quote before, what is at stake while it is open, the charge after; nothing for a stand-in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat, Total
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.sums import Sums, total_sums
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.door import here
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.store.journal.journal import Entry

FREE = "It is emulated, so it costs nothing."


def is_free(job: Job) -> bool:
    """Whether it is a stand-in: nothing is paid for it, however it ends."""
    return job.provider == EMULATOR


def sums_of(job: Job) -> Sums:
    """What a job was quoted at, and what of it is at stake or charged in this run."""
    return Sums.of(moving.record(job), job.quote.total, free=is_free(job))


def sums_of_entry(entry: Entry) -> Sums:
    """The same for a job of the journal."""
    return Sums.of(entry.record, entry.record.quoted, free=entry.provider == EMULATOR)


def cost_sentence(job: Job, paid: str) -> str:
    """``paid`` is what to say of a job that costs something."""
    return FREE if is_free(job) else paid


def price_of(job: Job) -> str:
    """Its price inside a sentence: ``12 credits``, or ``a price that is not published``."""
    return "a price that is not published" if job.quote.total is None else str(job.quote)


def format_of(jobs: Iterable[Job]) -> CreditFormat:
    """How their prices are written as text."""
    return next((job.quote.credit_format for job in jobs), NO_CURRENCY)


@dataclass(frozen=True, slots=True, repr=False)
class BatchCosts:
    """Credits of a batch in this run. ``sums`` has what was quoted, is at stake and was charged; ``not_bought`` is
    the price of what is missing, ``reused`` that of pictures from the store and of repeated ones. ``uncertain``
    counts the pictures that may have been accepted, ``under_way`` those whose costs are not final."""

    pictures: int
    finished: int
    uncertain: int
    sums: Sums
    not_bought: Total
    reused: Total
    credit_format: CreditFormat = NO_CURRENCY
    under_way: int = 0

    @property
    def quoted(self) -> Decimal:
        """The published prices of all pictures, in credits."""
        return self.sums.quoted.credits

    @property
    def at_stake(self) -> Decimal:
        """The published prices of those that were sent and are not settled, in credits."""
        return self.sums.at_stake.credits

    @property
    def charged(self) -> Decimal:
        """The credits that they cost this time, as quoted."""
        return self.sums.charged.credits

    @property
    def missing(self) -> Decimal:
        """The published prices of what is missing, in credits."""
        return self.not_bought.credits

    @property
    def saved(self) -> Decimal:
        """The published prices of pictures that were there already, in credits."""
        return self.reused.credits

    @property
    def unpublished(self) -> int:
        """How many have no published price."""
        return self.sums.quoted.unpublished

    def __repr__(self) -> str:
        parts = [f"{self.finished:,} of {counted(self.pictures, 'picture')}", self.sums.text(self.credit_format)]
        if self.uncertain:
            parts.append(f"{counted(self.uncertain, 'picture')} uncertain ({here('%vidgo resolve')})")
        if self.reused:
            parts.append(f"{self.reused.text(self.credit_format)} saved by the store")
        if self.not_bought:
            parts.append(f"{self.not_bought.text(self.credit_format)} for what is missing")
        if self.under_way:
            parts.append(f"not final: {counted(self.under_way, 'job')} under way")
        return ", ".join(parts)


def costs_of(jobs: Sequence[Job]) -> BatchCosts:
    """What some jobs were quoted at, what of it is at stake or was charged this time, and what is missing."""
    sums = [(job, sums_of(job)) for job in jobs]
    unpaid = [job for job, each in sums if not (is_free(job) or each.at_stake or each.charged)]
    return BatchCosts(
        pictures=len(jobs),
        finished=sum(map(_is_there, jobs)),
        uncertain=sum(moving.state(job) is JobState.UNCERTAIN for job in jobs),
        sums=total_sums(each for _, each in sums),
        not_bought=Total.of(job.quote.total for job in unpaid if not _is_there(job) and job.quote.lines),
        reused=Total.of(job.quote.total for job in unpaid if _is_there(job)),
        credit_format=format_of(jobs),
        under_way=sum(not job.done() for job in jobs),
    )


def _is_there(job: Job) -> bool:
    return job.done() and job.exception() is None
