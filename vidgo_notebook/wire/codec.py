"""The vendor's JSON, read tolerantly and written strictly: bytes in, values or errors out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, Literal

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
_STATES: dict[str, TaskState] = {
    "not_started": "not_started",
    "running": "running",
    "finished": "finished",
    "failed": "failed",
}
_MESSAGE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """One status report. ``progress`` is 0 to 100 or None; ``file_urls`` is empty until finished; ``task_id`` is
    the task that the answer names, or None."""

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
    """The part of it that says what the picture should be."""
    said: dict[str, object] = {"prompt": prompt, **fields}
    if image_urls:
        said["image_urls"] = list(image_urls)
    return {"model": model, "input": said}


def read_accepted(status_code: int, body: bytes, headers: Headers) -> str:
    """The task id in the answer to a submit.

    Raises APIError when the service said no, and TransportError with ``sent`` when the answer makes
    no sense, since the task may then exist all the same.
    """
    task_id = _data(status_code, body, headers).get("task_id")
    if not isinstance(task_id, str) or not task_id:
        raise _nonsense("it names no task")
    return task_id


def read_status(status_code: int, body: bytes, headers: Headers) -> TaskStatus:
    """A task's status. A word that is not documented counts as still running.

    Raises APIError or TransportError as ``read_accepted`` does.
    """
    data = _data(status_code, body, headers)
    word = str(data.get("status", "")).strip().lower()
    return TaskStatus(
        _STATES.get(word, "running"),
        _progress(data.get("progress")),
        tuple(_file_urls(data)),
        _text(data.get("error_message")) or _error_text(data.get("error")),
        task_id if isinstance(task_id := data.get("task_id"), str) else None,
    )


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An uploaded file: its address, and for how many seconds from now it is there."""

    url: str
    lifetime: float


UPLOAD_LIFETIME = 72 * 3600.0
"""Seconds that an uploaded file is kept (source: Vidgo API documentation, file upload)."""


def read_uploaded(status_code: int, body: bytes, headers: Headers) -> Uploaded:
    """The answer to an upload. Raises APIError or TransportError as ``read_accepted`` does."""
    data = _data(status_code, body, headers)
    named = (data.get(name) for name in ("file_url", "url", "download_url"))
    url = next((url for url in named if isinstance(url, str) and url), "")
    if not url:
        raise _nonsense("it names no address of the file")
    return Uploaded(url, _lifetime(data.get("upload_time"), data.get("expires_at")))


def _lifetime(uploaded: object, expires: object) -> float:
    """From one of the service's times to the other: they carry no offset, so neither is held against our clock."""
    try:
        span = datetime.fromisoformat(str(expires)) - datetime.fromisoformat(str(uploaded))
        return min(max(0.0, span.total_seconds()), UPLOAD_LIFETIME)
    except (TypeError, ValueError):
        return UPLOAD_LIFETIME


def read_balance(status_code: int, body: bytes, headers: Headers) -> Decimal:
    """The account's credits. Raises APIError or TransportError as ``read_accepted`` does."""
    amount = _data(status_code, body, headers).get("credits_amount")
    try:
        balance = Decimal(str(amount))
    except InvalidOperation:
        raise _nonsense("it names no amount") from None
    if not balance.is_finite():
        raise _nonsense("it names no amount")
    return balance


def _data(status_code: int, body: bytes, headers: Headers) -> Mapping[str, Any]:
    payload = _json_object(body)
    if status_code >= 400:
        raise api_error(status_code, payload, headers)
    if status_code >= 300:
        raise _nonsense(f"a redirect (HTTP {status_code}), which is not followed with a key")
    if payload is None:
        raise _nonsense(_what_came_instead(body))
    code = _code(payload)
    if code >= 400:
        raise api_error(code, payload, headers)
    data = payload.get("data")
    if not isinstance(data, Mapping) or code >= 300:
        raise _nonsense(_error_text(payload.get("error")) or "it holds no data")
    return data


def _json_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, Mapping) else None


def _code(payload: Mapping[str, Any]) -> int:
    """The ``code`` inside an answer; 200 when there is none."""
    try:
        return int(payload.get("code", 200))
    except (TypeError, ValueError, OverflowError):
        return 200


def _nonsense(what: str) -> TransportError:
    return TransportError(f"The service's answer makes no sense: {what}.", sent=True)


def _what_came_instead(body: bytes) -> str:
    start = body[:200].lstrip().lower()
    if not start:
        return "it is empty"
    return "it is an HTML page" if start.startswith((b"<!doctype", b"<html", b"<")) else "it is no JSON object"


def api_error(code: int, payload: Mapping[str, Any] | None, headers: Headers) -> APIError:
    """The error for HTTP status (or inner code) ``code``, with the service's own words where it gave any."""
    error = (payload or {}).get("error")
    kind = _text(error.get("type")) if isinstance(error, Mapping) else ""
    said = _error_text(error) or _text((payload or {}).get("message"))
    message = f"The service answered {code}: {said}" if said else f"The service answered {code} and gave no reason."
    if code == 429:
        return RateLimitError(message, status_code=code, type=kind, retry_after=retry_after(headers))
    return _error_class(code)(message, status_code=code, type=kind)


def _error_class(code: int) -> type[APIError]:
    if code >= 500:
        return ServerError
    return {401: AuthenticationError, 402: InsufficientCreditsError, 404: NotFoundError}.get(code, APIError)


def retry_after(headers: Headers) -> float | None:
    """Seconds to wait by ``Retry-After`` (seconds or an HTTP date); None if absent or unreadable."""
    value = _header(headers, "retry-after")
    try:
        seconds = float(value) if value else math.nan
    except ValueError:
        seconds = _seconds_until(value, _header(headers, "date"))
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _header(headers: Headers, wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "").strip()


def _seconds_until(http_date: str, server_date: str) -> float:
    """From the server's own ``Date`` (our clock may be wrong) to ``http_date``."""
    try:
        now = parsedate_to_datetime(server_date) if server_date else datetime.now(UTC)
        return (parsedate_to_datetime(http_date) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return math.nan


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


def _file_urls(data: Mapping[str, Any]) -> list[str]:
    output = data.get("output")
    listed = data.get("files") or (output.get("files") if isinstance(output, Mapping) else None)
    if not isinstance(listed, list):
        listed = [listed]
    urls = (item.get("file_url") if isinstance(item, Mapping) else item for item in listed)
    return [url for url in urls if isinstance(url, str) and url]
