"""Whether the account holds the price of several pictures: asked before the first of them is sent."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import TimeoutError as WaitTimeout
from typing import TYPE_CHECKING

from vidgo_notebook.app.purchase.approval import total_of
from vidgo_notebook.domain.pricing import Quote, credits_text
from vidgo_notebook.errors import AuthenticationError, BudgetError, VidgoError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_PATIENCE = 10.0  # seconds; without an answer the service itself refuses what can't be paid


def check_balance(session: Session, quotes: Mapping[str, Quote]) -> str:
    """What the account holds, in words for a question; '' if it can't be asked now.

    Raises BudgetError if it is less than these pictures cost, AuthenticationError if the key is refused.
    """
    try:
        balance = session.balance(_PATIENCE)
    except AuthenticationError:
        raise
    except (VidgoError, WaitTimeout):
        return ""
    total = total_of(quotes)
    if total > balance:
        price = f"These {len(quotes):,} pictures cost {credits_text(total)}"
        raise BudgetError(
            f"{price}, and the account holds {credits_text(balance)}.",
            quote=next(iter(quotes.values())),
            hint="Top up the account, or ask for fewer or cheaper pictures.",
        )
    return f" The account holds {credits_text(balance)}."
