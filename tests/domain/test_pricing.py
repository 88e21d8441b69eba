"""Quotes: line by line, with reasons, and with unpublished prices shown as such."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vidgo_notebook.domain.pricing import credits_text, plain, quote
from vidgo_notebook.domain.request import GenerationRequest

POSTER = GenerationRequest("x", quality="high", size="16:9", resolution="4K")
FLUX = GenerationRequest("x", model="flux-2-pro", size="1:1", resolution="2K")


def test_a_quote_shows_base_multiplier_and_number_of_pictures() -> None:
    lines = quote(POSTER, 3).lines
    assert [(line.label, line.value) for line in lines] == [
        ("quality high", "12 credits"),
        ("resolution 4K", "× 4"),
        ("pictures", "× 3"),
    ]


def test_the_total_is_the_base_times_every_factor() -> None:
    assert quote(POSTER, 3).total == Decimal(144)
    assert str(quote(POSTER, 3)) == "144 credits"
    assert isinstance(quote(POSTER).total, Decimal)


def test_a_quote_says_why_the_resolution_is_billed() -> None:
    square = quote(GenerationRequest("x", quality="high", size="1:1", resolution="4K"))
    assert square.effective_resolution == "2K"
    assert "1:1" in square.reason
    assert square.lines[1].reason == square.reason


def test_a_default_quality_is_marked_as_the_default() -> None:
    (base, *_) = quote(GenerationRequest("x")).lines
    assert (base.label, base.reason) == ("quality low", "the default")
    (base, *_) = quote(POSTER).lines
    assert base.reason == ""


def test_a_quote_names_the_document_that_its_price_is_from() -> None:
    assert "GPT Image 2" in quote(POSTER).source


def test_a_quote_carries_the_cheaper_way_to_the_same_picture() -> None:
    found = quote(GenerationRequest("x", size="1:1", resolution="4K"))
    assert ["-r 2K" in str(remark) for remark in found.advice] == [True]


@pytest.mark.parametrize("model", ["flux-2-pro", "flux-2-pro-edit", "flux-2-flex", "flux-2-flex-edit"])
def test_an_unpublished_price_is_not_invented(model: str) -> None:
    found = quote(GenerationRequest("x", model=model), 2)
    assert found.total is None
    assert str(found) == "not published"
    assert found.source == "not published"
    assert found.lines[0].value == "not published"


def test_a_price_from_the_settings_is_used_and_labelled_as_such() -> None:
    found = quote(FLUX, 4, {"flux-2-pro": Decimal("2.5")})
    assert found.total == Decimal(10)
    assert "Vidgo.prices" in found.source
    assert found.lines[0].reason == "as you set it"


def test_a_price_for_another_model_is_no_price() -> None:
    assert quote(FLUX, 1, {"flux-2-flex": Decimal(5)}).total is None


def test_a_price_of_zero_is_a_price() -> None:
    found = quote(FLUX, 2, {"flux-2-pro": Decimal(0)})
    assert found.total == Decimal(0)
    assert str(found) == "0 credits"


def test_a_setting_never_overrides_a_published_price() -> None:
    assert quote(POSTER, 1, {"gpt-image-2": Decimal(1)}).total == Decimal(48)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("24", "24"),
        ("24.00", "24"),
        ("0.50", "0.5"),
        ("1E+2", "100"),
        ("0", "0"),
        ("0.000", "0"),
        ("100", "100"),
        ("1000000.10", "1000000.1"),
    ],
)
def test_amounts_are_written_without_exponent_or_trailing_zeros(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"), [("1", "1 credit"), ("1.0", "1 credit"), ("2", "2 credits"), ("0.5", "0.5 credits")]
)
def test_one_credit_is_singular(amount: str, text: str) -> None:
    assert credits_text(Decimal(amount)) == text
