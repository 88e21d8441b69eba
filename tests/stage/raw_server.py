"""A server on a loopback port that does what no well-behaved one does. It records every request."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Seen:
    """A request as it came in; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Of a server with ``tls``; a client must be told to trust it."""

Behave = Callable[["RawServer", Seen, socket.socket], None]
"""What the server does once a request is read; the connection is closed afterwards."""


class RawServer(socketserver.ThreadingTCPServer):
    """``seen`` holds the requests that were read, ``connections`` counts those that were opened."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, behave: Behave, *, reads: bool = True, tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self._scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.behave = behave
        self.reads = reads
        self.seen: list[Seen] = []
        self.connections = 0
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class _Connection(socketserver.BaseRequestHandler):
    server: RawServer

    def handle(self) -> None:
        self.server.connections += 1
        if not self.server.reads:
            self.request.recv(1, socket.MSG_PEEK)
            reset(self.request)
            return
        seen = _read(self.request)
        if seen is not None:
            self.server.seen.append(seen)
            self.server.behave(self.server, seen, self.request)


@contextmanager
def raw_server(behave: Behave, *, reads: bool = True, tls: bool = False) -> Iterator[RawServer]:
    """Serve; with ``reads=False`` every connection is reset when a request arrives, and nothing of it is read."""
    with RawServer(behave, reads=reads, tls=tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


# Behaviours


def answers(status: int, body: bytes | dict[str, Any] = b"", headers: Mapping[str, str] | None = None) -> Behave:
    """Answer properly, with whatever status, body and headers."""
    content = json.dumps(body).encode() if isinstance(body, dict) else body

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(answer(status, content, headers))

    return behave


def sends(raw: bytes) -> Behave:
    """Send these bytes, and close."""

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(raw)

    return behave


def drops(server: RawServer, seen: Seen, connection: socket.socket) -> None:
    """Read the request, and end the connection without a word."""


def resets(server: RawServer, seen: Seen, connection: socket.socket) -> None:
    """Read the request, and reset the connection."""
    reset(connection)


def hangs(server: RawServer, seen: Seen, connection: socket.socket) -> None:
    """Read the request, and say nothing until the test is over."""
    server.over.wait()


def tunnels_to(port: int) -> Behave:
    """A proxy whose every tunnel ends at ``port`` of this machine."""

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)) as end:
            threading.Thread(target=_pass_on, args=(connection, end), daemon=True).start()
            _pass_on(end, connection)

    return behave


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


def answer(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """An HTTP answer with its length."""
    lines = {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} So\r\n{head}\r\n".encode() + body


def reset(connection: socket.socket) -> None:
    """End a connection with a reset in place of a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def deserted_url() -> Iterator[str]:
    """The address of a port where nobody listens, and that nobody else is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def _read(connection: socket.socket) -> Seen | None:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ", 2)
    return Seen(method, path, headers, body)
