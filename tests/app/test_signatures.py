"""Shift-Tab shows what a function takes: names, types as a reader writes them, values to choose from, an example."""

from __future__ import annotations

import inspect

import pytest

import vidgo_notebook as vidgo

FUNCTIONS = [
    each
    for name in vidgo.__all__
    if inspect.isfunction(each := getattr(vidgo, name)) and not name.endswith("ipython_extension")
]


CLASSES = [vidgo.Batch, vidgo.GenerationRequest, vidgo.Job, vidgo.Quote, vidgo.Result]


@pytest.mark.parametrize("function", [*FUNCTIONS, *CLASSES], ids=lambda each: each.__name__)
def test_a_signature_has_no_quoted_types_and_no_keywords_without_a_name(function: object) -> None:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    types = [each.annotation for each in signature.parameters.values()] + [signature.return_annotation]
    assert not [each for each in types if repr(each).startswith(("'", '"')) and " | " not in repr(each)]
    for word in ("**what", "**unknown", "Union[", "Optional[", "typing.", "vidgo_notebook."):
        assert word not in str(signature)


def test_a_signature_says_what_the_call_returns() -> None:
    assert str(inspect.signature(vidgo.plan)).endswith("-> Plan")
    assert str(inspect.signature(vidgo.map)).endswith("-> Batch")


def test_a_choice_is_shown_by_its_values() -> None:
    signature = str(inspect.signature(vidgo.generate))
    assert "prompt: str" in signature
    assert "quality: 'low' | 'medium' | 'high' | None = None" in signature
    assert "resolution: '1K' | '2K' | '4K' | None = None" in signature
    assert signature.endswith("-> Job | Batch")
    assert "quality: Quality | Iterable[Quality] | None = None" in str(inspect.signature(vidgo.sweep))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_the_text_below_it_has_parameters_and_an_example(function: object) -> None:
    text = inspect.getdoc(function) or ""
    if inspect.signature(function).parameters:  # type: ignore[arg-type]
        assert "Parameters\n" in text
    assert "Example" in text
    assert ">>> " in text
