"""A task: what it makes, what it costs, and how far it is at a given time."""

from __future__ import annotations

import secrets
import string
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidgo_notebook.domain.request import GenerationRequest
    from vidgo_notebook.emulator.picture_spec import PictureOrder

QUEUED_SHARE = 0.1  # of a task's time, before it is seen to run
FILES_KEPT = 24 * 3600.0  # seconds; source: the sister service's documentation

_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(slots=True)
class Task:
    """One accepted request. Times are seconds of the emulator's clock, ``price`` is in credits.

    ``error`` is set when the task is to end as failed: then it costs nothing.
    """

    id: str
    order: PictureOrder
    price: Decimal
    created_time: str
    accepted_at: float
    ends_at: float
    error: str | None = None

    @property
    def request(self) -> GenerationRequest:
        """What was asked for."""
        return self.order.request

    def ended(self, now: float) -> bool:
        """Whether the task is finished or failed at ``now``."""
        return now >= self.ends_at

    def state(self, now: float) -> tuple[str, int]:
        """The status word and the progress (0 to 100, linear in time) at ``now``."""
        if self.ended(now):
            return ("finished" if self.error is None else "failed"), 100
        share = max(0.0, (now - self.accepted_at) / (self.ends_at - self.accepted_at))
        return ("running", int(100 * share)) if share >= QUEUED_SHARE else ("not_started", 0)

    def has_file(self, now: float) -> bool:
        """Whether the picture can be fetched at ``now``: from the end on, for 24 hours."""
        return self.error is None and self.ends_at <= now < self.ends_at + FILES_KEPT


def new_task_id(unix_time: float, taken: Container[str]) -> str:
    """A fresh id in the service's form: ``task-unified-<unix seconds>-<8 characters>``."""
    while True:
        tail = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        if (task_id := f"task-unified-{int(unix_time)}-{tail}") not in taken:
            return task_id


def iso_time(unix_time: float) -> str:
    """ISO 8601 in UTC without an offset, as the service writes times."""
    return datetime.fromtimestamp(unix_time, UTC).replace(tzinfo=None).isoformat(timespec="seconds")
