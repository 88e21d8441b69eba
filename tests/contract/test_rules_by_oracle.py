"""Random requests: the package's rules and prices against the oracle."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.contract import oracle
from tests.contract.oracle import Asked
from tests.contract.requests import any_request, from_asked, likely_valid_request
from tests.fixtures.chance import examples
from vidgo_notebook.domain.advice import advice
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.domain.rules import problems


@given(asked=any_request())
@examples(250)
def test_a_request_has_problems_exactly_if_the_documents_forbid_it(asked: Asked) -> None:
    assert (problems(from_asked(asked)) == ()) == oracle.valid(asked)


@given(asked=likely_valid_request(), pictures=st.integers(1, 20))
@examples(200)
def test_the_quote_of_every_valid_request_is_the_documented_price(asked: Asked, pictures: int) -> None:
    assume(oracle.valid(asked))
    each = oracle.credits_for(asked)
    assert quote(from_asked(asked), pictures).total == (None if each is None else Decimal(each * pictures))


@given(asked=likely_valid_request())
@examples(150)
def test_every_resolution_that_is_billed_otherwise_is_reported(asked: Asked) -> None:
    """And a resolution that is billed as asked for gets no remark."""
    assume(oracle.valid(asked) and asked.model not in oracle.FLUX_MODELS)
    remarked = any(remark.field == "resolution" for remark in advice(from_asked(asked)))
    assert remarked == (asked.resolution is not None and asked.resolution != oracle.tier(asked))


@given(asked=likely_valid_request())
@examples(100)
def test_a_fingerprint_is_stable_and_means_the_same_picture(asked: Asked) -> None:
    """Asking twice, or asking for the tier that is made anyway, finds the same picture in the store."""
    assume(oracle.valid(asked) and asked.model not in oracle.FLUX_MODELS)
    made = Asked(asked.model, asked.prompt, asked.quality, asked.size, oracle.tier(asked), asked.images)
    assert fingerprint(from_asked(asked), "vidgo") == fingerprint(from_asked(asked), "vidgo")
    assert fingerprint(from_asked(made), "vidgo") == fingerprint(from_asked(asked), "vidgo")
