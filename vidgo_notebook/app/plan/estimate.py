"""What a plan costs, without asking for anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.domain.pricing import KindOfPicture, Quote, price_lines
from vidgo_notebook.domain.request import GenerationRequest, fingerprint

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


@dataclass(frozen=True, slots=True)
class Estimate:
    """A plan's price. ``lines`` are of all its pictures, each once; ``repeated`` counts places whose picture
    is another's too, ``stored`` the pictures that the store has, and ``missing`` is what the rest costs."""

    requests: tuple[GenerationRequest, ...]
    lines: tuple[KindOfPicture, ...]
    total: Decimal
    unpublished: int
    repeated: int
    stored: int
    missing: Decimal


def estimate(session: Session, plan: Plan) -> Estimate:
    """Price a plan's valid places; no network."""
    target, places = session.target, plan.valid
    requests = {fingerprint(place.request, target.provider): place.request for place in places}
    quotes = {mark: session.quote(request) for mark, request in requests.items()}
    stored = {
        mark
        for mark, request in requests.items()
        if any(session.store.has_record(fingerprint(request, provider)) for provider in target.readable)
    }
    return Estimate(
        requests=tuple(requests.values()),
        lines=tuple(price_lines(quotes.values())),
        total=_sum(quotes.values()),
        unpublished=sum(quote.total is None for quote in quotes.values()),
        repeated=len(places) - len(requests),
        stored=len(stored),
        missing=_sum(quote for mark, quote in quotes.items() if mark not in stored),
    )


def _sum(quotes: Iterable[Quote]) -> Decimal:
    return sum((quote.total or Decimal(0) for quote in quotes), Decimal(0))
