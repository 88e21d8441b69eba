"""The three upload endpoints against exchanges written by hand: codec, client, and the emulator separately."""

from __future__ import annotations

import email
import json
from email.message import Message
from typing import Any

import httpx2 as httpx
import pytest

from tests.contract.emulated import Vendor, with_vendor
from tests.contract.exchange_files import Exchange, bad, cases, check_error, exchanges, good
from tests.contract.play import KEY, play
from tests.contract.test_exchanges_emulator import TIME, shape
from vidgo_notebook.emulator import transport_to
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import Uploaded, read_uploaded

WAYS = ("upload_stream", "upload_base64", "upload_url")
GOOD = [case for way in WAYS for case in cases(good(way), way)]


def part_of(request: httpx.Request) -> Message:
    """The one part of a multipart body."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    (part,) = email.message_from_bytes(head + request.content).get_payload()  # type: ignore[misc]
    return part  # type: ignore[return-value]


async def upload(client: VidgoClient, way: str, asked: dict[str, str]) -> Uploaded:
    if way == "upload_url":
        return await client.upload_from_url(asked["file_url"])
    file = asked["file"].encode("latin-1")
    if way == "upload_base64":
        return await client.upload_base64(file, asked["file_name"])
    return await client.upload(file, asked["file_name"], asked["media_type"])


@pytest.mark.parametrize(("way", "exchange"), GOOD)
def test_where_an_upload_lies_and_for_how_long_is_read_as_documented_and_tolerantly(
    way: str, exchange: Exchange
) -> None:
    uploaded = read_uploaded(exchange.status, exchange.body, exchange.headers)
    assert (uploaded.url, uploaded.lifetime) == (exchange.reading["url"], exchange.reading["lifetime"])


@pytest.mark.parametrize("exchange", cases(bad("upload_refused")))
def test_an_upload_that_is_refused_or_answered_without_sense_becomes_the_error_it_means(exchange: Exchange) -> None:
    with pytest.raises(VidgoError) as caught:
        read_uploaded(exchange.status, exchange.body, exchange.headers)
    check_error(caught.value, exchange.reading)


@pytest.mark.parametrize(("way", "exchange"), GOOD)
def test_one_documented_request_leaves_with_the_key_in_its_header(way: str, exchange: Exchange) -> None:
    uploaded, (request,) = play(exchange, lambda client: upload(client, way, exchange.asked))
    assert uploaded.url == exchange.reading["url"]
    assert (request.method, request.url.path) == (exchange.request["method"], exchange.request["path"])
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    if way == "upload_stream":
        check_part(part_of(request), exchange.request["part"])
    else:
        assert json.loads(request.content) == exchange.request["json"]


def check_part(part: Message, expected: dict[str, str]) -> None:
    assert part.get_param("name", header="Content-Disposition") == expected["name"]
    assert part.get_filename() == expected["filename"]
    assert part.get_content_type() == expected["content_type"]
    assert part.get_payload(decode=True) == expected["latin1"].encode("latin-1")


@pytest.mark.parametrize("exchange", cases(bad("upload_refused")))
@pytest.mark.parametrize("way", WAYS)
def test_a_refused_upload_is_one_request_whichever_way_it_goes(way: str, exchange: Exchange) -> None:
    """The wire never tries again by itself; who waits and how long is decided above it."""
    asked = exchanges(way)[0].asked
    error, left = play(exchange, lambda client: upload(client, way, asked))
    check_error(error, exchange.reading)
    assert len(left) == 1


# The emulator


def posted(vendor: Vendor, way: str, request: dict[str, Any]) -> Any:
    """The hand-written request, sent as it stands."""
    if way == "upload_stream":
        part = request["part"]
        file = (part["filename"], part["latin1"].encode("latin-1"), part["content_type"])
        return vendor.http.post(request["path"], files={part["name"]: file})
    return vendor.http.post(request["path"], json=request["json"])


@pytest.mark.parametrize("way", ["upload_stream", "upload_base64"])
def test_the_emulator_answers_an_upload_in_the_documented_words(way: str) -> None:
    exchange = exchanges(way)[0]
    expected = json.loads(exchange.body)

    async def use(vendor: Vendor) -> None:
        response = await posted(vendor, way, exchange.request)
        body = response.json()
        assert (response.status_code, shape(body)) == (200, shape(expected))
        same = ("file_size", "mime_type", "upload_path")
        assert {name: body["data"][name] for name in same} == {name: expected["data"][name] for name in same}
        assert TIME.fullmatch(body["data"]["upload_time"])
        assert TIME.fullmatch(body["data"]["expires_at"])
        assert read_uploaded(200, response.content, {}).lifetime == exchange.reading["lifetime"]
        assert (await vendor.http.get(body["data"]["file_url"])).content == b"GIF89a"

    with_vendor(use)


def test_the_emulator_fetches_a_file_of_its_own_from_its_url_in_the_documented_words() -> None:
    """The internet is out of its reach; what it has itself it takes without a call."""

    async def use(vendor: Vendor) -> None:
        first = await posted(vendor, "upload_stream", exchanges("upload_stream")[0].request)
        client = VidgoClient(
            str(vendor.http.base_url), ApiKey(KEY), emulated=True, transport=transport_to(vendor.emulator)
        )
        again = await client.upload_from_url(first.json()["data"]["file_url"])
        await client.aclose()
        assert again.url != first.json()["data"]["file_url"]
        assert (await vendor.http.get(again.url)).content == b"GIF89a"

    with_vendor(use)


def test_the_emulator_refuses_what_is_no_picture_in_the_documented_words() -> None:
    exchange = bad("upload_refused")[0]
    request = {**exchanges("upload_stream")[0].request}
    request["part"] = {**request["part"], "latin1": "a text"}

    async def use(vendor: Vendor) -> None:
        response = await posted(vendor, "upload_stream", request)
        assert response.status_code == exchange.status
        assert shape(response.json()) == shape(json.loads(exchange.body))
        assert response.json()["error"]["type"] == exchange.reading["type"]
        assert len(vendor.emulator.uploads) == 0

    with_vendor(use)
