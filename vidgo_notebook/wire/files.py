"""Downloads generated files from the host that the API names, without sending the key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.domain.provider import is_local, is_web_url
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import FetchError
from vidgo_notebook.wire.api_errors import retry_after
from vidgo_notebook.wire.limits import TooLargeError
from vidgo_notebook.wire.transport import Answer, NoAnswerError, open_route, send

MAX_REDIRECTS = 5

_ACCEPT = "image/png, image/webp;q=0.9, image/jpeg;q=0.8, image/*;q=0.5, */*;q=0.1"
"""Lossless first; then those that every program opens; any other file rather than none."""

Sink = Callable[[Sequence[bytes]], Awaitable[Any]]
"""Writes the next bytes of a file, given in pieces; nothing more is read until it returns."""

_BLOCK_BYTES = 1024 * 1024  # written at a time


async def _drop_nothing() -> None:
    pass


class Part:
    """What was written of a file before it broke off. ``drop`` deletes that."""

    def __init__(self, drop: Callable[[], Awaitable[Any]] = _drop_nothing) -> None:
        self._drop = drop
        self._validator = self._place = ""
        self.received = 0

    @property
    def headers(self) -> dict[str, str]:
        """The request for the rest of the same version; for the whole file where its version is not known."""
        if not (self.received and self._validator):
            return {}
        return {"Range": f"bytes={self.received}-", "If-Range": self._validator}

    async def begin_anew(self) -> None:
        """Delete what was written."""
        self.received, self._validator = 0, ""
        await self._drop()

    async def follow(self, url: str) -> None:
        """The next request is to this URL: to continue there, it must be the same file, however it is signed."""
        place = url.partition("?")[0]
        if self.received and place != self._place:
            await self.begin_anew()
        self._place = place

    async def match(self, answer: Answer) -> None:
        """Continue with the rest, or begin again with a whole file. Raises FetchError for any other part."""
        if answer.status_code == 206:
            if not answer.headers.get("content-range", "").startswith(f"bytes {self.received}-"):
                await self.begin_anew()
                raise FetchError("The file host sent another part of the file than requested.", transient=True)
            return
        if self.received:
            await self.begin_anew()
        etag = answer.headers.get("etag", "")
        unpacked = "content-encoding" not in answer.headers  # else bytes on disk are not those that a range counts
        strong = "" if etag.startswith("W/") else etag
        self._validator = (strong or answer.headers.get("last-modified", "")) if unpacked else ""


class FileClient:
    """Downloads pictures. ``base_url`` is the API's: plain http is allowed only if the API is on this machine."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._local = is_local(base_url)
        # Each file uses its own connection: stray bytes on a kept one would be taken for the next picture.
        self._here = transport or open_route(direct=True, keep=False)
        self._elsewhere = transport or open_route(direct=False, keep=False)

    async def fetch(self, url: str, into: Sink, part: Part | None = None) -> Sequence[bytes]:
        """Stream the file at ``url``, of at most 64 MiB, into ``into``.

        The last block, at most 1 MiB, is returned instead: the request is over by then, and the next one can
        start. ``part`` is what earlier tries wrote: the download continues there if the host can. Raises FetchError;
        ``transient`` says whether a retry may succeed.
        """
        try:
            part = part or Part()
            await part.follow(url)
            async with self._opened(url, part) as answer:
                return await _save(answer, into, part)
        except TooLargeError as error:
            raise FetchError(f"The file was not saved: {error}.") from None
        except NoAnswerError as error:
            message = f"The picture's file could not be fetched ({error})."
            raise FetchError(message, transient=error.transient, hint=error.hint or None) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._here.aclose()
        await self._elsewhere.aclose()

    @asynccontextmanager
    async def _opened(self, url: str, part: Part) -> AsyncIterator[Answer]:
        """The response after at most five redirects."""
        headers, address = {"Accept": _ACCEPT, **part.headers}, url
        for _ in range(MAX_REDIRECTS + 1):
            self._check(url, redirected=url != address)
            route = self._here if is_local(url) else self._elsewhere
            async with send(route, "GET", url, limit=MAX_SERVED_BYTES, headers=headers) as answer:
                target = answer.redirects_to()
                if target is None:
                    if answer.status_code not in ((200, 206) if part.headers else (200,)):
                        if answer.status_code == 416:
                            await part.begin_anew()
                        raise _refusal(answer)
                    yield answer
                    return
                url = target
        raise FetchError(f"The file host redirected more than {MAX_REDIRECTS} times.", transient=True)

    def _check(self, url: str, *, redirected: bool) -> None:
        allowed = url.startswith("https://") or (self._local and is_local(url))
        if not (is_web_url(url) and allowed):
            what = "The file host redirected to" if redirected else "The picture's address is"
            # A host may send its redirects only for a while, while the API's address stays.
            raise FetchError(f"{what} {shown(url)}, which is not https: it was not opened.", transient=redirected)


def _refusal(answer: Answer) -> FetchError:
    gone = answer.status_code == 410
    message = f"The file host answered {answer.status_code}."
    return FetchError(message, transient=not gone, retry_after=retry_after(answer.headers))


async def _save(answer: Answer, into: Sink, part: Part) -> Sequence[bytes]:
    await part.match(answer)
    pieces, buffered = list[bytes](), 0
    try:
        async for piece in answer.pieces():
            pieces.append(piece)
            buffered += len(piece)
            if part.received + buffered > MAX_SERVED_BYTES:
                raise TooLargeError(MAX_SERVED_BYTES)
            if buffered >= _BLOCK_BYTES:
                await into(pieces)
                part.received += buffered
                pieces, buffered = [], 0
        _check_length(answer, part.received + buffered)
    except (NoAnswerError, FetchError):  # what has arrived is not requested again
        await into(pieces)
        part.received += buffered
        raise
    return pieces


def _check_length(answer: Answer, size: int) -> None:
    """Raise FetchError if bytes of the response, or of the file behind its part, are missing."""
    announced = answer.headers.get("content-length", "")
    whole = answer.headers.get("content-range", "").rpartition("/")[2] if answer.status_code == 206 else ""
    if whole.isdigit() and int(whole) != size:
        raise FetchError(f"The file is cut short: {size:,} of {int(whole):,} bytes arrived.", transient=True)
    if announced.isdigit() and int(announced) != answer.received:
        raise FetchError(f"The file is cut short: {size:,} of {int(announced):,} bytes arrived.", transient=True)
