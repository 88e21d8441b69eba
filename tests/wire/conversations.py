"""Servers of one conversation, which may break off anywhere, and a client of ours for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2 as httpx

from vidgo_notebook.wire.transport import open_route

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
OK = HEAD % 2 + b"ok"
FILE = bytes(range(256)) * 80_000  # 20 MB
PATIENT, SHORT = 30.0, 0.3  # seconds

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Answering:
    """A conversation of so many ``answers``, one for each request. ``connections`` were opened so far."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = answers
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        for answer in self._answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)


@asynccontextmanager
async def served(conversation: Conversation) -> AsyncIterator[str]:
    """The URL of a server that holds ``conversation`` on each connection, and hangs up after it."""

    async def cell_wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has hung up first
        finally:
            writer.close()

    server = await asyncio.start_server(cell_wait, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


def client(timeout: float = PATIENT) -> httpx.AsyncClient:
    """A client on the package's transport."""
    return httpx.AsyncClient(transport=open_route(direct=True), timeout=timeout)


def outcome(
    conversation: Conversation, method: str = "GET", content: bytes | None = None, timeout: float = PATIENT
) -> httpx.Response:
    """The answer to one request."""

    async def run() -> httpx.Response:
        async with served(conversation) as url, client(timeout) as asking:
            return await asking.request(method, url, content=content)

    return asyncio.run(run())
