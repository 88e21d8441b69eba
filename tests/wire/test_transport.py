"""The transport, against servers that misbehave below HTTP; what a request's error claims is
what decides whether it may be sent again."""

from __future__ import annotations

import asyncio
import socket
import struct

import httpx2 as httpx
import pytest

from tests.fixtures.scripted_server import FILE, HEAD, OK, SHORT, Conversation, client, outcome, served


def test_a_file_larger_than_what_is_held_comes_whole_and_its_server_waits_for_a_slow_reader() -> None:
    """Eight pictures of 20 MB that wait for the disk do not fill the memory."""
    written = 0

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % len(FILE))
        for start in range(0, len(FILE), 100_000):
            writer.write(FILE[start : start + 100_000])
            await writer.drain()
            written = start

    async def run() -> bytes:
        async with served(send) as url, client() as asking, asking.stream("GET", url) as response:
            pieces = response.aiter_bytes()
            first = await anext(pieces)
            await asyncio.sleep(0.3)
            assert written < len(FILE) / 2
            return first + b"".join([piece async for piece in pieces])

    assert asyncio.run(run()) == FILE


_IN_PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nin\r\n7\r\n pieces\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, "ok"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, "ok"),
        (_IN_PIECES, "in pieces"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
    ],
    ids=["continue", "hints", "chunks", "no length", "no body"],
)
def test_an_answer_may_come_in_every_way_that_http_knows(said: bytes, text: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for place in range(0, len(said), 7):
            writer.write(said[place : place + 7])
            await writer.drain()

    assert outcome(answer).text == text


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/a b?c=ü#d", "http://[::1]:{port}/%61"])
def test_an_address_is_asked_for_as_httpx_spells_it(url: str) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % len(head) + head)

    async def run() -> str:
        host = "::1" if "[" in url else "127.0.0.1"
        try:
            server = await asyncio.start_server(echo, host, 0)
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = server.sockets[0].getsockname()[1]
        async with server, client() as asking:
            return (await asking.get(url.format(port=port))).text.partition("\r\n")[0]

    assert asyncio.run(run()) == f"GET {'/%61' if '[' in url else '/a%20b?c=%C3%BC'} HTTP/1.1"


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3)


async def _refuses_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    await reader.read()


async def _hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD % 100 + b"only this")


async def _breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    lingering = struct.pack("ii", 1, 0)  # a reset in place of a goodbye
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)


@pytest.mark.parametrize(
    ("conversation", "error"),
    [(_silent, httpx.ReadTimeout), (_hangs_up, httpx.RemoteProtocolError), (_breaks_off, httpx.ReadError)],
)
def test_a_missing_answer_is_never_reported_as_a_request_that_never_left(
    conversation: Conversation, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        outcome(conversation, timeout=SHORT)
    assert not isinstance(raised.value, httpx.ConnectError | httpx.ConnectTimeout)


def test_a_server_that_takes_nothing_in_ends_an_upload_in_time() -> None:
    with pytest.raises(httpx.WriteTimeout):
        outcome(_silent, "POST", FILE, SHORT)


def test_an_upload_that_is_refused_half_way_reports_what_the_server_said() -> None:
    assert outcome(_refuses_early, "POST", FILE).status_code == 413


def test_a_request_that_http_does_not_allow_never_leaves() -> None:
    received = b""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        received += await reader.read(1000)

    async def run() -> None:
        async with served(listen) as url, client() as asking:
            await asking.post(url, content=b"paid", headers={"X": "a\r\nb"})

    with pytest.raises(httpx.LocalProtocolError):
        asyncio.run(run())
    assert received == b""


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://nowhere.invalid/", "https://{here}"])
def test_who_cannot_be_reached_or_does_not_speak_tls_never_got_the_request(url: str) -> None:
    """Only then a paid request may be sent again."""
    received = b""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        received += await reader.read(1000)
        writer.write(b"what?\r\n")

    async def run() -> None:
        async with served(listen) as here, client() as asking:
            await asking.post(url.replace("{here}", here.removeprefix("http://")), content=b"paid")

    with pytest.raises((httpx.ConnectError, httpx.ConnectTimeout)):
        asyncio.run(run())
    assert b"paid" not in received
