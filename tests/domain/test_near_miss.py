"""In what a request differs from one of which there is a picture."""

from __future__ import annotations

import pytest

from vidgo_notebook.domain.near_miss import Known, NearMisses
from vidgo_notebook.domain.request import GenerationRequest, effective_fields


def known(prompt: str = "A red bicycle", **fields: object) -> Known:
    request = GenerationRequest(prompt, **{"quality": "low", **fields})  # type: ignore[arg-type]  # fields by name
    return Known("f" * 64, "vidgo", request.prompt, request.model, effective_fields(request), (), request.take)


@pytest.mark.parametrize(
    ("prompt", "what", "unseen"),
    [
        ("A red  bicycle", "white space", True),
        ("A red\nbicycle", "white space", True),
        ("A\N{NO-BREAK SPACE}red bicycle", "white space", True),
        ("A red bi\N{ZERO WIDTH SPACE}cycle", "Unicode form", True),
        ("A red bicycle.", "the full stop at its end", False),
        ("a Red bicycle", "letter case", False),
        ("'A red bicycle'", "quotation marks", False),
        ("A  red bicycle.", "white space and the full stop at its end", False),
    ],
)
def test_what_is_easily_mistyped_is_named(prompt: str, what: str, unseen: bool) -> None:
    near = NearMisses([known()]).of(GenerationRequest(prompt, quality="low"))
    assert near is not None
    assert near.text == f"it differs only in {what} from 'A red bicycle', which the store has"
    assert near.unseen is unseen


def test_a_letter_that_is_composed_or_not_is_the_same_to_the_eye() -> None:
    near = NearMisses([known("A caf\u00e9")]).of(GenerationRequest("A cafe\u0301", quality="low"))
    assert near is not None
    assert near.unseen


def test_the_fields_that_differ_are_named_with_what_the_store_has() -> None:
    index = NearMisses([known(), known("A wide one", size="16:9", resolution="2K")])
    near = index.of(GenerationRequest("A red bicycle", quality="high"))
    assert near is not None
    assert near.text == "the store has it at quality low"
    near = index.of(GenerationRequest("a wide one", quality="high", size="16:9", resolution="1K"))
    assert near is not None
    assert near.text.endswith("in letter case from 'A wide one', which the store has at resolution 2K and quality low")


def test_the_nearest_of_several_is_named_and_another_motif_is_none() -> None:
    index = NearMisses([known(quality="high", take=2), known(take=3), known("A blue bicycle")])
    near = index.of(GenerationRequest("A red bicycle", quality="low"))
    assert near is not None
    assert (near.text, near.only_take) == ("the store has it at take 3", True)
    assert index.of(GenerationRequest("A green bicycle")) is None
    assert index.most_alike(GenerationRequest("A blue bicycles")) == "A blue bicycle"
    assert index.most_alike(GenerationRequest("Rain over the sea")) == ""
