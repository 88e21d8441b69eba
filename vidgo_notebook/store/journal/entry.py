"""What the journal holds of a job and of a charge."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.domain.job_state import JobRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the journal holds it: the record, and what another kernel needs to carry it on.

    ``api`` is the base URL it was sent to, or ``in-kernel``; ``kind`` groups jobs that take equally
    long; ``request`` is JSON; ``owner`` the process that works on it until ``lease_until``.
    """

    record: JobRecord
    provider: str
    api: str
    model: str
    kind: str
    request: str
    store: str
    notebook: str
    owner: str
    lease_until: float
    created_at: float
    generation: int = 0
    submitted_at: float | None = None
    rendered_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the ledger: a purchase that finished, or one that the store saved."""

    at: float
    job_id: str
    fingerprint: str
    provider: str
    notebook: str
    model: str
    quoted: Decimal | None
    charged: Decimal | None
    saved: Decimal | None
