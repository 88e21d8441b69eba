"""Credits as text and as sums: three columns that are never mixed, and unpublished prices that are never 0."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.pricing import CreditFormat, Total, price_lines, quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sums import Sums, total_sums

POSTER = GenerationRequest("x", quality="high", size="16:9", resolution="4K")
USD = CreditFormat.of("0.005 USD")


@pytest.mark.parametrize(
    ("credit_price", "amount", "text"),
    [
        (None, "48", "48 credits"),
        (None, "1", "1 credit"),
        ("0.005 USD", "48", "48 credits (0.24 USD)"),
        ("0.005 USD", "0", "0 credits (0 USD)"),
        ("2 EUR", "0.5", "0.5 credits (1 EUR)"),
        ("0.0125 CHF", "1", "1 credit (0.0125 CHF)"),
    ],
)
def test_credits_are_followed_by_the_currency_where_a_credit_has_a_price(
    credit_price: str | None, amount: str, text: str
) -> None:
    assert CreditFormat.of(credit_price).text(Decimal(amount)) == text


def test_an_unpublished_price_has_no_currency() -> None:
    assert USD.price(None) == "not published"


def test_a_quote_and_its_lines_name_the_currency_with_the_total() -> None:
    priced = quote(POSTER, 3, None, USD)
    assert str(priced) == "144 credits (0.72 USD)"
    (line,) = price_lines([quote(POSTER, 1, None, USD)] * 3)
    assert str(line) == "gpt-image-2, high, 4K: 3 × 48 = 144 credits (0.72 USD)"
    assert line.row == ("gpt-image-2, high, 4K", "3", "48 credits", "144 credits (0.72 USD)")


@pytest.mark.parametrize(
    ("prices", "text"),
    [
        ([], "0 credits"),
        ([8], "8 credits"),
        ([8, None, None, None, None], "8 credits and 4 unpublished"),
        ([None], "1 unpublished price"),
        ([None, None], "2 unpublished prices"),
        ([0, None], "1 unpublished price"),
    ],
)
def test_an_unpublished_price_is_counted_beside_the_credits_and_never_as_0(prices: list[int | None], text: str) -> None:
    assert Total.of(None if price is None else Decimal(price) for price in prices).text() == text


# state, charge of the job, stand-in; at stake, charged. The quote is 12 credits.
STATES = [
    ("planned", None, False, 0, 0),
    ("waiting", None, False, 0, 0),
    ("uploading", None, False, 0, 0),
    ("submitting", None, False, 12, 0),
    ("not_started", None, False, 12, 0),
    ("running", None, False, 12, 0),
    ("fetching", 12, False, 0, 12),
    ("finished", 12, False, 0, 12),
    ("finished", 0, False, 0, 0),  # from the store
    ("failed", 0, False, 0, 0),
    ("refused", 0, False, 0, 0),
    ("uncertain", None, False, 12, 0),
    ("running", None, True, 0, 0),
    ("finished", 12, True, 0, 0),
    ("uncertain", None, True, 0, 0),
]


@pytest.mark.parametrize(("state", "charge", "free", "at_stake", "charged"), STATES)
def test_each_state_has_its_quote_and_at_most_one_of_stake_and_charge(
    state: str, charge: int | None, free: bool, at_stake: int, charged: int
) -> None:
    job = JobRecord("j", "f", JobState(state), charge=None if charge is None else Decimal(charge))
    sums = Sums.of(job, Decimal(12), free=free)
    assert sums == Sums(Total(Decimal(12)), Total(Decimal(at_stake)), Total(Decimal(charged)))


def test_a_mixed_batch_keeps_the_three_apart() -> None:
    def job(state: str, price: int | None, charge: int | None = None) -> Sums:
        record = JobRecord("j", "f", JobState(state), charge=None if charge is None else Decimal(charge))
        return Sums.of(record, None if price is None else Decimal(price), free=False)

    batch = [job("finished", 2, 2), job("finished", 12, 12), job("failed", 12, 0), job("uncertain", 2)]
    assert total_sums(batch).text() == "14 credits charged, up to 2 at stake, of 28 quoted"
    assert total_sums(batch[:3]).text() == "14 credits charged, of 26 quoted"
    assert total_sums(batch[:2]).text() == "14 credits charged"
    assert total_sums([*batch[:1], job("finished", None), job("uncertain", None)]).text() == (
        "2 credits and 1 unpublished charged, up to 1 unpublished at stake, of 2 and 2 unpublished quoted"
    )
    assert total_sums(batch).text(USD) == (
        "14 credits (0.07 USD) charged, up to 2 (0.01 USD) at stake, of 28 (0.14 USD) quoted"
    )
