"""Sends each request once, over httpx2's own transport, and reads the response.

Whether a request was sent is known from how far it got, never from the class of an exception. Redirects are
returned like other responses, no cookie is kept, and no layer repeats a request.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache
from typing import Any

import httpx2 as httpx

from vidgo_notebook.domain.provider import origin
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import TransportError
from vidgo_notebook.log import logger
from vidgo_notebook.visible_text import visible
from vidgo_notebook.wire.limits import IncomingBody, OutgoingBody, Pace, TooLargeError, TooSlowError
from vidgo_notebook.wire.proxies import Proxies
from vidgo_notebook.wire.redaction import Secret

TIMEOUT = httpx.Timeout(None, connect=10.0)
"""The limit of each step of connecting. The others are those of ``Pace``: httpx2's limits begin anew with every byte,
and would end a request whose answer came while this process was stopped."""

_IDLE_SECONDS = 5.0
"""How long an idle connection is kept for the next request, as in httpx2's client."""

_TOGETHER = 1024 * 1024
"""Bytes of a body that are handed on together."""

_SENDING_STARTS, _SENDING_ENDS = "http11.send_request_headers.started", "http11.send_request_body.complete"
"""The trace events of httpx2's transport right before it writes the first byte of a request, and after the last."""

_EMULATOR_STARTS = "emulator.request.started"
"""The trace event of the in-kernel emulator's transport before it hands over a request, which it may still refuse."""

_TUNNEL_IS_OPEN = ("http11.receive_response_headers.complete", "socks.setup_socks5_connection.complete")
"""The trace events after which a proxy has opened the connection, unless an error of the proxy follows at once."""

_TELL_PROXY = "vidgo_proxy"
"""The extension of a request that is called with the address of its proxy."""

_LOST = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # with compression, Content-Length would not reveal a file that is cut short
    "User-Agent": f"vidgo-notebook httpx2/{httpx.__version__}",
}


class NoAnswerError(Exception):
    """No complete response arrived. ``sent`` says whether the request may have arrived, ``transient`` whether another
    attempt may succeed, ``hint`` what may help, and ``received`` is what arrived of the body."""

    received = b""

    def __init__(self, reason: str, *, sent: bool, transient: bool = True, hint: str = "") -> None:
        super().__init__(reason)
        self.sent = sent
        self.transient = transient
        self.hint = hint


class Answer:
    """The response to a request, its body not read yet: at most ``limit`` bytes of it, unpacked or not, are read."""

    def __init__(self, response: httpx.Response, limit: int) -> None:
        self._response = response
        self._limit = limit
        self.status_code = response.status_code
        self.headers = response.headers

    @property
    def received(self) -> int:
        """The number of bytes of the body received so far, before any decompression."""
        return self._response.num_bytes_downloaded

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives, unpacked. Raises NoAnswerError if the connection breaks, TooLargeError."""
        with _as_no_answer():
            packed = self.headers.get("content-encoding", "")
            if "," in packed:  # each layer multiplies the work of the next one
                raise httpx.DecodingError(f"packed more than once: {packed}")
            size = 0
            async for piece in self._response.aiter_bytes():
                size += len(piece)
                if size > self._limit:
                    raise TooLargeError(self._limit)
                yield piece

    async def read(self) -> bytes:
        """The whole body; of a refusal that is too large, the beginning. Raises NoAnswerError, TooLargeError."""
        pieces = list[bytes]()
        try:
            async for piece in self.pieces():
                pieces.append(piece)
        except TooLargeError:
            if self.status_code < 400:
                raise
        except NoAnswerError as error:
            error.received = b"".join(pieces)
            raise
        return b"".join(pieces)

    def redirects_to(self) -> str | None:
        """The target of a redirect, or None if this is not one. Raises NoAnswerError."""
        if not self._response.is_redirect:
            return None
        with _as_no_answer():
            return str(self._response.url.join(self.headers.get("location", "")))


@asynccontextmanager
async def send(
    route: httpx.AsyncBaseTransport,
    method: str,
    url: str,
    sign: Callable[[httpx.Request], None] | None = None,
    on_send: Callable[[], Awaitable[None]] | None = None,
    *,
    limit: int,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> AsyncIterator[Answer]:
    """Send one request over ``route`` and yield the response, of which at most ``limit`` bytes are read.

    ``content`` are keywords of ``httpx2.Request``; ``headers`` are sent besides those of every request. ``on_send``
    is awaited right before the first byte is written to a connection; if it raises, nothing is sent. ``route``
    reports trace events as httpx2's transport does. Raises NoAnswerError, whose ``sent`` is false only if not a
    single byte of the request was written to a connection.
    """
    pace = Pace()
    progress = _Progress(pace, on_send)
    with _as_no_answer(progress):
        extensions = {"timeout": TIMEOUT.as_dict(), "trace": progress.note, _TELL_PROXY: progress.goes_through}
        all_headers = {**_HEADERS, **(headers or {})}
        request = httpx.Request(method, url, headers=all_headers, extensions=extensions, **content)
        if isinstance(request.stream, httpx.AsyncByteStream):
            request.stream = OutgoingBody(request.stream, pace)
        if sign:
            sign(request)
        try:
            async with pace.waiting():
                response = await route.handle_async_request(request)
        except BaseException:
            _log(request, "no answer")
            await progress.close()
            raise
    _log(request, response.status_code)
    response.request = request
    if isinstance(response.stream, httpx.AsyncByteStream):
        together = 1 if "content-encoding" in response.headers else _TOGETHER  # little may be unpacked to much
        response.stream = IncomingBody(response.stream, limit, pace, together)
    try:
        yield Answer(response, limit)
    finally:
        with suppress(Exception):  # the response was read already
            await response.aclose()


def _log(request: httpx.Request, outcome: object) -> None:
    if logger.isEnabledFor(logging.DEBUG):  # parsing a URL takes longer than all else here
        where = visible(str(request.url.copy_with(query=None, userinfo=b"")))  # the query may be signed
        logger.debug("%s %s: %s", request.method, where, outcome)


def open_route(*, direct: bool, keep: bool = True) -> httpx.AsyncBaseTransport:
    """A transport. ``direct`` ignores proxies, for servers on this machine: a proxy would see their unencrypted
    traffic. With ``keep`` off every request uses its own connection.

    Raises TransportError if certificates or proxies of the environment can't be used.
    """
    limits = httpx.Limits(max_keepalive_connections=None if keep else 0, keepalive_expiry=_IDLE_SECONDS)
    try:
        certificates = _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        return _ProxyRouter(Proxies() if direct else Proxies.of_environment(), certificates, limits)
    except OSError as error:
        raise _unusable("The certificates of SSL_CERT_FILE or SSL_CERT_DIR", error.strerror) from None
    except ImportError:
        raise _unusable("A SOCKS proxy", "it needs pip install 'httpx2[socks]'") from None
    except (ValueError, httpx.InvalidURL):  # their texts may contain the proxy's password
        raise _unusable("A proxy of HTTP_PROXY, HTTPS_PROXY or ALL_PROXY", "its URL is not valid") from None


class _Progress:
    """How far a request got, known from the trace events of its transport."""

    def __init__(self, pace: Pace, on_send: Callable[[], Awaitable[None]] | None = None) -> None:
        self.sent = False
        self._pace = pace
        self._on_send = on_send
        self.objection: Exception | None = None
        self._to_proxy: Any = None
        self.proxy = ""
        self.tunnel_is_open = False

    def goes_through(self, proxy: str) -> None:
        """The request is sent through a proxy at this address."""
        self.proxy = origin(proxy)

    async def note(self, event: str, info: dict[str, Any]) -> None:
        """Record an event. A tunnel's CONNECT causes the same ones, and contains nothing of the request."""
        if event == _SENDING_STARTS and info["request"].method not in (b"CONNECT", "CONNECT"):
            await self._about_to_send()
            self.sent = True
            self._pace.begin()
        elif event == _EMULATOR_STARTS:
            await self._about_to_send()
        elif event == _SENDING_ENDS and self.sent:
            self._pace.begin()
        elif event in _TUNNEL_IS_OPEN:
            self.tunnel_is_open = True
        elif event == "socks.connect_tcp.complete":
            self._to_proxy = info["return_value"]

    async def _about_to_send(self) -> None:
        on_send, self._on_send = self._on_send, None
        if on_send is None:
            return
        try:
            await on_send()
        except Exception as error:
            self.objection = error
            raise

    async def close(self) -> None:
        """Close the connection to a SOCKS proxy after a failure: httpcore2 leaves it open."""
        if self._to_proxy:
            with suppress(Exception):
                await self._to_proxy.aclose()


class _ProxyRouter(httpx.AsyncBaseTransport):
    """Sends a request directly, or through the proxy that the environment sets for its URL."""

    def __init__(self, proxies: Proxies, certificates: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._proxies = proxies
        self._transports = dict[str | None, httpx.AsyncHTTPTransport]()
        for address in {None, *proxies.addresses}:
            over_tls = address is not None and httpx.URL(address).scheme == "https"
            proxy = httpx.Proxy(address, ssl_context=certificates if over_tls else None) if address else None
            if proxy and proxy.auth and proxy.auth[1]:
                Secret(proxy.auth[1]).keep_out_of_logs()
            self._transports[address] = httpx.AsyncHTTPTransport(
                verify=certificates, limits=limits, trust_env=False, proxy=proxy
            )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.port == 0:  # httpcore2 would use the scheme's default
            raise httpx.InvalidURL("port 0")
        address = self._proxies.for_url(url.scheme, url.raw_host.decode("ascii"), url.port)
        if address and (tell := request.extensions.get(_TELL_PROXY)):
            tell(address)
        return await self._transports[address].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()


@lru_cache(maxsize=1)
def _trusted(*_named: str | None) -> ssl.SSLContext:
    """The trusted certificates, from the variables that httpx2 reads; cached for their values, since it takes 40 ms."""
    return httpx.create_ssl_context()


def _unusable(what: str, why: str | None) -> TransportError:
    return TransportError(f"{what} can't be used: {why}.", cost="Nothing was sent and nothing was spent.")


@contextmanager
def _as_no_answer(progress: _Progress | None = None) -> Iterator[None]:
    """Convert any failure, in httpx2 or in a layer below it, into a NoAnswerError; without ``progress`` the request
    was sent. What ``on_send`` raised is raised as it is."""
    try:
        yield
    except TooLargeError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        if progress and error is progress.objection:
            raise
        if isinstance(error, asyncio.CancelledError):
            task = asyncio.current_task()
            if task is None or task.cancelling():  # else a layer below cancelled its own wait
                raise
        sent = progress is None or progress.sent
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                reason = f"its certificate is not trusted: {cause.verify_message or cause}"
                raise NoAnswerError(reason, sent=sent, transient=False, hint=_certificate_hint()) from None
        if progress and progress.proxy and not sent:
            raise _failed_at_proxy(progress, error, _reason(error, causes)) from None
        raise NoAnswerError(_reason(error, causes), sent=sent) from None


def _failed_at_proxy(progress: _Progress, error: BaseException, reason: str) -> NoAnswerError:
    hint = f"Check the proxy {progress.proxy}, which HTTPS_PROXY or ALL_PROXY names; NO_PROXY exempts hosts from it."
    transient = True
    if isinstance(error, httpx.ProxyError):
        reason = f"the proxy {progress.proxy} answered {shown(str(error), 100)}"
        if str(error).startswith("407"):
            hint = "Put your user name and password for the proxy into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT."
            transient = False
    elif isinstance(error, _LOST) and not progress.tunnel_is_open:
        hung_up = not isinstance(error, httpx.RemoteProtocolError) or "disconnected" in str(error)
        did = "closed the connection" if hung_up else "gave no answer of a proxy"
        reason = f"the proxy {progress.proxy} {did}"
    else:
        reason += f", through the proxy {progress.proxy}"
    return NoAnswerError(reason, sent=False, transient=transient, hint=hint)


def _reason(error: BaseException, causes: list[BaseException]) -> str:
    """What failed, in words where httpx2 has only a class name."""
    if isinstance(error, TooSlowError):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {TIMEOUT.connect:g} s"
    if isinstance(error, _LOST):
        return "the connection was lost"
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno:
            return f"{type(error).__name__}: {_in_words(cause, cause.errno)}"
    error = next(cause for cause in causes if not isinstance(cause, BaseExceptionGroup))
    return f"{type(error).__name__}: {shown(str(error), 200)}" if str(error) else type(error).__name__


def _in_words(error: OSError, number: int) -> str:
    """The system's message for its own error numbers: asyncio's would repeat the address."""
    return str(error) if isinstance(error, (ssl.SSLError, socket.gaierror)) else os.strerror(number)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and the chain of its causes; of an exception group, the first exception."""
    while error is not None:
        yield error
        error = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__


def _certificate_hint() -> str:
    def value(name: str) -> str:
        return f"{name} is {shown(os.environ[name], 300)}" if os.environ.get(name) else f"{name} is not set"

    return (
        "If your network inspects TLS connections with its own certificate, set SSL_CERT_FILE to its file before "
        f"Jupyter starts. Now {value('SSL_CERT_FILE')}, and {value('REQUESTS_CA_BUNDLE')} (which is not read here)."
    )
