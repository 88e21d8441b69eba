"""Sums of credits in three columns that are never mixed: quoted before, at stake while open, charged after.

============  =========================================================================================
``quoted``    the price of all pictures, before anything is sent
``at_stake``  the price of those that were sent and are not settled: under way, or their outcome uncertain
``charged``   what the account paid, as quoted; 0 for a failure, for the store's pictures and for stand-ins
============  =========================================================================================

An unpublished price is counted beside the credits, never as 0 of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import NO_CREDITS, NO_CURRENCY, CreditFormat, Total
from vidgo_notebook.domain.wording import counted


@dataclass(frozen=True, slots=True)
class Sums:
    """What some pictures were quoted at, what of it is at stake, and what was charged."""

    quoted: Total = NO_CREDITS
    at_stake: Total = NO_CREDITS
    charged: Total = NO_CREDITS

    @classmethod
    def of(cls, job: JobRecord, quoted: Decimal | None, *, free: bool) -> Sums:
        """Those of one job. ``free`` for a stand-in: it has a price, and nothing is at stake or charged."""
        price = Total.of([quoted])
        if free:
            return cls(price)
        if job.state.may_yet_be_billed:
            return cls(price, at_stake=price)
        return cls(price, charged=Total.of([job.charge]) if is_billed(job) else NO_CREDITS)

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.quoted + other.quoted,
            self.at_stake + other.at_stake,
            self.charged + other.charged,
        )

    def text(self, credit_format: CreditFormat = NO_CURRENCY) -> str:
        """``14 credits charged, up to 2 at stake, of 28 quoted``; only the first if all of it was charged."""
        quoted = f", of {self.quoted.number(credit_format)} quoted" if self.quoted != self.charged else ""
        return self.so_far(credit_format) + quoted

    def so_far(self, credit_format: CreditFormat = NO_CURRENCY) -> str:
        """``14 credits charged, up to 2 at stake``."""
        stake = f", up to {self.at_stake.number(credit_format)} at stake" if self.at_stake else ""
        return f"{self.charged.text(credit_format)} charged{stake}"


NOTHING_YET = Sums()
"""Of no picture."""


def is_billed(job: JobRecord) -> bool:
    """Whether what the job cost is settled: it has its picture, it has failed, or it was given up and nevertheless
    accepted."""
    return job.charge is not None or job.state in (JobState.FETCHING, JobState.FINISHED)


def price_words(job: JobRecord, quoted: Decimal | None, credit_format: CreditFormat, *, free: bool) -> str:
    """The number that counts for one job now, and which it is: ``12 credits quoted``, ``at stake`` or ``charged``."""
    if free:
        return f"{credit_format.price(quoted)} quoted, emulated, free"
    if job.state.may_yet_be_billed:
        return f"up to {credit_format.price(quoted)} at stake"
    if is_billed(job):
        return f"{credit_format.price(job.charge)} charged"
    return f"{credit_format.price(quoted)} quoted"


def jobs_at_stake(state: str, jobs: Sequence[Sums], credit_format: CreditFormat) -> str:
    """``2 jobs are uncertain: up to 4 credits at stake``."""
    are = "is" if len(jobs) == 1 else "are"
    return f"{counted(len(jobs), 'job')} {are} {state}: {stake_words(jobs, credit_format)}"


def stake_words(jobs: Iterable[Sums], credit_format: CreditFormat) -> str:
    """What is still open for some jobs, together: of one whose picture is fetched, the price is charged already."""
    sums = total_sums(jobs)
    if sums.at_stake:
        return f"up to {sums.at_stake.text(credit_format)} at stake"
    return "charged already" if sums.charged else "emulated, free"


def total_sums(parts: Iterable[Sums]) -> Sums:
    """The sums of several together."""
    return sum(parts, NOTHING_YET)
