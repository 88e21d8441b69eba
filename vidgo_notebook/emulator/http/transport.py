"""The transport to an emulator in the same process, without a port.

httpx2's own ASGI transport has no time limits, waits for the whole answer, accepts short answers, and
can't lose a connection; a client must meet all of these as over a socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx2 as httpx

from vidgo_notebook.emulator.http.app import build_app
from vidgo_notebook.emulator.http.connection import DROP

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message

    from vidgo_notebook.emulator.service import Emulator

IN_KERNEL_URL = "http://emulator.localhost"
"""Base URL of an emulator that is reached through ``transport_to``, without a port."""

_SENT = "http11.send_request_headers.started"
"""The event by which httpx2's own transport reports that a request is being sent."""

BUFFERED = 4  # messages between the application and a client that reads slowly


def transport_to(emulator: Emulator) -> EmulatorTransport:
    """An httpx transport to ``emulator``; its base URL is ``IN_KERNEL_URL``."""
    return EmulatorTransport(build_app(emulator))


class EmulatorTransport(httpx.AsyncBaseTransport):
    """Speaks to an ASGI application as if over a connection, with httpx's errors and time limits."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``; raises ``httpx.TransportError`` where a socket would make httpx do so."""
        await _trace(request, "emulator.request.started")
        exchange = _Exchange(self._app, request, await request.aread())
        try:
            start = await exchange.next_message()
        except BaseException as error:
            await exchange.aclose()
            if not isinstance(error, httpx.ConnectError):
                await _trace(request, _SENT)
            raise
        await _trace(request, _SENT)
        return httpx.Response(
            start["status"],
            headers=start["headers"],
            stream=exchange,
            extensions={"http_version": b"HTTP/1.1"},
        )


async def _trace(request: httpx.Request, event: str) -> None:
    if trace := request.extensions.get("trace"):
        await trace(event, {"request": request})


class _Exchange(httpx.AsyncByteStream):
    """One request and its answer; as a stream, the answer's body."""

    def __init__(self, app: ASGIApp, request: httpx.Request, body: bytes) -> None:
        self._request = request
        self._body: bytes | None = body
        self._messages: asyncio.Queue[Message | Exception] = asyncio.Queue(BUFFERED)
        self._over = asyncio.Event()
        self._running = asyncio.ensure_future(self._run(app))

    async def next_message(self) -> Message:
        """What the application sends next, within the request's time limit for reading."""
        limit = self._request.extensions.get("timeout", {}).get("read")
        try:
            message = await asyncio.wait_for(self._messages.get(), limit)
        except TimeoutError as error:
            raise httpx.ReadTimeout("the emulator did not answer in time", request=self._request) from error
        if isinstance(message, Exception):
            raise message
        return message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks of the body."""
        more = True
        while more:
            message = await self.next_message()
            more = message.get("more_body", False)
            if (chunk := message.get("body", b"")) and self._request.method != "HEAD":
                yield chunk

    async def aclose(self) -> None:
        """Disconnect."""
        self._over.set()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, app: ASGIApp) -> None:
        lost: httpx.TransportError | None = None

        def drop(refused: bool) -> None:
            nonlocal lost
            self._over.set()
            error = httpx.ConnectError if refused else httpx.ReadError
            lost = error("the emulator dropped the connection", request=self._request)

        url = self._request.url
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 0),
            "root_path": "",
            "extensions": {DROP: drop},
        }
        try:
            await app(scope, self._receive, self._messages.put)
            if lost:
                await self._messages.put(lost)
        except Exception as error:  # noqa: BLE001 - the client waits for it, of whatever kind it is
            await self._messages.put(error)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"}
