"""How long a request may take, and how much of its response is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from inspect import isasyncgen

import httpx2 as httpx

MAX_API_BYTES = 1024 * 1024
"""The largest answer of the API that is read; a real one has a few hundred bytes."""

CONNECT_SECONDS = 30.0
"""For connecting with all that belongs to it: name, proxy, TLS. Each of these steps has a limit of its own as well."""

ANSWER_SECONDS = 75.0
"""For sending a request, and again for its response: up to 60 s of work at the service, and time to arrive. This is
also the longest silence within either."""

SLOWEST_PACE = 8 * 1024
"""Bytes per second; as many give one second more. A connection of 64 kbit/s is the slowest that anyone works with."""

_SLEPT_SECONDS = 1.0
"""A limit that is noticed so much later was not waited for: this process was stopped, or the machine slept."""


class TooLargeError(Exception):
    """A response has more bytes than its limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it is larger than {limit // 1024**2} MiB")


class TooSlowError(Exception):
    """A request took longer than it may."""


class Pace:
    """The time limit of one request: for connecting, for sending, and for the response.

    Only the time inside ``waiting`` counts. Every byte that is transferred extends it, up to ``ANSWER_SECONDS``.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reason = f"no connection within {CONNECT_SECONDS:g} s"
        self._paused_at = self._loop.time()
        self._deadline = self._paused_at + CONNECT_SECONDS
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """While waiting: the request, or its response, starts to be transferred."""
        self._reason = f"no answer within {ANSWER_SECONDS:g} s"
        self._deadline = self._loop.time() + ANSWER_SECONDS
        self._set_timer()

    def moved(self, size: int) -> None:
        """``size`` bytes were transferred."""
        self._reason = f"the transfer was slower than {SLOWEST_PACE / 1024:g} KiB per second"
        # A later deadline is seen when the timer runs out.
        self._deadline = min(self._deadline + size / SLOWEST_PACE, self._loop.time() + ANSWER_SECONDS)

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Wait for the other side. Raises TooSlowError."""
        self._deadline += self._loop.time() - self._paused_at
        try:
            async with asyncio.timeout(None) as self._timeout:
                self._set_timer()
                yield
        except TimeoutError:
            if self._timeout.expired():  # else it is the time limit of a layer below
                raise TooSlowError(self._reason) from None
            raise
        finally:
            self._paused_at = self._loop.time()
            if self._timer:
                self._timer.cancel()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._timer_ends, self._deadline)

    def _timer_ends(self, due: float) -> None:
        now = self._loop.time()
        if now - due > _SLEPT_SECONDS:
            self._deadline = max(self._deadline, now + ANSWER_SECONDS)  # what has arrived meanwhile is not read yet
        if self._deadline > now:
            self._set_timer()
        else:
            self._timeout.reschedule(now)


class OutgoingBody(httpx.AsyncByteStream):
    """The body of a request; it extends ``pace`` as it is sent."""

    def __init__(self, body: httpx.AsyncByteStream, pace: Pace) -> None:
        self._body = body
        self._pace = pace

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            yield piece
            self._pace.moved(len(piece))


class IncomingBody(httpx.AsyncByteStream):
    """The body of a response as it comes, before it is unpacked: in pieces of at least ``together`` bytes, since every
    piece passes through many layers. After a failure, what had arrived comes first.

    Raises TooLargeError beyond ``limit`` bytes, and TooSlowError by ``pace``.
    """

    def __init__(self, body: httpx.AsyncByteStream, limit: int, pace: Pace, together: int) -> None:
        self._body = body
        self._limit = limit
        self._pace = pace
        self._together = together
        self._size = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces, failure = self._body.__aiter__(), None
        try:
            while failure is None:
                arrived = list[bytes]()
                try:
                    async with self._pace.waiting():
                        is_whole = await self._collect(pieces, arrived)
                except Exception as error:  # noqa: BLE001  raised again
                    failure = error
                if arrived:
                    yield b"".join(arrived)
                if failure is None and is_whole:
                    return
            raise failure
        finally:
            if isasyncgen(pieces):
                await pieces.aclose()

    async def _collect(self, pieces: AsyncIterator[bytes], arrived: list[bytes]) -> bool:
        """Read pieces until there are enough together; whether there are no more."""
        enough = self._size + self._together
        while self._size < enough:
            piece = await anext(pieces, None)
            if piece is None:
                return True
            self._pace.moved(len(piece))
            self._size += len(piece)
            if self._size > self._limit:
                raise TooLargeError(self._limit)
            arrived.append(piece)
        return False

    async def aclose(self) -> None:
        """Close the connection, or keep it for the next request."""
        await self._body.aclose()
