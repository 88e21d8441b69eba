"""The price of some requests, with what the store has of them and what is under way; no network."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat, KindOfPicture, Total, price_lines
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.domain.request import GenerationRequest, fingerprint, fingerprints
from vidgo_notebook.errors import StoreError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


@dataclass(frozen=True, slots=True)
class Estimate:
    """The price of requests. ``lines`` are of all their pictures, each once; ``repeated`` counts requests whose
    picture is another's too, ``stored`` the pictures that the store has, ``under_way`` those that were sent (some are
    uncertain) and are not bought again. ``new`` are the others, and ``missing`` is what they cost, without the
    ``missing_unpublished`` prices that are not published."""

    requests: tuple[GenerationRequest, ...]
    lines: tuple[KindOfPicture, ...]
    total: Decimal
    unpublished: int
    repeated: int
    stored: int
    under_way: int
    missing: Decimal
    new: tuple[GenerationRequest, ...]
    missing_unpublished: int = 0
    credit_format: CreditFormat = NO_CURRENCY

    @property
    def total_text(self) -> str:
        """``28 credits``, or ``8 credits and 4 unpublished``."""
        return Total(self.total, self.unpublished).text(self.credit_format)

    @property
    def missing_text(self) -> str:
        """The same for what is neither stored nor under way."""
        return Total(self.missing, self.missing_unpublished).text(self.credit_format)


def estimate(session: Session, asked: Sequence[GenerationRequest]) -> Estimate:
    """Price valid requests; no network."""
    provider, readable = session.target.provider, session.target.readable
    requests: dict[str, GenerationRequest] = {}
    for request in asked:
        requests.setdefault(fingerprint(request, provider), request)
    quotes = {wanted: session.quote(request) for wanted, request in requests.items()}
    names = {
        wanted: [name for each in readable for name in fingerprints(request, each)]
        for wanted, request in requests.items()
    }
    recorded = session.store.recorded({name for several in names.values() for name in several})
    stored = {wanted for wanted, several in names.items() if not recorded.isdisjoint(several)}
    total = Total.of(quote.total for quote in quotes.values())
    sent = _sent(session)
    under_way = {
        wanted
        for wanted, request in requests.items()
        if wanted not in stored and not sent.isdisjoint(fingerprints(request, provider))
    }
    new = {wanted: request for wanted, request in requests.items() if wanted not in stored | under_way}
    missing = Total.of(quotes[wanted].total for wanted in new)
    return Estimate(
        requests=tuple(requests.values()),
        lines=tuple(price_lines(quotes.values())),
        total=total.credits,
        unpublished=total.unpublished,
        repeated=len(asked) - len(requests),
        stored=len(stored),
        under_way=len(under_way),
        missing=missing.credits,
        new=tuple(new.values()),
        missing_unpublished=missing.unpublished,
        credit_format=session.settings.credit_format,
    )


def _sent(session: Session) -> set[str]:
    """The fingerprints of the jobs that an order joins or shows instead of buying."""
    here = {job.fingerprint for job in session.under_way()}
    with suppress(StoreError):  # without a journal nothing else is known
        here |= {
            entry.record.fingerprint
            for entry in session.journal.all_under_way()
            if not entry.record.state.unsent and entry.api != IN_KERNEL
        }
    return here
