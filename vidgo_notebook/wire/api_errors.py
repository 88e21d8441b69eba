"""The error that a response of the API means, with the reason that it gives, wherever that stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vidgo_notebook.errors import (
    APIError,
    AuthenticationError,
    InsufficientCreditsError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
)
from vidgo_notebook.wire.service_text import message

Headers = Mapping[str, str]

PAGE_HINT = "A proxy, a firewall or a login page of the network may have answered: check them, and VIDGO_BASE_URL."

_ERROR_CLASSES = {401: AuthenticationError, 402: InsufficientCreditsError, 404: NotFoundError}

_REASONS = ("error_message", "message", "msg", "detail", "error_msg", "error_description", "description", "reason",
            "title", "errors", "data")  # fmt: skip
"""Where services and gateways put the reason; ``error`` comes before these if it has parts, else after them."""

_DEEPEST = 5


def api_error(code: int, payload: Mapping[str, object] | None, other: str, retry_after: float | None) -> APIError:
    """The error for HTTP status (or inner code) ``code``. ``other`` describes what came instead of JSON."""
    error = (payload or {}).get("error")
    kind = message(error.get("type")) if isinstance(error, Mapping) else ""
    reason, hint = find_reason(payload), None
    if other.startswith("a web page"):
        reason, hint = instead_of_the_api(other), PAGE_HINT
    text = f"The service answered {code}: {reason}" if reason else f"The service answered {code} and gave no reason."
    if code == 429:
        return RateLimitError(text, status_code=code, type=kind, hint=hint, retry_after=retry_after)
    error_class = ServerError if code >= 500 else _ERROR_CLASSES.get(code, APIError)
    return error_class(text, status_code=code, type=kind, hint=hint)


def unexpected(what: str) -> TransportError:
    """The error for a response that is not the documented one: a request that costs may have been accepted."""
    hint = PAGE_HINT if what.startswith("a web page") else None
    return TransportError(f"Unexpected API response: {instead_of_the_api(what)}.", sent=True, hint=hint)


def instead_of_the_api(what: str) -> str:
    """A description of a web page, as a statement; of anything else, as it is."""
    kind, colon, title = what.partition(": ")
    return f"{kind} came instead of the API{colon}{title}" if kind == "a web page" else what


def find_reason(value: object, depth: int = _DEEPEST) -> str:
    """The reason in an error's JSON, cleaned; '' if there is none."""
    if depth == 0 or not value:
        return ""
    if isinstance(value, list):
        return next((reason for item in value[:_DEEPEST] if (reason := find_reason(item, depth - 1))), "")
    if not isinstance(value, Mapping):
        return message(value)
    error = value.get("error")
    first, last = ("", error) if isinstance(error, str) else (error, "")
    places = (first, *(value.get(name) for name in _REASONS), last)
    reason = next((reason for place in places if (reason := find_reason(place, depth - 1))), "")
    where = value.get("loc")  # of a field, as FastAPI names it
    field = message(where[-1]) if reason and isinstance(where, list) and where else ""
    return f"{field}: {reason}" if field else reason


def retry_after(headers: Headers) -> float | None:
    """Seconds to wait by ``Retry-After`` (seconds or an HTTP date); None if absent or unreadable."""
    value = _header(headers, "retry-after")
    try:
        seconds = float(value)
    except ValueError:
        try:  # counted from the server's own Date, because this machine's clock may be wrong
            now = parsedate_to_datetime(date) if (date := _header(headers, "date")) else datetime.now(UTC)
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _header(headers: Headers, wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "").strip()
