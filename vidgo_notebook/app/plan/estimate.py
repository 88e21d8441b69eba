"""The price of some requests, with what the store has of them; no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vidgo_notebook.domain.pricing import KindOfPicture, price_lines, total_of
from vidgo_notebook.domain.request import GenerationRequest, fingerprint, fingerprints

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


@dataclass(frozen=True, slots=True)
class Estimate:
    """The price of requests. ``lines`` are of all their pictures, each once; ``repeated`` counts requests whose
    picture is another's too, ``stored`` the pictures that the store has, and ``missing`` is what the rest costs."""

    requests: tuple[GenerationRequest, ...]
    lines: tuple[KindOfPicture, ...]
    total: Decimal
    unpublished: int
    repeated: int
    stored: int
    missing: Decimal


def estimate(session: Session, asked: Sequence[GenerationRequest]) -> Estimate:
    """Price valid requests; no network."""
    provider, readable = session.target.provider, session.target.readable
    requests: dict[str, GenerationRequest] = {}
    for request in asked:
        requests.setdefault(fingerprint(request, provider), request)
    quotes = {wanted: session.quote(request) for wanted, request in requests.items()}
    stored = {
        wanted
        for wanted, request in requests.items()
        if any(session.store.has_record(name) for provider in readable for name in fingerprints(request, provider))
    }
    return Estimate(
        requests=tuple(requests.values()),
        lines=tuple(price_lines(quotes.values())),
        total=total_of(quotes.values()),
        unpublished=sum(quote.total is None for quote in quotes.values()),
        repeated=len(asked) - len(requests),
        stored=len(stored),
        missing=total_of(quote for wanted, quote in quotes.items() if wanted not in stored),
    )
