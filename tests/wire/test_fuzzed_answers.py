"""Whatever a service answers to a submit or a status: a value or an error of the package, in texts that can be
written and shown, without the key; and where an answer holds a task id, that id is not lost."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote, unquote

import httpx2 as httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.api_key import KEY
from tests.fixtures.client_calls import BODY
from vidgo_notebook.errors import APIError, TransportError, VidgoError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import TaskStatus

API_KEY = ApiKey(KEY)
EXAMPLES = [150, pytest.param(5_000, marks=pytest.mark.full)]

ANY_CHARACTER = st.characters()  # half emojis and control characters among them
ECHOES = st.sampled_from(
    [KEY, KEY.replace("/", "\\/"), quote(KEY, safe=""), KEY.replace("-", "&#45;"), f"Bearer {KEY}\x00", KEY + KEY]
)
TEXTS = st.text(ANY_CHARACTER, max_size=12) | ECHOES | st.just("word " * 200)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308])
NAMES = st.sampled_from(
    [*("code", "data", "error", "errors", "message", "msg", "detail", "type", "title", "loc", "task_id", "status"),
     *("progress", "files", "file_url", "output", "error_message", "credits_amount")]
) | TEXTS  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
STATES = st.sampled_from(["finished", "failed", "running", "not_started", " Finished ", "gone", 7, None])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "status": STATES | JSON,
    "progress": NUMBERS | TEXTS | JSON,
    "files": JSON | st.lists(st.fixed_dictionaries({"file_url": TEXTS}) | TEXTS, max_size=3),
    "error_message": TEXTS | JSON,
    "error": JSON,
}
DATA = st.fixed_dictionaries({}, optional={**FIELDS, "task_id": TEXTS | JSON})
PAYLOADS = JSON | st.fixed_dictionaries({}, optional={"code": JSON, "data": DATA | JSON, "error": JSON, "msg": TEXTS})
ENCODINGS = st.sampled_from(["ascii", "utf-8", "utf-8-sig", "utf-16", "utf-32-le"])


def encoded(value: object, encoding: str) -> bytes:
    """JSON in this encoding: ASCII with all else escaped, or as it is, half emojis too."""
    text = json.dumps(value, ensure_ascii=encoding == "ascii")
    return text.encode(encoding, "surrogatepass")


PAGES = st.builds(lambda tag, text: f"<html><{tag}>{text}</{tag}>".encode(errors="surrogatepass"), NAMES, TEXTS)
BODIES = st.builds(encoded, PAYLOADS, ENCODINGS) | st.binary(max_size=40) | PAGES
STATUS_CODES = st.sampled_from(
    [200, 200, 200, 201, 204, 302, 400, 401, 402, 403, 404, 405, 408, 410, 429, 500, 503, 599]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Retry-After": st.sampled_from(["7", "-1e999", "nan", "Sun, 99 Nov 9999 99:99:99 GMT", KEY]),
        "Content-Type": st.sampled_from(["text/html", "application/json; charset=what", ""]),
        "Content-Encoding": st.sampled_from(["gzip", "br", "zstd, what", "identity"]),
        "X-Echo": st.just(KEY),
    },
)


class Answering(httpx.AsyncBaseTransport):
    """Gives one answer again and again, as if over a connection; ``asked`` are the paths of the requests."""

    def __init__(self, status_code: int, headers: dict[str, str], body: bytes) -> None:
        self._answer = (status_code, headers, body)
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.extensions["trace"]("http11.send_request_headers.started", {"request": request})
        self.asked.append(request.url.raw_path.decode())
        status_code, headers, body = self._answer
        return httpx.Response(status_code, headers=headers, stream=httpx.ByteStream(body))


async def ask(service: Answering, task_id: str | None = None) -> object:
    """What a submit, or a question about ``task_id``, comes to."""
    client = VidgoClient("https://api.vidgo.example", API_KEY, transport=service)
    try:
        return await (client.submit(BODY) if task_id is None else client.status(task_id))
    except VidgoError as error:
        return error


def texts_of(outcome: object) -> list[str]:
    """Every text of a value or an error."""
    if isinstance(outcome, TaskStatus):
        return [outcome.error_message, outcome.task_id or "", *outcome.file_urls]
    if isinstance(outcome, VidgoError):
        return [str(outcome), outcome.message, outcome.hint, repr(outcome), getattr(outcome, "type", "")]
    assert isinstance(outcome, str)
    return [outcome]


def check(outcome: object) -> None:
    """That an outcome can be written, shown and acted upon."""
    for text in texts_of(outcome):
        text.encode()
        assert KEY not in text
        assert not any(ord(character) < 32 and character != "\n" for character in text)
        assert len(text) < 20_000
    if isinstance(outcome, TransportError):
        assert outcome.sent  # something was answered: a paid request is never sent again for it
    if isinstance(outcome, APIError):
        assert outcome.status_code >= 400
    if isinstance(outcome, TaskStatus):
        assert outcome.progress is None or 0 <= outcome.progress <= 100


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_answer_is_a_value_or_an_error_whose_texts_can_be_written_and_shown(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(STATUS_CODES, HEADERS, BODIES)
    def any_answer(status_code: int, headers: dict[str, str], body: bytes) -> None:
        for task_id in (None, "task-1"):
            check(asyncio.run(ask(Answering(status_code, headers, body), task_id)))

    any_answer()


TASK_IDS = st.text(ANY_CHARACTER, min_size=1, max_size=40).filter(str.strip) | st.integers(0, 10**25)
CODES = st.sampled_from([200, "200", None, 0, "ok"])
ACCEPTING = st.fixed_dictionaries({}, optional={**FIELDS, "created_time": JSON})


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_task_id_is_never_lost_whatever_stands_beside_it(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(
        TASK_IDS, ACCEPTING, st.sampled_from([200, 201, 202]), st.sampled_from([200, "200", None, 0]), JSON, ENCODINGS
    )
    def accepted(given_id: str | int, data: dict[str, Any], http: int, code: object, beside: object, how: str) -> None:
        payload = {"code": code, "message": beside, "data": {**data, "task_id": given_id}}
        service = Answering(http, {}, encoded(payload, how))
        task_id = asyncio.run(ask(service))
        assert isinstance(task_id, str), repr(task_id)
        check(task_id)
        asyncio.run(ask(service, task_id))
        assert service.asked[-1].startswith("/api/generate/status/")
        received = unquote(service.asked[-1].removeprefix("/api/generate/status/"), errors="surrogatepass")
        assert received == as_received(given_id, how)

    accepted()


@pytest.mark.parametrize("task_id", [".", "..", "...", "a/../b", "%2E", "?", "#"])
def test_a_task_id_that_looks_like_a_part_of_an_address_is_one_segment_of_it(task_id: str) -> None:
    service = Answering(200, {}, b"{}")
    asyncio.run(ask(service, task_id))
    (asked,) = service.asked
    assert asked.count("/") == 4
    assert unquote(asked.removeprefix("/api/generate/status/")) == task_id


def as_received(given_id: str | int, encoding: str) -> str:
    """The id that a reader of JSON in this encoding gets: UTF-16 and JSON's escapes join two half emojis."""
    text: str = json.loads(encoded(str(given_id), encoding).decode(encoding, "surrogatepass"))
    return text
