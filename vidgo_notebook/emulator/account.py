"""The account: credits are set aside on acceptance and taken when a task finishes."""

from __future__ import annotations

import heapq
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidgo_notebook.emulator.tasks import Task


class Ledger:
    """Amounts in credits; times on the emulator's clock.

    The service takes credits when a task becomes finished and none for a failed one (source: the
    sister service's documentation). Open tasks wait in a heap, so that asking stays cheap.
    """

    def __init__(self, credits: Decimal) -> None:
        self._deposit = credits
        self._charged = Decimal(0)
        self._under_way = Decimal(0)
        self._open: list[tuple[float, str, Task]] = []
        self._lock = Lock()  # a test asks from its own thread while the server's thread is at work

    def open(self, task: Task) -> None:
        """Set the price of ``task`` aside until it ends."""
        with self._lock:
            heapq.heappush(self._open, (task.ends_at, task.id, task))
            self._under_way += task.price

    def charged(self, now: float) -> Decimal:
        """What all tasks that finished by ``now`` cost."""
        with self._lock:
            while self._open and self._open[0][0] <= now:
                task = heapq.heappop(self._open)[-1]
                self._under_way -= task.price
                self._charged += task.price if task.error is None else 0
            return self._charged

    def balance(self, now: float) -> Decimal:
        """What the account holds."""
        return self._deposit - self.charged(now)

    def available(self, now: float) -> Decimal:
        """What the account holds beyond the tasks under way."""
        return self.balance(now) - self._under_way
