"""asyncio's sockets as httpcore takes them: without a layer between, and whatever has arrived at one go.

httpcore's own come through anyio, 64 KiB at a time. Most of what a picture costs the loop is then the
steps from one piece to the next; with these, a thousand pictures take it a third less time.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

_HELD_BYTES = 512 * 1024
"""With as much unread the other side has to wait: it is what eight connections may take of the memory."""


class SocketTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport on these sockets. It knows no proxies."""

    def __init__(self, certificates: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=certificates, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=certificates,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Sockets(),
        )


class _Sockets(httpcore.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002  our pool never names one
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  nor these
    ) -> httpcore.AsyncNetworkStream:
        connecting = asyncio.get_running_loop().create_connection(_Line, host, port, happy_eyeballs_delay=0.25)
        with _as_connect_errors():
            _, line = await asyncio.wait_for(connecting, timeout)
        return _Stream(line)


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, line: _Line) -> None:
        self._line = line

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """All that has arrived, ``max_bytes`` or not: httpcore's parser takes any number; b"" at the end."""
        return await self._line.read(timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            await self._line.write(buffer, timeout)

    async def aclose(self) -> None:
        self._line.transport.abort()  # what is closed here has been read, or given up

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        line = self._line
        secured = line.loop.start_tls(line.transport, line, ssl_context, server_hostname=server_hostname)
        try:
            with _as_connect_errors():
                transport = await asyncio.wait_for(secured, timeout)
                if transport is None:
                    raise ConnectionAbortedError
        except BaseException:
            await self.aclose()
            raise
        line.transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks: of an idle connection, whether the other side has hung up."""
        if info == "ssl_object":
            return self._line.transport.get_extra_info("ssl_object")
        return self._line.has_something if info == "is_readable" else None


class _Line(asyncio.Protocol):
    """One connection: what has arrived and was not read yet, and who waits for what."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._arrived: list[bytes] = []
        self._held = 0
        self._ended = False
        self._error: Exception | None = None
        self._more: asyncio.Future[None] | None = None  # for the reader, while nothing has arrived
        self._room: asyncio.Future[None] | None = None  # for the writer, while the other side does not keep up

    @property
    def has_something(self) -> bool:
        """Whether a read would return at once."""
        return bool(self._arrived) or self._ended

    async def read(self, timeout: float | None) -> bytes:
        """Raises ReadError, ReadTimeout."""
        if not self.has_something:
            self._more = self.loop.create_future()
            await _in_time(self._more, timeout, httpcore.ReadTimeout)
        if self._error and not self._arrived:
            raise httpcore.ReadError(str(self._error))
        arrived, self._arrived = self._arrived, []
        if self._held >= _HELD_BYTES and not self._ended:
            self.transport.resume_reading()
        self._held = 0
        return arrived[0] if len(arrived) == 1 else b"".join(arrived)

    async def write(self, data: bytes, timeout: float | None) -> None:
        """Raises WriteError, WriteTimeout."""
        if self._ended or self.transport.is_closing():
            raise httpcore.WriteError(str(self._error or "the other side has hung up"))
        self.transport.write(data)
        if self._room:
            await _in_time(self._room, timeout, httpcore.WriteTimeout)

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived.append(data)
        before, self._held = self._held, self._held + len(data)
        if before < _HELD_BYTES <= self._held:
            self.transport.pause_reading()
        _tell(self._more)

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error)

    def pause_writing(self) -> None:
        self._room = self.loop.create_future()

    def resume_writing(self) -> None:
        _tell(self._room)
        self._room = None

    def _end(self, error: Exception | None) -> None:
        self._ended, self._error = True, self._error or error
        _tell(self._more)
        _tell(self._room)


def _tell(waiting: asyncio.Future[None] | None) -> None:
    if waiting and not waiting.done():
        waiting.set_result(None)


async def _in_time(awaited: asyncio.Future[None], timeout: float | None, late: type[Exception]) -> None:
    """``asyncio.wait_for`` for what happens at each piece: it would make a task of each wait."""
    if timeout is None:
        return await awaited
    timer = awaited.get_loop().call_later(timeout, _give_up, awaited, late)
    try:
        await awaited
    finally:
        timer.cancel()


def _give_up(awaited: asyncio.Future[None], late: type[Exception]) -> None:
    if not awaited.done():
        awaited.set_exception(late())


@contextmanager
def _as_connect_errors() -> Iterator[None]:
    """No byte of a request has left yet, and the errors say so."""
    try:
        yield
    except asyncio.TimeoutError:
        raise httpcore.ConnectTimeout from None
    except (OSError, ssl.SSLError) as error:
        raise httpcore.ConnectError(_in_words(error)) from error


def _in_words(error: OSError) -> str:
    """asyncio's words name the address a second time."""
    if error.errno and not isinstance(error, (ssl.SSLError, socket.gaierror)):
        return os.strerror(error.errno)
    return str(error)
