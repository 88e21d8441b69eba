"""Reads the body of a submit: the API's JSON in, a request or a refusal out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.extra_fields import pairs_of
from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.emulator.refusal import Refusal

TOP_FIELDS = ("model", "input", "callback_url")
INPUT_FIELDS = ("prompt", *CHOICE_FIELDS, "image_urls")


def read_request(body: Any) -> GenerationRequest:
    """The request that ``body`` (parsed JSON, None if it had none) asks for.

    Raises ``Refusal`` (400) that names every field that breaks a rule. The rules are the domain's,
    so that a request that passes the client's checks is accepted here.
    """
    if not isinstance(body, dict):
        raise Refusal(400, "the body must be a JSON object with model and input")
    if faults := list(_shape_faults(body)):
        raise Refusal(400, "; ".join(faults))
    given = body["input"]
    request = GenerationRequest(
        given["prompt"],
        model=body["model"],
        **{name: given.get(name) for name in CHOICE_FIELDS},
        references=tuple(Reference("url", url) for url in given.get("image_urls") or ()),
        callback_url=body.get("callback_url"),
        extra=pairs_of({name: value for name, value in given.items() if name not in INPUT_FIELDS}) or (),
    )
    # The emulator runs on its user's machine, so a callback may go to that machine.
    if found := problems(request, local_api=True):
        messages = []
        for problem in found:
            name = {"image": "image_urls", "set": "input"}.get(problem.field, problem.field)
            messages.append(f"{f'input.{name}' if name in INPUT_FIELDS else name}: {problem.message}")
        too_long = _prompt_is_too_long(request)
        raise Refusal(400, "; ".join(messages), "content_too_long_error" if too_long else "validation_error")
    return request


def _shape_faults(body: dict[str, Any]) -> Iterator[str]:
    """What keeps ``body`` from being a request at all, before the rules are checked."""
    yield from (f"{shown(name)} is not a field of a submit" for name in body if name not in TOP_FIELDS)
    if "model" not in body:
        yield "model is missing"
    given = body.get("input")
    if not isinstance(given, dict):
        yield "input must be an object"
        return
    if "prompt" not in given:
        yield "input.prompt is missing"
    urls = given.get("image_urls")
    if urls is not None and not (isinstance(urls, list) and all(isinstance(url, str) for url in urls)):
        yield "input.image_urls must be a list of URLs"
    for name, value in {**body, **given}.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and not is_unicode(text) for text in texts):
            yield f"{name} contains half of a surrogate pair"


def is_unicode(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8: JSON allows halves of surrogate pairs."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _prompt_is_too_long(request: GenerationRequest) -> bool:
    model = MODELS.get(request.model) if isinstance(request.model, str) else None
    limit = model.prompt_limit if model else None
    return limit is not None and isinstance(request.prompt, str) and len(request.prompt) > limit
