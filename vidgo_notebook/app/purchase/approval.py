"""Approval of a price: by the cell's limit, the session's budget and a person, in that order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as WaitTimeout
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.pricing import Quote, amount_of_credits, credits_text, price_lines, total_of
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.errors import AuthenticationError, BudgetError, Problem, RequestError, VidgoError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.target import Target
    from vidgo_notebook.engine.engine import Account
    from vidgo_notebook.engine.intent import Purchase

MANY = 1000
"""Pictures: more at once need a confirmation, whatever they cost."""


class Executor(Protocol):
    """Runs approved purchases outside this process, as on a cluster."""

    def check(self, target: Target) -> None:
        """Raise RequestError or StoreError if it can't buy from ``target`` or write to this store; sends nothing."""

    def prepare(self, purchases: Sequence[Purchase], account: Account) -> Callable[[], None]:
        """Get ready for approved purchases; the function returned runs them. Raises StoreError."""


@dataclass(frozen=True)
class PurchaseChoices:
    """What the user chose about buying: ``fresh`` buys again what the store has, ``yes`` answers the
    question about the price, ``max_credits`` is the most that this cell may cost. ``executor`` runs
    the jobs outside this process; None runs them here."""

    fresh: bool = False
    yes: bool = False
    max_credits: Decimal | None = None
    executor: Executor | None = None


DEFAULT_CHOICES = PurchaseChoices()


def approve(
    quotes: Mapping[str, Quote],
    choices: PurchaseChoices,
    settings: Vidgo,
    budget: Budget,
    ask: Callable[[str], bool] | None,
    known: str = "",
) -> None:
    """Reserve the price of these jobs (by id), or raise BudgetError and leave everything as it was.

    ``ask`` is None where pictures cost nothing: then the limits are checked, and no question is asked.
    ``known`` is added to the question: what the account holds.
    """
    if not quotes:
        return
    _check_cell_limit(quotes, choices.max_credits)
    budget.reserve(quotes, settings.budget)
    try:
        if ask:
            _confirm_unpublished(quotes, choices, settings, budget, ask)
            _confirm_total(quotes, choices, settings, budget, ask, known)
    except BaseException:  # an interrupted question is a no as well
        for job_id in quotes:
            budget.release(job_id)
        raise


def limit_of(given: Decimal | float | str | None) -> Decimal | None:
    """``max_credits`` as given in Python. RequestError if it is not an amount of credits."""
    limit = None if given is None else amount_of_credits(given)
    if given is not None and limit is None:
        raise RequestError([Problem("max_credits", f"{given!r} is not an amount of credits.", "24")])
    return limit


def _unpublished(quotes: Mapping[str, Quote]) -> Quote | None:
    return next((quote for quote in quotes.values() if quote.total is None), None)


def _check_cell_limit(quotes: Mapping[str, Quote], limit: Decimal | None) -> None:
    if limit is None:
        return
    if unpublished := _unpublished(quotes):
        raise BudgetError(
            f"The price of {unpublished.model} is not published, so it can't be compared with "
            f"--max-credits {credits_text(limit)}.",
            quote=unpublished,
            hint=_how_to_set(unpublished),
        )
    total = total_of(quotes.values())
    if total > limit:
        raise BudgetError(
            f"This cell would cost {credits_text(total)}, more than --max-credits allows ({credits_text(limit)}).",
            quote=next(iter(quotes.values())),
            hint="Raise --max-credits, or ask for a cheaper picture.",
        )


def _confirm_unpublished(
    quotes: Mapping[str, Quote], choices: PurchaseChoices, settings: Vidgo, budget: Budget, ask: Callable[[str], bool]
) -> None:
    unpublished = _unpublished(quotes)
    if unpublished is None or choices.yes:
        return
    if settings.budget is not None:
        raise BudgetError(
            f"The price of {unpublished.model} is not published, so it can't be compared with the budget.",
            quote=unpublished,
            hint=f"{_how_to_set(unpublished)} Or add --yes.",
        )
    if budget.unpublished_consent:
        return
    if not ask(f"The price of {unpublished.model} is not published. Go on, whatever it costs?"):
        raise BudgetError(
            f"Not sent: the price of {unpublished.model} is not published, and was not confirmed.",
            quote=unpublished,
            hint=f"{_how_to_set(unpublished)} Or add --yes.",
        )
    budget.unpublished_consent = True


def _confirm_total(
    quotes: Mapping[str, Quote],
    choices: PurchaseChoices,
    settings: Vidgo,
    budget: Budget,
    ask: Callable[[str], bool],
    known: str,
) -> None:
    prices, threshold, total = budget.unconfirmed(), settings.confirm_above, total_of(quotes.values())
    asked = sum(prices.values(), Decimal(0))
    if asked <= threshold or total == 0:
        return
    price, earlier = credits_text(total), asked - total
    since = f", after {credits_text(earlier)} since you last agreed" if earlier else ""
    lines = price_lines(quotes.values())
    table = "".join(f"{line}\n" for line in lines) if len(lines) > 1 else ""
    if not (choices.yes or ask(f"{table}This costs {price}{since}.{known} Go on?")):
        raise BudgetError(
            f"Not sent: it costs {price}{since}, which is above {credits_text(threshold)}, and was not confirmed.",
            quote=next(iter(quotes.values())),
            hint="Add --yes to the cell, or raise it with %config Vidgo.confirm_above = …",
        )
    budget.confirm(prices)


def agree_on_number(pictures: int, choices: PurchaseChoices, ask: Callable[[str], bool]) -> None:
    """Ask before very many pictures are started, though they cost nothing.

    Raises BudgetError unless the number is confirmed.
    """
    if pictures <= MANY or choices.yes or ask(f"This begins {pictures:,} pictures. Go on?"):
        return
    raise BudgetError(
        f"Not sent: it would begin {pictures:,} pictures, which was not confirmed.",
        hint="Add --yes (yes=True), or sweep over less.",
    )


def _how_to_set(quote: Quote) -> str:
    return f"Set what it costs you: %config Vidgo.prices = {{'{quote.model}': '6'}}."


_BALANCE_TIMEOUT = 10.0  # seconds; without an answer the service itself refuses what can't be paid


def check_balance(session: Session, quotes: Mapping[str, Quote]) -> str:
    """What the account holds, as a sentence for the question; '' if the balance is not available now.

    Raises BudgetError if it is less than these pictures cost, AuthenticationError if the key is refused.
    """
    try:
        balance = session.balance(_BALANCE_TIMEOUT)
    except AuthenticationError:
        raise
    except (VidgoError, WaitTimeout):
        return ""
    total = total_of(quotes.values())
    if total > balance:
        price = f"These {len(quotes):,} pictures cost {credits_text(total)}"
        raise BudgetError(
            f"{price}, and the account holds {credits_text(balance)}.",
            quote=next(iter(quotes.values())),
            hint="Top up the account, or ask for fewer or cheaper pictures.",
        )
    return f" The account holds {credits_text(balance)}."
