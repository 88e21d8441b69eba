"""The transport's own sockets, against servers that misbehave below HTTP; what a request's error claims is
what decides whether it may be sent again."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from vidgo_notebook.wire.sockets import SocketTransport

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
_FILE = bytes(range(256)) * 80_000  # 20 MB
_SHORT = httpx.Timeout(0.3)

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _served(conversation: Conversation) -> AsyncIterator[str]:
    """The URL of a server that holds ``conversation`` on each connection, and hangs up after it."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


def _client(timeout: httpx.Timeout = _SHORT) -> httpx.AsyncClient:
    transport = SocketTransport(ssl.create_default_context(), httpx.Limits())
    return httpx.AsyncClient(transport=transport, timeout=timeout)


def test_a_file_larger_than_what_is_held_comes_whole_and_its_server_waits_for_a_slow_reader() -> None:
    """Eight pictures of 20 MB that wait for the disk do not fill the memory."""
    written = 0

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD % len(_FILE))
        for start in range(0, len(_FILE), 100_000):
            writer.write(_FILE[start : start + 100_000])
            await writer.drain()
            written = start

    async def run() -> bytes:
        async with _served(send) as url, _client() as client, client.stream("GET", url) as response:
            pieces = response.aiter_bytes()
            first = await anext(pieces)
            await asyncio.sleep(0.3)
            assert written < len(_FILE) / 2
            return first + b"".join([piece async for piece in pieces])

    assert asyncio.run(run()) == _FILE


def test_a_connection_that_the_server_closed_while_it_was_idle_is_not_used_again() -> None:
    """A status request on it would fail for nothing."""
    connections = 0

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD % 2 + b"ok")

    async def run() -> list[str]:
        async with _served(answer_once) as url, _client() as client:
            answers = []
            for _ in range(3):
                answers.append((await client.get(url)).text)
                await asyncio.sleep(0.05)
            return answers

    assert asyncio.run(run()) == ["ok", "ok", "ok"]
    assert connections == 3


def test_an_idle_connection_serves_the_next_request() -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_HEAD % 2 + b"ok")

    async def run() -> list[str]:
        async with _served(answer) as url, _client() as client:
            return [(await client.get(url)).text for _ in range(2)]

    assert asyncio.run(run()) == ["ok", "ok"]
    assert connections == 1


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3)


async def _refuses_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    await reader.read()


async def _hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_HEAD % 100 + b"only this")


async def _breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    lingering = struct.pack("ii", 1, 0)  # a reset in place of a goodbye
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)


def _outcome(conversation: Conversation, method: str = "GET", content: bytes | None = None) -> httpx.Response:
    async def run() -> httpx.Response:
        async with _served(conversation) as url, _client() as client:
            return await client.request(method, url, content=content)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("conversation", "error"),
    [(_silent, httpx.ReadTimeout), (_hangs_up, httpx.RemoteProtocolError), (_breaks_off, httpx.ReadError)],
)
def test_an_answer_that_does_not_come_is_never_told_as_a_request_that_never_left(
    conversation: Conversation, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        _outcome(conversation)
    assert not isinstance(raised.value, httpx.ConnectError | httpx.ConnectTimeout)


def test_a_server_that_takes_nothing_in_ends_an_upload_in_time() -> None:
    with pytest.raises(httpx.WriteTimeout):
        _outcome(_silent, "POST", _FILE)


def test_an_upload_that_is_refused_half_way_tells_what_the_server_said() -> None:
    assert _outcome(_refuses_early, "POST", _FILE).status_code == 413


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://nowhere.invalid/", "https://{here}"])
def test_who_cannot_be_reached_or_does_not_speak_tls_never_got_the_request(url: str) -> None:
    """Only then a paid request may be sent again."""
    received = b""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        received += await reader.read(1000)
        writer.write(b"what?\r\n")

    async def run() -> None:
        async with _served(listen) as here, _client(httpx.Timeout(5)) as client:
            await client.post(url.replace("{here}", here.removeprefix("http://")), content=b"paid")

    with pytest.raises((httpx.ConnectError, httpx.ConnectTimeout)):
        asyncio.run(run())
    assert b"paid" not in received
