"""How a request leaves this process and its answer comes back: httpx2's own transport, each request sent once.

Whether a request has left is known by how far it got, never by the class of an exception. Redirects are
answers like others, no cookie is kept, and no layer repeats a request.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache
from typing import Any

import httpx2 as httpx

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import TransportError
from vidgo_notebook.wire.proxies import Proxies

TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None)

_IDLE_SECONDS = 5.0
"""A connection without a request may serve the next one for as long, as with httpx2's client."""

_DEPARTURE = "http11.send_request_headers.started"
"""The trace event of httpx2's transport that comes right before the first byte of a request is written."""

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # packed, Content-Length would not tell a short file
    "User-Agent": f"vidgo-notebook httpx2/{httpx.__version__}",
}


class NoAnswerError(Exception):
    """No whole answer came. ``sent`` tells whether the request may have arrived, ``hint`` what may help."""

    def __init__(self, reason: str, *, sent: bool, hint: str = "") -> None:
        super().__init__(reason)
        self.sent = sent
        self.hint = hint


class Answer:
    """The answer to a request, its body yet to be read."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status_code = response.status_code
        self.headers = response.headers

    @property
    def received(self) -> int:
        """The bytes of the body that have arrived so far, before any unpacking."""
        return self._response.num_bytes_downloaded

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises NoAnswerError where it breaks off."""
        with _as_no_answer():
            async for piece in self._response.aiter_bytes():
                yield piece

    async def read(self) -> bytes:
        """The whole body. Raises NoAnswerError where it breaks off."""
        with _as_no_answer():
            return await self._response.aread()

    def redirects_to(self) -> str | None:
        """The address that a redirect names, or None where the answer is not one. Raises NoAnswerError."""
        if not self._response.is_redirect:
            return None
        with _as_no_answer():
            return str(self._response.url.join(self.headers.get("location", "")))


@asynccontextmanager
async def answered(
    route: httpx.AsyncBaseTransport,
    method: str,
    url: str,
    sign: Callable[[httpx.Request], None] | None = None,
    leaves: Callable[[], None] | None = None,
    **content: Any,
) -> AsyncIterator[Answer]:
    """Send one request over ``route``; its answer. ``content`` is what ``httpx2.Request`` takes, and ``leaves``
    is called right before its first byte is handed to a connection.

    ``route`` reports its steps as httpx2's transport does. Raises NoAnswerError; ``sent`` is false only if
    not a single byte of the request was handed to a connection.
    """
    progress = _Progress(leaves)
    with _as_no_answer(progress):
        extensions = {"timeout": TIMEOUT.as_dict(), "trace": progress.note}
        request = httpx.Request(method, url, headers=_HEADERS, extensions=extensions, **content)
        if sign:
            sign(request)
        try:
            response = await route.handle_async_request(request)
        except BaseException:
            await progress.close()
            raise
    response.request = request
    try:
        yield Answer(response)
    finally:
        with suppress(Exception):  # the answer is there already
            await response.aclose()


def open_route(*, direct: bool, keep: bool = True) -> httpx.AsyncBaseTransport:
    """The way out. ``direct`` leaves proxies out, for this very machine: a proxy would see in the clear what
    is meant to stay on it. With ``keep`` off every request has a connection of its own.

    Raises TransportError for certificates or proxies of the environment that can't be used.
    """
    limits = httpx.Limits(max_keepalive_connections=None if keep else 0, keepalive_expiry=_IDLE_SECONDS)
    try:
        certificates = _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        return _Ways(Proxies() if direct else Proxies.of_environment(), certificates, limits)
    except OSError as error:
        raise _unusable("The certificates that SSL_CERT_FILE or SSL_CERT_DIR name", error.strerror) from None
    except ImportError:
        raise _unusable("A SOCKS proxy", "it needs pip install 'httpx2[socks]'") from None
    except (ValueError, httpx.InvalidURL):  # their texts would hold the proxy's password
        raise _unusable("A proxy of HTTP_PROXY, HTTPS_PROXY or ALL_PROXY", "it is not the address of a proxy") from None


class _Progress:
    """How far a request has got, as the trace events of its transport tell."""

    def __init__(self, leaves: Callable[[], None] | None = None, *, left: bool = False) -> None:
        self.left = left
        self._leaves = leaves
        self._to_proxy: Any = None

    async def note(self, event: str, info: dict[str, Any]) -> None:
        """Take one event; a tunnel's CONNECT sends the same ones, and carries nothing of the request."""
        if event == _DEPARTURE and info["request"].method not in (b"CONNECT", "CONNECT"):
            self.left = True
            if self._leaves:
                self._leaves()
        elif event == "socks.connect_tcp.complete":
            self._to_proxy = info["return_value"]

    async def close(self) -> None:
        """Hang up after a failure: httpcore2 leaves a connection to a SOCKS proxy open if what follows fails."""
        if self._to_proxy:
            with suppress(Exception):
                await self._to_proxy.aclose()


class _Ways(httpx.AsyncBaseTransport):
    """Directly, or through the proxy that the environment names for an address."""

    def __init__(self, proxies: Proxies, certificates: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._proxies = proxies
        self._ways = {
            address: httpx.AsyncHTTPTransport(
                verify=certificates, limits=limits, trust_env=False, proxy=address and _proxy(address, certificates)
            )
            for address in {None, *proxies.addresses}
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.port == 0:  # httpcore2 would take it for the scheme's own
            raise httpx.InvalidURL("port 0")
        address = self._proxies.for_url(url.scheme, url.raw_host.decode("ascii"), url.port)
        return await self._ways[address].handle_async_request(request)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()


def _proxy(address: str, certificates: ssl.SSLContext) -> httpx.Proxy:
    over_tls = httpx.URL(address).scheme == "https"
    return httpx.Proxy(address, ssl_context=certificates if over_tls else None)


@lru_cache(maxsize=1)
def _trusted(*_named: str | None) -> ssl.SSLContext:
    """The certificates to trust, by the variables as httpx2 reads them; that takes 40 ms, so once for each value."""
    return httpx.create_ssl_context()


def _unusable(what: str, why: str | None) -> TransportError:
    return TransportError(f"{what} can't be used: {why}.", cost="Nothing was sent and nothing was spent.")


_LEFT = _Progress(left=True)


@contextmanager
def _as_no_answer(progress: _Progress = _LEFT) -> Iterator[None]:
    """Turn whatever breaks, in httpx2 or in a layer below it, into a NoAnswerError."""
    try:
        yield
    except (Exception, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and _is_cancelled():
            raise
        raise _no_answer(error, sent=progress.left) from None


def _is_cancelled() -> bool:
    """Whether it is us who are to end, and not a wait of a layer below that was cancelled by itself."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _no_answer(error: BaseException, *, sent: bool) -> NoAnswerError:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return NoAnswerError(_certificate_reason(causes), sent=sent, hint=_certificate_hint())
    return NoAnswerError(_reason(error, causes), sent=sent)


def _reason(error: BaseException, causes: list[BaseException]) -> str:
    """What broke, in words where httpx2 has only the name of a class."""
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {TIMEOUT.connect if isinstance(error, httpx.ConnectTimeout) else TIMEOUT.read:g} s"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy answered {shown(str(error), 100)}"
    if isinstance(error, (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        return "the connection broke off"
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno:
            return f"{type(error).__name__}: {_in_words(cause, cause.errno)}"
    error = next(cause for cause in causes if not isinstance(cause, BaseExceptionGroup))
    return f"{type(error).__name__}: {shown(str(error), 200)}" if str(error) else type(error).__name__


def _in_words(error: OSError, number: int) -> str:
    """The system's words where the number is the system's: those of asyncio name the address a second time."""
    return str(error) if isinstance(error, (ssl.SSLError, socket.gaierror)) else os.strerror(number)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The chain of errors behind an error, itself first; of several at once, the first."""
    while error is not None:
        yield error
        error = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__


def _certificate_reason(causes: list[BaseException]) -> str:
    failed = next(cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError))
    return f"its certificate is not trusted: {failed.verify_message or failed}"


def _certificate_hint() -> str:
    def value(name: str) -> str:
        return f"{name} is {shown(os.environ[name], 300)}" if os.environ.get(name) else f"{name} is not set"

    return (
        "If the network checks connections with a certificate of its own, set SSL_CERT_FILE to its file before "
        f"Jupyter starts. Now {value('SSL_CERT_FILE')}, and {value('REQUESTS_CA_BUNDLE')} (which is not read here)."
    )
