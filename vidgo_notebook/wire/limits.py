"""How much of a response is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from inspect import isasyncgen

import httpx2 as httpx

MAX_API_BYTES = 1024 * 1024
"""The largest answer of the API that is read; a real one has a few hundred bytes."""

MAX_FILE_BYTES = 64 * 1024 * 1024
"""The largest file that is read; a 4K picture without any compression has 33 MB."""


class TooLargeError(Exception):
    """A response has more bytes than its limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it is larger than {limit // 1024**2} MiB")


class LimitedBody(httpx.AsyncByteStream):
    """The body of a response as it comes, before it is unpacked. Raises TooLargeError beyond ``limit`` bytes."""

    def __init__(self, body: httpx.AsyncByteStream, limit: int) -> None:
        self._body = body
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        pieces = self._body.__aiter__()
        try:
            async for piece in pieces:
                size += len(piece)
                if size > self._limit:
                    raise TooLargeError(self._limit)
                yield piece
        finally:
            if isasyncgen(pieces):
                await pieces.aclose()

    async def aclose(self) -> None:
        """Close the connection, or keep it for the next request."""
        await self._body.aclose()
