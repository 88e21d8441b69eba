"""The API's JSON, parsed leniently and written strictly: bytes in, values or errors out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from vidgo_notebook.domain.extra_fields import FieldValue
from vidgo_notebook.domain.provider import is_web_url
from vidgo_notebook.domain.request import GenerationRequest, fields_to_send
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.wire.api_errors import Headers, api_error, find_reason, retry_after, unexpected
from vidgo_notebook.wire.service_text import MESSAGE_LIMIT, address, describe_content, message, task_id

TaskState = Literal["not_started", "running", "finished", "failed"]
_STATES: dict[str, TaskState] = {state: state for state in get_args(TaskState)}


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
    body = picture_body(request.model, request.prompt, {**fields_to_send(request), **dict(request.extra)}, image_urls)
    if request.callback_url:
        body["callback_url"] = request.callback_url
    return body


def picture_body(
    model: str, prompt: str, fields: Mapping[str, FieldValue], image_urls: Sequence[str] = ()
) -> dict[str, object]:
    """The part of that JSON that describes the picture."""
    inputs: dict[str, object] = {"prompt": prompt, **fields}
    if image_urls:
        inputs["image_urls"] = list(image_urls)
    return {"model": model, "input": inputs}


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response of the API, from whose texts the key was removed.

    ``payload`` is its JSON object. Without one, ``other`` describes what came instead.
    """

    status_code: int
    payload: Mapping[str, Any] | None
    other: str = ""
    retry_after: float | None = None

    def data(self) -> Mapping[str, Any]:
        """The payload's ``data``. Its ``code``, if there is one, counts as much as the HTTP status.

        Raises APIError if the API refused the request, and TransportError with ``sent`` if the response is not the
        documented one, because the request may have been accepted anyway.
        """
        if self.status_code >= 400:
            raise api_error(self.status_code, self.payload, self.other, self.retry_after)
        if self.status_code >= 300:
            raise unexpected(f"a redirect (HTTP {self.status_code}), which is not followed with a key")
        if self.payload is None:
            raise unexpected(self.other or "not a JSON object")
        try:
            code = int(self.payload.get("code", 200))
        except (TypeError, ValueError, OverflowError):
            code = 200
        if code >= 400:
            raise api_error(code, self.payload, "", self.retry_after)
        data = self.payload.get("data")
        if not isinstance(data, Mapping) and self.payload.get("task_id"):  # without the documented envelope
            data = self.payload
        if not isinstance(data, Mapping) or code >= 300:
            reason = find_reason(self.payload)
            raise unexpected(f"no data, but {shown(reason, MESSAGE_LIMIT)}" if reason else "no data")
        return data


def parse(
    status_code: int, body: bytes, headers: Headers, hide: Callable[[str], str] = lambda text: text
) -> ApiResponse:
    """The response with this body. ``hide`` removes the key from a text; it is given every text there is."""
    try:
        payload = _hidden(_parsed(body), hide, _DEEPEST)
    except (ValueError, RecursionError):
        payload = None
    after = retry_after(headers)
    if isinstance(payload, Mapping):
        return ApiResponse(status_code, payload, retry_after=after)
    if other := describe_content(body, hide):
        return ApiResponse(status_code, None, other, after)
    words = payload if isinstance(payload, str | list) else hide(_plain_text(body))
    return ApiResponse(status_code, {"message": words} if words else None, retry_after=after)


def is_json_object(body: bytes) -> bool:
    """Whether ``body`` is an object of JSON with nothing missing."""
    try:
        return isinstance(_parsed(body), dict)
    except (ValueError, RecursionError):
        return False


def _plain_text(body: bytes) -> str:
    """A short text, as gateways send it in place of JSON; '' for anything else."""
    text = " ".join(body.decode(errors="replace").split())
    is_json = text.startswith(("{", "[", '"'))  # and cut short
    return text if text.isprintable() and not is_json and len(text) <= _LONGEST_TEXT else ""


def _parsed(body: bytes) -> object:
    """JSON, with control characters in its texts, and whatever its encoding: an id in it must not be lost."""
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
    return json.loads(text, strict=False, parse_int=_integer)


_LONGEST_TEXT = 2000
"""Characters; what is longer is a document, and not a reason."""

_DEEPEST = 20
"""What is nested deeper than this is dropped: no field that is read stands there."""


def _hidden(value: Any, hide: Callable[[str], str], depth: int) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list | dict) and depth == 0:
        return None
    if isinstance(value, list):
        return [_hidden(item, hide, depth - 1) for item in value]
    if isinstance(value, dict):
        return {name: _hidden(item, hide, depth - 1) for name, item in value.items()}
    return value


def read_accepted(response: ApiResponse) -> str:
    """The task id in the response to a submit. Raises APIError or TransportError as ``ApiResponse.data`` does."""
    accepted = task_id(response.data().get("task_id"))
    if not accepted:
        raise unexpected("no task_id")
    return accepted


def read_status(response: ApiResponse) -> TaskStatus:
    """A task's status. An undocumented status counts as still running.

    Raises APIError or TransportError as ``ApiResponse.data`` does.
    """
    data = response.data()
    output = data.get("output")
    files = data.get("files") or (output.get("files") if isinstance(output, Mapping) else None)
    files = files if isinstance(files, list) else [files]
    urls = [file.get("file_url") if isinstance(file, Mapping) else file for file in files]
    state = _STATES.get(str(data.get("status", "")).strip().lower(), "running")
    return TaskStatus(
        state,
        _progress(data.get("progress")),
        tuple(filter(None, map(address, urls))),
        message(data.get("error_message")) or (find_reason(data) if state == "failed" else ""),
        task_id(data.get("task_id")) or None,
    )


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An uploaded file: its URL, and for how many seconds from now it is kept."""

    url: str
    lifetime: float


_UPLOAD_LIFETIME = 72 * 3600.0
"""Seconds that an uploaded file is kept (source: Vidgo API documentation, file upload)."""


def read_uploaded(response: ApiResponse) -> Uploaded:
    """The response to an upload. Raises APIError or TransportError as ``ApiResponse.data`` does."""
    data = response.data()
    urls = (data.get(name) for name in ("file_url", "url", "download_url"))
    url = next(filter(is_web_url, map(address, urls)), "")  # another one would be paid for and lead nowhere
    if not url:
        raise unexpected("no file URL")
    try:  # the API's two times carry no UTC offset, so they are compared with each other and not with this clock
        start, end = (datetime.fromisoformat(str(data.get(name))) for name in ("upload_time", "expires_at"))
        lifetime = (end - start).total_seconds()
    except (TypeError, ValueError):
        return Uploaded(url, _UPLOAD_LIFETIME)
    return Uploaded(url, min(max(0.0, lifetime), _UPLOAD_LIFETIME))


_MOST_DIGITS = 30
"""Of an amount, before and after the point; 1E+99999999 would be written out with a hundred million zeros."""


def read_balance(response: ApiResponse) -> Decimal:
    """The account's credits. Raises APIError or TransportError as ``ApiResponse.data`` does."""
    amount = response.data().get("credits_amount")
    with suppress(InvalidOperation):
        _, digits, exponent = (balance := Decimal(str(amount))).as_tuple()
        if isinstance(exponent, int) and len(digits) <= _MOST_DIGITS and abs(exponent) <= _MOST_DIGITS:
            return balance
    raise unexpected("no credits_amount")


def _integer(digits: str) -> int | float:
    """A number of any length: Python refuses to read integers of more than 4,300 digits."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _progress(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(str(value).strip().rstrip("%"))
    except ValueError:
        return None
    return min(100.0, max(0.0, number)) if math.isfinite(number) else None
