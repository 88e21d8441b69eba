"""Downloads generated files from the host that the API names, without sending the key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx

from vidgo_notebook.domain.provider import is_local, is_web_url
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import FetchError
from vidgo_notebook.wire.api_errors import retry_after
from vidgo_notebook.wire.limits import MAX_FILE_BYTES, TooLargeError
from vidgo_notebook.wire.transport import Answer, NoAnswerError, open_route, send

MAX_REDIRECTS = 5

_ACCEPT = "image/png, image/webp;q=0.9, image/jpeg;q=0.8, image/*;q=0.5, */*;q=0.1"
"""Lossless first; then those that every program opens; any other file rather than none."""

Sink = Callable[[Sequence[bytes]], Awaitable[Any]]
"""Writes the next bytes of a file, given in pieces; nothing more is read until it returns."""

_BLOCK_BYTES = 1024 * 1024  # written at a time


class FileClient:
    """Downloads pictures. ``base_url`` is the API's: plain http is allowed only if the API is on this machine."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._local = is_local(base_url)
        # Each file uses its own connection: stray bytes on a kept one would be taken for the next picture.
        self._here = transport or open_route(direct=True, keep=False)
        self._elsewhere = transport or open_route(direct=False, keep=False)

    async def fetch(self, url: str, into: Sink) -> Sequence[bytes]:
        """Stream the file at ``url``, of at most 64 MiB, into ``into``.

        The last block, at most 1 MiB, is returned instead: the request is over by then, and the next one can
        start. Raises FetchError; ``transient`` says whether a retry may succeed.
        """
        try:
            async with self._opened(url) as answer:
                return await _save(answer, into)
        except TooLargeError as error:
            raise FetchError(f"The file was not saved: {error}.") from None
        except NoAnswerError as error:
            message = f"The picture's file could not be fetched ({error})."
            raise FetchError(message, transient=True, hint=error.hint or None) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._here.aclose()
        await self._elsewhere.aclose()

    @asynccontextmanager
    async def _opened(self, url: str) -> AsyncIterator[Answer]:
        """The response after at most five redirects."""
        for _ in range(MAX_REDIRECTS + 1):
            self._check(url)
            route = self._here if is_local(url) else self._elsewhere
            async with send(route, "GET", url, limit=MAX_FILE_BYTES, headers={"Accept": _ACCEPT}) as answer:
                target = answer.redirects_to()
                if target is None:
                    if answer.status_code != 200:
                        raise _refusal(answer)
                    yield answer
                    return
                url = target
        raise FetchError(f"The file host redirected more than {MAX_REDIRECTS} times.")

    def _check(self, url: str) -> None:
        allowed = url.startswith("https://") or (self._local and is_local(url))
        if not (is_web_url(url) and allowed):
            raise FetchError(f"The picture's address {shown(url)} is not https, so it was not opened.")


def _refusal(answer: Answer) -> FetchError:
    gone = answer.status_code == 410
    message = f"The file host answered {answer.status_code}."
    return FetchError(message, transient=not gone, retry_after=retry_after(answer.headers))


async def _save(answer: Answer, into: Sink) -> Sequence[bytes]:
    pieces, buffered, size = list[bytes](), 0, 0
    async for piece in answer.pieces():
        pieces.append(piece)
        buffered, size = buffered + len(piece), size + len(piece)
        if buffered >= _BLOCK_BYTES:
            await into(pieces)
            pieces, buffered = [], 0
    announced = answer.headers.get("content-length", "")
    if announced.isdigit() and int(announced) != answer.received:
        raise FetchError(f"The file is cut short: {size:,} of {int(announced):,} bytes arrived.", transient=True)
    return pieces
