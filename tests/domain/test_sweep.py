"""The axes of a sweep, and every combination of their values."""

from __future__ import annotations

import pytest

from vidgo_notebook.domain.pricing import price_lines, quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sweep import axis, check_axes, combinations, in_words, size_of
from vidgo_notebook.errors import RequestError


def test_every_combination_is_there_once_and_the_last_axis_varies_quickest() -> None:
    axes = [axis("quality", ["low", "high"]), axis("size", ["1:1", "16:9", "9:16"])]
    assert [tuple(each.values()) for each in combinations(axes)] == [
        *[("low", "1:1"), ("low", "16:9"), ("low", "9:16")],
        *[("high", "1:1"), ("high", "16:9"), ("high", "9:16")],
    ]


def test_a_value_given_twice_counts_once_but_a_number_is_no_text() -> None:
    assert axis("take", [1, "1", 1, "1"]).values == (1, "1")


def test_labels_that_would_be_equal_are_made_different() -> None:
    long = "a very long prompt that goes on and on and never comes to its end"
    assert axis("prompt", [long + " 1", long + " 2"]).labels[1].endswith("… (2)")


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ([], "nothing varies"),
        ([axis("size", ["1:1"]), axis("size", ["16:9"])], "size is swept twice"),
        ([axis("take", range(1, 1001)), axis("size", map(str, range(101)))], "101,000 combinations are too many"),
    ],
    ids=["none", "twice", "too many"],
)
def test_axes_that_make_no_sense_are_refused_before_anything_is_built(axes: list, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        check_axes(axes)


def test_an_axis_without_a_value_is_refused() -> None:
    with pytest.raises(RequestError, match="quality has no value"):
        axis("quality", [])


def test_a_huge_grid_is_counted_without_being_built() -> None:
    assert size_of([axis("take", range(1000))] * 6) == 10**18


def test_a_combination_in_words() -> None:
    assert in_words({"quality": "low", "take": 2}) == "quality=low, take=2"


def test_the_prices_of_many_pictures_are_added_up_by_kind() -> None:
    """2 × 2 credits at 1K; high at 2K is 12 × 2; FLUX.2 has no published price."""
    asked = [
        GenerationRequest("a"),
        GenerationRequest("b"),
        GenerationRequest("a", quality="high", size="1:1", resolution="2K"),
        GenerationRequest("a", model="flux-2-pro", size="1:1", resolution="1K"),
    ]
    assert [str(line) for line in price_lines(map(quote, asked))] == [
        "gpt-image-2, low, 1K: 2 × 2 = 4 credits",
        "gpt-image-2, high, 2K: 1 × 24 = 24 credits",
        "flux-2-pro, 1K: not published",
    ]
