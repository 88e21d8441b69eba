"""Reads the body of a submit: vendor JSON in, a request or a refusal out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.emulator.refusal import Refusal
from vidgo_notebook.errors import Problem

TOP_FIELDS = ("model", "input", "callback_url")
INPUT_FIELDS = ("prompt", *CHOICE_FIELDS, "image_urls")


def read_request(body: Any) -> GenerationRequest:
    """The request that ``body`` (parsed JSON, None if there was none) asks for.

    Raises ``Refusal`` (400) that names every field that breaks a rule. The rules are the domain's,
    so what the client lets pass is accepted here.
    """
    _check_shape(body)
    given = body["input"]
    request = GenerationRequest(
        given["prompt"],
        model=body["model"],
        **{name: given.get(name) for name in CHOICE_FIELDS},
        references=tuple(Reference("url", url) for url in given.get("image_urls") or ()),
        callback_url=body.get("callback_url"),
    )
    # The emulator runs on its user's machine, so a callback may come back to it.
    if found := problems(request, local_api=True):
        raise Refusal(400, "; ".join(map(_in_api_terms, found)), _type_of(request))
    return request


def _check_shape(body: Any) -> None:
    if not isinstance(body, dict):
        raise Refusal(400, "the body must be a JSON object with model and input")
    if faults := list(_shape_faults(body)):
        raise Refusal(400, "; ".join(faults))


def _shape_faults(body: dict[str, Any]) -> Iterator[str]:
    yield from (f"{shown(name)} is not a field of a submit" for name in body if name not in TOP_FIELDS)
    if "model" not in body:
        yield "model is missing"
    given = body.get("input")
    if not isinstance(given, dict):
        yield "input must be an object"
        return
    yield from (f"input.{shown(name)} is not a field of input" for name in given if name not in INPUT_FIELDS)
    if "prompt" not in given:
        yield "input.prompt is missing"
    yield from _reference_faults(given.get("image_urls"))
    yield from _text_faults({**body, **given})


def _reference_faults(urls: Any) -> Iterator[str]:
    if urls is not None and not (isinstance(urls, list) and all(isinstance(url, str) for url in urls)):
        yield "input.image_urls must be a list of URLs"


def _text_faults(fields: dict[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and not is_unicode(text) for text in texts):
            yield f"{name} holds half of a surrogate pair"


def is_unicode(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8: JSON lets halves of surrogate pairs through."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _in_api_terms(problem: Problem) -> str:
    name = {"image": "image_urls"}.get(problem.field, problem.field)
    field = f"input.{name}" if name in INPUT_FIELDS else name
    return f"{field}: {problem.message}"


def _type_of(request: GenerationRequest) -> str:
    model = MODELS.get(request.model) if isinstance(request.model, str) else None
    limit = model.prompt_limit if model else None
    too_long = limit is not None and isinstance(request.prompt, str) and len(request.prompt) > limit
    return "content_too_long_error" if too_long else "validation_error"
