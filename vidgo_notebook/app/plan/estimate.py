"""The price of a plan, with what the store has of it; no network."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.plan import Place, Plan
from vidgo_notebook.domain.pricing import KindOfPicture, price_lines, total_of
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


def distinct(session: Session, plan: Plan) -> dict[str, Place]:
    """The first valid place of each picture, by the picture's fingerprint."""
    provider = session.target.provider
    found: dict[str, Place] = {}
    for place in plan.valid:
        found.setdefault(fingerprint(place.request, provider), place)
    return found


def estimate(session: Session, plan: Plan) -> Estimate:
    """Price a plan's valid places; no network."""
    requests = {wanted: place.request for wanted, place in distinct(session, plan).items()}
    quotes = {wanted: session.quote(request) for wanted, request in requests.items()}
    readable = session.target.readable
    stored = {
        wanted
        for wanted, request in requests.items()
        if any(session.store.has_record(fingerprint(request, provider)) for provider in readable)
    }
    return Estimate(
        requests=tuple(requests.values()),
        lines=tuple(price_lines(quotes.values())),
        total=total_of(quotes.values()),
        unpublished=sum(quote.total is None for quote in quotes.values()),
        repeated=len(plan.valid) - len(requests),
        stored=len(stored),
        missing=total_of(quote for wanted, quote in quotes.items() if wanted not in stored),
    )
