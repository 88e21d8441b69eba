"""Answers that end a connection early, and the answer with a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from vidgo_notebook.emulator.faults import Fault

DROP = "vidgo.emulator.drop"
"""ASGI extension with a function that ends the connection: ``drop(refused: bool)``.

ASGI itself has no way to do this, so ``transport`` and ``server`` each provide theirs.
"""

CHUNK = 64 * 1024  # bytes
_POLL = 0.05  # seconds between two checks whether a waiting client is still connected


class ClientGoneError(Exception):
    """The client disconnected while the service kept it waiting."""


class Dropped(Response):
    """No answer: the connection ends. With ``refused`` the client sees a connection that was never made."""

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
    """Send nothing for ``seconds``; raises ``ClientGoneError`` when the client disconnects meanwhile."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0:
        await asyncio.sleep(min(left, _POLL))
        if await request.is_disconnected():
            raise ClientGoneError


class FileAnswer(Response):
    """A file with its length, in chunks, as short and slow as ``fault`` says."""

    def __init__(self, content: bytes, media_type: str, fault: Fault | None) -> None:
        super().__init__(content, media_type=media_type)
        self._sent = max(0, len(content) - (fault.short_by if fault else 0))
        self._chunk_pause = fault.chunk_pause if fault else 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file over the connection of ``scope``."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        view = memoryview(self.body)[: self._sent]
        for start in range(0, self._sent, CHUNK):
            chunk = bytes(view[start : start + CHUNK])
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(self._chunk_pause)
        if self._sent < len(self.body):
            await drop(scope, receive)
        else:
            await send({"type": "http.response.body", "body": b""})
