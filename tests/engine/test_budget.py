"""The budget holds while several threads spend."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidgo_notebook.domain.pricing import Quote, quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.errors import BudgetError

HIGH = quote(GenerationRequest("A red bicycle", quality="high"))  # 12 credits
LOW = quote(GenerationRequest("A red bicycle"))  # 2 credits
UNPUBLISHED = quote(GenerationRequest("A red bicycle", model="flux-2-pro", size="1:1", resolution="1K"))


def unconfirmed(budget: Budget) -> Decimal:
    """Credits that were asked for since a person last agreed."""
    return sum(budget.unconfirmed().values(), Decimal(0))


def test_what_is_asked_must_fit_beside_what_is_spent_and_in_flight() -> None:
    budget, limit = Budget(), Decimal(30)
    budget.reserve({"a": HIGH}, limit)
    budget.spend("a")
    budget.reserve({"b": HIGH}, limit)
    with pytest.raises(BudgetError) as caught:
        budget.reserve({"c": HIGH}, limit)
    assert "This costs 12 credits, and 6 credits of the budget of 30 credits are left" in str(caught.value)
    assert "12 credits spent, 12 credits at stake" in str(caught.value)
    assert caught.value.quote == HIGH
    budget.reserve({"d": LOW, "e": LOW, "f": LOW}, limit)  # 12 + 12 + 6: exactly the limit
    assert budget.committed == 30


def test_several_prices_are_set_aside_all_or_none() -> None:
    budget = Budget()
    with pytest.raises(BudgetError):
        budget.reserve({"a": HIGH, "b": HIGH, "c": HIGH}, Decimal(35))
    assert (budget.committed, budget.in_flight, unconfirmed(budget)) == (0, {}, 0)


def test_without_a_budget_everything_fits_and_an_unpublished_price_counts_as_nothing() -> None:
    budget = Budget()
    budget.reserve({"a": HIGH, "b": UNPUBLISHED}, None)
    assert budget.committed == 12
    budget.spend("b")
    budget.release("a")
    assert budget.committed == 0


def test_releasing_or_paying_twice_changes_nothing() -> None:
    budget = Budget()
    budget.reserve({"a": HIGH, "b": LOW}, None)
    for _ in range(2):
        budget.spend("a")
        budget.release("b")
        budget.release("unknown")
    assert (budget.spent, budget.committed) == (12, 12)


def test_what_was_given_back_no_longer_counts_towards_the_question() -> None:
    budget = Budget()
    budget.reserve({"a": HIGH, "b": HIGH}, None)
    budget.release("a")
    assert unconfirmed(budget) == 12
    budget.confirm(budget.unconfirmed())
    budget.release("b")
    assert unconfirmed(budget) == 0  # never below nothing


def test_many_threads_never_exceed_the_budget_together() -> None:
    """100 threads want 12 credits each, 250 are there: exactly 20 get them."""
    budget, start = Budget(), threading.Barrier(100)

    def spend(number: int) -> bool:
        start.wait()
        try:
            budget.reserve({str(number): HIGH}, Decimal(250))
        except BudgetError:
            return False
        return True

    with ThreadPoolExecutor(100) as pool:
        assert sum(pool.map(spend, range(100))) == 20
    assert budget.committed == 240


STEPS = st.lists(st.tuples(st.sampled_from(["reserve", "spend", "release"]), st.integers(0, 5)), max_size=40)


@given(steps=STEPS, limit=st.integers(0, 60))
def test_no_order_of_events_gets_past_the_budget(steps: list[tuple[str, int]], limit: int) -> None:
    budget: Budget = Budget()
    quotes: list[Quote] = [HIGH, LOW, UNPUBLISHED, HIGH, LOW, HIGH]
    for name, number in steps:
        if name == "reserve" and str(number) not in budget.in_flight:
            with suppress(BudgetError):
                budget.reserve({str(number): quotes[number]}, Decimal(limit))
        elif name != "reserve":
            getattr(budget, name)(str(number))
        assert 0 <= budget.spent <= budget.committed <= limit


def test_a_picture_agreed_to_that_fails_later_does_not_put_off_the_next_question() -> None:
    """12 credits were agreed to and failed; the 12 asked for since then still count in full."""
    budget = Budget()
    budget.reserve({"agreed": HIGH}, None)
    budget.confirm(budget.unconfirmed())
    budget.reserve({"new": HIGH}, None)
    budget.release("agreed")
    assert unconfirmed(budget) == 12
