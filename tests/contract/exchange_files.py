"""Reads ``exchanges/*.json``: what travels over HTTP, and what it means, both written by hand.

``response`` has a ``status``, ``headers``, and its body as ``json``, as ``text``, as ``latin1`` (one
character per byte), or as ``repeat`` (a text and how many times). What all exchanges of a file have
in common, its ``request`` or what was ``asked``, stands once at its top.

``reading`` is one of: a ``task_id``; a ``state`` with ``progress``, ``files`` and ``error_message``;
``credits``; a ``url`` with its ``lifetime``; or an ``error`` of a kind in ``KINDS``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.errors import (
    APIError,
    AuthenticationError,
    InsufficientCreditsError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
    VidgoError,
)

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

FOLDER = Path(__file__).parent / "exchanges"

KINDS: dict[str, type[VidgoError]] = {
    "authentication": AuthenticationError,
    "credits": InsufficientCreditsError,
    "not found": NotFoundError,
    "rate limit": RateLimitError,
    "server": ServerError,
    "other": APIError,
    "nonsense": TransportError,
}


@dataclass(frozen=True)
class Exchange:
    """One exchange of a file."""

    name: str
    request: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: bytes
    reading: dict[str, Any]
    asked: dict[str, Any]

    def __str__(self) -> str:
        return self.name


def exchanges(file: str) -> list[Exchange]:
    """All exchanges of ``exchanges/<file>.json``."""
    held = json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))
    return [_exchange({**held, **one}) for one in held["exchanges"]]


def _exchange(one: dict[str, Any]) -> Exchange:
    response = one["response"]
    headers = response.get("headers", {"Content-Type": "application/json"})
    body = _body(response)
    return Exchange(
        one["name"], one["request"], response["status"], headers, body, one["reading"], one.get("asked", {})
    )


def _body(response: dict[str, Any]) -> bytes:
    if "json" in response:
        return json.dumps(response["json"]).encode()
    if "latin1" in response:
        return response["latin1"].encode("latin-1")
    if "repeat" in response:
        text, times = response["repeat"]
        return text.encode() * times
    return response["text"].encode()


def asked_request(asked: dict[str, Any]) -> tuple[GenerationRequest, list[str]]:
    """What was asked, as the package's request and the URLs of its images."""
    urls = asked.get("image_urls", [])
    fields = {name: value for name, value in asked.items() if name != "image_urls"}
    return GenerationRequest(**fields, references=tuple(Reference("url", url) for url in urls)), urls


def good(file: str) -> list[Exchange]:
    """The exchanges of a file whose answer can be read."""
    return [one for one in exchanges(file) if "error" not in one.reading]


def bad(file: str) -> list[Exchange]:
    """The exchanges of a file whose answer is an error."""
    return [one for one in exchanges(file) if "error" in one.reading]


def cases(found: Iterable[Exchange], *before: object) -> list[ParameterSet]:
    """Exchanges as cases of a test, each behind ``before``."""
    return [pytest.param(*before, one, id="-".join(map(str, (*before, one)))) for one in found]


def check_error(error: VidgoError, reading: dict[str, Any]) -> None:
    """That ``error`` is what the exchange means."""
    assert type(error) is KINDS[reading["error"]]
    assert reading["says"] in error.message
    assert reading.get("never_says", "\0") not in str(error)
    if isinstance(error, TransportError):
        assert error.sent is True  # the answer came, so the request had left
    if isinstance(error, APIError):
        assert (error.status_code, error.type) == (reading["status_code"], reading["type"])
    if isinstance(error, RateLimitError):
        _check_wait(error.retry_after, reading)


def _check_wait(seconds: float | None, reading: dict[str, Any]) -> None:
    if "retry_after_at_least" in reading:
        assert seconds is not None
        assert seconds >= reading["retry_after_at_least"]
    else:
        assert seconds == (None if reading["retry_after"] is None else pytest.approx(reading["retry_after"]))
