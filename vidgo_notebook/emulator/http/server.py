"""An emulator on a port of this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from vidgo_notebook.emulator.http.app import build_app
from vidgo_notebook.emulator.http.connection import DROP

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from vidgo_notebook.emulator.service import Emulator

LOOPBACK = "127.0.0.1"
_GRACE = 1  # seconds for calls under way when the server ends


@contextmanager
def serve(emulator: Emulator, port: int = 0) -> Iterator[str]:
    """Serve ``emulator`` on a loopback port from a daemon thread; gives the base URL.

    Port 0 takes a free one. Raises ``OSError`` when the port is taken.
    """
    with serve_app(build_app(emulator), port) as url:
        yield url


@contextmanager
def serve_app(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The same for the application that ``build_app`` made, or for what a test wraps around it."""
    listener = listen(LOOPBACK, port)
    server = uvicorn_server(app)
    thread = threading.Thread(target=server.run, args=([listener],), name="vidgo-emulator", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("The emulator's server ended before it had started.")
            time.sleep(0.005)
        yield url_of(listener)
    finally:
        server.end()
        thread.join()


def uvicorn_server(app: ASGIApp) -> PromptServer:
    """A uvicorn server for ``app`` that can lose connections; it leaves logging as it is."""
    # Otherwise bytes that are not HTTP make a line on stderr, which in a notebook is in whichever cell is running.
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    config = uvicorn.Config(
        app,
        http=LosableConnection,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )
    return PromptServer(config)


class PromptServer(uvicorn.Server):
    """Ends at once when it is told to and nothing is under way: uvicorn looks ten times a second whether it should
    end, and then sleeps for as long again."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Go on until told to end, by :meth:`end` or by a signal."""
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        parts = [asyncio.ensure_future(super().main_loop()), asyncio.ensure_future(self._told.wait())]
        if not self.should_exit:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in parts:
            part.cancel()

    def end(self) -> None:
        """Tell it from another thread."""
        self.should_exit = True
        if self._loop:
            with suppress(RuntimeError):  # a signal has ended it, and its loop is closed
                self._loop.call_soon_threadsafe(self._told.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close idle connections; calls under way have their second."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # a connection that was closed takes itself off the list in the loop's next round
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for each in sockets or ():
            each.close()
        await self.lifespan.shutdown()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that the address is known, or known to be taken, before a server runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends at once (TCP_NODELAY) only where it is: otherwise answers
    # in two pieces are delayed by 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class LosableConnection(H11Protocol):
    """A connection that the application may end at any moment, without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give every request of this connection a way to end it."""
        super().connection_made(transport)
        app = self.app

        def drop(refused: bool) -> None:  # noqa: ARG001 - a connection that exists can only be lost
            # Not abort: bytes that were sent before must arrive first.
            transport.close()

        async def losable(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), DROP: drop}
            await app(scope, receive, send)

        self.app = losable
