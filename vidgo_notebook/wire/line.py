"""One connection of asyncio's: whatever has arrived is read at one go, and every wait has its limit.

asyncio's own streams hand out 64 KiB at a time. Most of what a picture costs the loop is the steps from
one piece to the next.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl

import httpx

_HELD_BYTES = 512 * 1024
"""With as much unread the other side has to wait: it is what eight connections may take of the memory."""


async def connect(host: str, port: int, certificates: ssl.SSLContext | None, timeout: float | None) -> Line:
    """A connection, secured where there are ``certificates`` to check it by.

    Raises ConnectError or ConnectTimeout of httpx: no byte of a request has left yet, and both say so.
    """
    loop = asyncio.get_running_loop()
    connecting = loop.create_connection(Line, host, port, ssl=certificates, happy_eyeballs_delay=0.25)
    try:
        _, line = await asyncio.wait_for(connecting, timeout)
    except asyncio.TimeoutError:
        raise httpx.ConnectTimeout("") from None
    except (OSError, ssl.SSLError) as error:
        raise httpx.ConnectError(_in_words(error)) from error
    return line


class Line(asyncio.Protocol):
    """What has arrived and was not read yet, and who waits for what."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
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
        """All that has arrived; b"" at the end. Raises ReadError, ReadTimeout of httpx."""
        if not self.has_something:
            self._more = self._loop.create_future()
            await _in_time(self._more, timeout, httpx.ReadTimeout)
        if self._error and not self._arrived:
            raise httpx.ReadError(str(self._error))
        arrived, self._arrived = self._arrived, []
        if self._held >= _HELD_BYTES and not self._ended:
            self._transport.resume_reading()
        self._held = 0
        return arrived[0] if len(arrived) == 1 else b"".join(arrived)

    async def write(self, data: bytes, timeout: float | None) -> None:
        """Send ``data``, waiting for the other side to keep up. Raises WriteError, WriteTimeout of httpx."""
        if self._ended or self._transport.is_closing():
            raise httpx.WriteError(str(self._error or "the other side has hung up"))
        self._transport.write(data)
        if self._room:
            await _in_time(self._room, timeout, httpx.WriteTimeout)

    def hang_up(self) -> None:
        """Close it: what it brought has been read, or given up."""
        self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived.append(data)
        before, self._held = self._held, self._held + len(data)
        if before < _HELD_BYTES <= self._held:
            self._transport.pause_reading()
        _tell(self._more)

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error)

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

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
        awaited.set_exception(late(""))


def _in_words(error: OSError) -> str:
    """asyncio's words name the address a second time."""
    if error.errno and not isinstance(error, (ssl.SSLError, socket.gaierror)):
        return os.strerror(error.errno)
    return str(error)
