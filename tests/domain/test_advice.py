"""Advice: what the service would silently ignore or bill otherwise is reported, and rejects nothing."""

from __future__ import annotations

import pytest

from tests.contract.requests import references
from vidgo_notebook.domain.advice import advice
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.rules import problems


def remarks(**said: object) -> list[str]:
    """What is remarked about a request that is valid."""
    request = GenerationRequest(**{"prompt": "x", **said})  # type: ignore[arg-type]
    assert problems(request) == ()
    return [str(remark) for remark in advice(request)]


def test_4k_at_a_ratio_without_4k_is_said_with_both_ways_out() -> None:
    (remark,) = remarks(size="1:1", resolution="4K")
    assert "resolution=4K with size=1:1" in remark
    assert "-r 2K" in remark
    assert "16:9" in remark


def test_4k_at_a_custom_size_without_a_3840_edge_names_that_edge() -> None:
    (remark,) = remarks(size="2304x1536", resolution="4K")
    assert "2K" in remark
    assert "3840" in remark


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("A cat --ar 16:9 --v 6", "--ar 16:9 in the prompt is sent as text: options go into the first line."),
        ("A {product} mug", "{product} in the prompt is sent as text: {{ product }} in a cell inserts the value of"),
        ("A ${product} mug", "${product} in the prompt is sent as text"),
    ],
)
def test_what_reads_like_an_option_or_a_value_in_a_prompt_is_remarked(prompt: str, said: str) -> None:
    (remark,) = remarks(prompt=prompt)
    assert said in remark


@pytest.mark.parametrize(
    "prompt", ['{"scene": {"light": "soft"}}', "A fox -- red -- in the snow", "{ a }", "rock–paper"]
)
def test_a_prompt_in_json_or_with_dashes_gets_no_remark(prompt: str) -> None:
    assert remarks(prompt=prompt) == []


@pytest.mark.parametrize("size", [None, "auto"])
@pytest.mark.parametrize("resolution", ["2K", "4K"])
def test_a_resolution_without_a_fixed_size_is_said_to_be_ignored(size: str | None, resolution: str) -> None:
    (remark,) = remarks(size=size, resolution=resolution)
    assert f"resolution={resolution} is ignored" in remark
    assert "1K" in remark


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"resolution": "1K"},
        {"size": "auto", "resolution": "1K"},
        {"size": "16:9"},
        {"size": "1:1", "resolution": "2K"},
        {"size": "16:9", "resolution": "4K"},
        {"size": "3840x2160", "resolution": "4K"},
        {"size": "2304x1536", "resolution": "2K"},
        {"model": "flux-2-pro", "size": "16:9", "resolution": "2K"},
        {"model": "flux-2-pro-edit", "size": "auto", "references": references(8)},
    ],
)
def test_what_is_made_as_asked_gets_no_remark(said: dict[str, object]) -> None:
    assert remarks(**said) == []


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"model": "flux-2-pro", "size": "21:9"}, "size=21:9"),
        ({"model": "flux-2-flex", "size": "1024x768"}, "size=1024x768"),
        ({"model": "flux-2-pro", "references": references(1)}, "flux-2-pro-edit"),
        ({"model": "flux-2-flex-edit"}, "flux-2-flex"),
    ],
)
def test_what_only_a_sister_service_documents_is_advice_and_names_its_source(
    said: dict[str, object], word: str
) -> None:
    (remark,) = remarks(**said)
    assert word in remark
    assert "sister service" in remark
