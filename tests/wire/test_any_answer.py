"""Whatever a server says, a request ends: in an answer, or in an error that counts it as sent."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.conversations import HEAD, served
from vidgo_notebook.wire.transport import NoAnswerError, answered, open_route

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
@settings(max_examples=150, deadline=None)
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
                async with asyncio.timeout(20), answered(route, "GET", url) as answer:
                    await answer.read()
            except NoAnswerError as error:
                return error.sent
            finally:
                await route.aclose()
        return True

    assert asyncio.run(run())  # else a paid request would be sent again
