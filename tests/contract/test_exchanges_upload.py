"""The upload endpoint against exchanges written by hand: codec, client, and the emulator separately."""

from __future__ import annotations

import email
import json
from email.message import Message
from typing import Any

import httpx2 as httpx
import pytest

from tests.contract.exchange_files import Exchange, bad, cases, check_error, exchanges, good
from tests.contract.replay_exchange import KEY, play
from tests.contract.test_exchanges_emulator import TIME, shape
from tests.fixtures.emulated_api import EmulatedApi, with_emulated_api
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import Uploaded, parse, read_uploaded

GOOD = cases(good("upload_stream"))


def part_of(request: httpx.Request) -> Message:
    """The one part of a multipart body."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    (part,) = email.message_from_bytes(head + request.content).get_payload()  # type: ignore[misc]
    return part  # type: ignore[return-value]


async def upload(client: VidgoClient, asked: dict[str, str]) -> Uploaded:
    return await client.upload(asked["file"].encode("latin-1"), asked["file_name"], asked["media_type"])


@pytest.mark.parametrize("exchange", GOOD)
def test_where_an_upload_lies_and_for_how_long_is_read_as_documented_and_tolerantly(exchange: Exchange) -> None:
    uploaded = read_uploaded(parse(exchange.status, exchange.body, exchange.headers))
    assert (uploaded.url, uploaded.lifetime) == (exchange.reading["url"], exchange.reading["lifetime"])


@pytest.mark.parametrize("exchange", cases(bad("upload_refused")))
def test_an_upload_that_is_refused_or_answered_without_sense_becomes_the_error_it_means(exchange: Exchange) -> None:
    with pytest.raises(VidgoError) as caught:
        read_uploaded(parse(exchange.status, exchange.body, exchange.headers))
    check_error(caught.value, exchange.reading)


@pytest.mark.parametrize("url", ["/a.png", "javascript:1", "file:///etc/hostname", "https://", "https://[::1"])
def test_an_upload_that_lies_nowhere_is_not_taken_for_one(url: str) -> None:
    """The picture would be ordered and paid for without it."""
    body = json.dumps({"code": 200, "data": {"file_url": url}}).encode()
    with pytest.raises(VidgoError, match="no file URL"):
        read_uploaded(parse(200, body, {}))


@pytest.mark.parametrize("exchange", GOOD)
def test_one_documented_request_leaves_with_the_key_in_its_header(exchange: Exchange) -> None:
    uploaded, (request,) = play(exchange, lambda client: upload(client, exchange.asked))
    assert uploaded.url == exchange.reading["url"]
    assert (request.method, request.url.path) == (exchange.request["method"], exchange.request["path"])
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    check_part(part_of(request), exchange.request["part"])


def check_part(part: Message, expected: dict[str, str]) -> None:
    assert part.get_param("name", header="Content-Disposition") == expected["name"]
    assert part.get_filename() == expected["filename"]
    assert part.get_content_type() == expected["content_type"]
    assert part.get_payload(decode=True) == expected["latin1"].encode("latin-1")


@pytest.mark.parametrize("exchange", cases(bad("upload_refused")))
def test_a_refused_upload_is_one_request(exchange: Exchange) -> None:
    """The wire never tries again by itself; who waits and how long is decided above it."""
    asked = exchanges("upload_stream")[0].asked
    error, left = play(exchange, lambda client: upload(client, asked))
    check_error(error, exchange.reading)
    assert len(left) == 1


# The emulator


def posted(api: EmulatedApi, request: dict[str, Any]) -> Any:
    """The hand-written request, sent as it stands."""
    part = request["part"]
    file = (part["filename"], part["latin1"].encode("latin-1"), part["content_type"])
    return api.http.post(request["path"], files={part["name"]: file})


def test_the_emulator_answers_an_upload_in_the_documented_words() -> None:
    exchange = exchanges("upload_stream")[0]
    expected = json.loads(exchange.body)

    async def use(api: EmulatedApi) -> None:
        response = await posted(api, exchange.request)
        body = response.json()
        assert (response.status_code, shape(body)) == (200, shape(expected))
        same = ("file_size", "mime_type", "upload_path")
        assert {name: body["data"][name] for name in same} == {name: expected["data"][name] for name in same}
        assert TIME.fullmatch(body["data"]["upload_time"])
        assert TIME.fullmatch(body["data"]["expires_at"])
        assert read_uploaded(parse(200, response.content, {})).lifetime == exchange.reading["lifetime"]
        assert (await api.http.get(body["data"]["file_url"])).content == b"GIF89a"

    with_emulated_api(use)


def test_the_emulator_refuses_what_is_no_picture_in_the_documented_words() -> None:
    exchange = bad("upload_refused")[0]
    request = {**exchanges("upload_stream")[0].request}
    request["part"] = {**request["part"], "latin1": "a text"}

    async def use(api: EmulatedApi) -> None:
        response = await posted(api, request)
        assert response.status_code == exchange.status
        assert shape(response.json()) == shape(json.loads(exchange.body))
        assert response.json()["error"]["type"] == exchange.reading["type"]
        assert len(api.emulator.uploads) == 0

    with_emulated_api(use)
