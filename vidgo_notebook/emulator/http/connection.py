"""Answers that end a connection instead of finishing properly, and the file answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

DROP = "vidgo.emulator.drop"
"""ASGI extension with a function that ends the connection: ``drop(refused: bool)``.

ASGI itself has no way to do this, so ``transport`` and ``server`` each bring theirs.
"""

CHUNK = 64 * 1024  # bytes
_LOOK = 0.05  # seconds between two looks whether a waiting client is still there


class ClientGoneError(Exception):
    """The client hung up while the service kept it waiting."""


class Dropped(Response):
    """No answer: the connection ends. ``refused`` makes it look as if there never was one."""

    def __init__(self, refused: bool = False) -> None:
        super().__init__()
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """End the connection that ``scope`` came over."""
        await drop(scope, receive, refused=self._refused)


async def drop(scope: Scope, receive: Receive, refused: bool = False) -> None:
    """End the connection, and return once it has ended."""
    scope["extensions"][DROP](refused)
    while (await receive())["type"] != "http.disconnect":
        pass


async def keep_waiting(seconds: float, request: Request) -> None:
    """Say nothing for ``seconds``; raises ``ClientGoneError`` when the client hangs up meanwhile."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0:
        await asyncio.sleep(min(left, _LOOK))
        if await request.is_disconnected():
            raise ClientGoneError


class FileAnswer(Response):
    """A file with its length, in chunks; ``short_by`` bytes of it never come."""

    def __init__(self, content: bytes, media_type: str, short_by: int = 0, chunk_pause: float = 0.0) -> None:
        super().__init__(content, media_type=media_type)
        self._sent = max(0, len(content) - short_by)
        self._chunk_pause = chunk_pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file over the connection of ``scope``."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for chunk in self._chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(self._chunk_pause)
        if self._sent < len(self.body):
            await drop(scope, receive)
        else:
            await send({"type": "http.response.body", "body": b""})

    def _chunks(self) -> Iterator[bytes]:
        view = memoryview(self.body)[: self._sent]
        return (bytes(view[start : start + CHUNK]) for start in range(0, self._sent, CHUNK))
