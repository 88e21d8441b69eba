"""What a session has spent, has in flight, and may still spend. Safe in any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from vidgo_notebook.domain.pricing import NO_CURRENCY, Quote, Total
from vidgo_notebook.errors import BudgetError


@dataclass
class Budget:
    """Credits of one session: ``spent`` on finished jobs, ``in_flight`` for jobs under way (None is a
    price that is not published), ``saved`` by the store, ``asked`` the prices not yet confirmed, by job. The pictures
    without a published price are counted in ``spent_unpublished`` and ``saved_unpublished``. ``agreed_prices`` are the
    prices of models, in credits, that the notebook set and a person confirmed."""

    spent: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)
    spent_unpublished: int = 0
    saved_unpublished: int = 0
    in_flight: dict[str, Decimal | None] = field(default_factory=dict)
    asked: dict[str, Decimal] = field(default_factory=dict)
    unpublished_consent: bool = False
    agreed_prices: set[tuple[str, Decimal]] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def reserve(
        self,
        quotes: Mapping[str, Quote],
        budget: Decimal | None,
        how_to_raise: Callable[[Decimal], str] = lambda _: "",
    ) -> None:
        """Reserve the prices of these jobs, all or none. With a ``budget`` the caller has refused
        unpublished prices before; ``how_to_raise`` says how it becomes as high as these jobs need.

        Raises BudgetError if spent, in flight and asked exceed ``budget`` together.
        """
        prices = {job_id: quote.total for job_id, quote in quotes.items()}
        write = next((quote.credit_format for quote in quotes.values()), NO_CURRENCY)
        asked = Total.of(prices.values()).credits
        with self._lock:
            committed = self.committed
            if budget is not None and committed + asked > budget:
                left = max(budget - committed, Decimal(0))
                raise BudgetError(
                    f"This costs {write.text(asked)}, and {write.text(left)} of the budget of "
                    f"{write.text(budget)} {'is' if left == 1 else 'are'} left ({write.text(self.spent)} spent, "
                    f"{write.text(committed - self.spent)} at stake).",
                    quote=next(iter(quotes.values()), None),
                    hint=f"Ask for a cheaper picture. {how_to_raise(committed + asked)}".rstrip(),
                )
            self.in_flight.update(prices)
            self.asked.update({job_id: price or Decimal(0) for job_id, price in prices.items()})

    def unconfirmed(self) -> dict[str, Decimal]:
        """The prices asked for since the last confirmation, by job."""
        with self._lock:
            return dict(self.asked)

    @property
    def committed(self) -> Decimal:
        """Spent plus in flight, in credits."""
        with self._lock:
            return self.spent + Total.of(self.in_flight.values()).credits

    def is_reserved(self, job_id: str) -> bool:
        """Whether the price of this job is reserved: without that, nothing is sent."""
        with self._lock:
            return job_id in self.in_flight

    def release(self, job_id: str) -> None:
        """The job will cost nothing: it was refused, failed, or another session pays for it."""
        with self._lock:
            self.in_flight.pop(job_id, None)
            self.asked.pop(job_id, None)

    def save(self, price: Decimal | None) -> None:
        """A picture came from the store and would have cost ``price``."""
        with self._lock:
            self.saved += price or Decimal(0)
            self.saved_unpublished += price is None

    def spend(self, job_id: str) -> None:
        """The job is billed now."""
        with self._lock:
            price = self.in_flight.pop(job_id, Decimal(0))
            self.spent += price or Decimal(0)
            self.spent_unpublished += price is None

    def confirm(self, job_ids: Iterable[str]) -> None:
        """The user confirmed the prices of these jobs; those asked for since the question are still unconfirmed."""
        with self._lock:
            for job_id in job_ids:
                self.asked.pop(job_id, None)
