"""Whatever a server or a proxy says, a request ends: in an answer, or in an error of the package."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.fixtures.api_key import KEY
from tests.fixtures.chance import examples
from tests.fixtures.client_calls import CALLS, Way
from tests.fixtures.scripted_server import HEAD, served
from vidgo_notebook.errors import FetchError, TransportError, VidgoError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient
from vidgo_notebook.wire.transport import NoAnswerError, open_route, send

_LINES = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 999 ?\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Set-Cookie: a=b\r\n",
    b": \r\n",
]
_LAST_LINES = [
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.0 204\r\n\r\n",
    b"HTTP/2 200\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n",
    b"Transfer-Encoding: gzip\r\n\r\n",
    b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
]
_HEADS = [HEAD % 5, HEAD % 0, HEAD % 10**9]
_CHUNKS = [b"5\r\nhello\r\n", b"0\r\n\r\n", b"ffffffffffffffffffff\r\n"]
_NOISE = [b"hello", b"\x00\xff", b"\r\n", b"\r\n\r\n", b"a" * 200_000]
_FRAGMENTS = st.sampled_from([*_LINES, *_LAST_LINES, *_HEADS, *_CHUNKS, *_NOISE])


@given(st.lists(_FRAGMENTS | st.binary(max_size=30), max_size=6))
@examples(150)
def test_a_request_ends_in_an_answer_or_in_an_error_that_counts_it_as_sent(said: list[bytes]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in said:
            writer.write(piece)
            await writer.drain()

    async def run() -> bool:
        """Whether the request was answered, or counts as sent."""
        async with served(talk) as url:
            route = open_route(direct=True)
            try:
                async with asyncio.timeout(20), send(route, "GET", url, limit=1_000_000) as answer:
                    await answer.read()
            except NoAnswerError as error:
                return error.sent
            finally:
                await route.aclose()
        return True

    assert asyncio.run(run())  # else a paid request would be sent again


_NAMES = ["code", "data", "error", "message", "task_id", "status", "progress", "files", "file_url", "credits_amount"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES) | st.text(), inner, max_size=3),
    max_leaves=6,
)
_BODIES = _JSON.map(lambda value: json.dumps({"code": 200, "data": value}).encode())
_ANSWERS = st.builds(
    lambda status, header, body: b"HTTP/1.1 %d So\r\n%sContent-Length: %d\r\n\r\n" % (status, header, len(body)) + body,
    st.sampled_from([200, 201, 204, 300, 302, 304, 308, 400, 401, 402, 404, 408, 410, 429, 451, 500, 503, 599, 700]),
    st.sampled_from(
        [
            b"",
            b"Content-Encoding: gzip\r\n",
            b"Content-Encoding: br, zstd, what\r\n",
            b"Content-Type: text/html; charset=what\r\n",
            b"Retry-After: Sun, 99 Nov 9999 99:99:99 GMT\r\n",
            b"Retry-After: -1e999\r\n",
            *(
                b"Location: %s\r\n" % url
                for url in (b"http://[::1", b"https://xn--a", b"\xff", b"https://a:b", b"//", b"")
            ),
        ]
    ),
    _BODIES | st.binary(max_size=30) | _JSON.map(lambda value: json.dumps(value).encode()),
)
_SAID = _ANSWERS | st.lists(_FRAGMENTS | st.binary(max_size=30), max_size=6).map(b"".join)


async def _ends(url: str) -> list[VidgoError | None]:
    """The errors of all calls of a client; what is none of the package's is raised."""

    async def end(call: str) -> VidgoError | None:
        try:
            async with asyncio.timeout(20):
                await CALLS[call](way)
        except VidgoError as error:
            return error
        return None

    way = Way(url, VidgoClient(url, ApiKey(KEY)), FileClient(url))
    try:
        return [await end(call) for call in CALLS]
    finally:
        await way.client.aclose()
        await way.files.aclose()


@given(_SAID)
@examples(100)
def test_whatever_a_server_says_every_call_ends_in_a_value_or_an_error_of_the_package(said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async def run() -> list[VidgoError | None]:
        async with served(talk) as url:
            return await _ends(url.rstrip("/"))

    assert all(error.sent for error in asyncio.run(run()) if isinstance(error, TransportError))


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@given(
    st.lists(
        st.sampled_from([b"\x05", b"\x05\x00", b"\x05\x00\x00\x01" + 6 * b"\0", b"\x05\x00\x00\x03\xff"]) | _SAID,
        max_size=3,
    )
)
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_proxy_says_nothing_left_and_every_call_ends_in_an_error_of_the_package(
    scheme: str, monkeypatch: pytest.MonkeyPatch, said: list[bytes]
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in said:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await reader.read(1000)
            writer.write(piece)

    async def run() -> None:
        async with served(talk) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.replace("http", scheme, 1))
            for error in await _ends("https://api.vidgo.example"):
                assert error is not None
                assert isinstance(error, FetchError) or (type(error) is TransportError and not error.sent)

    asyncio.run(run())
