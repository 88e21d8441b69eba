"""How a request leaves this process, and what breaks on the way.

Over sockets of ours, through a proxy where the environment names one, or to an emulator. Each request is
sent once: redirects are answers like others, and no cookie is kept.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from urllib.request import getproxies

import httpx

from vidgo_notebook.errors import TransportError

TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None)

NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Raised only while no byte of the request has left, so it was surely not accepted."""

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # packed, Content-Length would not tell a short file
    "User-Agent": f"vidgo-notebook httpx/{httpx.__version__}",
}


def new_request(method: str, url: str, **content: Any) -> httpx.Request:
    """A request with our headers and time limits; ``content`` as httpx takes it. Raises httpx.InvalidURL."""
    return httpx.Request(method, url, headers=_HEADERS, extensions={"timeout": TIMEOUT.as_dict()}, **content)


@asynccontextmanager
async def answered(route: httpx.AsyncBaseTransport, request: httpx.Request) -> AsyncIterator[httpx.Response]:
    """The answer to ``request``, its body yet to be read. Raises httpx.TransportError."""
    response = await route.handle_async_request(request)
    response.request = request
    try:
        yield response
    finally:
        await response.aclose()


def open_route(*, direct: bool, keep: bool = True) -> httpx.AsyncBaseTransport:
    """The quickest way out. ``direct`` leaves proxies out, for this very machine: a proxy would see in the
    clear what is meant to stay on it. With ``keep`` off every request has a connection of its own.

    Raises TransportError for certificates or proxies of the environment that can't be used.
    """
    try:
        certificates = _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        if not direct and any(getproxies().get(scheme) for scheme in ("http", "https", "all")):
            return _Proxies(certificates, keep=keep)
        from vidgo_notebook.wire.sockets import SocketTransport

        return SocketTransport(certificates, keep=keep)
    except OSError as error:
        raise _unusable("The certificates that SSL_CERT_FILE or SSL_CERT_DIR name", error.strerror) from None
    except ImportError:
        raise _unusable("A SOCKS proxy", "it needs pip install 'httpx[socks]'") from None
    except ValueError:  # its text would hold the proxy's password
        raise _unusable("A proxy of HTTP_PROXY, HTTPS_PROXY or ALL_PROXY", "it is no address of a proxy") from None


def reason(error: Exception) -> str:
    """What broke, in words where httpx has only the name of a class."""
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {TIMEOUT.connect if isinstance(error, httpx.ConnectTimeout) else TIMEOUT.read:g} s"
    if isinstance(error, (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        return "the connection broke off"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class _Proxies(httpx.AsyncBaseTransport):
    """Through the proxies of the environment: which one for which host, httpx's client knows."""

    def __init__(self, certificates: ssl.SSLContext, *, keep: bool) -> None:
        limits = httpx.Limits(max_keepalive_connections=None if keep else 0)
        self._client = httpx.AsyncClient(verify=certificates, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._client.send(request, auth=_as_it_is, follow_redirects=False, stream=True)

    async def aclose(self) -> None:
        await self._client.aclose()


def _as_it_is(request: httpx.Request) -> httpx.Request:
    """The client would replace our header by a name and password that stand in the address."""
    return request


@lru_cache(maxsize=1)
def _trusted(*_named: str | None) -> ssl.SSLContext:
    """The certificates to trust, by the variables as httpx reads them; that takes 40 ms, so once for each value."""
    return httpx.create_ssl_context()


def _unusable(what: str, why: str | None) -> TransportError:
    return TransportError(f"{what} can't be used: {why}.", cost="Nothing was sent and nothing was spent.")
