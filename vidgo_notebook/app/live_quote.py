"""What a request amounts to while it is still being written: its problems, its price, what it leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.request.build import build_request
from vidgo_notebook.domain.pricing import Quote, credits_text
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.engine.handles.job import ended_well
from vidgo_notebook.errors import Problem, StoreError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.target import Target

_DECIDES_THE_PRICE = {"model", "quality", "size", "resolution"}


@dataclass(frozen=True, slots=True)
class LiveQuote:
    """A request as it stands. ``requests`` are its takes; ``stored`` of them the store has, and
    ``under_way`` are being made: asked for again, both cost nothing.

    ``quote`` is the price of the others, ``full_quote`` of all; None while a field that decides the
    price is wrong. ``refusal`` says why it can't be asked for although nothing is wrong
    with it; ``budget_left`` is in credits, None without a budget.
    """

    requests: tuple[GenerationRequest, ...]
    problems: tuple[Problem, ...]
    full_quote: Quote | None
    quote: Quote | None
    stored: int
    under_way: int
    budget_left: Decimal | None
    emulated: bool
    refusal: str = ""


def live_quote(
    session: Session, prompt: str, takes: Sequence[int] = (1,), *, records: Collection[str] = (), **fields: Any
) -> LiveQuote:
    """Appraise without a network call, so quick that it can be asked for at every key press.

    ``records`` are the fingerprints that the store was seen to hold: a store may be far away, and is not
    looked at here. Raises VidgoError where the settings lead nowhere.
    """
    target = session.target
    first = build_request(session.settings, prompt, **fields)
    found = problems(first, local_api=target.local_api)
    requests = tuple(replace(first, take=take) for take in takes)
    priced = not any(problem.field in _DECIDES_THE_PRICE for problem in found)
    stored, under_way = (0, 0) if found else _had(session, requests, target, records)
    new = len(requests) - stored - under_way
    left = _budget_left(session, target)
    quote = session.quote(first, new) if priced else None
    return LiveQuote(
        requests,
        found,
        session.quote(first, len(requests)) if priced else None,
        quote,
        stored,
        under_way,
        left,
        target.emulated,
        "" if found or not new else _refusal(quote, left, target),
    )


def last_balance(session: Session) -> tuple[float, Decimal] | None:
    """When this account's balance was last asked for, and what it was; None if it never was."""
    with suppress(StoreError):
        return session.journal.last_balance(session.target.provider)
    return None


def _budget_left(session: Session, target: Target) -> Decimal | None:
    budget = session.settings.budget
    return None if budget is None else max(budget - session.budget(target.provider).committed, Decimal(0))


def _had(
    session: Session, requests: Sequence[GenerationRequest], target: Target, records: Collection[str]
) -> tuple[int, int]:
    """How many of them the store has, and how many others are under way here. That a stored picture is
    sound is seen when it is shown."""
    made = {job.fingerprint for job in list(session.jobs.values()) if ended_well(job)}
    busy = {job.fingerprint for job in session.under_way()}
    stored = under_way = 0
    for request in requests:
        own, others = fingerprint(request, target.provider), set(target.readable) - {target.provider}
        names = {own, *(fingerprint(request, provider) for provider in others)}
        if not request.waits and any(name in records or name in made for name in names):
            stored += 1
        elif own in busy:
            under_way += 1
    return stored, under_way


def _refusal(quote: Quote | None, left: Decimal | None, target: Target) -> str:
    if target.mode == "replay":
        return "Replay mode answers from the store only, and the store does not have this picture."
    if quote and quote.total is not None and left is not None and quote.total > left:
        return f"This costs {credits_text(quote.total)}, and {credits_text(left)} of the budget are left."
    return ""
