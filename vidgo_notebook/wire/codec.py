"""The API's JSON, parsed leniently and written strictly: bytes in, values or errors out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, Literal, get_args

from vidgo_notebook.domain.request import GenerationRequest, fields_to_send
from vidgo_notebook.errors import (
    APIError,
    AuthenticationError,
    InsufficientCreditsError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
)

Headers = Mapping[str, str]
TaskState = Literal["not_started", "running", "finished", "failed"]
_STATES: dict[str, TaskState] = {state: state for state in get_args(TaskState)}
_ERROR_CLASSES = {401: AuthenticationError, 402: InsufficientCreditsError, 404: NotFoundError}
_MESSAGE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """One status report. ``progress`` is 0 to 100 or None; ``file_urls`` is empty until finished; ``task_id`` is
    the task that the response is about, or None if it does not say."""

    state: TaskState
    progress: float | None = None
    file_urls: tuple[str, ...] = ()
    error_message: str = ""
    task_id: str | None = None


def submit_body(request: GenerationRequest, image_urls: Sequence[str] = ()) -> dict[str, object]:
    """The JSON of ``POST /api/generate/submit`` for a valid request."""
    body = picture_body(request.model, request.prompt, fields_to_send(request), image_urls)
    if request.callback_url:
        body["callback_url"] = request.callback_url
    return body


def picture_body(
    model: str, prompt: str, fields: Mapping[str, str], image_urls: Sequence[str] = ()
) -> dict[str, object]:
    """The part of that JSON that describes the picture."""
    inputs: dict[str, object] = {"prompt": prompt, **fields}
    if image_urls:
        inputs["image_urls"] = list(image_urls)
    return {"model": model, "input": inputs}


def read_accepted(status_code: int, body: bytes, headers: Headers) -> str:
    """The task id in the response to a submit.

    Raises APIError if the API refused the request, and TransportError with ``sent`` if the response is not
    the documented one, because the task may then exist anyway.
    """
    task_id = _data(status_code, body, headers).get("task_id")
    if not isinstance(task_id, str) or not task_id:
        raise _unexpected("no task_id")
    return task_id


def read_status(status_code: int, body: bytes, headers: Headers) -> TaskStatus:
    """A task's status. An undocumented status counts as still running.

    Raises APIError or TransportError as ``read_accepted`` does.
    """
    data = _data(status_code, body, headers)
    output = data.get("output")
    files = data.get("files") or (output.get("files") if isinstance(output, Mapping) else None)
    files = files if isinstance(files, list) else [files]
    urls = [file.get("file_url") if isinstance(file, Mapping) else file for file in files]
    return TaskStatus(
        _STATES.get(str(data.get("status", "")).strip().lower(), "running"),
        _progress(data.get("progress")),
        tuple(url for url in urls if isinstance(url, str) and url),
        _text(data.get("error_message")) or _error_text(data.get("error")),
        task_id if isinstance(task_id := data.get("task_id"), str) else None,
    )


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An uploaded file: its URL, and for how many seconds from now it is kept."""

    url: str
    lifetime: float


_UPLOAD_LIFETIME = 72 * 3600.0
"""Seconds that an uploaded file is kept (source: Vidgo API documentation, file upload)."""


def read_uploaded(status_code: int, body: bytes, headers: Headers) -> Uploaded:
    """The response to an upload. Raises APIError or TransportError as ``read_accepted`` does."""
    data = _data(status_code, body, headers)
    urls = (data.get(name) for name in ("file_url", "url", "download_url"))
    url = next((url for url in urls if isinstance(url, str) and url), None)
    if url is None:
        raise _unexpected("no file URL")
    try:  # the API's two times carry no UTC offset, so they are compared with each other and not with this clock
        start, end = (datetime.fromisoformat(str(data.get(name))) for name in ("upload_time", "expires_at"))
        lifetime = (end - start).total_seconds()
    except (TypeError, ValueError):
        return Uploaded(url, _UPLOAD_LIFETIME)
    return Uploaded(url, min(max(0.0, lifetime), _UPLOAD_LIFETIME))


_MOST_DIGITS = 30
"""Of an amount, before and after the point; 1E+99999999 would be written out with a hundred million zeros."""


def read_balance(status_code: int, body: bytes, headers: Headers) -> Decimal:
    """The account's credits. Raises APIError or TransportError as ``read_accepted`` does."""
    amount = _data(status_code, body, headers).get("credits_amount")
    with suppress(InvalidOperation):
        _, digits, exponent = (balance := Decimal(str(amount))).as_tuple()
        if isinstance(exponent, int) and len(digits) <= _MOST_DIGITS and abs(exponent) <= _MOST_DIGITS:
            return balance
    raise _unexpected("no credits_amount")


def _data(status_code: int, body: bytes, headers: Headers) -> Mapping[str, Any]:
    """The ``data`` of a response. Its ``code``, if there is one, counts as much as the HTTP status."""
    try:
        payload = json.loads(body, parse_int=_integer)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, Mapping):
        payload = None
    if status_code >= 400:
        raise api_error(status_code, payload, headers)
    if status_code >= 300:
        raise _unexpected(f"a redirect (HTTP {status_code}), which is not followed with a key")
    if payload is None:
        raise _unexpected(describe_content(body) or "not a JSON object")
    try:
        code = int(payload.get("code", 200))
    except (TypeError, ValueError, OverflowError):
        code = 200
    if code >= 400:
        raise api_error(code, payload, headers)
    data = payload.get("data")
    if not isinstance(data, Mapping) or code >= 300:
        raise _unexpected(_error_text(payload.get("error")) or "no data")
    return data


def _integer(digits: str) -> int | float:
    """A number of any length: Python refuses to read integers of more than 4,300 digits."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _unexpected(what: str) -> TransportError:
    return TransportError(f"Unexpected API response: {what}.", sent=True)


def describe_content(content: bytes) -> str:
    """What a server sent instead of the expected content, for an error message; '' if it is not known."""
    start = content[:200].lstrip()
    if not start:
        return "an empty response"
    return "an HTML page" if start.startswith(b"<") else ""


def api_error(code: int, payload: Mapping[str, Any] | None, headers: Headers) -> APIError:
    """The error for HTTP status (or inner code) ``code``, with the API's own message if there is one."""
    error = (payload or {}).get("error")
    kind = _text(error.get("type")) if isinstance(error, Mapping) else ""
    reason = _error_text(error) or _text((payload or {}).get("message"))
    message = f"The service answered {code}: {reason}" if reason else f"The service answered {code} and gave no reason."
    if code == 429:
        return RateLimitError(message, status_code=code, type=kind, retry_after=retry_after(headers))
    error_class = ServerError if code >= 500 else _ERROR_CLASSES.get(code, APIError)
    return error_class(message, status_code=code, type=kind)


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


def _text(value: object) -> str:
    return " ".join(value.split())[:_MESSAGE_LIMIT] if isinstance(value, str) else ""


def _error_text(error: object) -> str:
    return _text(error.get("message")) if isinstance(error, Mapping) else _text(error)


def _progress(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(str(value).strip().rstrip("%"))
    except ValueError:
        return None
    return min(100.0, max(0.0, number)) if math.isfinite(number) else None
