"""httpx's requests over asyncio's sockets, as h11 spells them: a transport without a layer too many.

httpx's own goes through httpcore and anyio, which took two fifths of the loop's time for a thousand pictures.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import h11
import httpx

from vidgo_notebook.wire.line import Line, connect

_IDLE_SECONDS = 5.0
"""A connection without a request stays open as long, as with httpx."""

_HEAD_BYTES = 100 * 1024  # of an answer's longest head
_WRITE_BYTES = 64 * 1024

_Origin = tuple[str, bytes, int | None]


class SocketTransport(httpx.AsyncBaseTransport):
    """Sends each request once, over a connection that is idle or new; with ``keep`` off always over a new one.

    It opens a connection for every request under way, however many, and knows no proxies.
    """

    def __init__(self, certificates: ssl.SSLContext, *, keep: bool = True) -> None:
        certificates.set_alpn_protocols(["http/1.1"])
        self._certificates = certificates
        self._keep = keep
        self._idle: defaultdict[_Origin, list[_Connection]] = defaultdict(list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body yet to be read. Raises httpx's TransportError; ConnectError, ConnectTimeout,
        LocalProtocolError and UnsupportedProtocol while no byte of the request has left."""
        origin = (request.url.scheme, request.url.raw_host, request.url.port)
        limits: dict[str, float | None] = request.extensions.get("timeout", {})
        connection = self._idle_one(origin) or await self._opened(origin, limits.get("connect"))
        try:
            head = await connection.ask(request, limits)
        except BaseException:
            connection.hang_up()
            raise
        body = _Body(connection, limits.get("read"), lambda: self._give_back(origin, connection))
        extensions = {"http_version": b"HTTP/" + head.http_version, "reason_phrase": head.reason}
        return httpx.Response(head.status_code, headers=list(head.headers), stream=body, extensions=extensions)

    async def aclose(self) -> None:
        """Hang up where nothing is under way."""
        for connection in [connection for idle in self._idle.values() for connection in idle]:
            connection.hang_up()
        self._idle.clear()

    def _idle_one(self, origin: _Origin) -> _Connection | None:
        idle = self._idle[origin]
        while idle:
            if (connection := idle.pop()).usable():
                return connection
        return None

    async def _opened(self, origin: _Origin, timeout: float | None) -> _Connection:
        scheme, host, port = origin
        if scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{scheme} is no scheme of the web")
        certificates = self._certificates if scheme == "https" else None
        if port is None:
            port = 443 if certificates else 80
        return _Connection(await connect(host.decode("ascii"), port, certificates, timeout))

    def _give_back(self, origin: _Origin, connection: _Connection) -> None:
        if self._keep and connection.rest(_IDLE_SECONDS):
            self._idle[origin].append(connection)
        else:
            connection.hang_up()


class _Connection:
    """A line that speaks HTTP, one request after another."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        self._resting: asyncio.TimerHandle | None = None

    async def ask(self, request: httpx.Request, limits: dict[str, float | None]) -> h11.Response:
        """Send the request; the head of its answer."""
        with suppress(httpx.WriteError):  # who refuses an upload half way may have said why
            await self._send(request, limits.get("write"))
        while True:
            event = await self.next_event(limits.get("read"))
            if isinstance(event, h11.Response):  # what came before is "100 Continue" and the like
                return event

    async def next_event(self, timeout: float | None) -> Any:
        """What the other side says next."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._line.read(timeout))
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        return event

    async def _send(self, request: httpx.Request, timeout: float | None) -> None:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        try:
            head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
            data = self._http.send(head) or b""
        except h11.LocalProtocolError as error:  # of the head alone: later, something may have left
            raise httpx.LocalProtocolError(str(error)) from error
        async for piece in request.stream:
            data += self._http.send(h11.Data(piece)) or b""
            if len(data) >= _WRITE_BYTES:
                await self._line.write(data, timeout)
                data = b""
        data += self._http.send(h11.EndOfMessage()) or b""
        if data:
            await self._line.write(data, timeout)

    def rest(self, seconds: float) -> bool:
        """Wait for the next request, at most ``seconds``; whether there can be one. What came unasked would
        pass for its answer."""
        said_all = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not said_all or self._http.trailing_data[0] or self._line.has_something:
            return False
        self._http.start_next_cycle()
        self._resting = asyncio.get_running_loop().call_later(seconds, self.hang_up)
        return True

    def usable(self) -> bool:
        """End the rest; whether the other side has not hung up meanwhile."""
        if self._resting:
            self._resting.cancel()
        return not self._line.has_something

    def hang_up(self) -> None:
        self._line.hang_up()


class _Body(httpx.AsyncByteStream):
    """The body of an answer, in pieces as they arrive; then the connection is free again."""

    def __init__(self, connection: _Connection, timeout: float | None, give_back: Callable[[], None]) -> None:
        self._connection = connection
        self._timeout = timeout
        self._give_back: Callable[[], None] | None = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._connection.next_event(self._timeout), h11.Data):
            yield event.data

    async def aclose(self) -> None:
        if self._give_back:
            self._give_back()
            self._give_back = None
