"""The package's rules and prices against the table written by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.contract import oracle
from tests.contract.requests import from_row
from tests.contract.rules_table import ROWS, Row
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.rules import problems

RIGHT = [row for row in ROWS if not row.wrong]
WRONG = [row for row in ROWS if row.wrong]


@pytest.mark.parametrize("row", RIGHT, ids=str)
def test_what_the_documents_allow_has_no_problem(row: Row) -> None:
    assert problems(from_row(row)) == ()


@pytest.mark.parametrize("row", WRONG, ids=str)
def test_what_the_documents_forbid_is_a_problem_of_exactly_those_fields(row: Row) -> None:
    assert {problem.field for problem in problems(from_row(row))} == row.wrong


@pytest.mark.parametrize("row", RIGHT, ids=str)
def test_the_quote_is_the_documented_total_in_the_documented_tier(row: Row) -> None:
    found = quote(from_row(row), row.pictures)
    assert found.effective_resolution == row.tier
    assert found.total == (None if row.total is None else Decimal(row.total))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_oracle_of_the_property_tests_agrees_with_the_table(row: Row) -> None:
    """Callbacks are left out: the oracle knows nothing of them."""
    asked = oracle.Asked(row.model, "a" * row.prompt_length, row.quality, row.size, row.resolution, row.images)
    assert oracle.valid(asked) == (not row.wrong - {"callback_url"})
    if not row.wrong and row.total is not None:
        assert oracle.tier(asked) == row.tier
        assert oracle.credits_for(asked) * row.pictures == row.total


def test_the_table_has_every_cell_of_the_billing_table() -> None:
    cells = {(row.quality, row.tier) for row in RIGHT if row.size == "16:9" and row.model == "gpt-image-2"}
    assert cells >= {(quality, tier) for quality in ("low", "medium", "high") for tier in ("1K", "2K", "4K")}
